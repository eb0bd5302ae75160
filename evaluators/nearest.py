"""The nearest value of one fact with which a plain comparison becomes what is wanted.

Numbers move on the grid of their decimals, dates by days, moments by seconds. Along one fact a comparison of the
language changes at most once in each direction (an equality: is met at most at one place), so doubling steps and
halving them again find the exact edge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import lcm
from typing import Any

from evaluators.papers import Papers, Span, Unreadable
from evaluators.reading import read
from rules.nodes import Binary, Items, Macro, Method, Node, Ref, String, children
from rules.values import LIMIT

_FARTHEST_DAYS = 400 * 366
OTHER = "…"  # any word but those the condition names
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def values(atom: Node, want: bool, papers: Papers) -> Iterator[Papers]:
    """Papers in which one fact of the condition has the nearest value that gives what is wanted."""
    for name in dict.fromkeys(names(atom, papers)):
        current = papers.item[1].get(name) if papers.item is not None else papers.facts.get(name)
        if isinstance(current, bool) or (current is None and _plain_yes(atom, papers)):
            tries: list[Any] = [not current] if current is not None else [True, False]
            yield from _first(atom, want, papers, name, tries)
        elif isinstance(current, Fraction | date):
            yield from _ordered(atom, want, papers, name, current)
        else:
            yield from _worded(atom, want, papers, name)


def names(node: Node, papers: Papers) -> Iterator[str]:
    """The facts (or fields of the item) a condition speaks of that may be otherwise."""
    if isinstance(node, Ref):
        if papers.item is not None:
            if node.path[0] == papers.item[0]:
                yield node.path[1]
            return
        name = ".".join(node.path)
        if name in papers.derived:
            yield from names(papers.derived[name], papers)
        elif name in papers.facts and name not in papers.constants:
            yield name
        return
    for part in children(node):
        yield from names(part, papers)


def fields(node: Node, name: str, variables: Mapping[str, str] | None = None) -> Iterator[str]:
    """The fields of a list's items a condition looks at."""
    variables = variables or {}
    if isinstance(node, Ref):
        if len(node.path) == 2 and variables.get(node.path[0]) == name:
            yield node.path[1]
        return
    if isinstance(node, Macro):
        inner: Node = node.target
        while isinstance(inner, Method | Macro):
            inner = inner.target
        if isinstance(inner, Ref):
            variables = {**variables, node.variable: ".".join(inner.path)}
    for part in children(node):
        yield from fields(part, name, variables)


def fresh(
    mapped: Macro, wanted: list[tuple[str, Node, bool]], papers: Papers, base: Any, seen: set[Any], count: int
) -> Iterator[dict[str, Any]]:
    """Up to `count` items like `base` whose mapped value is not among those seen."""
    if not isinstance(mapped.body, Ref) or len(mapped.body.path) != 2:
        return
    key = mapped.body.path[1]
    scopes = [(body, replace(papers, item=(variable, base))) for variable, body, _ in wanted]
    listed = [value for body, mine in scopes for value in constants(body, mine) if isinstance(value, str)]
    known = [*dict.fromkeys(listed), *(f"new-{number}" for number in range(count + len(seen) + 1))]
    for value in known:
        if count <= 0:
            return
        if value in seen:
            continue
        item = {**base, key: value}
        if all(read(body, replace(papers, item=(var, item))) is answer for var, body, answer in wanted):
            seen.add(value)
            count -= 1
            yield item


def constants(node: Node, papers: Papers) -> Iterator[Any]:
    """The plain values a condition compares with: literals, parameters, answers, other facts."""
    if isinstance(node, Ref):
        head = papers.item[0] if papers.item is not None else None
        if node.path[0] != head:
            yield from _flat(_read(node, papers))
        return
    if isinstance(node, String | Items):
        yield from _flat(_read(node, papers))
        return
    if not isinstance(node, Macro | Method) and not any(names(node, papers)):
        yield from _flat(_read(node, papers))
        return
    for part in children(node):
        yield from constants(part, papers)


def _ordered(atom: Node, want: bool, papers: Papers, name: str, current: Any) -> Iterator[Papers]:
    start, at = _grid(current, papers, name)

    def holds(place: int) -> bool:
        return read(atom, papers.having(name, at(place))) is want

    met = holds
    if isinstance(atom, Binary) and atom.op in ("==", "!="):
        side = _side(atom, papers.having(name, at(start)))

        def met(place: int) -> bool:
            return bool(_side(atom, papers.having(name, at(place))) != side)

    for way in (-1, 1):
        edge = _edge(met, start, way, at)
        if edge is not None and holds(edge):
            yield papers.having(name, at(edge))


