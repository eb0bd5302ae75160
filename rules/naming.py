"""The names conditions use, as values over the columns of the frames."""

from __future__ import annotations

from fractions import Fraction

import polars as pl

from rules.compiler import all_of
from rules.conditions import clause_ids
from rules.ruleset import RuleSet
from rules.terms import ResolvedRubric
from rules.values import LIMIT, Num, Rows, Val, Value, arithmetic

_MOST_POINTS = 10**6
_WORDS = (("admission", "admission"), ("eligibility", "eligibility"), ("gates", "rubric"), ("selected", "selection"))


def names(ruleset: RuleSet, rubric: ResolvedRubric | None, unit: int) -> tuple[dict[str, Value], Num | None]:
    """Facts, points, clauses and blocks by their dotted names; and the total, where there is a rubric."""
    found: dict[str, Value] = {}
    for name, fact in ruleset.facts.items():
        if fact.type == "list":
            found[name] = Rows(name)
            for key, item in fact.fields.items():
                found[f"{name}.{key}"] = _column(f"item.{key}", item.type, item.scale)
        else:
            found[name] = _column(f"fact.{name}", fact.type, fact.scale)
    for name, kind in (("submitted_at", "moment"), ("country", "text"), ("awarded_on", "date"), ("until", "date")):
        found[name] = Val(pl.col(name), kind)
    blocks: dict[str, list[pl.Expr]] = {block: [] for _, block in _WORDS}
    for clause, block in clause_ids(ruleset):
        value = pl.col(f"value.{clause}")
        found[f"clause.{clause}"] = Val(value, "bool")
        blocks[block].append(value)
    for word, block in _WORDS:
        found[word] = Val(all_of(blocks[block]), "bool")
    if rubric is None:
        return found, None
    points, total = _points(rubric, unit)
    return found | points | {"total": total}, total


def _points(rubric: ResolvedRubric, unit: int) -> tuple[dict[str, Value], Num]:
    """Points of each criterion, and the weighted sum of those that count."""
    found: dict[str, Value] = {}
    total: Num | None = None
    for one in rubric.criteria:
        points = Num.of(pl.col(f"points.{one.id}"), unit, _MOST_POINTS * unit)
        found[f"points.{one.id}"] = points
        if one.counts:
            weight = Fraction(one.weight)
            factor = Num.literal(weight.numerator, weight.denominator)
            share = points if weight == 1 else arithmetic("*", points, factor)
            total = share if total is None else arithmetic("+", total, share)
    return found, total or Num.literal(0, unit)


def _column(name: str, kind: str, scale: int) -> Num | Val:
    if kind in ("int", "decimal"):
        unit = 10**scale
        return Num.of(pl.col(name), unit, LIMIT * unit)
    return Val(pl.col(name), "text" if kind == "code" else kind)
