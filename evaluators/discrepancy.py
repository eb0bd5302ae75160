"""What becomes of several sheets of one application: when they differ too much, and what a third sheet then does.

Sheets are a list of each application, `sheets`, with a whole number over `plan.point_unit` for each criterion and for
the total. Points that were entered for the application itself (by a board, or by consensus) stand before any sheet.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import polars as pl

from evaluators.facts import Frames
from rules.errors import refuse
from rules.plan import Plan
from rules.ruleset import say
from rules.terms import ResolvedCriterion

NOT_APPLICABLE = "n/a"
Sheet = Mapping[str, str | bool | None]


def with_sheets(plan: Plan, frames: Frames, sheets: Sequence[Sequence[Sheet] | None]) -> Frames:
    """The frames with the sheets of each application, in order of its rows; None: not known.

    A sheet holds marks as text by criterion (a number, a word of the criterion, or n/a), or only `total`; `agreed`:
    whether its juror agrees to the common result; `place` where the order of the list is not the order of review.
    Raises RuleSetError for a mark that cannot be one.
    """
    criteria = _marked(plan)
    columns: dict[str, list[Any]] = {"_row": [], "item.place": [], "item.agreed": [], "item.total": []}
    schema: dict[str, Any] = {
        "_row": pl.UInt32, "item.place": pl.Int64, "item.agreed": pl.Boolean, "item.total": pl.Int64,
    }  # fmt: skip
    for one in criteria:
        columns |= {f"item.{one.id}": [], f"na.{one.id}": []}
        schema |= {f"item.{one.id}": pl.Int64, f"na.{one.id}": pl.Boolean}
    for row, found in enumerate(sheets):
        for place, sheet in enumerate(found or (), 1):
            columns["_row"].append(row)
            columns["item.place"].append(int(str(sheet.get("place") or place)))
            columns["item.agreed"].append(sheet.get("agreed"))
            total = sheet.get("total")
            columns["item.total"].append(None if total is None else numerator(plan, None, str(total)))
            for one in criteria:
                mark = sheet.get(one.id)
                columns[f"na.{one.id}"].append(None if mark is None else mark == NOT_APPLICABLE)
                columns[f"item.{one.id}"].append(
                    None if mark is None or mark == NOT_APPLICABLE else numerator(plan, one, str(mark))
                )
    table = pl.DataFrame(columns, schema=schema)
    summed = pl.sum_horizontal([0] if not _counting(plan) else [_weighted(one) for one in _counting(plan)])
    whole = pl.all_horizontal(
        pl.col(f"item.{one.id}").is_not_null() | pl.col(f"na.{one.id}") for one in _counting(plan)
    )
    table = table.with_columns(
        pl.coalesce("item.total", pl.when(whole).then(summed)).cast(pl.Int64).alias("item.total")
    )
    known = pl.Series("known.sheets", [None if one is None else True for one in sheets], dtype=pl.Boolean)
    return replace(
        frames, applications=frames.applications.with_columns(known), children={**frames.children, "sheets": table}
    )


def numerator(plan: Plan, criterion: ResolvedCriterion | None, mark: str) -> int:
    """A mark as a whole number over the plan's unit: a figure, or a word of the criterion. Raises RuleSetError."""
    if criterion is not None and criterion.words and mark in criterion.words:
        mark = criterion.words[mark]
    try:
        value = Fraction(mark) * plan.point_unit
    except (ValueError, ZeroDivisionError):
        what = say(criterion.title) if criterion is not None else "the total"
        raise refuse(f"'{mark}' is not a mark for {what}.", "Give a number, or a word of its scale.") from None
    if value.denominator != 1:
        raise refuse(f"The points {mark} cannot come from this jury.", "Give points that its marks can have.")
    return int(value)


def bare(plan: Plan, table: pl.LazyFrame, known: Container[str]) -> pl.LazyFrame:
    """The columns that settling reads, for applications whose sheets are not known; `known` columns are there."""
    missing = [("known.sheets", pl.Boolean), ("sheets", pl.Int64)]
    if plan.rubric is not None:
        missing.append(("points.total", pl.Int64))
        missing += [(f"na.{one.id}", pl.Boolean) for one in plan.rubric.criteria if one.may_not_apply]
    return table.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in missing if name not in known)


def counted(table: pl.LazyFrame, sheets: pl.DataFrame) -> pl.LazyFrame:
    """Adds `sheets`: how many are in, where that is known."""
    numbers = sheets.lazy().group_by("_row").agg(pl.len().cast(pl.Int64).alias("sheets"))
    table = table.drop("sheets").join(numbers, on="_row", how="left", maintain_order="left")
    return table.with_columns(pl.when("known.sheets").then(pl.col("sheets").fill_null(0)).alias("sheets"))


