"""Which of an application's sheets count: when the first ones differ too much, and what a third sheet then does.

Points that were entered for the application itself (by a board, or by consensus) stand before any sheet. How the sheets
that count become one figure is said by `evaluators.consolidation`.
"""

from __future__ import annotations

from collections.abc import Container

import polars as pl

from evaluators import consolidation
from evaluators.consolidation import left_out
from evaluators.sheets import counting, marked
from rules.plan import Plan


def bare(plan: Plan, table: pl.LazyFrame, known: Container[str]) -> pl.LazyFrame:
    """The columns that settling reads, for applications whose sheets are not known; `known` columns are there."""
    missing = [("known.sheets", pl.Boolean), ("sheets", pl.Int64)]
    if plan.rubric is not None:
        missing.append(("points.total", pl.Int64))
        if plan.ruleset.correction is not None:
            missing += [("adjusts", pl.Boolean), ("adjusted.total", pl.Int64), ("plain.total", pl.Int64)]
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
    names = [one.id for one in marked(plan) if one.may_not_apply and one.not_applicable is None]
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
            pl.when(stands).then(pl.col(name)).alias(name) for name in (f"points.{one.id}" for one in marked(plan))
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
    parts = [pl.col(f"points.{one.id}").is_not_null() | left_out(one) for one in counting(plan)]
    if plan.rubric is None:
        return pl.lit(False)
    every = pl.all_horizontal(parts) if parts else pl.lit(False)
    return every | pl.col("points.total").is_not_null()


def _figures(plan: Plan, table: pl.DataFrame, sheets: pl.DataFrame) -> pl.DataFrame:
    """Points of each criterion and the total from the sheets that count, one row an application."""
    jury = plan.jury
    assert jury is not None
    marks = sheets.join(table.select("_row", "third", "differs", "enough"), on="_row", how="left")
    marks = marks.sort("_row", "item.total", "item.place")
    last = pl.col("item.place").max().over("_row")
    usable = pl.col("enough") & (pl.col("third") | ~pl.col("differs"))
    nothing = pl.lit(None, dtype=pl.Boolean)
    # Comparing sheets with each other takes most of the time: only where there is a third one.
    asks = pl.col("third").fill_null(False)
    chosen = _third(jury.third, jury.equal_pairs, last).alias("used")
    marks = pl.concat([marks.filter(~asks).with_columns(used=True), marks.filter(asks).with_columns(chosen)])
    marks = marks.with_columns(used=pl.when(usable).then("used").otherwise(nothing))
    after = _method_of_third(jury.third, jury.asked_consolidation)
    ways = {one for one in (after, jury.asked_consolidation) if one is not None}
    ordinary = pl.lit(jury.asked_consolidation, dtype=pl.String)
    method = pl.when(pl.col("third").first()).then(pl.lit(after, dtype=pl.String)).otherwise(ordinary)
    return consolidation.figures(plan, marks, method, ways)


def _method_of_third(third: str | None, method: str | None) -> str | None:
    """The method over the sheets that count after a third review: pairs and replacements follow the ordinary one."""
    fixed = {"mean_of_all": "mean", "median_of_all": "median", "final": "mean", "convene": None}
    # Of two sheets nothing can be left out, and nobody has agreed on them: those that count are put together.
    plain = "mean" if method in ("consensus", "trimmed") else method
    return fixed.get(third, plain) if third is not None else None


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
