"""The names conditions use, as values over the columns of the frames."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

import polars as pl

from rules.compiler import all_of
from rules.conditions import clause_ids
from rules.ruleset import Fact, RuleSet
from rules.terms import ResolvedCriterion, ResolvedRubric
from rules.values import LIMIT, Each, Num, Rows, Val, Value, arithmetic, choose_num

_MOST_POINTS = 10**6
_WORDS = (("admission", "admission"), ("eligibility", "eligibility"), ("gates", "rubric"), ("selected", "selection"))


@dataclass(frozen=True)
class RubricNames:
    """What a rubric adds to the names. `total` is the weighted sum, `possible` the most that can be reached."""

    names: Mapping[str, Value]
    total: Num
    possible: Num


def facts(table: Mapping[str, Fact]) -> dict[str, Value]:
    """Facts, and the fields of lists, by their names."""
    found: dict[str, Value] = {}
    for name, fact in table.items():
        if fact.type == "list":
            found[name] = Rows(name)
            for key, item in fact.fields.items():
                found[f"{name}.{key}"] = _column(f"item.{key}", item.type, item.scale)
        else:
            found[name] = _column(f"fact.{name}", fact.type, fact.scale)
    return found


def names(ruleset: RuleSet) -> dict[str, Value]:
    """Facts, clauses and blocks by their dotted names."""
    found = facts(ruleset.facts)
    found |= {"submitted_at": Val(pl.col("submitted_at"), "moment"), "country": Val(pl.col("country"), "text")}
    for name in ("awarded_on", "starts", "until", "as_of"):
        found[name] = Val(pl.col(name), "date")
    advice = {clause.id for _, clauses in ruleset.blocks() for clause in clauses if clause.advice}
    blocks: dict[str, list[pl.Expr]] = {block: [] for _, block in _WORDS}
    differ: list[pl.Expr] = []
    for clause, block in clause_ids(ruleset):
        value = pl.col(f"value.{clause}")
        found[f"clause.{clause}"] = Val(value, "bool")
        if clause not in advice and block in blocks:
            blocks[block].append(value)
        if block == "jury":
            differ.append(value)
    for word, block in _WORDS:
        found[word] = Val(all_of(blocks[block]), "bool")
    found["advised"] = Val(all_of([pl.col(f"value.{name}") for name in sorted(advice)]), "bool")
    found["discrepancy"] = Val(any_of(differ), "bool")
    found["settled"] = Val(pl.col("settled"), "bool")
    late = [clause.id for clause in ruleset.admission if clause.window and clause.window.late != "refused"]
    found["next_round"] = Val(any_of([pl.col(f"late.{name}") for name in late]), "bool")
    return found


def any_of(values: Iterable[pl.Expr]) -> pl.Expr:
    """Kleene disjunction; false where there is nothing that could hold."""
    found = list(values)
    return reduce(lambda a, b: a | b, found) if found else pl.lit(False)


def rubric_names(
    rubric: ResolvedRubric, unit: int, given: Mapping[str, Num], *, corrected: bool = False
) -> RubricNames:
    """Points of each criterion, the total, and the criteria as a list. `given`: points that follow from facts.

    `corrected`: where the column `adjusts` is true, the total is the one corrected for the jurors' severity.
    """
    found: dict[str, Value] = {}
    total, possible = Num.literal(0, unit), Num.literal(0, 1)
    items: list[tuple[int, pl.Expr, Num | Val | None]] = []
    for number, one in enumerate(rubric.criteria):
        points = given.get(one.id) or Num.of(pl.col(f"points.{one.id}"), unit, _MOST_POINTS * unit)
        highest = Num.unknown() if one.maximum is None else _figure(one.maximum)
        applies = pl.lit(True)
        counted, reach = points, highest
        if one.may_not_apply:
            points, counted, reach, applies = _applicable(one, points, highest)
        weight = _figure(one.weight)
        if one.counts:
            plain = one.weight == "1"
            total = arithmetic("+", total, counted if plain else arithmetic("*", counted, weight))
            possible = arithmetic("+", possible, reach if plain else arithmetic("*", reach, weight))
        words = pl.lit(None, dtype=pl.String)
        if one.words:
            marks = {text: word for word, text in one.words.items()}
            known = points.known
            words = pl.coalesce(
                pl.when(known == int(Fraction(text) * points.unit)).then(pl.lit(word)) for text, word in marks.items()
            )
            found[f"mark.{one.id}"] = Val(words, "text")
        found |= {f"points.{one.id}": points, f"applies.{one.id}": Val(applies, "bool")}
        fields: dict[str, Value] = {
            "id": Val(pl.lit(one.id), "text"),
            "part_of": Val(pl.lit(one.part_of or ""), "text"),
            "mark": Val(words, "text"),
            "counts": Val(pl.lit(one.counts), "bool"),
            "applies": Val(applies, "bool"),
            "points": points,
            "minimum": Num.unknown() if one.minimum is None else _figure(one.minimum),
            "maximum": highest,
            "weight": weight,
        }
        found |= {f"criteria.{number}.{key}": value for key, value in fields.items()}
        items.append((number, pl.lit(True), None))
    given_total = pl.col("points.total") * (total.unit // unit)
    total = Num(
        pl.coalesce(total.low, given_total), pl.coalesce(total.high, given_total), total.unit, total.bound, total.exact
    )
    if corrected:
        after, adjusts = pl.col("adjusted.total") * (total.unit // unit), pl.col("adjusts").fill_null(False)
        low, high = (pl.when(adjusts).then(after).otherwise(one) for one in (total.low, total.high))
        total = Num(low, high, total.unit, total.bound, total.exact)
    more: dict[str, Value] = {"total": total, "possible": possible, "criteria": Each(tuple(items))}
    return RubricNames(found | more, total, possible)


def sheet_names(rubric: ResolvedRubric, unit: int, total: Num, first: pl.Expr | None) -> dict[str, Value]:
    """The jurors' sheets as a list; only those up to place `first` where one is given."""
    found: dict[str, Value] = {"sheets": Rows("sheets", None if first is None else pl.col("item.place") <= first)}
    for one in rubric.criteria:
        found[f"sheets.{one.id}"] = Num.of(pl.col(f"item.{one.id}"), unit, _MOST_POINTS * unit)
    found["sheets.total"] = Num.of(pl.col("item.total"), unit, total.bound // (total.unit // unit))
    found["sheets.place"] = Num.of(pl.col("item.place"), 1, LIMIT)
    found["sheets.agreed"] = Val(pl.col("item.agreed"), "bool")
    return found


def _applicable(one: ResolvedCriterion, points: Num, highest: Num) -> tuple[Num, Num, Num, pl.Expr]:
    """Points, what enters the total, what enters the most possible, and whether the criterion applies."""
    left_out = pl.col(f"na.{one.id}")
    applies = pl.when(points.known.is_not_null()).then(True).when(left_out).then(False)
    nothing = Num.literal(0, 1)
    match one.not_applicable:
        case "zero":
            points = choose_num(left_out, nothing, points)
            return points, points, highest, applies
        case "full":
            points = choose_num(left_out, highest, points)
            return points, points, highest, applies
        case "excluded":
            reach = choose_num(applies, highest, nothing)
            return points, choose_num(left_out, nothing, points), reach, applies
    open_ = choose_num(left_out, Num.unknown(), points)
    return open_, open_, choose_num(applies, highest, Num.unknown()), applies


def _figure(text: str) -> Num:
    value = Fraction(text)
    return Num.literal(value.numerator, value.denominator)


def _column(name: str, kind: str, scale: int) -> Num | Val:
    if kind in ("int", "decimal"):
        unit = 10**scale
        return Num.of(pl.col(name), unit, LIMIT * unit)
    return Val(pl.col(name), "text" if kind == "code" else kind)
