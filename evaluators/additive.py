"""The additive model, score = application + juror + noise, in arrays: offsets, variances, standard errors.

Applications are eliminated, which leaves one equation a juror: S = D_j - B' D_a^-1 B, with B the table of who judged
what, D_j and D_a the numbers of sheets. With a penalty λ on the offsets, S + λI is inverted once, from Cholesky factors
of its blocks; the variance of an application's value is σ² (1/n + q' (S + λI)^-1 q), q its row of D_a^-1 B.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluators.linear import Matrix, conjugate, invert
from evaluators.scores import Floats, Ints

LARGE = 1500  # jurors of one part; above, variances come from single precision and traces from probes
PROBES = 8


@dataclass(frozen=True)
class Block:
    """The sheets of one connected part, sorted by application; `rows` are their places among all scores.

    A sheet counts with its `weight`; `size` and `load` are the sums of these by application and by juror.
    """

    rows: Ints
    application: Ints
    juror: Ints
    score: Floats
    weight: Floats
    size: Floats
    load: Floats
    right: Floats

    @property
    def jurors(self) -> int:
        """How many jurors the part has."""
        return len(self.load)

    def equations(self, kind: type[np.floating[Any]] = np.float64) -> Matrix:
        """S as a table of jurors by jurors."""
        return _schur(self, kind)

    def times(self, offset: Floats) -> Floats:
        """S · offset, one column after another, by the sheets alone."""
        moved = np.empty_like(offset)
        for column in range(offset.shape[1]):
            one = offset[:, column]
            moved[:, column] = self.load * one - self.to_jurors(self.to_applications(one[self.juror]))
        return moved

    def weighed(self, weight: Floats) -> Block:
        """The same sheets with other weights."""
        return _block(self.rows, self.application, self.juror, self.score, weight)

    def values(self, offset: Floats) -> Floats:
        """The applications' values where these are the jurors' offsets."""
        return self.to_applications(self.score - offset[self.juror])

    def to_applications(self, of_sheet: Floats) -> Floats:
        """The mean over each application's sheets."""
        return np.asarray(np.bincount(self.application, self.weight * of_sheet) / self.size, dtype=np.float64)

    def to_jurors(self, of_application: Floats) -> Floats:
        """The sum over the applications each juror judged."""
        moved = np.bincount(self.juror, self.weight * of_application[self.application], minlength=self.jurors)
        return moved.astype(np.float64)


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
    return _block(rows, local, seat, score[rows], np.ones(len(rows)))


def _block(rows: Ints, local: Ints, seat: Ints, points: Floats, weight: Floats) -> Block:
    size, load = (np.bincount(one, weight).astype(np.float64) for one in (local, seat))
    mean = np.bincount(local, weight * points) / size
    right = np.bincount(seat, weight * (points - mean[local]), minlength=len(load)).astype(np.float64)
    return Block(rows, local, seat, points, weight, size, load, right)


def _lags(local: Ints) -> list[tuple[Ints, Ints]]:
    """All pairs of sheets of one application, by how far apart they stand in the sorted sheets."""
    pairs = []
    for lag in range(1, int(np.bincount(local).max(initial=1))):
        left = np.flatnonzero(local[lag:] == local[:-lag])
        pairs.append((left, left + lag))
    return pairs


def _wide(part: Block) -> bool:
    """Whether tables of applications by jurors cost less than walking over all pairs of sheets."""
    most = int(np.bincount(part.application).max(initial=1))
    return len(part.size) * part.jurors**2 / 40 < len(part.application) * most


