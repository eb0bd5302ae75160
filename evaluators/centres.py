"""The median and the trimmed mean of each application's scores, and how much surer the plain mean would be."""

from __future__ import annotations

import math

import numpy as np

from evaluators.scores import Floats, Ints, Scores

METHODS = ("median", "trimmed")
_MANY = 60  # sheets of one application from which on the limits for many are near enough
_DRAWS = 40_000


def centres(scores: Scores, method: str) -> Floats:
    """The median of each application's scores, or their mean without the highest and the lowest (of two: the mean).

    In points, one an application, in the order of `scores.applications`. Raises ValueError for another method.
    """
    if method not in METHODS:
        raise ValueError(f"A centre is median or trimmed, not {method}.")
    order = np.lexsort((scores.score, scores.application))
    points, size = scores.score[order], scores.per_application
    first = np.cumsum(size) - size
    if method == "median":
        return np.asarray((points[first + (size - 1) // 2] + points[first + size // 2]) / 2, dtype=np.float64)
    total = np.bincount(scores.application, scores.score)
    inner = total - points[first] - points[first + size - 1]
    return np.where(size > 2, inner / np.maximum(size - 2, 1), total / size)


def inflation(size: Ints, method: str) -> Floats:
    """By what the variance of the mean of so many normal scores is multiplied for `method`; 1 for up to two scores.

    Found from drawn scores, always the same ones; exact to about one part in a hundred.
    """
    found = np.ones(len(size))
    for count in np.unique(size[size > 2]).tolist():
        found[size == count] = _of(count, method)
    return found


def _of(count: int, method: str) -> float:
    if count > _MANY:
        return math.pi / 2 if method == "median" else 1.0
    drawn = np.sort(np.random.default_rng(0).standard_normal((_DRAWS, count)), axis=1)
    centre = np.median(drawn, axis=1) if method == "median" else drawn[:, 1:-1].mean(axis=1)
    return float(centre.var() * count)
