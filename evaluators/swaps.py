"""Lifting the worst-off application by chains of swaps, where flows do not lift it further (see `fairness`).

The application with the least is lifted by the cheapest chain of swaps: it gives up a juror for a better one; if that
juror is full, another application gives way and takes somebody else, and so on, until the load fits again. Nobody on
the chain may fall below the level that is being reached, and no hard rule is touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from evaluators.certificate import Routed
from evaluators.flow import Booleans, Ints
from evaluators.prices import NOWHERE, Grid

DEPTH = 5  # longest chain of swaps
WIDE = 32  # jurors an application may move to in a chain: its best at the prices of the optimum
LIFTS = 5_000  # steps after which lifting ends in any case
FAR = 2**40


def lift_by_swaps(routed: Routed, totals: Ints) -> Routed:
    """The plan with its worst-off lifted as far as chains go. `totals` are each application's quality in all."""
    lifter = _Lifter(routed, totals.copy())
    for _ in range(LIFTS):
        if not lifter.lift():
            break
    return replace(routed, chosen=np.flatnonzero(lifter.taken))


@dataclass(frozen=True)
class _Link:
    """One swap of a chain: an application leaves one edge for another."""

    row: int
    old: int
    new: int


class _Lifter:
    def __init__(self, routed: Routed, totals: Ints) -> None:
        instance = routed.instance
        self.instance, self.totals = instance, totals
        self.open = np.flatnonzero((instance.needed > 0) & (routed.missing == 0))
        grid = Grid(instance, instance.quality)
        values = grid.values(routed.prices)
        width = min(WIDE, values.shape[1])
        best = np.argpartition(-values, width - 1, axis=1)[:, :width]
        self.near = np.take_along_axis(grid.edge, best, 1).astype(np.int64)
        self.all = grid.edge
        self.taken = np.zeros(len(instance.application) + 1, dtype=np.bool_)
        self.taken[routed.chosen] = True
        self.loads = np.bincount(instance.juror[routed.chosen], minlength=len(instance.maximum))
        self.least = np.minimum(np.minimum(instance.minimum, instance.maximum), self.loads)
        slots = np.full((len(instance.needed), int(instance.needed.max(initial=1))), -1, dtype=np.int64)
        count = np.zeros(len(instance.needed), dtype=np.int64)
        order = routed.chosen[np.argsort(instance.application[routed.chosen], kind="stable")]
        many = np.bincount(instance.application[order], minlength=len(count))
        slots[instance.application[order], np.arange(len(order)) - np.repeat(np.cumsum(many) - many, many)] = order
        self.slots = slots
        self.quality = np.append(instance.quality, NOWHERE)
        self.juror = np.append(instance.juror, len(instance.maximum))

    def lift(self) -> bool:
        """Lift the worst-off application; False where no chain does."""
        if not len(self.open):
            return False
        row = int(self.open[np.argmin(self.totals[self.open])])
        for chain in self._chains(row, int(self.totals[row]) + 1):
            if len({link.row for link in chain}) == len(chain) and all(self._fits(link) for link in chain):
                for link in chain:
                    self._swap(link)
                return True
        return False

    def _swap(self, link: _Link) -> None:
        self.taken[link.old], self.taken[link.new] = False, True
        self.slots[link.row][self.slots[link.row] == link.old] = link.new
        self.totals[link.row] += self.quality[link.new] - self.quality[link.old]
        self.loads[self.juror[link.old]] -= 1
        self.loads[self.juror[link.new]] += 1

    def _fits(self, link: _Link) -> bool:
        """Whether a swap keeps the application's experienced seats and the limit of the institution it takes from."""
        instance = self.instance
        edges = [int(edge) for edge in self.slots[link.row] if edge >= 0 and edge != link.old]
        new = int(self.juror[link.new])
        if instance.limit is not None and instance.group is not None and instance.group[new] >= 0:
            same = sum(int(instance.group[self.juror[edge]] == instance.group[new]) for edge in edges)
            if same >= instance.room(link.row, int(instance.group[new])):
                return False
        if instance.seats is None or instance.experienced is None:
            return True
        seated = sum(int(instance.experienced[self.juror[edge]]) for edge in edges)
        loses = bool(instance.experienced[self.juror[link.old]]) and not instance.experienced[new]
        return not loses or seated >= instance.seats[link.row]

    def _chains(self, row: int, level: int) -> Iterator[list[_Link]]:
        """Chains that lift `row` to `level` or above, the shortest first and among these the cheapest."""
        jurors = len(self.loads)
        own = [int(edge) for edge in self.slots[row] if edge >= 0]
        better = self.all[row].astype(np.int64)
        better = better[(better >= 0) & ~self.taken[better]]
        for strict in (False, True):
            # first let go of jurors who have more than their minimum; else the chain must come back to the one let go
            spare = [edge for edge in own if self.loads[self.juror[edge]] > self.least[self.juror[edge]]]
            for group in [[edge] for edge in own] if strict else [spare]:
                cost = np.full(jurors + 1, FAR, dtype=np.int64)
                came: list[dict[int, _Link]] = [{}]
                for old in sorted(group, key=lambda edge: int(self.quality[edge])):
                    gain = self.quality[better] - self.quality[old]
                    for new in better[self.totals[row] + gain >= level].tolist():
                        link = _Link(row, old, new)
                        loss = int(self.quality[old] - self.quality[new])
                        if loss < cost[self.juror[new]] and self._fits(link):
                            cost[self.juror[new]] = loss
                            came[0][int(self.juror[new])] = link
                ends = self.loads < self.instance.maximum
                if strict:
                    ends = np.zeros(jurors, dtype=np.bool_)
                    ends[self.juror[group[0]]] = True
                yield from self._search(row, level, cost, came, ends)

    def _search(
        self, row: int, level: int, cost: Ints, came: list[dict[int, _Link]], ends: Booleans
    ) -> Iterator[list[_Link]]:
        jurors = len(self.loads)
        reached = np.zeros(jurors + 1, dtype=np.bool_)
        for depth in range(DEPTH):
            front = np.array(sorted(came[depth]), dtype=np.int64)
            front = front[~reached[front]]
            if not len(front):
                return
            done = front[ends[front]]
            for juror in done[np.argsort(cost[done], kind="stable")][:8].tolist():
                yield self._back(came, depth, juror)
            reached[front] = True
            came.append(self._next(row, level, cost, reached, front))

    def _next(self, row: int, level: int, cost: Ints, reached: Booleans, front: Ints) -> dict[int, _Link]:
        """The cheapest swap that takes a review from a juror of the front to each juror not reached yet."""
        marked = np.zeros(len(reached), dtype=np.bool_)
        marked[front] = True
        held = self.slots[self.open]
        where, slot = np.nonzero(marked[self.juror[held]] & (held >= 0))
        rows, old = self.open[where], held[where, slot]
        mine = rows != row
        rows, old = rows[mine], old[mine]
        new = self.near[rows]
        loss = self.quality[old][:, None] - self.quality[new]
        fine = (new >= 0) & ~self.taken[new] & ~reached[self.juror[new]]
        fine &= (self.totals[rows][:, None] - loss >= level) & (self.quality[new] >= 0)
        place, column = np.nonzero(fine)
        price = cost[self.juror[old[place]]] + loss[place, column]
        target = self.juror[new[place, column]]
        order = np.lexsort((price, target))
        found: dict[int, _Link] = {}
        for at in order.tolist():
            juror = int(target[at])
            if juror in found:
                continue
            link = _Link(int(rows[place[at]]), int(old[place[at]]), int(new[place[at], column[at]]))
            if self._fits(link):
                found[juror] = link
                cost[juror] = int(price[at])
        return found

    def _back(self, came: list[dict[int, _Link]], depth: int, juror: int) -> list[_Link]:
        chain = []
        for level in range(depth, -1, -1):
            link = came[level][juror]
            chain.append(link)
            juror = int(self.juror[link.old])
        return chain
