"""What no plan can do for the application that fares worst, and what lifting it costs at least.

Nobody can have more than its own best jurors, were all others to give way. That bounds the worst-off of a round of any
size. In a round that is small enough to be asked as a whole, the loads of jurors count too (`exact.fair_bounds`).
"""

from __future__ import annotations

import numpy as np

from evaluators.certificate import Routed
from evaluators.exact import fair_bounds
from evaluators.flow import Instance, Ints
from evaluators.planning import Desk
from evaluators.prices import Grid, choose

LOWEST = 50  # applications looked at for the bound of the worst-off: the ones that have least
SMALL = 2_500  # pairs up to which the round is asked as a whole


def most_of_worst(desk: Desk, routed: Routed, totals: Ints) -> int:
    """The most that any plan could give the application that fares worst: the least of what some could have.

    `totals` are each application's quality in the plan; any would prove a bound, these prove a good one.
    """
    asked = np.flatnonzero(desk.needed > 0)
    low = asked[np.argsort(totals[asked], kind="stable")[:LOWEST]]
    if not len(low):
        return 0
    block = desk.table.block(low)
    row, column = np.nonzero(block >= 0)
    if not len(row):
        return int(firm(desk)[low].min())
    place = {int(one): index for index, one in enumerate(low.tolist())}
    given = routed.instance
    seats = given.seats[low] if given.seats is not None and routed.mode.hard_seats else None
    standing = {(place[a], group): many for (a, group), many in given.standing.items() if a in place}
    some = Instance(
        row, column, block[row, column], desk.open[low], given.minimum, given.maximum, given.experienced, seats,
        given.group, given.limit, standing,
    )  # fmt: skip
    grid = Grid(some, some.quality)
    best = choose(grid, grid.worth, np.arange(len(low)), across=False)
    own = np.where(best.edges >= 0, best.values, 0).sum(axis=1)
    return int((firm(desk)[low] + own).min())


def lifted(desk: Desk, routed: Routed, totals: Ints, bound: int) -> tuple[int, int]:
    """The most of any plan's worst-off, and the most total (of pairs not pinned) with a worst-off as in this one.

    `bound` is the proven most total of any plan, fair or not.
    """
    most, instance = most_of_worst(desk, routed, totals), routed.instance
    worth = desk.worth(instance.application, instance.juror)
    asked = np.flatnonzero(desk.needed > 0)
    known = int(totals[asked].min(initial=most)) == most and int(worth[routed.chosen].sum()) == bound
    if known or not desk.whole or len(worth) > SMALL:
        return most, bound
    found = fair_bounds(instance, routed.chosen, worth, firm(desk), asked, routed.mode)
    return (most, bound) if found is None else (min(most, found[0]), min(bound, found[1]))


def firm(desk: Desk) -> Ints:
    """Each application's quality in reviews that stand or are pinned."""
    pinned = np.array([*desk.must], dtype=np.int64).reshape(-1, 2)
    return desk.totals(pinned[:, 0], pinned[:, 1])
