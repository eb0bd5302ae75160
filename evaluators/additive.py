"""The additive model, score = application + juror + noise, in arrays: offsets, variances, standard errors.

Applications are eliminated, which leaves one equation a juror: S = D_j - B' D_a^-1 B, with B the table of who judged
what, D_j and D_a the numbers of sheets. With a penalty λ on the offsets, S + λI is inverted once, from Cholesky factors
of its blocks; the variance of an application's value is σ² (1/n + q' (S + λI)^-1 q), q its row of D_a^-1 B.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluators.scores import Floats, Ints

Matrix = npt.NDArray[Any]  # float64, or float32 where a jury is large

LARGE = 1500  # jurors of one part; above, variances come from single precision and traces from probes
LEAF = 384
PROBES = 8


@dataclass(frozen=True)
class Block:
    """The sheets of one connected part, sorted by application; `rows` are their places among all scores."""

    rows: Ints
    application: Ints
    juror: Ints
    score: Floats
    size: Ints
    load: Ints
    schur: Floats
    right: Floats

    @property
    def jurors(self) -> int:
        """How many jurors the part has."""
        return len(self.load)


@dataclass(frozen=True)
class Fit:
    """Offsets and values of one part, in points; variances in units of σ²; the leverage of each sheet on itself."""

    offset: Floats
    value: Floats
    offset_variance: Floats
    value_variance: Floats
    leverage: Floats


@dataclass(frozen=True)
class Open:
    """What the fit without a penalty gives for estimating variances; `trace` and `spread` are in units of σ²."""

    offset: Floats
    value: Floats
    trace: float
    spread: float


def block(rows: Ints, application: Ints, juror: Ints, score: Floats) -> Block:
    """One part, from its rows of the scores; ids are renumbered from 0 in their order."""
    _, local = np.unique(application[rows], return_inverse=True)
    _, seat = np.unique(juror[rows], return_inverse=True)
    points = score[rows]
    size, load = np.bincount(local).astype(np.int64), np.bincount(seat).astype(np.int64)
    mean = np.bincount(local, points) / size
    right = np.bincount(seat, points - mean[local], minlength=len(load)).astype(np.float64)
    return Block(rows, local, seat, points, size, load, _schur(local, seat, size, load), right)


def _lags(local: Ints, size: Ints) -> list[tuple[Ints, Ints]]:
    """All pairs of sheets of one application, by how far apart they stand in the sorted sheets."""
    pairs = []
    for lag in range(1, int(size.max(initial=1))):
        left = np.flatnonzero(local[lag:] == local[:-lag])
        pairs.append((left, left + lag))
    return pairs


def _wide(local: Ints, size: Ints, load: Ints) -> bool:
    """Whether tables of applications by jurors cost less than walking over all pairs of sheets."""
    return len(size) * len(load) ** 2 / 40 < len(local) * int(size.max(initial=1))


def _tables(local: Ints, seat: Ints, size: Ints, load: Ints) -> list[tuple[slice, Floats]]:
    """B in slices of applications, of about 4 million entries each: (rows of the scores, table)."""
    step = max(1, 4_000_000 // len(load))
    found = []
    for first in range(0, len(size), step):
        start, stop = (int(np.searchsorted(local, edge)) for edge in (first, first + step))
        table = np.zeros((min(step, len(size) - first), len(load)))
        table[local[start:stop] - first, seat[start:stop]] = 1.0
        found.append((slice(start, stop), table))
    return found


def _schur(local: Ints, seat: Ints, size: Ints, load: Ints) -> Floats:
    count = len(load)
    schur: Floats
    if _wide(local, size, load):
        schur = np.zeros((count, count))
        for _, table in _tables(local, seat, size, load):
            schur -= table.T @ (table / table.sum(axis=1)[:, None])
    else:
        share = 1.0 / size[local]
        flat = np.zeros(count * count)
        for left, right in _lags(local, size):
            np.subtract.at(flat, seat[left] * count + seat[right], share[left])
            np.subtract.at(flat, seat[right] * count + seat[left], share[left])
        schur = flat.reshape(count, count)
        schur[np.diag_indices(count)] -= np.bincount(seat, share, minlength=count)
    schur[np.diag_indices(count)] += load
    return schur


def across(part: Block, inverse: Matrix) -> Floats:
    """For each sheet (i, j): the entry j of inverse · q_i."""
    local, seat = part.application, part.juror
    if _wide(local, part.size, part.load):
        found = np.empty(len(local))
        for rows, table in _tables(local, seat, part.size, part.load):
            first = int(local[rows.start])
            product = table @ inverse
            found[rows] = product[local[rows] - first, seat[rows]]
    else:
        found = inverse[seat, seat].astype(np.float64)
        for left, right in _lags(local, part.size):
            entry = inverse[seat[left], seat[right]]
            found[left] += entry
            found[right] += entry
    return np.asarray(found / part.size[local], dtype=np.float64)


def open_fit(part: Block) -> Open:
    """The fit without a penalty; the part's offsets sum to nothing."""
    count = part.jurors
    if count <= LARGE:
        inverse = _free_inverse(part)
        offset = inverse @ part.right
        trace = float(np.trace(inverse))
        joint = across(part, inverse)
        spread = float((joint / part.size[part.application]).sum())
    else:
        # Seeded signs: zᵀPz is the trace but for entries off the diagonal, which are small and cancel.
        signs = np.random.default_rng(0).choice([-1.0, 1.0], size=(count, PROBES))
        shared = np.column_stack([_weigh(part, signs[:, probe]) for probe in range(PROBES)])
        offset = conjugate(lambda x: part.schur @ x, part.right[:, None], part.load, centred=True)[:, 0]
        solved = conjugate(lambda x: part.schur @ x, signs, part.load, centred=True, near=1e-5)
        trace = float((signs * solved).sum() / PROBES)
        spread = float((shared * solved).sum() / PROBES)
    # As in the reference values: the level that the zero sum fixes counts as known to σ²/m only.
    spread += len(part.size) / count
    return Open(offset, _values(part, offset), trace, spread + float((1.0 / part.size).sum()))


