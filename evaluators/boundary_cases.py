"""Boundary coverage of worked cases, and the cases that are missing: made from those there are, one figure changed.

A made case says what the rule set decides today. It is a proposal: whoever keeps it has read the source and agrees.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from evaluators import cases
from evaluators.boundaries import SIDES, Reached, Threshold, sides, thresholds
from evaluators.decide import STATUS, decide
from evaluators.papers import Papers, Span, Unreadable, papers_of
from evaluators.reading import read
from rules.checks.terms import parts
from rules.errors import RuleSetError
from rules.nodes import Ref
from rules.ruleset import RuleSet
from rules.terms import decimal_text
from rules.words import say


@dataclass(frozen=True)
class Known:
    """One application of a worked case: the case, its row, and its papers as plain values."""

    case: cases.Case
    row: Mapping[str, Any]
    papers: Papers


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
            yield Known(case, row, papers_of(made.plan, made.frames, number, points))


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
    ruleset: RuleSet, book: cases.CaseFile, threshold: Threshold, side: str, there: list[Known]
) -> Iterator[dict[str, Any]]:
    for start in sorted(there, key=_plainness):
        for change, papers in _changes(ruleset, threshold, side, start):
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


def _changes(
    ruleset: RuleSet, threshold: Threshold, side: str, start: Known
) -> Iterator[tuple[dict[str, Any], Papers]]:
    """What could be changed in the papers of one application, and the papers then."""
    wanted = {"below": -1, "at": 0, "above": 1}[side] * threshold.step
    both = [part for node in (threshold.left, threshold.right) for part, _ in parts(node, {})]
    leaves = [part.path for part in both if isinstance(part, Ref)]
    if threshold.rows is None:
        gap = _gap(threshold, start.papers)
        if gap is not None:
            for path in leaves:
                yield from _moved(ruleset, ".".join(path), wanted - gap, start)
        yield from _lists(ruleset, leaves, start)
        return
    target, variable = threshold.rows
    for part, _ in parts(target, {}):
        name = ".".join(part.path) if isinstance(part, Ref) else ""
        for number, item in enumerate(start.papers.lists.get(name) or ()):
            gap = _gap(threshold, replace(start.papers, item=(variable, item)))
            if gap is None:
                continue
            for path in leaves:
                if path[0] == variable and item.get(path[1]) is not None:
                    for sign in (1, -1):
                        value = _plus(item[path[1]], sign * (wanted - gap))
                        items = list(start.papers.lists[name] or ())
                        items[number] = {**item, path[1]: value}
                        yield {"children": {name: _plain_items(items)}}, start.papers.listing(name, tuple(items))


def _gap(threshold: Threshold, papers: Papers) -> Fraction | None:
    """Left less right, where both are certain."""
    try:
        values = [read(node, papers) for node in (threshold.left, threshold.right)]
    except (Unreadable, KeyError, AttributeError, TypeError):
        return None
    left, right = values
    if isinstance(left, Span) and isinstance(right, Span):
        return left.low - right.low if left.low == left.high and right.low == right.high else None
    if isinstance(left, datetime) or isinstance(right, datetime) or left is None or right is None:
        return None
    return Fraction((left - right).days) if isinstance(left, date) and isinstance(right, date) else None


def _moved(ruleset: RuleSet, name: str, by: Fraction, start: Known) -> Iterator[tuple[dict[str, Any], Papers]]:
    """One figure or day of the application moved by a difference, either way."""
    if name == "total" and ruleset.rubric:
        for one in ruleset.rubric.criteria:
            if one.counts:
                yield from _moved(ruleset, f"points.{one.id}", by, start)
        return
    value = start.papers.facts.get(name)
    if value is None or isinstance(value, datetime | str | bool):
        return
    for sign in (1, -1):
        moved = _plus(value, sign * by)
        papers = start.papers.having(name, moved)
        if not name.startswith("points."):
            yield {"facts": {name: _plain(moved)}}, papers
            continue
        criterion = name[7:]
        scale = next(one for one in ruleset.rubric.criteria if one.id == criterion) if ruleset.rubric else None
        if scale is None or moved < 0 or (_figure(scale.maximum) is not None and moved > Fraction(scale.maximum or 0)):
            continue
        total, weight = papers.facts.get("total"), _figure(scale.weight)
        if total is not None and weight is not None and scale.counts:
            papers = papers.having("total", total + (moved - value) * weight)
        yield {"points": {criterion: _plain(moved)}}, papers


def _lists(ruleset: RuleSet, leaves: list[tuple[str, ...]], start: Known) -> Iterator[tuple[dict[str, Any], Papers]]:
    """Fewer or more items of a list: each item repeated, beside those there are."""
    for path in leaves:
        name = ".".join(path)
        items = start.papers.lists.get(name)
        if name not in ruleset.facts or ruleset.facts[name].type != "list" or not items:
            continue
        for count in range(len(items)):
            yield {"children": {name: _plain_items(items[:count])}}, start.papers.listing(name, items[:count])
        for item in items:
            for more in range(1, 8):
                longer = (*items, *([item] * more))
                yield {"children": {name: _plain_items(longer)}}, start.papers.listing(name, longer)
            for key in (key for key, value in item.items() if isinstance(value, str)):
                other = (*items, {**item, key: f"{item[key]}-other"})
                yield {"children": {name: _plain_items(other)}}, start.papers.listing(name, other)


def _figure(text: str | None) -> Fraction | None:
    return Fraction(text) if text is not None and text.replace(".", "", 1).isdigit() else None


def _plus(value: Any, by: Fraction) -> Any:
    if isinstance(value, date):
        return value + timedelta(days=int(by))
    return value + by


def _plain(value: Any) -> Any:
    """A value as it is written in a file of cases."""
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else decimal_text(value)
    return value.isoformat() if isinstance(value, date) else value


def _plain_items(items: Any) -> list[dict[str, Any]]:
    return [{key: _plain(value) for key, value in item.items()} for item in items]


def _case(start: Known, change: Mapping[str, Any], says: str) -> dict[str, Any]:
    """The case a proposal starts from, with the change, as plain data."""
    given = start.case.model_dump(include={"policies", "parameters"}, exclude_defaults=True)
    own = next((one for one in start.case.applications or [start.case] if one.id == start.row["application_id"]), None)
    kept = (own or start.case).model_dump(
        include={"facts", "children", "points", "country", "submitted_at", "applicant_id", "unit_id", "sheets"},
        exclude_defaults=True,
    )
    for key, value in change.items():
        kept[key] = {**kept.get(key, {}), **value}
    return {"says": says, **given, **kept}


def _expected(
    ruleset: RuleSet, book: cases.CaseFile, case: Mapping[str, Any], threshold: Threshold
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
