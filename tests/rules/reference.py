"""A slow second reading of the rule language: plain Python, one application at a time, exact fractions, three values.

It shares with the product only the tree of a condition (rules.syntax). Everything a condition means is written here
once more from the description of the language, so that the two can be held against each other.

A number is a pair of its least and greatest possible value (one of them infinite where only the other is known), or
None where nothing is known of it; yes/no is True, False or None; texts and dates are themselves or None; a list is a
list of items, or None where it is not known.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import product
from math import floor, inf
from typing import Any
from zoneinfo import ZoneInfo

from rules.calendars import days_off
from rules.nodes import Binary, Call, Choice, Items, Macro, Method, Node, Number, Ref, String, Truth, Unary
from rules.syntax import parse


@dataclass
class Rows:
    """Items of a list, each with the (three-valued) answer whether it belongs, and what it was mapped to."""

    items: list[dict[str, Any]]
    belongs: list[bool | None]
    mapped: list[Any] | None = None
    distinct: bool = False


@dataclass
class Paper:
    """What is known of one application: names (facts, points, policies, parameters) with their values."""

    names: dict[str, Any]
    lists: dict[str, list[dict[str, Any]] | None] = field(default_factory=dict)
    derived: dict[str, Node] = field(default_factory=dict)


def number(value: Any) -> tuple[Fraction, Fraction] | None:
    """A number known exactly, or not at all."""
    return None if value is None else (Fraction(value), Fraction(value))


def negation(value: bool | None) -> bool | None:
    return None if value is None else not value


def conjunction(*values: bool | None) -> bool | None:
    if any(value is False for value in values):
        return False
    return None if any(value is None for value in values) else True


def disjunction(*values: bool | None) -> bool | None:
    return negation(conjunction(*map(negation, values)))


def evaluate(text: str, paper: Paper) -> Any:
    """The value of a condition for one application."""
    return _value(parse(text), paper, {})


def _value(node: Node, paper: Paper, item: dict[str, dict[str, Any]]) -> Any:
    def at(part: Node) -> Any:
        return _value(part, paper, item)

    match node:
        case Number():
            return number(node.text)
        case String():
            return node.text
        case Truth():
            return node.value
        case Ref():
            return _name(node, paper, item)
        case Unary(op="!"):
            return negation(at(node.of))
        case Unary():
            value = at(node.of)
            return None if value is None else (-value[1], -value[0])
        case Binary():
            return _binary(node, at)
        case Choice():
            return _choice(at(node.condition), at(node.yes), at(node.no))
        case Call():
            return _call(node.name, [at(part) for part in node.arguments])
        case Items():
            return [at(part) for part in node.items]
        case Method():
            return _method(node.name, at(node.target))
        case Macro():
            return _macro(node, at(node.target), paper)
    raise AssertionError(node)


def _name(node: Ref, paper: Paper, item: dict[str, dict[str, Any]]) -> Any:
    if node.path[0] in item:
        return item[node.path[0]][node.path[1]]
    name = ".".join(node.path)
    if name in paper.derived:
        return _value(paper.derived[name], paper, {})
    if name not in paper.lists:
        return paper.names[name]
    found = paper.lists[name]
    return None if found is None else Rows(found, [True] * len(found))


def _binary(node: Binary, at: Any) -> Any:
    left, right = at(node.left), at(node.right)
    match node.op:
        case "&&":
            return conjunction(left, right)
        case "||":
            return disjunction(left, right)
        case "in":
            return disjunction(*(_same(left, one) for one in right))
        case "+" | "-" | "*":
            if left is None or right is None:
                return None
            if node.op == "+":
                return left[0] + right[0], left[1] + right[1]
            if node.op == "-":
                return left[0] - right[1], left[1] - right[0]
            if inf in map(abs, (*left, *right)):
                return None
            corners = [a * b for a, b in product(left, right)]
            return min(corners), max(corners)
    return compare(node.op, left, right)


def compare(op: str, left: Any, right: Any) -> bool | None:
    """Two values compared: decided only where everything they can be gives one answer."""
    if left is None or right is None:
        return None
    if op == "!=":
        return negation(_same(left, right))
    if op == "==":
        return _same(left, right)
    if op in ("<", "<="):
        return compare({"<": ">", "<=": ">="}[op], right, left)
    if not isinstance(left, tuple):
        return bool(left > right if op == ">" else left >= right)
    least, most = (left[0], right[1]), (left[1], right[0])
    always = least[0] > least[1] if op == ">" else least[0] >= least[1]
    never = most[0] <= most[1] if op == ">" else most[0] < most[1]
    return True if always else False if never else None


def _same(left: Any, right: Any) -> bool | None:
    if left is None or right is None:
        return None
    if not isinstance(left, tuple):
        return bool(left == right)
    if left == right and left[0] == left[1]:
        return True
    return False if left[1] < right[0] or left[0] > right[1] else None


def _choice(asked: bool | None, yes: Any, no: Any) -> Any:
    if asked is not None:
        return yes if asked else no
    if yes is None or no is None:
        return None
    if isinstance(yes, tuple):
        return min(yes[0], no[0]), max(yes[1], no[1])
    return yes if yes == no else None


def _call(name: str, values: list[Any]) -> Any:
    if name in ("max", "min") and not any(isinstance(value, date) for value in values):
        return _extreme(name, values)
    if any(value is None for value in values):
        return None
    if name == "abs":
        return _size_of(values[0])
    if name in ("max", "min"):
        return max(values) if name == "max" else min(values)
    if any(isinstance(value, tuple) and value[0] != value[1] for value in values):
        return None
    if name == "multiple_of":
        return (values[0][0] / values[1][0]).denominator == 1
    if name in ("end_of_year", "end_of_month"):
        month = 12 if name == "end_of_year" else values[0].month
        return date(values[0].year, month, calendar.monthrange(values[0].year, month)[1])
    if name == "day_in":
        return date.fromisoformat(f"{floor(values[0][0]):04}-{values[1]}")
    if name.startswith(("working", "next_working")):
        return _working(name, values)
    if name in ("date", "day_of"):
        return date.fromisoformat(values[0]) if name == "date" else values[0].astimezone(ZoneInfo(values[1])).date()
    if name == "days_between":
        return number((values[1] - values[0]).days)
    if name == "year":
        return number(values[0].year)
    if name == "school_year":
        day = values[0]
        return number(day.year if f"{day:%m-%d}" >= values[1] else day.year - 1)
    unit, _, way = name.partition("_")
    count = floor(values[1][0]) * (-1 if way == "before" else 1)
    if unit in ("days", "weeks"):
        return values[0] + timedelta(days=count * (7 if unit == "weeks" else 1))
    months = values[0].year * 12 + values[0].month - 1 + count * (12 if unit == "years" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(values[0].day, calendar.monthrange(year, month + 1)[1]))


def _extreme(name: str, values: list[Any]) -> Any:
    """The largest of numbers: no less than what is known of any; unlimited above where one is unknown."""
    if name == "min":
        return _turned(_extreme("max", [_turned(value) for value in values]))
    pairs = [(-inf, inf) if value is None else value for value in values]
    return _known(max(low for low, _ in pairs), max(high for _, high in pairs))


def _turned(value: Any) -> Any:
    return None if value is None else (-value[1], -value[0])


def _known(low: Any, high: Any) -> Any:
    return None if low == -inf and high == inf else (low, high)


def _size_of(value: Any) -> Any:
    low, high = value
    if low >= 0:
        return value
    if high <= 0:
        return _turned(value)
    return None if inf in (-low, high) else (Fraction(0), max(-low, high))


def _working(name: str, values: list[Any]) -> Any:
    """Working days counted one by one."""
    off = set(days_off(values[-1]))
    step = timedelta(days=1)
    day = values[0]
    if name == "working_days_between":
        start, end = sorted(values[:2])
        days = sum(start + n * step not in off for n in range(1, (end - start).days + 1))
        return number(days if day <= values[1] else -days)
    if name == "next_working_day":
        while day in off:
            day += step
        return day
    count = floor(values[1][0])
    if count == 0:
        while day in off:  # no working day at all after it: the last one before
            day -= step
        return day
    for _ in range(abs(count)):
        way = step if (count > 0) is name.endswith("after") else -step
        day += way
        while day in off:
            day += way
    return day


def _figure(name: str, rows: Rows) -> Any:
    """sum, max, min, mean, median or spread of what the items were mapped to."""
    assert rows.mapped is not None
    held = [(sure, value) for sure, value in zip(rows.belongs, rows.mapped, strict=True) if sure is not False]
    if any(isinstance(value, date) for _, value in held):
        if not held or any(value is None or not sure for sure, value in held):
            return None
        return max(value for _, value in held) if name == "max" else min(value for _, value in held)
    if name == "spread":
        top, bottom = _figure("max", rows), _figure("min", rows)
        ends = [(-inf, inf) if one is None else one for one in (top, bottom)]
        return _known(ends[0][0] - ends[1][1], ends[0][1] - ends[1][0])
    if name == "min":
        return _turned(_figure("max", Rows(rows.items, rows.belongs, [_turned(one) for one in rows.mapped])))
    if name == "sum":
        if any(value is None for _, value in held):
            return None
        low = sum(value[0] if sure else min(value[0], 0) for sure, value in held)
        return Fraction(low), Fraction(sum(value[1] if sure else max(value[1], 0) for sure, value in held))
    if name == "max":
        sure_ones = [value for sure, value in held if sure]
        low = max((value[0] for value in sure_ones if value is not None), default=-inf)
        open_ = not sure_ones or any(value is None for _, value in held)
        return _known(low, inf if open_ else max(value[1] for _, value in held))
    if not held or any(value is None or not sure or value[0] != value[1] for sure, value in held):
        return None
    plain = sorted(value[0] for _, value in held)
    if name == "mean":
        return number(sum(plain) / len(plain))
    return number((plain[(len(plain) - 1) // 2] + plain[len(plain) // 2]) / 2)


def _macro(node: Macro, rows: Rows | None, paper: Paper) -> Any:
    if rows is None:
        return None
    body = [_value(node.body, paper, {node.variable: one}) for one in rows.items]
    if node.name == "map":
        return Rows(rows.items, rows.belongs, body)
    if node.name == "filter":
        return Rows(rows.items, [conjunction(a, b) for a, b in zip(rows.belongs, body, strict=True)])
    if node.name == "exists":
        return disjunction(*(conjunction(a, b) for a, b in zip(rows.belongs, body, strict=True)))
    return negation(disjunction(*(conjunction(a, negation(b)) for a, b in zip(rows.belongs, body, strict=True))))


def _method(name: str, rows: Rows | None) -> Any:
    if rows is None:
        return None
    if name not in ("distinct", "size"):
        return _figure(name, rows)
    if name == "distinct":
        return Rows(rows.items, rows.belongs, rows.mapped, distinct=True)
    sure = sum(one is True for one in rows.belongs)
    if not rows.distinct:
        return Fraction(sure), Fraction(sure + sum(one is None for one in rows.belongs))
    assert rows.mapped is not None
    values = list(zip(rows.belongs, rows.mapped, strict=True))
    certain = {value for belongs, value in values if belongs is True and value is not None}
    possible = {value for belongs, value in values if belongs is not False and value is not None}
    unknown = sum(belongs is not False and value is None for belongs, value in values)
    return Fraction(len(certain) or min(sure, 1)), Fraction(len(possible) + unknown)


def window(terms: dict[str, str], moment: datetime | None) -> tuple[bool | None, bool | None]:
    """Whether a moment is inside a window, and whether it came after it."""
    if moment is None:
        return None, None if "closes" in terms else False
    here = moment.astimezone(ZoneInfo(terms["zone"])).isoformat()  # as its clock shows it, to the precision of the end
    opens, closes = terms.get("opens", ""), terms.get("closes", "9")
    late = here[: len(closes)] > closes
    return here[: len(opens)] >= opens and not late, late


def places_in_order(
    terms: dict[str, str], whole: list[tuple[str | None, datetime | None, Any, Any]]
) -> list[bool | None]:
    """Whether each of (who, when, how many earlier, period) is among the first; one moment shares its places."""
    count, newest = int(terms["count"]), terms.get("counts") == "last"
    found: list[bool | None] = []
    for who, when, earlier, period in whole:
        if who is None or when is None or period is None:
            found.append(None)
            continue
        least, most = (0, inf) if earlier is None else earlier
        mine = [(at, span) for other, at, _, span in whole if other == who]
        same = [at for at, span in mine if span == period and at is not None]
        unsure = sum(span is None or (span == period and at is None) for at, span in mine)
        unsure += sum(other is None for other, *_ in whole)
        least += 1 + sum(moment > when if newest else moment < when for moment in same)
        most += sum(moment >= when if newest else moment <= when for moment in same) + unsure
        found.append(True if most <= count else False if least > count else None)
    return found


def outcome(conditions: list[tuple[str, str | None]], paper: Paper) -> str | None:
    """The one outcome that is left; None while several may still come about."""
    left = []
    for name, text in conditions:
        value = True if text is None else evaluate(text, paper)
        if value is not False:
            left.append(name)
        if value is True:
            break
    return left[0] if len(left) == 1 else None


def places(scores: dict[str, tuple[str, Fraction]], cap: dict[str, int], ties: str) -> set[str]:
    """Who is chosen where all is known: per group from the highest score on, equals at the line all in or all out."""
    chosen = set()
    for name, (group, score) in scores.items():
        better = sum(g == group and s > score for g, s in scores.values())
        equal = sum(g == group and s == score for g, s in scores.values())
        if better + equal <= cap[group] or (ties == "in" and better < cap[group]):
            chosen.add(name)
    return chosen
