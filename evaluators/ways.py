"""The search for the smallest changes of an application's papers that make a condition true.

A condition is taken apart at its `&&`, `||`, `!` and `? :`; each plain comparison left over is met by the nearest
value of one fact (evaluators.nearest), or by more or fewer items of a list. What is found is read again as a whole, and
freed of every change it does not need.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from evaluators import chains, nearest
from evaluators.papers import Item, Papers, Span, Unreadable
from evaluators.reading import read
from rules.nodes import Binary, Choice, Node, Ref, Unary

_STATES = 64  # ways kept while a condition's parts are joined
_MOST_ITEMS = 256  # of a list, when more would be needed
_MOST_KINDS = 32
_ONE_BY_ONE = 16


@dataclass(frozen=True)
class Change:
    """One thing that would have been otherwise.

    `what` is a fact or a list. `kind`: value (another value), more and fewer (of a list; `items` are examples, `fields`
    those the condition looks at), order (applications before this one). `before` and `after` are plain values;
    `options` would do as well.
    """

    what: str
    kind: str
    before: Any = None
    after: Any = None
    options: tuple[Any, ...] = ()
    items: tuple[Mapping[str, Any], ...] = ()
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Way:
    """Changes that are enough together; what the clause would then have `measured`, against which threshold."""

    changes: tuple[Change, ...]
    measured: Any = None
    threshold: Any = None


def ways(tree: Node, papers: Papers) -> list[Way]:
    """All smallest sets of changes that make a condition true; empty when it is true, or none was found."""
    try:
        if read(tree, papers) is True:
            return []
        states = _solve(tree, True, papers)
    except (Unreadable, TypeError, KeyError):
        return []
    kept: list[Way] = []
    for state in states:
        if read(tree, state) is True:
            lean = _lean(tree, papers, state)
            kept.append(Way(changes(papers, lean, tree), *_sides(tree, lean)))
    kept.sort(key=lambda one: (len(one.changes), [_far(change) for change in one.changes]))
    found: list[Way] = []
    for way in kept:
        names = _names(way)
        same = next((number for number, other in enumerate(found) if _names(other) == names), None)
        if same is not None:
            found[same] = _with_options(found[same], way)
        elif way.changes and not any(_names(other) < names for other in found):
            found.append(way)
    return found


def _with_options(way: Way, other: Way) -> Way:
    """One way for two that differ in a single word."""
    apart = [number for number, one in enumerate(way.changes) if one.after != other.changes[number].after]
    words = [one for way_ in (way, other) for one in (way_.changes[apart[0]].after,)] if len(apart) == 1 else []
    if not words or not all(isinstance(word, str) for word in words):
        return way
    first = way.changes[apart[0]]
    options = (*(first.options or (first.after,)), words[1])
    merged = replace(first, options=tuple(dict.fromkeys(options)))
    return replace(way, changes=tuple(merged if one is first else one for one in way.changes))


def _far(change: Change) -> Fraction:
    """How far a change goes, so that of two of one kind the smaller comes first."""
    before, after = change.before, change.after
    if isinstance(before, Fraction) and isinstance(after, Fraction):
        return abs(after - before)
    if isinstance(before, datetime) and isinstance(after, datetime):
        return Fraction(abs((after - before) // timedelta(seconds=1)))
    if isinstance(before, date) and isinstance(after, date):
        return Fraction(abs((after - before).days))
    return Fraction(1)


def _names(way: Way) -> set[tuple[str, str, bool]]:
    return {(one.what, one.kind, _up(one)) for one in way.changes}


def _up(change: Change) -> bool:
    return isinstance(change.before, Fraction | date) and bool(change.after > change.before)


def _sides(tree: Node, papers: Papers) -> tuple[Any, Any]:
    """Both sides of a plain comparison under these papers."""
    if not isinstance(tree, Binary) or tree.op not in ("<", "<=", ">", ">=", "==", "!="):
        return None, None
    sides = (read(tree.left, papers), read(tree.right, papers))
    return sides[0].low if isinstance(sides[0], Span) else sides[0], (
        sides[1].low if isinstance(sides[1], Span) else sides[1]
    )


def changes(before: Papers, after: Papers, tree: Node) -> tuple[Change, ...]:
    """What differs between two papers of one application, in a condition's view."""
    fields = {name: tuple(sorted(nearest.fields(tree, name))) for name in after.lists}
    found = [
        Change(name, "value", before.facts.get(name), value)
        for name, value in after.facts.items()
        if value != before.facts.get(name)
    ]
    for name, items in after.lists.items():
        was = before.lists.get(name)
        if items is None or was is None or items == was:
            continue
        if len(items) > len(was):
            kind, shown = "more", items[len(was) :]
        else:
            kind, shown = "fewer", tuple(one for one in was if not any(one is other for other in items))
        found.append(Change(name, kind, Fraction(len(was)), Fraction(len(items)), items=shown, fields=fields[name]))
    return tuple(found)


