"""How reliable each juror is: by how much one juror's scores scatter about what the model leads one to expect.

A juror with much scatter counts less: each score is weighted by the inverse of its juror's variance, beside the jury's.
Variances are shrunk towards the jury's by empirical Bayes, the more the fewer scores a juror gave; where jurors scatter
no more unequally than chance makes them, all count alike.
"""

from __future__ import annotations

import numpy as np

from evaluators import additive
from evaluators.additive import Block
from evaluators.scores import Floats, Ints

ROUNDS = 12
CLEAR = 2.0  # standard errors by which variances must differ more than by chance
NEAR = 1e-3


def weights(blocks: list[Block], juror: Ints, penalty: float) -> Floats | None:
    """The weight of each juror, 1 on the mean of all scores; None where nothing shows that jurors are unequal.

    `blocks` are the parts of the jury, `juror` is the juror of each score, `penalty` that of the fit without weights.
    """
    load = np.bincount(juror)
    found = np.ones(len(load))
    for turn in range(ROUNDS):
        square, left = np.zeros(len(load)), np.zeros(len(load))
        for one in blocks:
            who = juror[one.rows]
            part = one.weighed(found[who])
            offset = additive.offsets(part, penalty)
            rest = part.score - part.values(offset)[part.application] - offset[part.juror]
            square += np.bincount(who, rest**2, minlength=len(load))
            left += np.bincount(who, 1 - _leverage(part, penalty), minlength=len(load))
        used = left > NEAR
        relative = np.ones(len(load))
        relative[used] = square[used] / left[used] / (square[used].sum() / left[used].sum())
        # A mean of n squares of equal scatter differs from 1 by √(2/n); what it differs more is the jurors' own.
        beyond = float((left * (relative - 1) ** 2)[used].sum()) - 2 * int(used.sum())
        if turn == 0:
            chance = float(np.sqrt(8 * used.sum() + (48 / left[used]).sum()))
            if beyond <= CLEAR * chance:
                return None
        unequal = max(beyond / float(left[used].sum()), NEAR)
        shape = 2 + 1 / unequal  # of an inverse gamma distribution with mean 1 and this variance
        new = (shape + left / 2) / (shape - 1 + left * relative / 2)
        new /= float((new * load).sum() / load.sum())
        moved = float(np.abs(new - found).max())
        found = new
        if moved < NEAR:
            break
    return found


def _leverage(part: Block, penalty: float) -> Floats:
    """Of each score on itself, nearly: as if its application shared no other juror with its juror's other ones."""
    share = part.weight / part.size[part.application]
    own = part.load - np.bincount(part.juror, part.weight * share) + penalty
    return np.asarray(np.minimum(share + (1 - share) ** 2 * part.weight / own[part.juror], 1.0), dtype=np.float64)
