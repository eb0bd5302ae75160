"""Thresholds of a rule set, and whether worked cases try each of them just below, at and just above.

A threshold is a comparison with an order (<, <=, >, >=) anywhere in a clause, or an end of a window. Just below and
just above mean one step of what is measured: one for whole numbers, a day for dates, the last decimal of a decimal,
the step of a criterion, a second for a moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import reduce
from typing import Any

from evaluators.papers import Papers, Span, Unreadable
from evaluators.reading import read
from rules.checks.terms import parts, written
from rules.nodes import Binary, Macro, Node, Ref, children
from rules.ruleset import Criterion, RuleSet
from rules.syntax import ExpressionError, parse

ORDER = ("<", "<=", ">", ">=")
SIDES = ("below", "at", "above")


@dataclass(frozen=True)
class Threshold:
    """One comparison of a clause. `step`: the smallest difference of what is measured; `name`: its place in words.

    `rows`: the list and the variable of its items, where the comparison speaks of an item.
    """

    clause: str
    block: str
    left: Node
    right: Node
    step: Fraction
    rows: tuple[Node, str] | None = None

    @property
    def name(self) -> str:
        """The comparison as text, without its operator: what is measured, and with what."""
        return f"{written(self.left)} against {written(self.right)}"


@dataclass
class Reached:
    """The sides of a threshold that were tried."""

    threshold: Threshold
    sides: set[str] = field(default_factory=set)

    @property
    def missing(self) -> list[str]:
        """The sides nobody tried, in order."""
        return [side for side in SIDES if side not in self.sides]


def thresholds(ruleset: RuleSet) -> list[Threshold]:
    """Every threshold of the plain clauses, in the order of the file; constants against constants are none."""
    found = []
    for block, clauses in ruleset.blocks():
        for clause in clauses:
            if clause.require is None:
                continue
            for node, rows in _comparisons(parse(clause.require), None):
                step = _step(ruleset, node, rows)
                if step is not None:
                    found.append(Threshold(clause.id, block, node.left, node.right, step, rows))
    return found


def sides(threshold: Threshold, papers: Papers) -> set[str]:
    """Where the papers of one application stand to a threshold: exactly at it, or one step beside it; else nothing."""
    try:
        if threshold.rows is None:
            return _side(threshold, papers)
        target, variable = threshold.rows
        picked = read(target, papers)
        if picked is None:
            return set()
        many = [_side(threshold, _with_item(papers, variable, item)) for item, _ in picked.items]
        return reduce(lambda a, b: a | b, many, set())
    except (Unreadable, KeyError, AttributeError, TypeError, ExpressionError):
        return set()  # what this reader cannot read it does not count


def _with_item(papers: Papers, variable: str, item: Mapping[str, Any]) -> Papers:
    return replace(papers, item=(variable, item))


def _side(threshold: Threshold, papers: Papers) -> set[str]:
    left, right = (_figure(read(node, papers)) for node in (threshold.left, threshold.right))
    if left is None or right is None:
        return set()
    apart = left - right
    if not apart:
        return {"at"}
    if abs(apart) > threshold.step:
        return set()
    return {"above" if apart > 0 else "below"}


def _figure(value: Any) -> Fraction | None:
    """A certain number, day or moment as a number."""
    if isinstance(value, Span):
        return value.low if value.low == value.high else None
    if isinstance(value, datetime):
        return Fraction(round(value.timestamp() * 1_000_000), 1_000_000)
    return Fraction(value.toordinal()) if isinstance(value, date) else None


def _comparisons(node: Node, rows: tuple[Node, str] | None) -> Iterator[tuple[Binary, tuple[Node, str] | None]]:
    if isinstance(node, Binary) and node.op in ORDER:
        yield node, rows
    if isinstance(node, Macro):
        yield from _comparisons(node.target, rows)
        yield from _comparisons(node.body, (node.target, node.variable))
        return
    for part in children(node):
        yield from _comparisons(part, rows)


def _step(ruleset: RuleSet, node: Binary, rows: tuple[Node, str] | None) -> Fraction | None:
    """The smallest step of what is compared; None where nothing of the application is in it."""
    found = []
    for part, _ in parts(node, {}):
        if isinstance(part, Ref):
            found.append(_of_name(ruleset, part.path, rows))
        elif isinstance(part, Macro):
            found.append(Fraction(1))
    steps = [step for step in found if step is not None]
    return min(steps) if steps else None


def _of_name(ruleset: RuleSet, path: tuple[str, ...], rows: tuple[Node, str] | None) -> Fraction | None:
    if rows is not None and path[0] == rows[1] and len(path) == 2:
        fields = [fact.fields[path[1]] for fact in ruleset.facts.values() if path[1] in fact.fields]
        return Fraction(1, 10 ** fields[0].scale) if fields else Fraction(1)
    name = ".".join(path)
    if name in ruleset.facts:
        return Fraction(1, 10 ** ruleset.facts[name].scale)
    criteria = {f"points.{one.id}": one for one in (ruleset.rubric.criteria if ruleset.rubric else [])}
    if name in criteria:
        return _mark(criteria[name])
    if name == "total":
        return min((_mark(one) for one in criteria.values() if one.counts), default=Fraction(1))
    if name in ruleset.derived:
        return Fraction(1)
    return Fraction(1) if name == "submitted_at" else None


def _mark(one: Criterion) -> Fraction:
    try:
        return Fraction(one.step)
    except ValueError:
        return Fraction(1)  # a step that is a parameter or policy


def next_to(value: Any, step: Fraction, side: str) -> Any:
    """A value one step below or above another, or the same."""
    sign = {"below": -1, "at": 0, "above": 1}[side]
    if isinstance(value, datetime):
        return value + timedelta(seconds=sign)
    if isinstance(value, date):
        return value + timedelta(days=sign)
    return value + sign * step
