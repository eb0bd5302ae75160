"""What to change in an application so that it stands just below, exactly at or just above a threshold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from evaluators import cases
from evaluators.boundaries import CRITERIA, SHEETS, Threshold, seen_by
from evaluators.papers import Papers, Span, Unreadable
from evaluators.reading import read
from evaluators.window_ends import End
from rules.checks.terms import parts
from rules.nodes import Ref
from rules.ruleset import RuleSet
from rules.terms import decimal_text


@dataclass(frozen=True)
class Known:
    """One application of a worked case: the case, its row, and its papers as plain values."""

    case: cases.Case
    row: Mapping[str, Any]
    papers: Papers


def changes(
    ruleset: RuleSet, threshold: Threshold | End, side: str, start: Known
) -> Iterator[tuple[dict[str, Any], Papers]]:
    """What could be changed in the papers of one application, and the papers then."""
    if isinstance(threshold, End):
        yield from _handed_in(threshold, side, start)
        return
    wanted = {"below": -1, "at": 0, "above": 1}[side] * threshold.step
    both = [part for node in (threshold.left, threshold.right) for part, _ in parts(node, {})]
    leaves = [part.path for part in both if isinstance(part, Ref)]
    if threshold.rows is None:
        gap = _gap(threshold, seen_by(threshold, start.papers))
        if gap is not None:
            for path in leaves:
                yield from _moved(ruleset, ".".join(path), wanted - gap, start)
            if (SHEETS,) in leaves:
                yield from _marked(ruleset, wanted - gap, start, range(len(start.papers.lists.get(SHEETS) or ())))
        yield from _lists(ruleset, leaves, start)
        return
    target, variable = threshold.rows
    for part, _ in parts(target, {}):
        name = ".".join(part.path) if isinstance(part, Ref) else ""
        for number, item in enumerate(start.papers.lists.get(name) or ()):
            gap = _gap(threshold, replace(start.papers, item=(variable, item)))
            if gap is None:
                continue
            if name == CRITERIA:
                for factor in (1, 2):  # a share of the maximum is asked for as twice the points
                    yield from _moved(ruleset, f"points.{item['id']}", (wanted - gap) / factor, start)
                continue
            if name == SHEETS:
                yield from _marked(ruleset, wanted - gap, start, [number])
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
        items = papers.lists.get(CRITERIA) or ()
        papers = papers.listing(
            CRITERIA, tuple({**one, "points": moved} if one["id"] == criterion else one for one in items)
        )
        yield {"points": {criterion: _plain(moved)}}, papers


def _marked(
    ruleset: RuleSet, by: Fraction, start: Known, numbers: Iterable[int]
) -> Iterator[tuple[dict[str, Any], Papers]]:
    """One mark of one sheet moved by a difference, either way."""
    sheets, items = start.row.get(SHEETS) or [], start.papers.lists.get(SHEETS) or ()
    weights = {
        one.id: _figure(one.weight) or Fraction(1) for one in (ruleset.rubric.criteria if ruleset.rubric else ())
    }
    for number in numbers:
        item = items[number]
        for name in sheets[number]:
            value = item.get(name)
            if name in ("place", "agreed") or not isinstance(value, Fraction):
                continue
            for moved in (value + by, value - by):
                changed = {**item, name: moved}
                if name != "total" and item["total"] is not None:
                    changed["total"] = item["total"] + (moved - value) * weights[name]
                text = {**sheets[number], name: _text(_plain(moved))}
                papers = start.papers.listing(SHEETS, (*items[:number], changed, *items[number + 1 :]))
                yield {SHEETS: [dict(one) if place != number else text for place, one in enumerate(sheets)]}, papers


def _handed_in(end: End, side: str, start: Known) -> Iterator[tuple[dict[str, Any], Papers]]:
    """The application handed in (or whatever the window tests) at another moment."""
    name = end.window.of
    moment = end.moment(side, start.papers) if name in start.papers.facts else None
    if moment is not None:
        change = {name: moment.isoformat()}
        yield (change if name == "submitted_at" else {"facts": change}), start.papers.having(name, moment)


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


def _text(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)


def _plain_items(items: Any) -> list[dict[str, Any]]:
    return [{key: _plain(value) for key, value in item.items()} for item in items]
