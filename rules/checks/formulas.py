"""Conditions as formulas over quantities, and whether a formula can hold.

A formula is true, false, a flag (a yes/no quantity), an `At` (a quantity compared with a figure), an `Is` (a text
that is one of several), or `Not`, `All`, `Some` of formulas. Whether several can hold together is tried by cutting
each quantity at the figures it is compared with: only the cuts matter, never a value in between.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from math import ceil, floor
from typing import Any

from rules.checks.terms import Limits

STEPS = 3_000  # how often a question may be tried before it counts as not answered


@dataclass(frozen=True)
class Flag:
    """A yes/no quantity."""

    name: str


@dataclass(frozen=True)
class At:
    """A quantity compared with a figure."""

    name: str
    op: str
    figure: Fraction


@dataclass(frozen=True)
class Is:
    """A text that is this one."""

    name: str
    text: str


@dataclass(frozen=True)
class Not:
    """The opposite of a formula."""

    of: Formula


@dataclass(frozen=True)
class All:
    """All of several formulas."""

    of: tuple[Formula, ...]


@dataclass(frozen=True)
class Some:
    """At least one of several formulas."""

    of: tuple[Formula, ...]


Formula = bool | Flag | At | Is | Not | All | Some
Atom = Flag | At | Is
Choice = bool | int | str  # of a flag, of the region of a quantity, of a text
Test = Callable[[Mapping[str, Choice]], bool | str]
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def all_of(parts: Iterable[Formula]) -> Formula:
    """All of the formulas, without what is true anyway."""
    kept = [part for part in parts if part is not True]
    if any(part is False for part in kept):
        return False
    return kept[0] if len(kept) == 1 else All(tuple(kept)) if kept else True


def some_of(parts: Iterable[Formula]) -> Formula:
    """At least one of the formulas, without what is false anyway."""
    kept = [part for part in parts if part is not False]
    if any(part is True for part in kept):
        return True
    return kept[0] if len(kept) == 1 else Some(tuple(kept)) if kept else False


def opposite(part: Formula) -> Formula:
    """Not the formula."""
    if isinstance(part, bool):
        return not part
    return part.of if isinstance(part, Not) else Not(part)


def atoms(part: Formula) -> Iterator[Atom]:
    """Every flag, comparison and text test of a formula."""
    if isinstance(part, (Flag, At, Is)):
        yield part
    elif isinstance(part, Not):
        yield from atoms(part.of)
    elif isinstance(part, (All, Some)):
        for one in part.of:
            yield from atoms(one)


def fixed(part: Formula, values: Mapping[str, bool]) -> Formula:
    """The formula with some flags given, made as short as it gets."""
    if isinstance(part, Flag):
        return values.get(part.name, part)
    if isinstance(part, Not):
        return opposite(fixed(part.of, values))
    if isinstance(part, All):
        return all_of(fixed(one, values) for one in part.of)
    if isinstance(part, Some):
        return some_of(fixed(one, values) for one in part.of)
    return part


def holds(op: str, place: int, cut: int) -> bool:
    """Whether a quantity in the region `place` stands so to the cut with this region number."""
    return _COMPARE[op](place, cut)


def can_hold(parts: Sequence[Formula], limits: Mapping[str, Limits], options: Mapping[str, Sequence[str]]) -> bool:
    """Whether all formulas can hold together; True also where it cannot be found out in reasonable time."""
    if len(parts) == 1 and isinstance(parts[0], Flag):
        return True
    return _Search(parts, limits, options).possible()


class _Search:
    """Tries regions, answers and words for the quantities of several formulas.

    What asks for a single quantity only narrows its choices; the rest is tried, one open quantity after the other.
    """

    def __init__(
        self, parts: Sequence[Formula], limits: Mapping[str, Limits], options: Mapping[str, Sequence[str]]
    ) -> None:
        self.steps = 0
        self.cuts: dict[str, dict[Fraction, int]] = {}
        self.choices: dict[str, list[Choice]] = {}
        figures: dict[str, set[Fraction]] = {}
        texts: dict[str, set[str]] = {}
        spread = [(part, list(atoms(part))) for part in _spread(parts)]
        for atom in chain.from_iterable(found for _, found in spread):
            if isinstance(atom, At):
                figures.setdefault(atom.name, set()).add(atom.figure)
            elif isinstance(atom, Is):
                texts.setdefault(atom.name, set()).add(atom.text)
            else:
                self.choices[atom.name] = [True, False]
        for name, each in figures.items():
            cuts = sorted(each)
            self.cuts[name] = {cut: 2 * number + 1 for number, cut in enumerate(cuts)}
            self.choices[name] = list(regions(cuts, limits.get(name, Limits())))
        for name, words in texts.items():
            given = options.get(name)
            self.choices[name] = list(given) if given else [*sorted(words), ""]
        self.tests: list[Test] = []
        for part, found in spread:
            test, names = self.test(part), {atom.name for atom in found}
            if len(names) == 1:
                name = names.pop()
                self.choices[name] = [one for one in self.choices[name] if test({name: one}) is True]
            else:
                self.tests.append(test)

    def possible(self) -> bool:
        return all(self.choices.values()) and self.search({})

    def search(self, chosen: dict[str, Choice]) -> bool:
        self.steps += 1
        if self.steps > STEPS:
            return True
        open_ = ""
        for test in self.tests:
            found = test(chosen)
            if found is False:
                return False
            if found is not True and not open_:
                open_ = found
        if not open_:
            return True
        for choice in self.choices[open_]:
            chosen[open_] = choice
            if self.search(chosen):
                return True
        del chosen[open_]
        return False

    def test(self, part: Formula) -> Test:
        """Reads the formula under what is chosen: true, false, or a quantity that could settle it."""
        if isinstance(part, bool):
            return lambda _: part
        if isinstance(part, Not):
            return _opposite(self.test(part.of))
        if isinstance(part, (All, Some)):
            return _joined([self.test(one) for one in part.of], ends=isinstance(part, Some))
        name = part.name
        if isinstance(part, At):
            compare, cut = _COMPARE[part.op], self.cuts[name][part.figure]
            return lambda chosen: compare(chosen[name], cut) if name in chosen else name
        wanted = part.text if isinstance(part, Is) else True
        return lambda chosen: chosen[name] == wanted if name in chosen else name


def _spread(parts: Iterable[Formula]) -> Iterator[Formula]:
    """The formulas with those that ask for several things at once taken apart."""
    for part in parts:
        if isinstance(part, All):
            yield from _spread(part.of)
        elif isinstance(part, Not) and isinstance(part.of, Some):
            yield from _spread(opposite(one) for one in part.of.of)
        else:
            yield part


def _opposite(test: Test) -> Test:
    def found(chosen: Mapping[str, Choice]) -> bool | str:
        value = test(chosen)
        return value if isinstance(value, str) else not value

    return found


def _joined(tests: Sequence[Test], *, ends: bool) -> Test:
    def found(chosen: Mapping[str, Choice]) -> bool | str:
        open_ = ""
        for test in tests:
            value = test(chosen)
            if value is ends:
                return ends
            if not open_ and isinstance(value, str):
                open_ = value
        return open_ or not ends

    return found


def regions(cuts: Sequence[Fraction], limits: Limits) -> Iterator[int]:
    """The numbers of the regions a quantity can be in: 0 below the first cut, 1 on it, 2 above it, and so on."""
    for number in range(2 * len(cuts) + 1):
        if number % 2:
            if inhabited(cuts[number // 2], cuts[number // 2], limits, closed=True):
                yield number
        else:
            low = cuts[number // 2 - 1] if number else None
            high = cuts[number // 2] if number // 2 < len(cuts) else None
            if inhabited(low, high, limits, closed=False):
                yield number


def inhabited(low: Fraction | None, high: Fraction | None, limits: Limits, *, closed: bool) -> bool:
    """Whether a quantity with these limits has a value between two figures, the ends included or not."""
    left_closed = right_closed = closed
    if limits.low is not None and (low is None or limits.low > low):
        low, left_closed = limits.low, True
    if limits.high is not None and (high is None or limits.high < high):
        high, right_closed = limits.high, True
    if low is None or high is None:
        return True
    if limits.whole:
        first = ceil(low) if left_closed else floor(low) + 1
        last = floor(high) if right_closed else ceil(high) - 1
        return first <= last
    return low < high or (low == high and left_closed and right_closed)
