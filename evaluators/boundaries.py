"""Thresholds of a rule set, and whether worked cases try each of them just below, at and just above.

A threshold is a comparison with an order (<, <=, >, >=) anywhere in a clause or in a rule of the jury about marks that
differ, or an end of a window. Just below and just above mean one step of what is measured: one for whole numbers, a day
for dates, the last decimal of a decimal, the step of a criterion; for a window, as much time as its end is written to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from functools import reduce
from typing import Any

from evaluators import window_ends
from evaluators.papers import Papers, Span, Unreadable
from evaluators.reading import read
from evaluators.window_ends import End
from rules.checks.terms import list_name, written
from rules.nodes import Binary, Macro, Node, Number, Ref, children
from rules.ruleset import Criterion, RuleSet
from rules.syntax import ExpressionError, parse

ORDER = ("<", "<=", ">", ">=")
SIDES = ("below", "at", "above")
CRITERIA, SHEETS = "criteria", "sheets"
REVIEWS = "jury.reviews"  # among the facts of papers: how many sheets the rules of the jury look at


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

    threshold: Threshold | End
    sides: set[str] = field(default_factory=set)

    @property
    def missing(self) -> list[str]:
        """The sides nobody tried, in order."""
        return [side for side in SIDES if side not in self.sides]


def thresholds(ruleset: RuleSet) -> list[Threshold | End]:
    """Every threshold, in the order of the file; constants against constants are none."""
    ends = list(window_ends.ends(ruleset))
    found: list[Threshold | End] = []
    for clause, block, text in _conditions(ruleset):
        if text is None:
            found += [end for end in ends if end.clause == clause]
            continue
        for node, rows in _comparisons(parse(text), None):
            step = _step(ruleset, node, rows)
            if step is not None:
                found.append(Threshold(clause, block, node.left, node.right, step, rows))
    return found


def _conditions(ruleset: RuleSet) -> Iterator[tuple[str, str, str | None]]:
    for block, clauses in ruleset.blocks():
        for clause in clauses:
            yield clause.id, block, clause.require
    for rule in ruleset.jury.discrepancy if ruleset.jury else ():
        yield rule.id, "jury", rule.when
        if rule.unless is not None:
            yield rule.id, "jury", rule.unless


def sides(threshold: Threshold | End, papers: Papers) -> set[str]:
    """Where the papers of one application stand to a threshold: exactly at it, or one step beside it; else nothing."""
    try:
        if isinstance(threshold, End):
            return threshold.sides(papers)
        papers = seen_by(threshold, papers)
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


def seen_by(threshold: Threshold, papers: Papers) -> Papers:
    """The papers as a threshold sees them: a rule of the jury looks at the first sheets, once all of them are in."""
    sheets = papers.lists.get(SHEETS)
    if threshold.block != "jury" or sheets is None:
        return papers
    asked = papers.facts.get(REVIEWS)
    first = () if asked is None else tuple(one for one in sheets if one["place"] <= asked)
    return papers.listing(SHEETS, first if len(first) == asked else None)


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


def _step(ruleset: RuleSet, node: Node, rows: tuple[Node, str] | None) -> Fraction | None:
    """The smallest step of what is compared; None where nothing of the application is in it."""
    return _least(ruleset, node, {} if rows is None else {rows[1]: list_name(rows[0])})


def _least(ruleset: RuleSet, node: Node, items: Mapping[str, str]) -> Fraction | None:
    if isinstance(node, Ref):
        return _of_name(ruleset, node.path, items)
    steps: list[Fraction | None]
    if isinstance(node, Macro):
        within = {**items, node.variable: list_name(node.target)}
        steps = [_least(ruleset, node.target, items), _least(ruleset, node.body, within)]
        steps.append(None if node.name == "map" else Fraction(1))
    else:
        steps = [_least(ruleset, part, items) for part in children(node)]
    found = min((one for one in steps if one is not None), default=None)
    if found is not None and isinstance(node, Binary) and node.op == "*":
        for part in (node.left, node.right):
            found *= abs(Fraction(part.text)) or 1 if isinstance(part, Number) else 1
    return found


def _of_name(ruleset: RuleSet, path: tuple[str, ...], items: Mapping[str, str]) -> Fraction | None:
    if path[0] in items and len(path) == 2:
        name = items[path[0]]
        if name == CRITERIA:
            marks = [_mark(one) for one in (ruleset.rubric.criteria if ruleset.rubric else ())]
            return min(marks, default=None) if path[1] == "points" else None
        if name == SHEETS:
            return _of_name(ruleset, ("total",) if path[1] == "total" else ("points", path[1]), {})
        fields = ruleset.facts[name].fields if name in ruleset.facts else {}
        return Fraction(1, 10 ** fields[path[1]].scale) if path[1] in fields else Fraction(1)
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