def _weigh(part: Block, sign: Floats) -> Floats:
    """Q'Q times a vector."""
    mean = np.bincount(part.application, sign[part.juror]) / part.size
    return np.bincount(part.juror, (mean / part.size)[part.application], minlength=part.jurors).astype(np.float64)


def fit(part: Block, penalty: float) -> Fit:
    """Offsets shrunk by `penalty` (λ): 0 leaves them as they are, infinity makes them nothing."""
    count = part.jurors
    sheets_each = part.size[part.application]
    if np.isinf(penalty):
        nothing = np.zeros(count)
        return Fit(nothing, _values(part, nothing), nothing, 1.0 / part.size, 1.0 / sheets_each)
    inverse: Matrix
    if penalty < 1e-9:
        inverse = _free_inverse(part)
        offset = inverse @ part.right
    elif count <= LARGE:
        inverse = _penalised(part, penalty, np.float64)
        offset = inverse @ part.right
    else:
        inverse = _penalised(part, penalty, np.float32)
        if _far_off(part, penalty, inverse):
            inverse = _penalised(part, penalty, np.float64)
        offset = conjugate(
            lambda x: part.schur @ x + penalty * x, part.right[:, None], part.load + penalty, centred=False
        )[:, 0]
    joint = across(part, inverse)
    inside = np.bincount(part.application, joint) / part.size
    own = np.diag(inverse).astype(np.float64)
    leverage = (1.0 / part.size + inside)[part.application] - 2 * joint + own[part.juror]
    return Fit(offset, _values(part, offset), own, 1.0 / part.size + inside, leverage)


def _values(part: Block, offset: Floats) -> Floats:
    return np.bincount(part.application, part.score - offset[part.juror]) / part.size


def _free_inverse(part: Block) -> Floats:
    """The inverse of S over offsets that sum to nothing."""
    count = part.jurors
    inverse = part.schur + 1.0 / count
    invert(inverse)
    inverse -= 1.0 / count
    return inverse


def _penalised(part: Block, penalty: float, kind: type[np.floating[Any]]) -> Matrix:
    inverse = part.schur.astype(kind)
    inverse[np.diag_indices(part.jurors)] += penalty
    invert(inverse)
    return inverse


def _far_off(part: Block, penalty: float, inverse: Matrix) -> bool:
    """Whether single precision was not enough, tried on the right-hand side and on the hardest direction, all alike."""
    tried = np.column_stack([part.right, np.ones(part.jurors)])
    found = (inverse @ tried.astype(inverse.dtype)).astype(np.float64)
    rest = part.schur @ found + penalty * found - tried
    return bool((np.abs(rest).max(axis=0) > 1e-3 * np.abs(tried).max(axis=0)).any())


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
