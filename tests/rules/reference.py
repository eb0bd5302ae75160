"""A slow second reading of the rule language: plain Python, one application at a time, exact fractions, three values.

It shares with the product only the tree of a condition (rules.syntax). Everything a condition means is written here
once more from the description of the language, so that the two can be held against each other.

A number is a pair of its least and greatest possible value, or None where nothing is known of it; yes/no is True,
False or None; texts and dates are themselves or None; a list is a list of items, or None where it is not known.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import product
from typing import Any

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
    if any(value is None for value in values):
        return None
    if name == "date":
        return date.fromisoformat(values[0])
    if name == "days_between":
        return number((values[1] - values[0]).days)
    if name == "year":
        return number(values[0].year)
    if name == "school_year":
        day = values[0]
        return number(day.year if f"{day:%m-%d}" >= values[1] else day.year - 1)
    unit, _, way = name.partition("_")
    count = int(values[1][0]) * (-1 if way == "before" else 1)
    if unit == "days":
        return values[0] + timedelta(days=count)
    months = values[0].year * 12 + values[0].month - 1 + count * (12 if unit == "years" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(values[0].day, calendar.monthrange(year, month + 1)[1]))


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
