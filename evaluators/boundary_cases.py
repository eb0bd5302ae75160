"""Boundary coverage of worked cases, and the cases that are missing: made from those there are, one figure changed.

A made case says what the rule set decides today. It is a proposal: whoever keeps it has read the source and agrees.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import polars as pl

from evaluators import cases
from evaluators.boundaries import CRITERIA, REVIEWS, SHEETS, SIDES, Reached, Threshold, sides, thresholds
from evaluators.boundary_changes import Known, changes
from evaluators.decide import STATUS, decide
from evaluators.papers import papers_of
from evaluators.window_ends import End
from rules.errors import RuleSetError
from rules.plan import Plan
from rules.ruleset import RuleSet
from rules.words import say


def known(ruleset: RuleSet, book: cases.CaseFile) -> Iterator[Known]:
    """Every application of the worked cases, with its papers."""
    plans: dict[Any, Any] = {}
    for case in book.cases:
        made = cases.prepare(ruleset, book, case, plans)
        verdicts = decide(made.plan, made.frames, made.points)
        marks = {} if made.points is None else {row["application_id"]: row for row in made.points.iter_rows(named=True)}
        unit = made.plan.point_unit
        for number, row in enumerate(made.rows):
            given = marks.get(row["application_id"], {})
            points: dict[str, Fraction | None] = {
                f"points.{name}": None if given.get(name) is None else Fraction(given[name], unit)
                for name in (one.id for one in (made.plan.rubric.criteria if made.plan.rubric else ()))
            }
            total = verdicts["total"][number]
            points["total"] = None if total is None else Fraction(total, unit)
            papers = papers_of(made.plan, made.frames, number, points)
            papers = papers.listing(CRITERIA, _criteria(made.plan, points))
            jury = made.plan.jury
            if jury is not None:
                papers = papers.having(REVIEWS, jury.asked_reviews).listing(SHEETS, _sheets(made, number))
            yield Known(case, row, papers)


def _criteria(plan: Plan, points: Mapping[str, Fraction | None]) -> tuple[dict[str, Any], ...]:
    """The criteria of the rubric as plain values, with the points of one application."""
    found = []
    for one in plan.rubric.criteria if plan.rubric else ():
        figures = {key: getattr(one, key) for key in ("minimum", "maximum", "weight")}
        item: dict[str, Any] = {key: None if text is None else Fraction(text) for key, text in figures.items()}
        item |= {"id": one.id, "part_of": one.part_of or "", "counts": one.counts}
        found.append(item | {"points": points.get(f"points.{one.id}")})
    return tuple(found)


def _sheets(made: cases.Prepared, number: int) -> tuple[dict[str, Any], ...] | None:
    """The jurors' sheets of one application, as plain values."""
    found = made.frames.children.get(SHEETS)
    if found is None or not made.frames.applications[f"known.{SHEETS}"][number]:
        return None
    items = []
    for row in found.filter(pl.col("_row") == number).iter_rows(named=True):
        item = {key.removeprefix("item."): value for key, value in row.items() if key.startswith("item.")}
        for key, value in item.items():
            if value is not None and key != "agreed":
                item[key] = Fraction(value, 1 if key == "place" else made.plan.point_unit)
        items.append(item)
    return tuple(items)


def coverage(ruleset: RuleSet, book: cases.CaseFile) -> list[Reached]:
    """Each threshold with the sides the worked cases try."""
    found = [Reached(one) for one in thresholds(ruleset)]
    for one in known(ruleset, book):
        for reached in found:
            reached.sides |= sides(reached.threshold, one.papers)
    return found


def missing(ruleset: RuleSet, book: cases.CaseFile) -> tuple[list[dict[str, Any]], list[str]]:
    """The missing boundary cases as plain data for a file of worked cases; and the sides no case could be made for."""
    there = list(known(ruleset, book))
    made: list[dict[str, Any]] = []
    without: list[str] = []
    names: set[str] = {case.id for case in book.cases}
    for reached in coverage(ruleset, book):
        for side in reached.missing:
            found = next((one for one in _proposals(ruleset, book, reached.threshold, side, there)), None)
            if found is None:
                without.append(f"{reached.threshold.clause}: {side}, {reached.threshold.name}")
                continue
            name = base = f"{reached.threshold.clause}-{side}".replace("_", "-")
            number = 2
            while name in names:
                name, number = f"{base}-{number}", number + 1
            names.add(name)
            made.append({"id": name, **found})
    return made, without


def _proposals(
    ruleset: RuleSet, book: cases.CaseFile, threshold: Threshold | End, side: str, there: list[Known]
) -> Iterator[dict[str, Any]]:
    for start in sorted(there, key=_plainness):
        for change, papers in changes(ruleset, threshold, side, start):
            if side not in sides(threshold, papers):
                continue
            case = _case(start, change, f"{threshold.name}: {'exactly' if side == 'at' else 'just ' + side}.")
            try:
                expect = _expected(ruleset, book, case, threshold)
            except (RuleSetError, ValueError):
                continue
            if expect is not None:
                yield case | {"expect": expect}


def _plainness(one: Known) -> tuple[bool, int]:
    """Applications that stand alone first, and of these the ones that differ least from the base."""
    case = one.case
    return case.applications is not None, len(case.facts) + len(case.children) + len(case.points)


def _case(start: Known, change: Mapping[str, Any], says: str) -> dict[str, Any]:
    """The case a proposal starts from, with the change, as plain data."""
    given = start.case.model_dump(include={"policies", "parameters"}, exclude_defaults=True)
    own = next((one for one in start.case.applications or [start.case] if one.id == start.row["application_id"]), None)
    kept = (own or start.case).model_dump(
        include={"facts", "children", "points", "country", "submitted_at", "applicant_id", "unit_id", "sheets"},
        exclude_defaults=True,
    )
    for key, value in change.items():
        kept[key] = {**kept.get(key, {}), **value} if isinstance(value, dict) else value
    return {"says": says, **given, **kept}


def _expected(
    ruleset: RuleSet, book: cases.CaseFile, case: Mapping[str, Any], threshold: Threshold | End
) -> dict[str, Any] | None:
    """What the rule set decides today of a proposed case; None where a value cannot be read."""
    written = {key: _texts(value) for key, value in case.items()}
    made = cases.prepare(ruleset, book, cases.Case.model_validate({"id": "x", "expect": {}, **written}))
    if made.frames.problems:
        return None
    row = decide(made.plan, made.frames, made.points).row(0, named=True)
    code = STATUS[row[f"clause.{threshold.clause}"]]
    word = {"true": True, "false": False}.get(code, code)
    expect: dict[str, Any] = {"clauses": {threshold.clause: word}}
    return expect | ({"outcome": row["outcome"]} if row["outcome"] else {"status": row["status"]})


def _texts(value: Any) -> Any:
    return say(value) if isinstance(value, Mapping) and set(value) == {"en"} else value


def words(reached: Reached) -> str:
    """What is missing at a threshold, in words; empty where all sides are tried."""
    left = [{"at": "exactly at", "below": "just below", "above": "just above"}[side] for side in reached.missing]
    return f"{reached.threshold.name}: never {', '.join(left)}" if left else ""


__all__ = ["SIDES", "Known", "coverage", "known", "missing", "words"]
