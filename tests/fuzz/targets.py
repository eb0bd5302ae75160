"""What is fuzzed: each target takes bytes from anyone and must answer, or refuse with a reason; nothing else."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import strategies as st

from rules import check, loader
from rules.errors import RuleSetError
from rules.expressions import BOOL, DATE, KINDS, NUMBER, Scope, Type
from rules.expressions import check as type_check
from rules.library import LIBRARY, load_text
from rules.nodes import Binary, Call, Choice, Items, Macro, Method, Node, Unary
from rules.plan import compile_plan
from rules.syntax import ExpressionError, parse
from tests.fuzz import files, portal

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


YAMLISH = st.sampled_from(
    [
        *("a", "id", ": ", "\n", "\n  ", "- ", "{", "}", "[", "]", ", ", '"', "'", "|", ">", "&a ", "*a", "!!x ", "? "),
        *("---\n", "%YAML 1.1\n", "#", "\t", "é", "\x00", "\ud800", "<<: ", "null", "1e9", "0x1", "2024-01-01"),
        *("\ufeff", "\r", "\x85"),
    ]
)


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def yamlish() -> st.SearchStrategy[bytes]:
    """Bytes, and what looks like YAML."""
    return st.one_of(st.binary(max_size=200), st.lists(YAMLISH, max_size=60).map("".join).map(encoded))


def conditions() -> st.SearchStrategy[bytes]:
    """Text, and words of the language in any order."""
    words = st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)
    return st.one_of(st.text(max_size=80), words).map(encoded)


def broken_rule_sets() -> st.SearchStrategy[bytes]:
    """Rule sets of the library and wrong ones, some of their lines left out, moved, shifted or cut."""
    return st.integers(0, 2**32).map(_broken)


def _broken(seed: int) -> bytes:
    chance = Random(seed)
    lines = chance.choice(_examples()).decode().splitlines()
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(lines))
        other = chance.choice(lines)
        line = lines[at]
        cut = chance.randrange(len(line) + 1)
        lines[at : at + 1] = chance.choice(
            [[], [line, other], [other], [" " + line], [line[1:]], [line[:cut] + chance.choice(WORDS) + line[cut:]]]
        )
    return encoded("\n".join(lines))


@lru_cache(1)
def _examples() -> list[bytes]:
    return examples("rule_set")


def mails() -> st.SearchStrategy[bytes]:
    """Something like a report of an undelivered letter."""
    lines = st.sampled_from(
        [
            *(
                "Content-Type: multipart/report; boundary=x",
                "Content-Type: message/delivery-status",
                "--x",
                "--x--",
                "",
                "",
            ),
            *(
                "Action: failed",
                "Action: delayed",
                "Status: 5.1.1",
                "Status: x",
                "Subject: =?utf-8?q?=ff?=",
                "Diagnostic-Code: ;",
            ),
            *(
                "Final-Recipient: rfc822;a@b",
                "Content-Transfer-Encoding: base64",
                "Content-Type: text/plain; charset=x-none",
            ),
            *(
                "From: MAILER-DAEMON",
                "To: \xff\x00",
                "Hi. This is the qmail-send program",
                "<a@b>: 550 unknown",
                "Content-Type: ;",
            ),
        ]
    )
    return st.one_of(st.binary(max_size=100), st.lists(lines, max_size=20).map("\n".join).map(encoded))


def registers() -> st.SearchStrategy[bytes]:
    """Lines of a register."""
    lines = st.sampled_from(
        [
            *(
                '{"unit_id":"A1","facts":{"a":1}}',
                '{"unit_id":"A1","facts":{"a":1e999}}',
                '{"unit_id":"A1","facts":[]}',
                "{}",
            ),
            *(
                '{"unit_id":"A1","children":{"t":[{"a":null}]}}',
                '{"unit_id":["A1"]}',
                '{"unit_id":{}}',
                "[]",
                "1",
                "null",
                "nan",
            ),
            *(
                "[" * 9_000,
                '{"unit_id":"A1","facts":{"a":"\\ud800"}}',
                '{"unit_id":"A1","x":1}',
                "9" * 5_000,
                '{"unit_id":1}',
            ),
        ]
    )
    return st.one_of(st.binary(max_size=60), st.lists(lines, max_size=5).map("\n".join).map(encoded))


def badges() -> st.SearchStrategy[str]:
    """Something like a signed credential."""
    values = st.recursive(st.none() | st.text(max_size=5) | st.integers(), st.lists, max_leaves=4)
    heads = st.dictionaries(
        st.sampled_from(["alg", "kid", "jwk", "crit", "x"]), values | st.just("EdDSA") | st.just({"x": "A" * 43})
    )
    part = heads.map(lambda one: base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode())
    return st.one_of(st.text(max_size=60), st.tuples(part, part, st.text("Aa0-_", max_size=90)).map(".".join))


Target = tuple[Callable[[], st.SearchStrategy[Any]], Callable[[Any], None]]
TARGETS: dict[str, Target] = {
    "yaml": (yamlish, read_yaml),
    "rule_set": (broken_rule_sets, read_rule_set),
    "condition": (conditions, read_condition),
    "csv": (files.csv_file, files.read),
    "lines": (files.lines_file, files.read),
    "workbook": (files.workbook, files.read),
    "parquet": (files.parquet, files.read),
    "register": (registers, files.register),
    "bounce": (mails, files.bounce),
    "credential": (badges, files.credential),
    "search": (lambda: portal.TEXTS, files.searched),
    "pages": (lambda: portal.requests("pages"), portal.ask),
    "api": (lambda: portal.requests("api"), portal.ask),
    "sign_in": (lambda: portal.requests("sign_in"), portal.ask),
}
"""What is drawn for each target, and what is done with it. It raises where something is wrong."""
