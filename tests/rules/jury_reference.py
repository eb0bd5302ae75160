"""A slow second reading of what a jury's sheets become: one application at a time, exact fractions, from the handbook.

A sheet is one figure a criterion. None stands for what nobody has decided, or what is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

Sheet = dict[str, Fraction]


@dataclass(frozen=True)
class Terms:
    """How the jury works: reviews, how marks become one, from which spread on sheets differ, what a third one does."""

    reviews: int
    method: str
    spread: Fraction
    unless_below: Fraction | None
    third: str
    equal_pairs: str | None
    weights: dict[str, Fraction]


def total(terms: Terms, sheet: Sheet) -> Fraction:
    return sum((sheet[name] * weight for name, weight in terms.weights.items()), Fraction(0))


def differ(terms: Terms, sheets: Sequence[Sheet]) -> bool | None:
    """Whether the first sheets differ; None while they are not all there."""
    first = [total(terms, one) for one in sheets[: terms.reviews]]
    if len(first) < terms.reviews:
        return None
    apart = max(first) - min(first) >= terms.spread
    return apart and not (terms.unless_below is not None and all(one < terms.unless_below for one in first))


def counting(terms: Terms, sheets: Sequence[Sheet]) -> list[Sheet] | None:
    """The sheets that count; None while that is not decided."""
    differs = differ(terms, sheets)
    if differs is None:
        return None
    if not differs:
        return list(sheets)
    if len(sheets) <= terms.reviews:
        return None
    earlier, last = list(sheets[:-1]), sheets[-1]
    match terms.third:
        case "mean_of_all" | "median_of_all":
            return list(sheets)
        case "final":
            return [last]
        case "replaces_first":
            return list(sheets[1:])
        case "replaces_second":
            return [sheets[0], *sheets[2:]]
        case "replaces_farthest":
            gaps = [abs(total(terms, one) - total(terms, last)) for one in earlier]
            near = [one for one, gap in zip(earlier, gaps, strict=True) if gap == min(gaps)]
            kept = _of_equals(terms, [[one] for one in near])
            return None if kept is None else [*kept, last]
        case "closest_pair":
            pairs = list(combinations(sheets, 2))
            gaps = [abs(total(terms, a) - total(terms, b)) for a, b in pairs]
            return _of_equals(terms, [list(pair) for pair, gap in zip(pairs, gaps, strict=True) if gap == min(gaps)])
    raise AssertionError(terms.third)


def _of_equals(terms: Terms, found: list[list[Sheet]]) -> list[Sheet] | None:
    """One of several equally near choices, by their totals; all of them together; or nobody has decided."""
    if len(found) == 1:
        return found[0]
    ordered = sorted(found, key=lambda some: sum(total(terms, one) for one in some))
    match terms.equal_pairs:
        case "higher":
            return ordered[-1]
        case "lower":
            return ordered[0]
        case "all":
            names = {id(one): one for some in found for one in some}
            return list(names.values())
    return None


def points(terms: Terms, sheets: Sequence[Sheet]) -> Sheet | None:
    """The points of each criterion; None while they are not settled."""
    used = counting(terms, sheets)
    if used is None:
        return None
    method = terms.method
    if differ(terms, sheets):
        method = {"mean_of_all": "mean", "median_of_all": "median", "final": "mean"}.get(terms.third, method)
    return {name: _together(method, [one[name] for one in used]) for name in terms.weights}


def _together(method: str, marks: list[Fraction]) -> Fraction:
    ordered = sorted(marks)
    if method == "median":
        return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
    return sum(marks) / (1 if method == "sum" else len(marks))
