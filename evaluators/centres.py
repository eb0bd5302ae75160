"""The median and the trimmed mean of each application's scores, and how much surer the plain mean would be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from evaluators.consolidation import left_at_each_end
from evaluators.scores import Floats, Ints, Scores

METHODS = ("median", "trimmed")
_MANY = 60  # sheets of one application from which on the limits for many are near enough
_DRAWS = 40_000


@dataclass(frozen=True)
class Trim:
    """What a trimmed mean leaves out at each end, as a rule set's `trim` says it: so many scores, or a share."""

    each_end: Fraction | None = Fraction(1)
    share: Fraction | None = None

    def of(self, count: Ints) -> Ints:
        """How many of `count` scores are left out at each end."""
        return left_at_each_end(count, self.each_end, self.share)


HIGHEST_AND_LOWEST = Trim()


def centres(scores: Scores, method: str, trim: Trim = HIGHEST_AND_LOWEST) -> Floats:
    """The median of each application's scores, or their mean without what `trim` leaves out at each end.

    In points, one an application, in the order of `scores.applications`. Raises ValueError for another method.
    """
    if method not in METHODS:
        raise ValueError(f"A centre is median or trimmed, not {method}.")
    order = np.lexsort((scores.score, scores.application))
    points, size = scores.score[order], scores.per_application
    first = np.cumsum(size) - size
    if method == "median":
        return np.asarray((points[first + (size - 1) // 2] + points[first + size // 2]) / 2, dtype=np.float64)
    place, out = np.arange(len(points)) - np.repeat(first, size), trim.of(size)
    inside = (place >= np.repeat(out, size)) & (place < np.repeat(size - out, size))
    return np.bincount(scores.application[order][inside], points[inside]) / (size - 2 * out)


def inflation(size: Ints, method: str, trim: Trim = HIGHEST_AND_LOWEST) -> Floats:
    """By what the variance of the mean of so many normal scores is multiplied for `method`; 1 where it is that mean.

    Found from drawn scores, always the same ones; exact to about one part in a hundred.
    """
    found = np.ones(len(size))
    for count in np.unique(size[size > 2]).tolist():
        out = int(trim.of(np.array([count]))[0])
        found[size == count] = _of(count, None if method == "median" else out)
    return found


def _of(count: int, out: int | None) -> float:
    """`out` at each end are left out; None: all but the middle."""
    if out == 0:
        return 1.0
    if count > _MANY and out is None:
        return math.pi / 2
    drawn = np.sort(np.random.default_rng(0).standard_normal((_DRAWS, min(count, _MANY))), axis=1)
    if out is None:
        centre = np.median(drawn, axis=1)
    else:
        out = out * drawn.shape[1] // count
        centre = drawn[:, out : drawn.shape[1] - out].mean(axis=1)
    return float(centre.var() * drawn.shape[1])