def nearer(holds: Callable[[Papers], bool], papers: Papers, name: str, before: Any) -> Papers:
    """The same papers with the fact moved back towards `before` as far as it still holds."""
    after = papers.facts[name]
    start, at = _grid(before, papers, name)
    end = _grid(after, papers, name)[0]
    way = 1 if start > end else -1

    def fails(place: int) -> bool:
        return place == start or not holds(papers.having(name, at(place)))

    edge = _edge(fails, end, way, at)
    return papers if edge is None else papers.having(name, at(edge - way))


def _edge(met: Callable[[int], bool], start: int, way: int, at: Callable[[int], Any]) -> int | None:
    """The first place in one direction where it is met; None as far as values go."""
    last, step = start, 1
    while True:
        place = start + way * step
        try:
            at(place)  # the end of what a value can be
        except (OverflowError, ValueError):
            return None
        if met(place):
            break
        last, step = place, step * 2
    while abs(place - last) > 1:
        middle = (place + last) // 2
        if met(middle):
            place = middle
        else:
            last = middle
    return place


def _grid(current: Any, papers: Papers, name: str) -> tuple[int, Callable[[int], Any]]:
    """The place of a value on its grid, and the value of a place. The latter raises OverflowError at the ends."""
    if isinstance(current, datetime):
        whole = (current - _EPOCH) // timedelta(seconds=1)
        return whole, lambda place: _EPOCH + timedelta(seconds=_within(place, whole, _FARTHEST_DAYS * 86_400))
    if isinstance(current, date):
        day = current.toordinal()
        return day, lambda place: date.fromordinal(_within(place, day, _FARTHEST_DAYS))
    unit = lcm(papers.units.get(name, 1), current.denominator)
    least = 0 if current >= 0 else -LIMIT
    begin = int(current * unit)

    def number(place: int) -> Fraction:
        if not least * unit <= place < LIMIT * unit:
            raise OverflowError
        return Fraction(place, unit)

    return begin, number


def _within(place: int, start: int, most: int) -> int:
    if abs(place - start) > most:
        raise OverflowError
    return place


def _side(atom: Binary, papers: Papers) -> Any:
    """Which side of the other an equality's left side stands; None where they are not comparable."""
    left, right = read(atom.left, papers), read(atom.right, papers)
    if isinstance(left, Span) and isinstance(right, Span):
        return (left.low > right.high) - (left.high < right.low)
    if left is None or right is None or isinstance(left, bool | str):
        return left == right
    return (left > right) - (left < right)


def _worded(atom: Node, want: bool, papers: Papers, name: str) -> Iterator[Papers]:
    """Another word, or (where nothing is known yet) a value beside those the condition compares with."""
    tries: list[Any] = []
    for value in constants(atom, papers):
        tries.append(value)
        if isinstance(value, datetime):
            tries += [value - timedelta(seconds=1), value + timedelta(seconds=1)]
        elif isinstance(value, date):
            tries += [value - timedelta(days=1), value + timedelta(days=1)]
        elif isinstance(value, Fraction):
            tries += [value + 1, value - 1]
    fitting = [one for one in dict.fromkeys(tries) if _fits(atom, want, papers, name, one)]
    if fitting and isinstance(fitting[0], str):
        yield from (papers.having(name, one) for one in fitting)
    elif fitting:
        yield papers.having(name, fitting[0])
    elif any(isinstance(one, str) for one in tries):
        yield from _first(atom, want, papers, name, [OTHER])


def _plain_yes(atom: Node, papers: Papers) -> bool:
    """Whether a condition compares with nothing: it asks for a yes or a no."""
    return not any(True for _ in constants(atom, papers))


def _first(atom: Node, want: bool, papers: Papers, name: str, tries: list[Any]) -> Iterator[Papers]:
    for one in tries:
        if _fits(atom, want, papers, name, one):
            yield papers.having(name, one)
            return


def _fits(atom: Node, want: bool, papers: Papers, name: str, value: Any) -> bool:
    try:
        return read(atom, papers.having(name, value)) is want
    except (TypeError, AttributeError):
        return False


def _read(node: Node, papers: Papers) -> Any:
    try:
        return read(node, papers)
    except (Unreadable, TypeError, AttributeError):
        return None


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for one in value:
            yield from _flat(one)
    elif isinstance(value, Span):
        yield value.low
    elif value is not None and not isinstance(value, bool) and isinstance(value, str | Fraction | date):
        yield value
