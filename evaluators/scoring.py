"""A round's score sheets as one table: each application's score by a method, how sure it is, and the cut line.

It joins what `calibration`, `agreement`, `cutline` and `third_review` find. All of it is advice in floating point; what
a rule set decides is decided elsewhere, exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from evaluators import centres, cutline, third_review
from evaluators import scores as sheet_scores
from evaluators.agreement import Agreement, agreement
from evaluators.calibration import Calibration, Refusal, calibrate
from evaluators.centres import HIGHEST_AND_LOWEST, Trim
from evaluators.cutline import Cut

METHODS = ("advised", "mean", "median", "trimmed", "adjusted", "weighted")
"""How several sheets become one score: "advised" is whichever of mean, adjusted and weighted the sheets support."""


class NotAdjusted(ValueError):
    """Adjusted scores were asked for and cannot be had; `refusal` says why and what would change it."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


@dataclass(frozen=True)
class Line:
    """Where the cut line falls: `places` (None for a threshold), and `at`, in points (None where all or none pass).

    `tied` are applications with the score of the last place, where not all of them have a place.
    """

    cut: Cut
    places: int | None
    at: float | None
    tied: tuple[str, ...]


@dataclass(frozen=True)
class Scored:
    """Scores of a round. `method` was asked for, `used` is what ranks: mean, median, trimmed, adjusted or weighted.

    applications, sorted by application_id: application_id, sheets, raw (the mean; with median or trimmed that one),
    adjusted (with weights where those rank; null where refused), score (what ranks), se (its standard error), p_above,
    rank, band (above, open or below). Points; p_above and band are null without a cut, and where nobody can tell how
    sure scores are. `unsure` says why that is, or that no two applications can be told apart. `third`: applications
    where one more review helps most, with the expected fall in wrong decisions of each.
    """

    method: str
    used: str
    calibration: Calibration
    agreement: Agreement
    applications: pl.DataFrame
    line: Line | None
    unsure: str
    third: tuple[tuple[str, float], ...]


def score(
    sheets: pl.DataFrame,
    *,
    method: str = "advised",
    cut: Cut | None = None,
    seed: int = 0,
    budget: int = 10,
    draws: int = 2000,
    weights: Mapping[str, float] | None = None,
    trim: Trim = HIGHEST_AND_LOWEST,
    told: Callable[[str], None] = lambda _what: None,
) -> Scored:
    """Score `sheets` (application_id, juror_id, score, optional criterion; more columns are left alone).

    `budget` is for how many third reviews a place is looked for; `weights` are those of criteria; `trim` is what the
    trimmed mean leaves out; `told` hears what is being done. Raises UnusableSheets as `calibration.calibrate` does,
    NotAdjusted where `method` is "adjusted" or "weighted" and the scores do not allow it, and ValueError for another
    method.
    """
    if method not in METHODS:
        raise ValueError(f"A method is one of {', '.join(METHODS)}, not {method}.")
    given = sheets.select(one for one in ("application_id", "juror_id", "criterion", "score") if one in sheets.columns)
    told("comparing jurors")
    calibration = calibrate(given, weights=weights)
    if method in ("adjusted", "weighted") and calibration.refused is not None:
        raise NotAdjusted(calibration.refused)
    used = calibration.advice.best if method == "advised" else method
    if used == "weighted" and calibration.applications["weighted"].null_count():
        used = "adjusted"  # jurors are no more unequal than by chance: all weigh the same
    if method in centres.METHODS:
        calibration = _by_centre(calibration, sheet_scores.read(given, weights), method, trim)
    told("measuring agreement")
    agreed = agreement(given, weights=weights, calibration=calibration)
    column = used if used in ("adjusted", "weighted") else "raw"
    error = {"adjusted": "se", "weighted": "weighted_se", "raw": "raw_se"}[column]
    frame = calibration.applications
    table = frame.select(
        "application_id",
        "sheets",
        "raw",
        adjusted="weighted" if column == "weighted" else "adjusted",
        score=pl.col(column),
        se=pl.col(error),
        p_above=pl.lit(None, dtype=pl.Float64),
        rank=pl.Series(_ranks(frame[column].to_numpy())),
        band=pl.lit(None, dtype=pl.String),
    )
    if cut is None:
        return Scored(method, used, calibration, agreed, table, None, "", ())
    told("drawing the cut line")
    line = _line(table, cut)
    try:
        seen = cutline.outlook(calibration, cut, seed=seed, draws=draws, use=column)
    except cutline.CannotTell as error_of_scores:
        return Scored(method, used, calibration, agreed, table, line, str(error_of_scores), ())
    table = table.with_columns(seen.table["p_above"], seen.table["band"])
    told("looking for third reviews")
    third = third_review.most_useful(calibration, cut, budget, seed, use=column, draws=draws, seen=seen)
    unsure = "" if seen.belief.alike is None else cutline.ALIKE
    return Scored(method, used, calibration, agreed, table, line, unsure, tuple(third))


def _by_centre(calibration: Calibration, given: sheet_scores.Scores, method: str, trim: Trim) -> Calibration:
    """The same with the median or the trimmed mean as raw score."""
    size = given.per_application
    wider = pl.Series(np.sqrt(centres.inflation(size, method, trim)))
    frame = calibration.applications.with_columns(
        raw=pl.Series(centres.centres(given, method, trim)), raw_se=pl.col("raw_se") * wider
    )
    return replace(calibration, applications=frame)


def _ranks(score: sheet_scores.Floats) -> sheet_scores.Ints:
    """1 is best; equals share their rank."""
    code = cutline.alike(score)
    count = np.bincount(code)
    return np.asarray(count.sum() - np.cumsum(count), dtype=np.int64)[code] + 1


def _line(table: pl.DataFrame, cut: Cut) -> Line:
    if cut.threshold is not None:
        return Line(cut, None, cut.threshold, ())
    places = cut.of(table.height)
    if places <= 0 or places >= table.height:
        return Line(cut, places, None, ())
    order = table.sort("rank", "application_id")
    last, first = order.row(places - 1, named=True), order.row(places, named=True)
    tied: tuple[str, ...] = ()
    if last["rank"] == first["rank"]:
        tied = tuple(order.filter(pl.col("rank") == last["rank"])["application_id"])
    return Line(cut, places, (last["score"] + first["score"]) / 2, tied)
