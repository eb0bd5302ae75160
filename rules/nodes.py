"""The tree of a condition: what rules.syntax reads, rules.expressions checks and rules.compiler compiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Node:
    """A part of an expression, and where it begins."""

    at: int


@dataclass(frozen=True)
class Number(Node):
    """A plain integer or decimal, kept as the text it was written in."""

    text: str


@dataclass(frozen=True)
class String(Node):
    """A text in quotes."""

    text: str


@dataclass(frozen=True)
class Truth(Node):
    """True or false."""

    value: bool


@dataclass(frozen=True)
class Ref(Node):
    """A name, dotted or not: a fact, `policy.x`, `points.x`, `clause.x`, a field of a list's item."""

    path: tuple[str, ...]


@dataclass(frozen=True)
class Unary(Node):
    """`!x` or `-x`."""

    op: str
    of: Node


@dataclass(frozen=True)
class Binary(Node):
    """Two parts and the operator between them."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Choice(Node):
    """The value of `condition ? yes : no`."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True)
class Call(Node):
    """A function of the language and its arguments."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Method(Node):
    """target.name(arguments), for size and distinct."""

    target: Node
    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Macro(Node):
    """target.exists(x, body) and its sisters."""

    target: Node
    name: str
    variable: str
    body: Node


@dataclass(frozen=True)
class Items(Node):
    """A literal list."""

    items: tuple[Node, ...]


def children(node: Node) -> tuple[Node, ...]:
    """The parts a condition is made of, one step down."""
    match node:
        case Unary():
            return (node.of,)
        case Binary():
            return node.left, node.right
        case Choice():
            return node.condition, node.yes, node.no
        case Call():
            return node.arguments
        case Method():
            return node.target, *node.arguments
        case Macro():
            return node.target, node.body
        case Items():
            return node.items
    return ()


def written_out(tree: Node, derived: Mapping[str, Node], known: dict[str, int] | None = None) -> int:
    """How many parts a condition has once the derived values it names stand in it, and those that they name."""
    known = {} if known is None else known
    total, todo = 0, [tree]
    while todo:
        node = todo.pop()
        total += 1
        name = ".".join(node.path) if isinstance(node, Ref) else ""
        if name in derived:
            if name not in known:
                known[name] = 1  # while it is counted: one that names itself is refused elsewhere
                known[name] = written_out(derived[name], derived, known)
            total += known[name]
        todo += children(node)
    return total
