"""Two ways to solve symmetric positive definite equations, written in products of large blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluators.scores import Floats

Matrix = npt.NDArray[Any]  # float64, or float32 where a jury is large
LEAF = 192


def invert(matrix: Matrix) -> None:
    """A symmetric positive definite matrix by its inverse, in place. Raises LinAlgError where it is not one.

    Halves are eliminated in turn, so that nearly all of the work is products of large blocks.
    """
    size = len(matrix)
    if size <= LEAF:
        factor = np.linalg.inv(np.linalg.cholesky(matrix))
        matrix[:] = factor.T @ factor
        return
    half = size // 2
    head, side, tail = matrix[:half, :half], matrix[:half, half:], matrix[half:, half:]
    invert(head)
    carried = head @ side
    _add(tail, side.T, -carried)
    invert(tail)
    back = carried @ tail
    _add(head, back, carried.T)
    matrix[:half, half:] = -back
    matrix[half:, :half] = -back.T


def _add(into: Matrix, left: Matrix, right: Matrix) -> None:
    """Add left · right, which is known to be symmetric, so that half of the blocks beside the diagonal do."""
    size = len(into)
    if size <= 2 * LEAF:
        into += left @ right
        return
    half = size // 2
    block = left[:half] @ right[:, half:]
    into[:half, half:] += block
    into[half:, :half] += block.T
    _add(into[:half, :half], left[:half], right[:, :half])
    _add(into[half:, half:], left[half:], right[:, half:])


def conjugate(
    times: Callable[[Floats], Floats], right: Floats, diagonal: Matrix, *, centred: bool, near: float = 1e-10
) -> Floats:
    """Conjugate gradients on several right-hand sides at once, until what is left is `near` nothing.

    `centred` looks for solutions that sum to nothing, for right-hand sides freed of their mean.
    """
    scale = 1.0 / diagonal[:, None]
    rest = right - right.mean(axis=0) if centred else right.copy()
    found = np.zeros_like(rest)
    target = near * np.linalg.norm(rest, axis=0)
    way = scale * rest
    size = (rest * way).sum(axis=0)
    for _ in range(len(right)):
        if (np.linalg.norm(rest, axis=0) <= target).all():
            break
        moved = times(way)
        step = size / np.maximum((way * moved).sum(axis=0), 1e-300)
        found += step * way
        rest -= step * moved
        if centred:
            rest -= rest.mean(axis=0)
        down = scale * rest
        new = (rest * down).sum(axis=0)
        way, size = down + (new / np.maximum(size, 1e-300)) * way, new
    return found - found.mean(axis=0) if centred else found
