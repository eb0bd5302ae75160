"""Totals corrected for how severe each juror was, where the rules prescribe it: exact numbers, rounded as declared.

What is fitted are floats; they enter a decision only rounded half to even to the decimals the rule set declares, and
the trace states the total before and after. See `evaluators.calibration` for the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

import polars as pl

from evaluators.calibration import Refusal, calibrate
from rules.plan import Plan

_FIRM = 9  # decimals that do not hang on the order in which a machine adds


@dataclass(frozen=True)
class Corrected:
    """Totals by row over `plan.point_unit`, or why there are none. `rows` are those it is about."""

    rows: pl.DataFrame
    refused: Refusal | None


def fitted(plan: Plan, table: pl.DataFrame, sheets: pl.DataFrame) -> Corrected:
    """The corrected total of every application whose sheets have become points; `table` as the jury's rules left it.

    Points that were entered for an application are not corrected, and its sheets tell nothing about severity.
    """
    jury = plan.jury
    assert jury is not None
    mine = table.filter(pl.col("settled") & ~pl.col("given").fill_null(False) & pl.col("known.sheets"))
    nothing = mine.select("_row", pl.lit(None, dtype=pl.Int64).alias("adjusted.total"))
    given = sheets.join(mine.select("_row", "application_id"), on="_row").filter(pl.col("item.total").is_not_null())
    if given.is_empty():
        return Corrected(nothing, None)
    if given["item.juror"].null_count():
        return Corrected(nothing, Refusal("no_juror", "The sheets do not say which juror each is from."))
    scores = given.select("application_id", juror_id="item.juror", score=pl.col("item.total") / plan.point_unit)
    found = calibrate(scores)
    if found.refused is not None:
        return Corrected(nothing, found.refused)
    step = Decimal(1).scaleb(-jury.decimals)
    units = [
        int(Decimal(f"{one:.{_FIRM}f}").quantize(step, ROUND_HALF_EVEN) * plan.point_unit)
        for one in found.applications["adjusted"]
    ]
    totals = pl.DataFrame(
        {"application_id": found.applications["application_id"], "adjusted.total": units},
        schema={"application_id": pl.String, "adjusted.total": pl.Int64},
    )
    rows = mine.select("_row", "application_id").join(totals, on="application_id")
    return Corrected(rows.drop("application_id"), None)


def correct(plan: Plan, table: pl.DataFrame, sheets: pl.DataFrame) -> pl.DataFrame:
    """Adds `adjusts` (whether the corrected total counts), `adjusted.total` and `plain.total`, the one before.

    Where totals cannot be corrected, or nobody has decided whether they are, nothing of them is settled.
    """
    jury = plan.jury
    assert jury is not None
    table = table.drop("adjusts", "adjusted.total", "plain.total")
    plain = _before(plan, table)
    if jury.calibration in ("none", "advisory"):
        never = pl.lit(False).alias("adjusts")
        return table.with_columns(never, plain.alias("adjusted.total"), plain.alias("plain.total"))
    settled, given, known = (pl.col(name).fill_null(False) for name in ("settled", "given", "known.sheets"))
    table = table.with_columns((settled & ~given & known).alias("adjusts"), plain.alias("plain.total"))
    if jury.calibration is None:
        nothing = pl.lit(None, dtype=pl.Int64).alias("adjusted.total")
        return table.with_columns(nothing, unruled=pl.col("unruled") | pl.col("adjusts"))
    table = table.join(fitted(plan, table, sheets).rows, on="_row", how="left", maintain_order="left")
    waits = pl.col("adjusts") & pl.col("adjusted.total").is_null()
    return table.with_columns(settled=pl.when(waits).then(False).otherwise("settled"))


def _before(plan: Plan, table: pl.DataFrame) -> pl.Series:
    """The total as the sheets alone make it, over the plan's unit."""
    assert plan.total is not None
    off = table.with_columns(pl.lit(False).alias("adjusts"), pl.lit(None, dtype=pl.Int64).alias("adjusted.total"))
    return off.select(plan.total.known // (plan.total.unit // plan.point_unit)).to_series()
