"""Fairness: the application that fares worst first, then the total of all.

Nobody can be lifted above its own best reviewers, so the least of these totals is a level no plan surpasses, and the
one aimed at. An application below it may then only be given reviews of which *any* choice reaches the level: a choice
that does, as cheap as possible at the prices of jurors, and whatever is no worse than its weakest review can bear.
With that the flow is solved again, exactly and with all rules; who was pushed below by it is treated alike, until
nobody is. Where that ends before the level, chains of swaps go on from the fairest plan found (`swaps`).
"""

from __future__ import annotations

from bisect import insort
from dataclasses import replace

import numpy as np

from evaluators.certificate import Routed
from evaluators.flow import Booleans, Instance, Ints
from evaluators.prices import Grid, choose
from evaluators.routing import route_again
from evaluators.swaps import lift_by_swaps

ROUNDS = 12  # flows at most
TILTS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 32.0, 1e6)  # how much more than its price a point of quality counts


def lift_worst(routed: Routed, totals: Ints) -> Routed:
    """The plan with its worst-off lifted. `totals` are each application's quality, standing reviews included."""
    fair = _Fair(routed, totals)
    if not len(fair.open):
        return routed
    best = fair.by_flows()
    totals = fair.totals(best.chosen)
    return best if int(totals[fair.open].min()) >= fair.level else lift_by_swaps(best, totals)


class _Fair:
    """`open` are the applications that may be lifted, `level` what the worst-off of them cannot surpass."""

    def __init__(self, routed: Routed, totals: Ints) -> None:
        self.routed, self.instance = routed, routed.instance
        self.standing = np.zeros_like(totals)
        self.standing = totals - self.totals(routed.chosen)
        self.open = np.flatnonzero((self.instance.needed > 0) & (routed.missing == 0))
        self.grid = Grid(self.instance, self.instance.quality)
        best = choose(self.grid, self.grid.worth[self.open], self.open, across=True)
        own = np.where(best.edges >= 0, best.values, 0).sum(axis=1)
        self.level = int((self.standing[self.open] + own).min(initial=2**40))

    def totals(self, chosen: Ints) -> Ints:
        """Each application's quality in all."""
        total = self.standing.copy()
        np.add.at(total, self.instance.application[chosen], self.instance.quality[chosen])
        return total

    def by_flows(self) -> Routed:
        """The plan with the best worst-off that flows found."""
        now = best = self.routed
        totals = self.totals(now.chosen)
        worst, aims = int(totals[self.open].min()), self._aims(now)
        allowed = np.ones(len(self.instance.application), dtype=np.bool_)
        limited = np.zeros(len(self.instance.needed), dtype=np.bool_)
        for _ in range(ROUNDS):
            below = self.open[totals[self.open] < self.level]
            if not len(below):
                break
            self._limit(below, now.prices, allowed)
            limited[below] = True
            seen = limited[self.instance.application]
            seen[self.routed.keep] = True
            at = np.flatnonzero(seen & allowed)
            again = route_again(_some(self.instance, at), now.prices, now.mode)
            if self._aims(again) > aims:  # the limits leave somebody without a review, a seat or a minimum load
                break
            now = replace(self.routed, chosen=at[again.chosen], prices=again.prices)
            totals = self.totals(now.chosen)
            if int(totals[self.open].min()) > worst:
                best, worst = now, int(totals[self.open].min())
        return best

    def _aims(self, routed: Routed) -> tuple[int, int, int]:
        """Reviews, seats and minimum loads that a plan leaves open."""
        instance = routed.instance
        loads = np.bincount(instance.juror[routed.chosen], minlength=len(instance.maximum))
        short = np.maximum(np.minimum(instance.minimum, instance.maximum) - loads, 0)
        return int(routed.missing.sum()), int(routed.unmet.sum()), int(short.sum())

    def _limit(self, rows: Ints, prices: Ints, allowed: Booleans) -> None:
        """Leave these applications only edges of which any choice reaches the level."""
        worth = self.grid.worth[rows]
        values = (worth - np.append(prices, 0)[self.grid.juror[rows]]).astype(np.float64)
        left = np.arange(len(rows))
        for tilt in TILTS:
            tilted = values[left] + tilt * worth[left]
            choice = choose(self.grid, tilted, rows[left], across=True).edges
            own = np.where(choice >= 0, self.instance.quality[choice], 0).sum(axis=1)
            enough = self.standing[rows[left]] + own >= self.level
            for row, edges in zip(rows[left[enough]].tolist(), choice[enough], strict=True):
                self._admit(row, edges[edges >= 0], allowed)
            left = left[~enough]

    def _admit(self, row: int, chosen: Ints, allowed: Booleans) -> None:
        quality, count = self.instance.quality, len(chosen)
        edges = self.grid.edge[row].astype(np.int64)
        edges = edges[edges >= 0]
        allowed[edges] = False
        allowed[chosen] = True
        pool = sorted(quality[chosen].tolist())
        others = edges[~allowed[edges]]
        for edge in others[np.argsort(-quality[others], kind="stable")].tolist():
            insort(pool, int(quality[edge]))
            if self.standing[row] + sum(pool[:count]) < self.level:
                break
            allowed[edge] = True


def _some(instance: Instance, edges: Ints) -> Instance:
    """The problem with only some of its edges."""
    return replace(
        instance, application=instance.application[edges], juror=instance.juror[edges],
        quality=instance.quality[edges], kept=None if instance.kept is None else instance.kept[edges],
    )  # fmt: skip