def unsettled(plan: Plan) -> list[pl.Expr]:
    """`settled` and `unruled` where no sheets are at hand: only points that were entered settle anything."""
    return [pl.when(_given(plan)).then(True).alias("settled"), _undecided(plan).alias("unruled")]


def _undecided(plan: Plan) -> pl.Expr:
    """Whether something was marked n/a while nobody has said what that becomes."""
    names = [one.id for one in _marked(plan) if one.may_not_apply and one.not_applicable is None]
    return pl.any_horizontal(pl.lit(False), *(pl.col(f"na.{name}").fill_null(False) for name in names))


def settle(plan: Plan, table: pl.DataFrame, sheets: pl.DataFrame) -> pl.DataFrame:
    """Adds `settled` (whether the marks have become points) and `unruled` (a policy of the jury is missing for that).

    Points of applications that have none are worked out from their sheets, where the rules allow it.
    """
    jury = plan.jury
    given = _given(plan)
    assert jury is not None
    differs = pl.lit(False)
    for clause in plan.planned:
        if clause.block == "jury":
            differs = differs | pl.col(f"value.{clause.id}")
    reviews = jury.asked_reviews
    enough = pl.col("sheets") >= pl.lit(None if reviews is None else int(reviews), dtype=pl.Int64)
    agreement = sheets.group_by("_row").agg(agreed=pl.col("item.agreed").all(ignore_nulls=False))
    table = table.join(agreement, on="_row", how="left", maintain_order="left")
    consensus = jury.asked_consolidation == "consensus"
    stands = given & (pl.col("agreed") | pl.col("known.sheets").is_null()) if consensus else given
    third = differs & (pl.col("sheets") > pl.lit(None if reviews is None else int(reviews), dtype=pl.Int64))
    table = table.with_columns(given=given, differs=differs, third=third, enough=enough, stands=stands)
    figures = _figures(plan, table, sheets)
    names = [name for name in figures.columns if name != "_row"]
    table = table.join(figures, on="_row", how="left", maintain_order="left", suffix=".sheets")
    may = ~pl.col("given").fill_null(False)
    table = table.with_columns(
        pl.when(may).then(pl.col(f"{name}.sheets")).otherwise(pl.col(name)).alias(name)
        for name in names
        if f"{name}.sheets" in table.columns
    ).drop([f"{name}.sheets" for name in names if f"{name}.sheets" in table.columns])
    if consensus:
        stands = pl.col("stands").fill_null(False) | (may & pl.col("third")).fill_null(False)
        table = table.with_columns(
            pl.when(stands).then(pl.col(name)).alias(name) for name in (f"points.{one.id}" for one in _marked(plan))
        )
    whole = _given(plan)
    waiting = pl.lit(reviews is None)
    if jury.open and jury.third != "convene":
        waiting = waiting | (pl.col("third") & pl.col("enough"))
    if jury.asked_consolidation is None:
        waiting = waiting | (pl.col("enough") & ~pl.col("differs"))
    unruled = (waiting & pl.col("known.sheets") & ~whole).fill_null(False)
    short = pl.when(pl.col("known.sheets")).then(False)
    settled = pl.when(whole).then(True).when(unruled).then(None).when(pl.col("enough")).then(False).otherwise(short)
    return table.with_columns(settled=settled, unruled=unruled | _undecided(plan))


def _given(plan: Plan) -> pl.Expr:
    """Whether every counting criterion has its points, or the total has."""
    parts = [pl.col(f"points.{one.id}").is_not_null() | _left_out(one) for one in _counting(plan)]
    if plan.rubric is None:
        return pl.lit(False)
    every = pl.all_horizontal(parts) if parts else pl.lit(False)
    return every | pl.col("points.total").is_not_null()


def _left_out(one: ResolvedCriterion) -> pl.Expr:
    return pl.col(f"na.{one.id}").fill_null(False) if one.may_not_apply else pl.lit(False)


