"""Whether the adjustment helps on this very round: every score foretold from all the others, with and without it.

Leaving one score out of a least-squares fit moves its residual e to e / (1 - h), h its leverage, so nothing is fitted
again and nothing is drawn. The variances stay those of all scores.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evaluators.scores import Floats, Ints, Scores


@dataclass(frozen=True)
class Advice:
    """Whether the round's own scores support the adjustment: each score foretold from all the others.

    `error_mean` and `error_adjusted` are root mean squared errors in points, over `sheets` scores of applications that
    have another one; `gain` is how much the mean squared error falls, `gain_se` its standard error over jurors.
    `adjust` is true where the gain exceeds its standard error. Without a comparison the errors are NaN. Where jurors
    are unequally reliable, `error_weighted` is the error with weights, and `weigh` whether that is clearly better.
    """

    adjust: bool
    error_mean: float
    error_adjusted: float
    gain: float
    gain_se: float
    sheets: int
    reason: str
    error_weighted: float | None = None
    weigh: bool = False

    @property
    def best(self) -> str:
        """What to read: mean, adjusted, or weighted."""
        return "weighted" if self.weigh else "adjusted" if self.adjust else "mean"


@dataclass(frozen=True)
class Fitted:
    """What a fit leaves of each score, in points, and its leverage on itself."""

    residual: Floats
    leverage: Floats


def check(scores: Scores, mean_residual: Floats, adjusted: Fitted, weighted: Fitted | None = None) -> Advice:
    """Compare the mean with the adjusted fit, and the better of them with the weighted one, on `scores`."""
    size = scores.per_application[scores.application]
    used = (size > 1) & (adjusted.leverage < 1 - 1e-9)
    if weighted is not None:
        used &= weighted.leverage < 1 - 1e-9
    if not used.any():
        return without("No score can be foretold from others, so the mean is kept.")
    plain = (mean_residual[used] / (1 - 1 / size[used])) ** 2
    freed = (adjusted.residual[used] / (1 - adjusted.leverage[used])) ** 2
    gain, gain_se = _gain(scores.juror[used], plain - freed)
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
    found = Advice(adjust, *errors, gain, gain_se, int(used.sum()), reason)
    if weighted is None:
        return found
    weighed = (weighted.residual[used] / (1 - weighted.leverage[used])) ** 2
    more, more_se = _gain(scores.juror[used], (freed if adjust else plain) - weighed)
    weigh, error = more > max(more_se, 1e-9 * float(plain.mean())), float(np.sqrt(weighed.mean()))
    reason += f" With scores weighted by how reliable their jurors were it is {error:.3g}: "
    reason += "that is better still, and advised." if weigh else "no clear gain beside it."
    return replace(found, adjust=adjust or weigh, reason=reason, error_weighted=error, weigh=weigh)


def _gain(juror: Ints, better: Floats) -> tuple[float, float]:
    """The mean of `better`, and its standard error over jurors."""
    gain = float(better.mean())
    return gain, float(np.sqrt((np.bincount(juror, better - gain) ** 2).sum()) / len(better))


def without(reason: str) -> Advice:
    """Advice to keep the mean where nothing can be compared."""
    nothing = float("nan")
    return Advice(False, nothing, nothing, nothing, nothing, 0, reason)
