"""What an officer's text may say: names, conditions, one loop at a time over a list of the letter, and nothing else.

The text is Jinja's, but of its language only what stands here. Whatever is refused is refused by looking at it, before
any of it runs: there is nothing to wait for, because what is left can neither call, reach into an object, nor go on for
ever. Its output is at most its length times the longest list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jinja2 import Environment, TemplateError, nodes

from notifications.plurals import PLURALS
from notifications.shapes import Shape, names

LONGEST = 10_000  # characters of a text
DEEPEST = 12  # conditions and comparisons within each other
MOST = 2_000  # parts of a text
LARGEST = 10**9  # a number written in a text
PLURAL_TESTS = frozenset(one for language in PLURALS.values() for one in language.classes)
_COMPARED = frozenset({"eq", "ne", "gt", "gteq", "lt", "lteq"})
_SAYS = {  # how what is refused is written
    nodes.Call: "( )",
    nodes.Getitem: "[ ]",
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "import",
    nodes.Extends: "extends",
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.FilterBlock: "filter",
    nodes.Assign: "set",
    nodes.AssignBlock: "set",
    nodes.CondExpr: "if … else",
    nodes.List: "[ ]",
    nodes.Tuple: "( , )",
    nodes.Dict: "{ : }",
    nodes.Concat: "~",
    nodes.Add: "+",
    nodes.Sub: "-",
    nodes.Mul: "*",
    nodes.Div: "/",
    nodes.FloorDiv: "//",
    nodes.Mod: "%",
    nodes.Pow: "**",
}
_LOOP = Shape("record", fields={"index": Shape("number"), "first": Shape("flag"), "last": Shape("flag")})
Scope = Mapping[str, Shape]


@dataclass(frozen=True)
class GrammarFault:
    """What is wrong at a line of a text, and the way out. `says` may hold `{name}`, which is `name`."""

    line: int
    says: str
    remedy: str
    name: str = ""

    def __str__(self) -> str:
        return f"line {self.line}: {self.says.format(name=self.name)} {self.remedy}"


class _Wrong(Exception):
    def __init__(self, line: int, says: str, remedy: str, name: str = "") -> None:
        super().__init__(says)
        self.fault = GrammarFault(line, says, remedy, name)


def faults(kind: str, source: str) -> list[GrammarFault]:
    """Everything in a text that is not allowed to a letter of that kind; empty when it may be used.

    Takes time in proportion to the text, which is at most LONGEST characters.
    """
    if len(source) > LONGEST:
        return [GrammarFault(1, "The text is longer than 10,000 characters.", "Shorten it.")]
    try:
        tree = Environment().parse(source)  # noqa: S701 - only read, never rendered
    except TemplateError as error:
        return [GrammarFault(getattr(error, "lineno", 1) or 1, "It cannot be read: {name}", "Look at the brackets: {{ … }} and {% … %}.", str(error))]  # fmt: skip  # noqa: E501
    except (RecursionError, ValueError, OverflowError):
        return [GrammarFault(1, "Too much stands within each other.", "Write it in simple steps.")]
    return list(_Reading(names(kind)).read(tree))


class _Reading:
    """One pass over a parsed text, without recursion: how deep a text is, is its writer's choice."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.count = 0

    def read(self, tree: nodes.Template) -> Iterator[GrammarFault]:
        waiting: list[tuple[nodes.Node, Scope, int, bool]] = [(one, self.scope, 0, False) for one in tree.body]
        waiting.reverse()
        while waiting:
            node, scope, depth, looped = waiting.pop()
            self.count += 1
            if self.count > MOST or depth > DEEPEST:
                yield GrammarFault(node.lineno, "Too much stands within each other.", "Write it in simple steps.")
                return
            try:
                more = self._one(node, scope, looped)
            except _Wrong as wrong:
                yield wrong.fault
                continue
            waiting += [(one, inner, depth + 1, inner is not scope or looped) for one, inner in reversed(more)]

    def _one(self, node: nodes.Node, scope: Scope, looped: bool) -> list[tuple[nodes.Node, Scope]]:
        """Look at one statement; what stands within it is looked at next."""
        match node:
            case nodes.Output():
                for one in node.nodes:
                    if not isinstance(one, nodes.TemplateData):
                        self._said(one, scope)
                return []
            case nodes.If():
                self._asked(node.test, scope)
                return [(one, scope) for one in (*node.body, *node.elif_, *node.else_)]
            case nodes.For():
                inner = self._loop(node, scope, looped)
                return [(one, inner) for one in node.body] + [(one, scope) for one in node.else_]
            case _:
                raise _refused(node)

    def _loop(self, node: nodes.For, scope: Scope, looped: bool) -> Scope:
        if looped:
            raise _Wrong(node.lineno, "A loop stands within a loop.", "Write one after the other.")
        if node.test is not None or node.recursive or not isinstance(node.target, nodes.Name):
            raise _Wrong(node.lineno, "This sort of loop is not for letters.", "Write {% for one in list %}.")
        if node.target.name in scope or node.target.name == "loop":
            raise _Wrong(node.lineno, "{name} already means something else.", "Choose another word.", node.target.name)
        found = self._shape(node.iter, scope, 0)
        if found.sort != "list" or found.of is None:
            raise _Wrong(node.lineno, "{name} is not a list.", "Loops go over the lists named beside the text.", _named(node.iter))  # fmt: skip  # noqa: E501
        return {**scope, node.target.name: found.of, "loop": _LOOP}

    def _said(self, node: nodes.Node, scope: Scope) -> None:
        found = self._shape(node, scope, 0)
        if found.sort == "list":
            raise _Wrong(node.lineno, "{name} is a list.", "Write {% for one in list %} {{ one }} {% endfor %}.", _named(node))  # fmt: skip  # noqa: E501
        if found.sort in ("record", "flag"):
            raise _Wrong(node.lineno, "{name} has several parts.", "Name one of them, as in certificate.number.", _named(node))  # fmt: skip  # noqa: E501

    def _asked(self, node: nodes.Node, scope: Scope) -> None:
        if self._shape(node, scope, 0).sort == "piece":
            raise _Wrong(node.lineno, "{name} cannot be asked about.", "Ask about the value it shows.", _named(node))

    def _shape(self, node: nodes.Node, scope: Scope, depth: int) -> Shape:
        """The sort of an expression, or why it is refused."""
        self.count += 1
        if depth > DEEPEST or self.count > MOST:
            raise _Wrong(node.lineno, "Too much stands within each other.", "Write it in simple steps.")
        match node:
            case nodes.Const():
                return _const(node)
            case nodes.Name():
                if node.name not in scope:
                    raise _Wrong(node.lineno, "There is no {name} in this letter.", "Use a name that stands beside the text.", node.name)  # fmt: skip  # noqa: E501
                return scope[node.name]
            case nodes.Getattr():
                return self._part(node, scope, depth)
            case nodes.Filter():
                return self._filter(node, scope, depth)
            case nodes.Test():
                self._test(node, scope, depth)
            case nodes.Not():
                self._shape(node.node, scope, depth + 1)
            case nodes.And() | nodes.Or():
                self._shape(node.left, scope, depth + 1)
                self._shape(node.right, scope, depth + 1)
            case nodes.Compare():
                self._compare(node, scope, depth)
            case _:
                raise _refused(node)
        return Shape("flag")

    def _part(self, node: nodes.Getattr, scope: Scope, depth: int) -> Shape:
        whole = self._shape(node.node, scope, depth + 1)
        if whole.sort != "record" or node.attr not in whole.fields:
            raise _Wrong(node.lineno, "There is no {name} in this letter.", "Use a name that stands beside the text.", _named(node))  # fmt: skip  # noqa: E501
        return whole.fields[node.attr]

    def _filter(self, node: nodes.Filter, scope: Scope, depth: int) -> Shape:
        plain = not node.kwargs and node.dyn_args is None and node.dyn_kwargs is None and node.node is not None
        if plain and node.node is not None and node.name in ("length", "join"):
            found = self._shape(node.node, scope, depth + 1)
            between = [one for one in node.args if isinstance(one, nodes.Const) and isinstance(one.value, str)]
            if found.sort == "list" and node.name == "length" and not node.args:
                return Shape("number")
            if (
                found.sort == "list"
                and found.of is not None
                and found.of.sort == "text"
                and len(node.args) == len(between) <= 1
            ):
                return Shape("text")
        raise _Wrong(node.lineno, "|{name} is not for letters, or not here.", "There are list|length and list|join(', ').", node.name)  # fmt: skip  # noqa: E501

    def _test(self, node: nodes.Test, scope: Scope, depth: int) -> None:
        found = self._shape(node.node, scope, depth + 1)
        if node.args or node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None:
            raise _Wrong(node.lineno, "“is {name}” takes nothing more.", "Leave the rest out.", node.name)
        if node.name in PLURAL_TESTS and found.sort != "number":
            raise _Wrong(node.lineno, "“is {name}” asks about a number.", "Ask about a number named beside the text.", node.name)  # fmt: skip  # noqa: E501
        if node.name not in PLURAL_TESTS | {"none"}:
            raise _Wrong(node.lineno, "“is {name}” is not for letters.", "There are: is none, and for numbers is one, is few ….", node.name)  # fmt: skip  # noqa: E501

    def _compare(self, node: nodes.Compare, scope: Scope, depth: int) -> None:
        left = self._shape(node.expr, scope, depth + 1)
        for one in node.ops:
            if one.op not in _COMPARED:
                raise _Wrong(node.lineno, "The comparison {name} is not for letters.", "There are == != < <= > >=.", one.op)  # fmt: skip  # noqa: E501
            right = self._shape(one.expr, scope, depth + 1)
            if {left.sort, right.sort} not in ({"text"}, {"number"}, {"flag"}):
                raise _Wrong(node.lineno, "Unlike things are compared.", "Compare text with text, numbers with numbers.")  # fmt: skip  # noqa: E501


def _const(node: nodes.Const) -> Shape:
    match node.value:
        case bool():
            return Shape("flag")
        case int() if abs(node.value) <= LARGEST:
            return Shape("number")
        case str():
            return Shape("text")
        case _:
            raise _Wrong(node.lineno, "This value is not for letters.", "Use text in quotes, or a whole number.")


def _refused(node: nodes.Node) -> _Wrong:
    said = _SAYS.get(type(node), type(node).__name__.lower())
    return _Wrong(node.lineno, "Letters cannot use this: {name}.", "Use {{ name }}, {% if %} and {% for %}.", said)


def _named(node: nodes.Node) -> str:
    """An expression as it was written, as far as it is one of names."""
    parts: list[str] = []
    while isinstance(node, nodes.Getattr) and len(parts) < DEEPEST:
        parts.append(node.attr)
        node = node.node
    return ".".join([node.name if isinstance(node, nodes.Name) else "…", *reversed(parts)])
