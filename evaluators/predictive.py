"""Whether the adjustment helps on this very round: every score foretold from all the others, with and without it.

Leaving one score out of a least-squares fit moves its residual e to e / (1 - h), h its leverage, so nothing is fitted
again and nothing is drawn. The variances stay those of all scores.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluators.scores import Floats, Scores


@dataclass(frozen=True)
class Advice:
    """Whether the round's own scores support the adjustment: each score foretold from all the others.

    `error_mean` and `error_adjusted` are root mean squared errors in points, over `sheets` scores of applications that
    have another one; `gain` is how much the mean squared error falls, `gain_se` its standard error over jurors.
    `adjust` is true where the gain exceeds its standard error. Without a comparison the errors are NaN.
    """

    adjust: bool
    error_mean: float
    error_adjusted: float
    gain: float
    gain_se: float
    sheets: int
    reason: str


def check(scores: Scores, mean_residual: Floats, adjusted_residual: Floats, leverage: Floats) -> Advice:
    """Compare the two on `scores`: residuals in points, `leverage` of the adjusted fit, one of each a sheet."""
    size = scores.per_application[scores.application]
    used = (size > 1) & (leverage < 1 - 1e-9)
    if not used.any():
        return without("No score can be foretold from others, so the mean is kept.")
    plain = (mean_residual[used] / (1 - 1 / size[used])) ** 2
    freed = (adjusted_residual[used] / (1 - leverage[used])) ** 2
    better = plain - freed
    gain = float(better.mean())
    count = int(used.sum())
    by_juror = np.bincount(scores.juror[used], better - gain)
    gain_se = float(np.sqrt((by_juror**2).sum()) / count)
    errors = float(np.sqrt(plain.mean())), float(np.sqrt(freed.mean()))
    adjust = gain > max(gain_se, 1e-9 * float(plain.mean()))
    said = f"A score left out is foretold with an error of {errors[0]:.3g} points from the mean of the others"
    if adjust:
        reason = f"{said}, and of {errors[1]:.3g} where severity is corrected for: the adjusted scores are better."
    else:
        reason = (
            f"{said}, and of {errors[1]:.3g} where severity is corrected for. That is no clear gain: "
            "these scores do not support an adjustment, and the mean is kept."
        )
    return Advice(adjust, *errors, gain, gain_se, count, reason)


def without(reason: str) -> Advice:
    """Advice to keep the mean where nothing can be compared."""
    nothing = float("nan")
    return Advice(False, nothing, nothing, nothing, nothing, 0, reason)
