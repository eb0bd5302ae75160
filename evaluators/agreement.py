"""How far jurors agree: Krippendorff's alpha for points, and the intraclass correlation of one score and of the mean.

Sources: Krippendorff 2011, "Computing Krippendorff's alpha-reliability" (interval metric); the intraclass correlations
are shares of the variance components of the additive model, so that differences in severity count as disagreement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from evaluators import scores
from evaluators.calibration import Calibration, calibrate
from evaluators.scores import Scores

# Krippendorff's own marks for conclusions from alpha.
RELIABLE, TENTATIVE = 0.8, 0.667


@dataclass(frozen=True)
class Agreement:
    """`alpha`: 1 is full agreement, 0 what chance gives (interval metric); None where it is not defined.

    `icc_single`: the share of the differences between single scores that lies between applications; `icc_mean`: the
    same for the mean of `k` scores, the average number an application got; None where jurors cannot be told from
    applications. `n`: scores of applications that have at least two, which are all that alpha reads. `words` says it.
    """

    alpha: float | None
    icc_single: float | None
    icc_mean: float | None
    k: float
    n: int
    words: str


def agreement(
    sheets: pl.DataFrame, *, weights: Mapping[str, float] | None = None, calibration: Calibration | None = None
) -> Agreement:
    """Agreement over `sheets` (application_id, juror_id, score, optional criterion), as `calibrate` reads them.

    `calibration` of the same sheets, where it is at hand, saves a second fit. Raises UnusableSheets as there.
    """
    given = scores.read(sheets, weights)
    found = (calibration or calibrate(sheets, weights=weights)).components
    k = len(given.score) / len(given.applications)
    alpha, n = _alpha(given)
    single = mean = None
    if found is not None:
        between = found.application**2
        whole = between + found.juror**2 + found.noise**2
        if whole > 0:
            single = between / whole
            mean = k * single / (1 + (k - 1) * single)
    return Agreement(alpha, single, mean, k, n, _words(alpha, single, mean, k))


def _alpha(given: Scores) -> tuple[float | None, int]:
    """1 - observed / expected squared difference over scores that can be paired; (None, n) where all are equal."""
    size = given.per_application
    paired = size[given.application] > 1
    n = int(paired.sum())
    if n < 2:
        return None, n
    points = given.score[paired] - given.score[paired].mean()  # sums of squares keep their digits
    where = given.application[paired]
    count = len(size)
    within = size * np.bincount(where, points**2, minlength=count) - np.bincount(where, points, minlength=count) ** 2
    observed = 2 * float((within[size > 1] / (size[size > 1] - 1)).sum()) / n
    expected = 2 * float((points**2).sum()) / (n - 1)
    if expected <= 1e-18:
        return None, n
    return 1 - observed / expected, n


def _words(alpha: float | None, single: float | None, mean: float | None, k: float) -> str:
    if alpha is None:
        return "No application has two scores that differ, so nothing can be said about agreement."
    if alpha >= RELIABLE:
        judged = "jurors agree well"
    elif alpha >= TENTATIVE:
        judged = "jurors agree enough for tentative conclusions"
    elif alpha > 0:
        judged = "jurors agree little: single scores should not decide"
    else:
        judged = "jurors agree no better than by chance"
    said = f"Alpha is {alpha:.2f} (1 is full agreement, 0 is chance): {judged}."
    if single is not None and mean is not None:
        said += (
            f" Of the differences between single scores {single:.0%} lie between applications; of those between means "
            f"of {k:.3g} scores {mean:.0%}."
        )
    return said
