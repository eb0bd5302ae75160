"""How sure the totals of a round are, as its first sheets say: what a band around a cut line rests on.

What is fitted and drawn are floats. They decide who is in the band, never a place in it, and nine decimals of them
count, so that machines whose last bits differ agree.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from fractions import Fraction

import polars as pl

from evaluators import cutline, third_review
from evaluators.calibration import Calibration, calibrate
from evaluators.cutline import OPEN, Cut
from rules.plan import Plan

_FIRM = 9  # decimals that do not hang on the order in which a machine adds


@dataclass(frozen=True)
class Belief:
    """What the sheets say, or `refused`: why nobody can say how sure the totals are.

    `use` is raw, or adjusted where the rules prescribe corrected totals.
    """

    calibration: Calibration | None
    use: str
    refused: str | None = None

    def _of(self, rows: pl.DataFrame) -> Calibration:
        """The same of some competitors only: they are compared with each other."""
        assert self.calibration is not None
        mine = self.calibration.applications.join(rows.select("application_id"), on="application_id", how="semi")
        return replace(self.calibration, applications=mine.sort("application_id"))

    def open(self, rows: pl.DataFrame, places: int, sure: Fraction, seed: int) -> list[int]:
        """The rows that are neither `sure` to belong among the best `places` nor sure to belong below them."""
        found = cutline.cut_line(self._of(rows), Cut(places=places), seed=seed, sure=float(sure), use=self.use)
        inside = found.filter(pl.col("band") == OPEN)["application_id"]
        return rows.filter(pl.col("application_id").is_in(inside.implode()))["_row"].to_list()

    def most_useful(self, rows: pl.DataFrame, places: int, seed: int) -> list[tuple[str, float]]:
        """The competitors of whom one more review helps, most first, with the gain of each."""
        return third_review.most_useful(self._of(rows), Cut(places=places), rows.height, seed, use=self.use)


def mixed(text: str) -> int:
    """A whole number that a generator of draws takes, from any text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def further(plan: Plan, table: pl.DataFrame) -> pl.Expr:
    """Whether an application has more sheets than are asked for, though its first ones do not differ."""
    reviews = None if plan.jury is None else plan.jury.asked_reviews
    if reviews is None or "differs" not in table.columns:  # that is not decided, or no sheets are known
        return pl.lit(False)
    return ((pl.col("sheets") > int(reviews)) & ~pl.col("differs").fill_null(False)).fill_null(False)


def of(plan: Plan, table: pl.DataFrame, sheets: pl.DataFrame | None) -> Belief:
    """What the first sheets of all applications say; a further one is left out, where the first do not differ.

    `table` is what the bench found. Points that were entered for an application are certain.
    """
    jury = plan.jury
    assert jury is not None
    use = "adjusted" if jury.calibration == "prescribed" else "raw"
    nothing = "There are no sheets, so nobody can say how sure the points are."
    if sheets is None or jury.asked_reviews is None:
        return Belief(None, use, nothing)
    given = pl.col("given").fill_null(False)
    mine = table.filter(pl.col("settled").fill_null(False) & ~given)
    first = sheets.join(mine.select("_row", "application_id", "further"), on="_row").filter(
        pl.col("item.total").is_not_null() & (~pl.col("further") | (pl.col("item.place") <= jury.reviews))
    )
    if first.is_empty():
        return Belief(None, use, nothing)
    if first["item.juror"].null_count():
        return Belief(None, use, "The sheets do not say which juror each is from.")
    found = calibrate(
        first.select("application_id", juror_id="item.juror", score=pl.col("item.total") / plan.point_unit)
    )
    try:
        cutline.believe(found, use)
    except cutline.CannotTell as why:
        return Belief(None, use, str(why))
    error = "se" if use == "adjusted" else "raw_se"
    totals = table.select("application_id", "further", total=pl.col("total") / plan.point_unit)
    frame = found.applications.join(totals, on="application_id", how="left", maintain_order="left")
    if use == "raw":
        frame = frame.with_columns(raw=pl.when("further").then("raw").otherwise("total"))
    entered = totals.join(frame, on="application_id", how="anti").filter(pl.col("total").is_not_null())
    certain = entered.select("application_id", pl.col("total").alias(use), pl.lit(0.0).alias(error))
    frame = pl.concat([frame.drop("total", "further"), certain], how="diagonal_relaxed")
    frame = frame.with_columns(pl.col(use, error).round(_FIRM)).with_columns(pl.col("sheets").fill_null(0))
    return Belief(replace(found, applications=frame.sort("application_id")), use)
