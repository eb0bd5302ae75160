"""The sheets that count into one figure a criterion, exactly: the one place where a way to put marks together stands.

Figures are whole numbers over `plan.point_unit`, which the plan chooses so that what the rule set's method gives for
its number of reviews is whole. Where more sheets came in than it was chosen for and a figure would not be whole, this
module says so instead of rounding.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from fractions import Fraction
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from evaluators.sheets import marked
from rules.juries import ResolvedJury
from rules.plan import Plan
from rules.terms import ResolvedCriterion

Count = TypeVar("Count", pl.Expr, npt.NDArray[np.int64])


def figures(plan: Plan, sheets: pl.DataFrame, method: pl.Expr, ways: AbstractSet[str]) -> pl.DataFrame:
    """Points of each criterion and the total, one row an application (`_row`).

    `sheets` are sheets as `evaluators.sheets.with_sheets` reads them, with `used`: whether a sheet counts, null where
    that is not decided; then, and where one of those that count has no mark, the figure is null. `method` says for
    each application how its sheets are put together: mean, median, trimmed or sum, those of them that stand in `ways`;
    anything else gives nothing.
    Raises ValueError where a figure is not a whole number of units.
    """
    jury = plan.jury
    assert jury is not None
    unsure = pl.col("used").is_null().any()
    found: list[pl.Expr] = [method.alias("method")]
    for one in marked(plan):
        found += _one(f"item.{one.id}", f"points.{one.id}", method, ways, unsure, jury, one)
        if one.may_not_apply:
            all_out = pl.col(f"na.{one.id}").filter(pl.col("used")).all()
            found.append(pl.when(~unsure).then(all_out).alias(f"na.{one.id}"))
    found += _one("item.total", "points.total", method, ways, unsure, jury, None)
    table = sheets.group_by("_row", maintain_order=True).agg(found)
    names = [name.removeprefix("rest.") for name in table.columns if name.startswith("rest.")]
    for name in names:
        broken = table.filter(pl.col(f"rest.{name}") != 0)
        if broken.height:
            raise ValueError(
                f"the {broken['method'][0]} of the marks for {name.removeprefix('points.')} is not a whole number of "
                f"1/{plan.point_unit} points: more sheets came in than this round asks for"
            )
    return table.drop("method", *(f"rest.{name}" for name in names))


def left_at_each_end(count: Count, each_end: Fraction | None, share: Fraction | None) -> Count:
    """How many of `count` marks a trimmed mean leaves out at the top, and as many at the bottom.

    They are `each_end`, or that share of them, rounded down. Where nothing would be left, nothing is left out: of two
    marks the trimmed mean is their mean.
    """
    out = count * 0 + int(each_end or 0) if share is None else count * share.numerator // share.denominator
    return out * (2 * out < count)


def left_out(one: ResolvedCriterion) -> pl.Expr:
    """Whether a criterion was marked n/a."""
    return pl.col(f"na.{one.id}").fill_null(False) if one.may_not_apply else pl.lit(False)


def _one(
    source: str,
    name: str,
    method: pl.Expr,
    ways: AbstractSet[str],
    unsure: pl.Expr,
    jury: ResolvedJury,
    one: ResolvedCriterion | None,
) -> list[pl.Expr]:
    """One column over the used sheets, and what its division leaves over; null where one of them has no mark."""
    used = pl.col(source).filter(pl.col("used"))
    marks = used.drop_nulls()
    absent = used.is_null()
    if one is not None and one.may_not_apply:
        absent = absent & ~pl.col(f"na.{one.id}").filter(pl.col("used")).fill_null(False)
    count = marks.len().cast(pl.Int64)
    some = pl.when(count > 0).then(count)
    found: dict[str, tuple[pl.Expr, pl.Expr]] = {}
    if "mean" in ways:
        found["mean"] = (marks.sum() // some, marks.sum() % some)
    if "sum" in ways:
        found["sum"] = (marks.sum(), pl.lit(0, dtype=pl.Int64))
    if ways & {"median", "trimmed"}:  # sorting each application's marks takes most of the time: only where it must be
        ordered = marks.sort()
        middle = ordered.get((count - 1) // 2, null_on_oob=True) + ordered.get(count // 2, null_on_oob=True)
        out = left_at_each_end(count, jury.trim_count, jury.trim_share)
        inner, rest = ordered.slice(out, count - 2 * out).sum(), pl.when(count > 0).then(count - 2 * out)
        found["median"], found["trimmed"] = (middle // 2, middle % 2), (inner // rest, inner % rest)
    known = ~unsure & ~absent.any() & (count > 0)
    figure, over = (
        pl.coalesce(
            pl.lit(None, dtype=pl.Int64),
            *(pl.when(known & (method == way)).then(both[which]) for way, both in found.items() if way in ways),
        ).cast(pl.Int64)
        for which in (0, 1)
    )
    return [figure.alias(name), over.alias(f"rest.{name}")]
