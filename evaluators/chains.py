"""The shape of what a condition asks of a list: where, which, and which different values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evaluators.papers import Papers, Picked
from evaluators.reading import read
from rules.nodes import Binary, Macro, Method, Node, Ref, Unary


def hopeless(chain: Node, node: Node, want: bool) -> bool:
    """Whether no further item can help: where all must be so, or none may be."""
    return chain is node and isinstance(chain, Macro) and chain.name == ("all" if want else "exists")


def chains(node: Node) -> Iterator[Method | Macro]:
    """The largest parts of a condition that look at one list."""
    if isinstance(node, Method | Macro):
        yield node
    elif isinstance(node, Binary):
        yield from chains(node.left)
        yield from chains(node.right)
    elif isinstance(node, Unary):
        yield from chains(node.of)


def list_of(node: Node) -> str:
    """The list a chain begins with; empty where that is no name."""
    while isinstance(node, Method | Macro):
        node = node.target
    return ".".join(node.path) if isinstance(node, Ref) else ""


def conditions(chain: Node) -> list[tuple[str, Node, bool]]:
    """What the items of a chain must be: (variable, condition, wanted)."""
    found: list[tuple[str, Node, bool]] = []
    while isinstance(chain, Method | Macro):
        if isinstance(chain, Macro) and chain.name != "map":
            found.append((chain.variable, chain.body, chain.name != "all"))
        chain = chain.target
    return found


def distinct(chain: Node) -> Macro | None:
    """The map() whose different values are counted."""
    while isinstance(chain, Method | Macro):
        if isinstance(chain, Method) and chain.name == "distinct" and isinstance(chain.target, Macro):
            return chain.target
        chain = chain.target
    return None


def values(mapped: Macro, papers: Papers) -> tuple[Any, ...]:
    """The values a map() gives today."""
    found = read(mapped, papers)
    return tuple(found.values or ()) if isinstance(found, Picked) else ()