def _figures(plan: Plan, table: pl.DataFrame, sheets: pl.DataFrame) -> pl.DataFrame:
    """Points of each criterion and the total from the sheets that count, one row an application."""
    jury = plan.jury
    assert jury is not None
    marks = sheets.join(table.select("_row", "third", "differs", "enough"), on="_row", how="left")
    marks = marks.sort("_row", "item.total", "item.place")
    last = pl.col("item.place").max().over("_row")
    usable = pl.col("enough") & (pl.col("third") | ~pl.col("differs"))
    nothing = pl.lit(None, dtype=pl.Boolean)
    when_third = _third(jury.third, jury.equal_pairs, last)
    for name, value in (("chosen", when_third), ("used", pl.when("third").then(pl.col("chosen")).otherwise(True))):
        marks = marks.with_columns(value.alias(name))
    marks = marks.with_columns(used=pl.when(usable).then("used").otherwise(nothing))
    method = (
        pl.when(pl.col("third").first())
        .then(_method_of_third(jury.third, jury.asked_consolidation))
        .otherwise(pl.lit(jury.asked_consolidation, dtype=pl.String))
    )
    unsure = pl.col("used").is_null().any()
    found = []
    for one in _marked(plan):
        found.append(_one(f"item.{one.id}", f"points.{one.id}", method, unsure, one))
        if one.may_not_apply:
            all_out = pl.col(f"na.{one.id}").filter(pl.col("used")).all()
            found.append(pl.when(~unsure).then(all_out).alias(f"na.{one.id}"))
    found.append(_one("item.total", "points.total", method, unsure, None))
    figures = marks.group_by("_row").agg(found)
    counting = [pl.col(f"points.{one.id}").is_not_null() | _left_out(one) for one in _counting(plan)]
    whole = pl.all_horizontal(counting) if counting else pl.lit(False)
    return figures.with_columns(pl.when(~whole).then(pl.col("points.total")).alias("points.total"))


def _one(source: str, name: str, method: pl.Expr, unsure: pl.Expr, one: ResolvedCriterion | None) -> pl.Expr:
    """Mean, median or sum of one column over the used sheets; null where one of them has no mark."""
    used = pl.col(source).filter(pl.col("used"))
    marks = used.drop_nulls()
    absent = used.is_null()
    if one is not None and one.may_not_apply:
        absent = absent & ~pl.col(f"na.{one.id}").filter(pl.col("used")).fill_null(False)
    count = marks.len()
    ordered = marks.sort()
    doubled = ordered.get((count.cast(pl.Int64) - 1) // 2, null_on_oob=True) + ordered.get(
        count.cast(pl.Int64) // 2, null_on_oob=True
    )
    figure = (
        pl.when(method == "mean").then(marks.sum() // pl.when(count > 0).then(count))
        .when(method == "median").then(doubled // 2)
        .when(method == "sum").then(marks.sum())
    )  # fmt: skip
    return pl.when(~unsure & ~absent.any() & (count > 0)).then(figure).cast(pl.Int64).alias(name)


def _method_of_third(third: str | None, method: str | None) -> pl.Expr:
    """The method over the sheets that count after a third review: pairs and replacements follow the ordinary one."""
    fixed = {"mean_of_all": "mean", "median_of_all": "median", "final": "mean", "convene": None}
    plain = "mean" if method == "consensus" else method  # the two that count are put together
    found = fixed.get(third, plain) if third is not None else None
    return pl.lit(found, dtype=pl.String)


def _third(third: str | None, equal_pairs: str | None, last: pl.Expr) -> pl.Expr:
    """Which sheets count after a third review, over sheets sorted by total; null: that is not decided."""
    place, total = pl.col("item.place"), pl.col("item.total")
    match third:
        case "mean_of_all" | "median_of_all":
            return pl.lit(True)
        case "final":
            return place == last
        case "replaces_first":
            return place != 1
        case "replaces_second":
            return place != 2
        case "replaces_farthest":
            away = (total - total.filter(place == last).first().over("_row")).abs()
            earlier = place != last
            near = earlier & (away == away.filter(earlier).min().over("_row"))
            return (place == last) | _one_of(near, equal_pairs)
        case "closest_pair":
            rank = pl.int_range(pl.len()).over("_row")
            gap = total.shift(-1).over("_row") - total
            near = (gap == gap.min().over("_row")).fill_null(False)
            pair = _one_of(near, equal_pairs)
            return pair | (pair.shift(1).over("_row", order_by=rank)).fill_null(False)
    return pl.lit(None, dtype=pl.Boolean)


def _one_of(near: pl.Expr, equal_pairs: str | None) -> pl.Expr:
    """One of several equally near sheets, in order of their totals: the higher, the lower, all, or undecided."""
    rank = pl.int_range(pl.len()).over("_row")
    several = near.sum().over("_row") > 1
    ends = {
        "higher": near & (rank == rank.filter(near).max().over("_row")),
        "lower": near & (rank == rank.filter(near).min().over("_row")),
        "all": near,
    }
    undecided = pl.when(near).then(pl.lit(None, dtype=pl.Boolean)).otherwise(False)
    return pl.when(several).then(ends.get(equal_pairs or "", undecided)).otherwise(near)


def _marked(plan: Plan) -> list[ResolvedCriterion]:
    return [one for one in plan.rubric.criteria if not one.from_facts] if plan.rubric else []


def _counting(plan: Plan) -> list[ResolvedCriterion]:
    return [one for one in _marked(plan) if one.counts]


def _weighted(one: ResolvedCriterion) -> pl.Expr:
    weight = Fraction(one.weight)
    return pl.col(f"item.{one.id}").fill_null(0) * weight.numerator // weight.denominator
