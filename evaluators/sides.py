"""Limits of institutions that have experienced jurors and others, settled beforehand for some applications.

A network holds a limit over each side by itself, not over both at once. Where many pairs are worth the same, a flow
breaks such limits by the hundred, and mending one breaks the next. So each limit is given to the side that holds
reviews now, else to the side with the better juror, else by lot: no choice of the flow can then break it.
"""

from __future__ import annotations

import numpy as np

from evaluators.edges import scramble
from evaluators.flow import Caps, Instance, Ints
from evaluators.prices import NOWHERE

SHARE = 3  # of so many limits with equally good sides one goes to the experienced


def settled(instance: Instance, worth: Ints, edges: Ints, chosen: Ints) -> Caps:
    """Limits for both sides of every institution that `edges` offer with both. `worth` is quality less price.

    `chosen` are edges taken now; where they break a limit, the better side gets all of it.
    """
    if instance.group is None:
        return {}
    many = int(instance.group.max(initial=0)) + 1

    def placed(some: Ints) -> tuple[Ints, Ints, Ints]:
        rows, jurors = instance.application[some], instance.juror[some]
        known = np.flatnonzero(instance.group[jurors] >= 0)  # type: ignore[index]
        codes = (rows * many + instance.group[jurors])[known]  # type: ignore[index]
        return some[known], codes, instance.sides(rows, jurors)[known].astype(np.int64)

    own, codes, side = placed(edges)
    keys, place = np.unique(codes, return_inverse=True)
    best = np.full((len(keys), 2), NOWHERE, dtype=np.int64)
    np.maximum.at(best, (place, side), worth[own])
    held = np.zeros((len(keys), 2), dtype=np.int64)
    _, taken, at = placed(chosen)
    spot = np.minimum(np.searchsorted(keys, taken), max(0, len(keys) - 1))
    there = keys[spot] == taken if len(keys) else np.zeros(len(taken), dtype=np.bool_)
    np.add.at(held, (spot[there], at[there]), 1)
    lot = scramble(keys, 0) % np.uint64(SHARE) == 0
    ahead = (best[:, 1] > best[:, 0]) | ((best[:, 1] == best[:, 0]) & lot)
    caps: dict[tuple[int, int, bool], int] = {}
    for index in np.flatnonzero((best > NOWHERE).all(axis=1)).tolist():
        row, group = divmod(int(keys[index]), many)
        room, (others, seated) = instance.room(row, group), held[index].tolist()
        if others + seated > room:
            others = seated = 0
        better = seated > others or (seated == others and ahead[index])
        rest = room - others - seated
        caps[row, group, True] = seated + (rest if better else 0)
        caps[row, group, False] = others + (0 if better else rest)
    return caps