def _tables(part: Block) -> list[tuple[slice, Floats]]:
    """B in slices of applications, of about 4 million entries each: (rows of the scores, table)."""
    step = max(1, 4_000_000 // part.jurors)
    found = []
    for first in range(0, len(part.size), step):
        start, stop = (int(np.searchsorted(part.application, edge)) for edge in (first, first + step))
        table = np.zeros((min(step, len(part.size) - first), part.jurors))
        table[part.application[start:stop] - first, part.juror[start:stop]] = part.weight[start:stop]
        found.append((slice(start, stop), table))
    return found


def _schur(part: Block, kind: type[np.floating[Any]]) -> Matrix:
    count, seat = part.jurors, part.juror
    schur: Matrix
    if _wide(part):
        schur = np.zeros((count, count), dtype=kind)
        for _, table in _tables(part):
            schur -= table.T @ (table / table.sum(axis=1)[:, None])
    else:
        share = part.weight / part.size[part.application]
        flat = np.zeros(count * count, dtype=kind)
        for left, right in _lags(part.application):
            both = share[left] * part.weight[right]
            np.subtract.at(flat, seat[left] * count + seat[right], both)
            np.subtract.at(flat, seat[right] * count + seat[left], both)
        schur = flat.reshape(count, count)
        schur[np.diag_indices(count)] -= np.bincount(seat, share * part.weight, minlength=count)
    schur[np.diag_indices(count)] += part.load
    return schur


def across(part: Block, inverse: Matrix) -> Floats:
    """For each sheet (i, j): the entry j of inverse · q_i."""
    local, seat, weight = part.application, part.juror, part.weight
    if _wide(part):
        found = np.empty(len(local))
        for rows, table in _tables(part):
            first = int(local[rows.start])
            product = table @ inverse
            found[rows] = product[local[rows] - first, seat[rows]]
    else:
        found = weight * inverse[seat, seat]
        for left, right in _lags(local):
            entry = inverse[seat[left], seat[right]]
            found[left] += weight[right] * entry
            found[right] += weight[left] * entry
    return np.asarray(found / part.size[local], dtype=np.float64)


def open_fit(part: Block) -> Open:
    """The fit without a penalty; the part's offsets sum to nothing."""
    count = part.jurors
    if count <= LARGE:
        inverse = _free_inverse(part)
        offset = inverse @ part.right
        trace = float(np.trace(inverse))
        joint = across(part, inverse)
        spread = float((part.weight * joint / part.size[part.application]).sum())
    else:
        # Seeded signs: zᵀPz is the trace but for entries off the diagonal, which are small and cancel.
        signs = np.random.default_rng(0).choice([-1.0, 1.0], size=(count, PROBES))
        shared = np.column_stack([_weigh(part, signs[:, probe]) for probe in range(PROBES)])
        offset = conjugate(part.times, part.right[:, None], part.load, centred=True)[:, 0]
        solved = conjugate(part.times, signs, part.load, centred=True, near=1e-5)
        trace = float((signs * solved).sum() / PROBES)
        spread = float((shared * solved).sum() / PROBES)
    # As in the reference values: the level that the zero sum fixes counts as known to σ²/m only.
    spread += len(part.size) / count
    return Open(offset, part.values(offset), trace, spread + float((1.0 / part.size).sum()))


def _weigh(part: Block, sign: Floats) -> Floats:
    """Q'Q times a vector."""
    return part.to_jurors(part.to_applications(sign[part.juror]) / part.size)


def fit(part: Block, penalty: float) -> Fit:
    """Offsets shrunk by `penalty` (λ): 0 leaves them as they are, infinity makes them nothing."""
    count = part.jurors
    if np.isinf(penalty):
        nothing = np.zeros(count)
        leverage = part.weight / part.size[part.application]
        return Fit(nothing, part.values(nothing), nothing, 1.0 / part.size, leverage)
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
        offset = offsets(part, penalty)
    joint = across(part, inverse)
    inside = part.to_applications(joint)
    own = np.diag(inverse).astype(np.float64)
    leverage = part.weight * ((1.0 / part.size + inside)[part.application] - 2 * joint + own[part.juror])
    return Fit(offset, part.values(offset), own, 1.0 / part.size + inside, leverage)


def offsets(part: Block, penalty: float) -> Floats:
    """The offsets of `fit` alone, without the table of jurors by jurors; `penalty` is above 0."""
    if np.isinf(penalty):
        return np.zeros(part.jurors)
    scale = part.load + penalty
    return conjugate(lambda x: part.times(x) + penalty * x, part.right[:, None], scale, centred=False)[:, 0]


def _free_inverse(part: Block) -> Floats:
    """The inverse of S over offsets that sum to nothing."""
    count = part.jurors
    inverse = part.equations() + 1.0 / count
    invert(inverse)
    inverse -= 1.0 / count
    return inverse


def _penalised(part: Block, penalty: float, kind: type[np.floating[Any]]) -> Matrix:
    inverse = part.equations(kind)
    inverse[np.diag_indices(part.jurors)] += penalty
    invert(inverse)
    return inverse


def _far_off(part: Block, penalty: float, inverse: Matrix) -> bool:
    """Whether single precision was not enough, tried on the right-hand side and on the hardest direction, all alike."""
    tried = np.column_stack([part.right, np.ones(part.jurors)])
    found = (inverse @ tried.astype(inverse.dtype)).astype(np.float64)
    rest = part.times(found) + penalty * found - tried
    return bool((np.abs(rest).max(axis=0) > 1e-3 * np.abs(tried).max(axis=0)).any())
