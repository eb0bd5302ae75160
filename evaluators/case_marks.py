"""Points of worked cases that no jury could give: off a criterion's scale or step, or of no criterion at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from evaluators import marks
from evaluators.sheets import BESIDE, NOT_APPLICABLE
from rules.errors import Problem
from rules.loader import Document, Path
from rules.plan import Plan
from rules.terms import ResolvedCriterion

_FIGURE = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9}|/[1-9][0-9]{0,8})?", re.ASCII)
_SHEETS = 10  # a mean of at most so many sheets, where nobody has said yet how many there are


def problems(plan: Plan, document: Document, given: Mapping[Path, Mapping[str, Any]]) -> list[Problem]:
    """What is wrong with points and sheets of a case. `given`: marks by criterion, by their place in the file."""
    found: list[Problem] = []
    criteria = {one.id: one for one in (plan.rubric.criteria if plan.rubric else ())}
    for path, table in given.items():
        of_sheet = "sheets" in path
        for name, mark in table.items():
            if mark is None or (of_sheet and name in BESIDE):
                continue
            for says, remedy in _of_one(plan, criteria.get(name), str(mark), of_sheet):
                place = document.where((*path, name))
                words = f"{name}: {says}"
                found.append(Problem(document.file, place.line, place.column, words, remedy))
    return found


def _of_one(plan: Plan, criterion: ResolvedCriterion | None, mark: str, of_sheet: bool) -> Iterator[tuple[str, str]]:
    if criterion is None:
        yield "the rubric has no such criterion.", "Mark only the criteria of this rubric."
        return
    if criterion.from_facts:
        yield "the points of this criterion follow from facts.", "State the facts instead."
        return
    if mark == NOT_APPLICABLE:
        if not criterion.may_not_apply:
            yield "this criterion cannot be marked n/a.", "Give a number, or let the rubric say `not_applicable`."
        return
    if criterion.words and mark in criterion.words:
        return
    found = marks.problems(plan, {criterion.id: mark}, complete=False)
    if found and not of_sheet and _FIGURE.fullmatch(mark) and _of_several(plan, criterion, Fraction(mark)):
        return
    for one in found:
        says = f"{mark} cannot come from marks of this scale." if "/" in mark else one.problem
        yield says, f"{one.remedy}{_words(criterion)}"


def _of_several(plan: Plan, criterion: ResolvedCriterion, points: Fraction) -> bool:
    """Whether several sheets together give these points: means lie between steps, a sum may be beyond the scale."""
    jury = plan.jury
    if jury is None or jury.asked_consolidation == "consensus":
        return False
    least, most, step = (
        None if one is None else Fraction(one) for one in (criterion.minimum, criterion.maximum, criterion.step)
    )
    asked = jury.asked_reviews
    many = range(1, _SHEETS + 1) if asked is None else range(1, int(asked) + 2)  # a third sheet may come on top
    methods = {jury.asked_consolidation} - {None} or {"mean", "sum"}
    for sheets in many:
        for total in {points if method == "sum" else points * sheets for method in methods}:
            inside = (least is None or total >= least * sheets) and (most is None or total <= most * sheets)
            if inside and (step is None or (total - (least or 0) * sheets) % step == 0):
                return True
    return False


def _words(criterion: ResolvedCriterion) -> str:
    return f" Or one of its words: {', '.join(criterion.words)}." if criterion.words else ""
