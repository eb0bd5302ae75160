"""What is fuzzed: each target takes bytes from anyone and must answer, or refuse with a reason; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rules import check, loader
from rules.errors import RuleSetError
from rules.expressions import BOOL, DATE, KINDS, NUMBER, Scope, Type
from rules.expressions import check as type_check
from rules.library import LIBRARY, load_text
from rules.nodes import Binary, Call, Choice, Items, Macro, Method, Node, Unary
from rules.plan import compile_plan
from rules.syntax import ExpressionError, parse

SCOPE = Scope(
    {
        "a": NUMBER,
        "f": BOOL,
        "d": DATE,
        "k": KINDS["code"],
        "m": KINDS["moment"],
        "policy.p": Type("text", options=("u", "v")),
        "kinds": Type("list", item=KINDS["code"]),
        "xs": Type("list", fields={"n": NUMBER, "s": KINDS["code"], "w": DATE}),
    },
    constants=frozenset({"policy.p", "kinds"}),
)
WORDS = (
    *("a", "f", "d", "k", "m", "xs", "x", "policy.p", "x.n", "x.w", "kinds", "'u'", "2", "0.25", "true", "'08-01'"),
    *("&&", "||", "!", "-", "+", "*", "<", "<=", ">", ">=", "==", "!=", "in", "?", ":", ".", ",", "(", ")", "[", "]"),
    *(".size()", ".filter(x,", ".exists(x,", ".all(x,", ".map(x,", ".distinct()", "date(", "years_before(", "year("),
)


def read_yaml(data: bytes) -> None:
    """The strict reader: whatever it accepts, it knows the place of."""
    try:
        document = loader.read(data.decode("utf-8", "replace"), "fuzz.yaml")
    except RuleSetError as error:
        _said(error)
        return
    for mark in (*document.marks.values(), *document.keys.values()):
        assert mark.line >= 1
        assert mark.column >= 1


def read_rule_set(data: bytes) -> None:
    """The whole way of a file: reading, the model, the contradictions, the findings, the plan with open policies."""
    try:
        ruleset = load_text(data.decode("utf-8", "replace"), "fuzz.yaml")
    except RuleSetError as error:
        _said(error)
        return
    for problem in check.findings(ruleset):
        assert problem.remedy
    assert len(ruleset.digest) == 64
    try:
        compile_plan(ruleset)
    except RuleSetError as error:
        _said(error)


def read_condition(data: bytes) -> None:
    """The reader and the type checker of conditions: what is wrong stands at a place inside the text."""
    text = data.decode("utf-8", "replace")
    try:
        tree = parse(text)
        type_check(tree, SCOPE)
    except ExpressionError as error:
        if not error.says or not 0 <= error.offset <= len(text):
            raise AssertionError(text, error.offset) from error
        return
    assert all(0 <= node.at <= len(text) for node in nodes(tree))


def nodes(tree: Node) -> list[Node]:
    """The tree with all its parts."""
    found, todo = [], [tree]
    while todo:
        node = todo.pop()
        found.append(node)
        match node:
            case Unary():
                todo.append(node.of)
            case Binary():
                todo += [node.left, node.right]
            case Choice():
                todo += [node.condition, node.yes, node.no]
            case Call():
                todo += node.arguments
            case Method():
                todo += [node.target, *node.arguments]
            case Macro():
                todo += [node.target, node.body]
            case Items():
                todo += node.items
    return found


def _said(error: RuleSetError) -> None:
    assert error.problems
    for problem in error.problems:
        assert problem.says
        assert problem.line >= 1
        assert problem.column >= 1


TARGETS: dict[str, Callable[[bytes], None]] = {
    "yaml": read_yaml,
    "rule_set": read_rule_set,
    "condition": read_condition,
}


def examples(target: str) -> list[bytes]:
    """Good and wrong inputs to begin with."""
    files = [*sorted(LIBRARY.glob("*/*.yaml")), *sorted(Path(__file__).parents[1].glob("rules/wrong/*.yaml"))]
    if target != "condition":
        return [path.read_bytes() for path in files]
    found = []
    for path in files:
        for line in path.read_text(encoding="utf-8").splitlines():
            key, _, text = line.strip().partition(": ")
            if key in ("require", "when", "having", "base", "until"):
                found.append(text.strip("\"'").encode())
    return sorted(set(found))
