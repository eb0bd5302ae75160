"""Conditions as formulas over quantities, and whether a formula can hold.

A formula is true, false, a flag (a yes/no quantity), an `At` (a quantity compared with a figure), an `Is` (a text
that is one of several), or `Not`, `All`, `Some` of formulas. Whether several can hold together is tried by cutting
each quantity at the figures it is compared with: only the cuts matter, never a value in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

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
    if isinstance(part, Flag | At | Is):
        yield part
    elif isinstance(part, Not):
        yield from atoms(part.of)
    elif isinstance(part, All | Some):
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
    return {
        "<": place < cut,
        "<=": place <= cut,
        ">": place > cut,
        ">=": place >= cut,
        "==": place == cut,
        "!=": place != cut,
    }[op]


def can_hold(parts: Sequence[Formula], limits: Mapping[str, Limits], options: Mapping[str, Sequence[str]]) -> bool:
    """Whether all formulas can hold together; True also where it cannot be found out in reasonable time."""
    return _Search(parts, limits, options).possible()


class _Search:
    def __init__(
        self, parts: Sequence[Formula], limits: Mapping[str, Limits], options: Mapping[str, Sequence[str]]
    ) -> None:
        self.parts = parts
        self.steps = 0
        self.cuts: dict[str, dict[Fraction, int]] = {}
        self.choices: dict[str, list[Choice]] = {}
        figures: dict[str, set[Fraction]] = {}
        texts: dict[str, set[str]] = {}
        for part in parts:
            for atom in atoms(part):
                if isinstance(atom, At):
                    figures.setdefault(atom.name, set()).add(atom.figure)
                elif isinstance(atom, Is):
                    texts.setdefault(atom.name, set()).add(atom.text)
                else:
                    self.choices[atom.name] = [True, False]
        for name, found in figures.items():
            cuts = sorted(found)
            self.cuts[name] = {cut: 2 * number + 1 for number, cut in enumerate(cuts)}
            self.choices[name] = list(regions(cuts, limits.get(name, Limits())))
        for name, words in texts.items():
            given = options.get(name)
            self.choices[name] = list(given) if given else [*sorted(words), ""]

    def possible(self) -> bool:
        if any(not one for one in self.choices.values()):
            return False
        return self.search({})

    def search(self, chosen: dict[str, Choice]) -> bool:
        self.steps += 1
        if self.steps > STEPS:
            return True
        open_: str | None = None
        for part in self.parts:
            value, name = self.value(part, chosen)
            if value is False:
                return False
            open_ = open_ or name
        if open_ is None:
            return True
        for choice in self.choices[open_]:
            chosen[open_] = choice
            if self.search(chosen):
                return True
        del chosen[open_]
        return False

    def value(self, part: Formula, chosen: Mapping[str, Choice]) -> tuple[bool | None, str | None]:
        """Kleene value under what is chosen, and where it is open a quantity that could settle it."""
        if isinstance(part, bool):
            return part, None
        if isinstance(part, Not):
            value, name = self.value(part.of, chosen)
            return (None if value is None else not value), name
        if isinstance(part, All | Some):
            ends = isinstance(part, Some)
            open_: str | None = None
            for one in part.of:
                value, name = self.value(one, chosen)
                if value is ends:
                    return ends, None
                open_ = open_ or name
            return (not ends, None) if open_ is None else (None, open_)
        found = chosen.get(part.name)
        if found is None:
            return None, part.name
        if isinstance(part, At):
            assert isinstance(found, int)
            return holds(part.op, found, self.cuts[part.name][part.figure]), None
        return (found == part.text if isinstance(part, Is) else found is True), None


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