def _solve(node: Node, want: bool, papers: Papers) -> list[Papers]:
    """Papers under which the condition is what is wanted; the given ones where it is already."""
    if read(node, papers) is want:
        return [papers]
    if isinstance(node, Unary) and node.op == "!":
        return _solve(node.of, not want, papers)
    if isinstance(node, Ref) and ".".join(node.path) in papers.derived:
        return _solve(papers.derived[".".join(node.path)], want, papers)
    if isinstance(node, Binary) and node.op in ("&&", "||"):
        parts = (node.left, node.right)
        if (node.op == "&&") is not want:
            return [state for part in parts for state in _solve(part, want, papers)][:_STATES]
        states = [papers]
        for part in (*parts, node.left):  # what the second part changed may have undone the first
            states = [one for state in states for one in _solve(part, want, state)][:_STATES]
        return [state for state in states if read(node, state) is want]
    if isinstance(node, Choice):
        found = []
        for answer, part in ((True, node.yes), (False, node.no)):
            for state in _solve(node.condition, answer, papers):
                found += _solve(part, want, state)
        return found[:_STATES]
    return [*nearest.values(node, want, papers), *_items(node, want, papers)]


def _items(node: Node, want: bool, papers: Papers) -> Iterator[Papers]:
    """More or fewer items of a list the condition counts or looks through."""
    if papers.item is not None:
        return
    for chain in chains.chains(node):
        name = chains.list_of(chain)
        items = papers.lists.get(name)
        if items is None:
            continue
        made = [] if chains.hopeless(chain, node, want) else list(_made(chain, papers, name, _MOST_ITEMS))
        least = _least(made, _enough(node, want, papers, name))
        if least:
            yield papers.listing(name, (*items, *made[:least]))
        inside = [one for one in items if _belongs(chain, papers, one)]
        for count in range(1, len(inside) + 1):
            gone = inside[-count:]
            state = papers.listing(name, tuple(one for one in items if not any(one is other for other in gone)))
            if read(node, state) is want:
                yield state
                break


def _least(made: Sequence[Item], enough: Callable[[Sequence[Item]], bool]) -> int:
    """The fewest of these items that are enough, 0 where they never are: one by one at first, then by doubling."""
    for count in range(1, min(len(made), _ONE_BY_ONE) + 1):
        if enough(made[:count]):
            return count
    low, high = _ONE_BY_ONE, _ONE_BY_ONE * 2
    while low < len(made):
        if enough(made[:high]):
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if enough(made[:middle]) else (middle, high)
            return high
        low, high = high, high * 2
    return 0


def _enough(node: Node, want: bool, papers: Papers, name: str) -> Callable[[Sequence[Item]], bool]:
    """Whether the condition is what is wanted with these items added to a list."""
    items = papers.lists[name] or ()
    return lambda more: read(node, papers.listing(name, (*items, *more))) is want


def _made(chain: Node, papers: Papers, name: str, count: int) -> Iterator[Mapping[str, Any]]:
    """Items that would count, each made from one that is there or from nothing; different where that is asked."""
    items = papers.lists[name] or ()
    wanted = chains.conditions(chain)
    distinct = chains.distinct(chain)
    seen = set(chains.values(distinct, papers)) if distinct is not None else set()
    for base in (*items, {}):
        for one in _fitting(wanted, papers, base):
            if distinct is None:
                yield from (dict(one) for _ in range(count))
                return
            made = list(nearest.fresh(distinct, wanted, papers, one, seen, min(count, _MOST_KINDS)))
            yield from made
            if made:
                return


def _fitting(wanted: list[tuple[str, Node, bool]], papers: Papers, base: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    states: list[Mapping[str, Any]] = [base]
    for variable, body, answer in wanted:
        states = [
            solved.item[1]
            for one in states
            for solved in _solve(body, answer, replace(papers, item=(variable, one)))
            if solved.item is not None
        ][:_STATES]
    return [
        one
        for one in states
        if all(read(body, replace(papers, item=(variable, one))) is answer for variable, body, answer in wanted)
    ]


def _belongs(chain: Node, papers: Papers, item: Mapping[str, Any]) -> bool:
    """Whether taking this item away would change what the chain finds."""
    return all(
        read(body, replace(papers, item=(variable, item))) is answer
        for variable, body, answer in chains.conditions(chain)
    )


def _lean(tree: Node, before: Papers, after: Papers) -> Papers:
    """The same papers without any change the condition does not need."""
    for one in changes(before, after, tree):
        if one.kind == "value":
            tried = replace(after, facts={**after.facts, one.what: one.before})
        else:
            tried = after.listing(one.what, before.lists[one.what] or ())
        if read(tree, tried) is True:
            after = tried
    for one in changes(before, after, tree):
        if one.kind == "value" and isinstance(one.before, Fraction | date):
            after = nearest.nearer(lambda papers: read(tree, papers) is True, after, one.what, one.before)
    return after
