"""The certificate of a plan: what no plan can surpass at given prices, and what these prices still draw in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evaluators.edges import scramble
from evaluators.flow import Booleans, Instance, Ints, Mode, Weights
from evaluators.prices import NOWHERE, Choice, Floats, Grid, best_choice, choose

WINDOW = 12  # points of quality within which an edge may still decide
FAR = 2**40
WIDTH = 16  # edges of an application that the first flow sees at most


@dataclass(frozen=True)
class Routed:
    """`chosen` are numbers of edges of `instance` (which may have gained some), `unmet` seats for each application.

    `bound` is the proven most total quality of any plan that gives as many reviews, seats, standing pairs and
    minimum loads; `folded_gap` is what may be missing from all aims together, in points of quality.
    """

    instance: Instance
    chosen: Ints
    missing: Ints
    unmet: Ints
    bound: int
    keep: Ints
    prices: Ints
    mode: Mode
    least_unkept: int | None = None


class Certificate:
    """A routing problem seen at prices: choices of its applications, thresholds, bounds and what a plan is worth.

    `keep` are the edges the flow sees, `mode` which aims are hard.
    """

    keep: Ints
    mode: Mode
    prices: Ints

    def see(self, instance: Instance) -> None:
        self.instance, self.weights = instance, Weights.of(instance)
        worth = instance.quality
        if instance.kept is not None:
            worth = worth + self.weights.kept * instance.kept
        self.worth = worth
        vars(self).pop("grid", None)

    @cached_property
    def grid(self) -> Grid:
        """The edges as rows; made once somebody asks for it, for a plan without a proof needs none."""
        return Grid(self.instance, self.worth)

    def choose(self, values: Ints) -> Choice:
        """What the applications would choose; of edges worth the same, those the flow has seen."""
        seen = np.zeros(len(self.instance.application) + 1, dtype=np.int64)
        seen[self.keep] = 1
        rows = np.arange(len(self.instance.needed))
        choice = choose(self.grid, values * 2 + seen[self.grid.edge], rows, across=False)
        return Choice(choice.edges, choice.values >> 1)

    def thresholds(self, choice: Choice, gamma: int) -> tuple[Ints, Ints]:
        """The value from which an edge would be chosen, for each application: experienced jurors, and others."""
        instance, taken = self.instance, choice.edges >= 0
        least = np.where(taken, choice.values, 2**40).min(axis=1, initial=2**40)
        short = taken.sum(axis=1) < instance.needed
        least = np.where(short, gamma if self.mode.missing else NOWHERE, least)
        if instance.seats is None:
            return least, least
        rows = np.repeat(np.arange(len(instance.needed)), choice.edges.shape[1]).reshape(choice.edges.shape)
        side = instance.sides(rows.ravel(), instance.juror[choice.edges.ravel()]).reshape(taken.shape)
        other = taken & ~side
        full = other.sum(axis=1) >= instance.needed - instance.seats
        lowest = np.where(other, choice.values, 2**40).min(axis=1, initial=2**40)
        penalty = 0 if self.mode.hard_seats else self.weights.seat
        return least, np.where(
            full & (instance.seats > 0),
            np.maximum(np.minimum(lowest, least + penalty), least),
            least,
        )

    def bound(self, values: Ints, choice: Choice, prices: Ints, gamma: int) -> int:
        """Weak duality: what no plan can surpass in all aims together, in points of quality."""
        instance, mode, weights = self.instance, self.mode, self.weights
        needed, best = instance.needed, self.share(choice, gamma)
        if instance.seats is not None and not mode.hard_seats:
            rows = np.arange(len(needed))
            for extra in range(1, int(instance.seats.max(initial=0)) + 1):
                other = choose(self.grid, values, rows, across=False, extra_others=extra)
                best = np.maximum(best, self.share(other, gamma) - extra * weights.seat)
        elif instance.seats is not None and instance.limit is not None and not mode.missing:
            for row in self.crossed(choice.edges[choice.edges >= 0]):
                others = int(needed[row] - instance.seats[row])
                best[row] = min(best[row], best_choice(self.grid, values[row], row, others, {})[0])
        least, most = np.minimum(instance.minimum, instance.maximum), instance.maximum
        if mode.hard_minimum:
            loads = np.where(prices > 0, prices * most, prices * least)
        else:
            loads = np.where(
                prices > 0,
                prices * most + weights.minimum * least,
                np.maximum(prices + weights.minimum, 0) * least,
            )
        return int(best.sum() + loads.sum()) - (gamma * mode.missing if mode.missing else 0)

    def share(self, choice: Choice, gamma: int) -> Ints:
        taken = choice.edges >= 0
        if not self.mode.missing:
            return np.asarray(np.where(taken, choice.values, 0).sum(axis=1))
        left = self.instance.needed - taken.sum(axis=1)
        return np.asarray(np.where(taken, np.maximum(choice.values, gamma), 0).sum(axis=1) + gamma * left)

    def value(self, chosen: Ints) -> int:
        """All aims of a plan together, in points of quality, on the scale of `_bound`."""
        instance, weights = self.instance, self.weights
        total = int(self.worth[chosen].sum())
        if not self.mode.hard_minimum:
            loads = np.bincount(instance.juror[chosen], minlength=len(instance.maximum))
            least = np.minimum(instance.minimum, instance.maximum)
            total += weights.minimum * int(np.minimum(loads, least).sum())
        if not self.mode.hard_seats:
            total -= weights.seat * int(self.unmet(chosen).sum())
        return total

    def unmet(self, chosen: Ints) -> Ints:
        """Experienced seats not filled. A review that is missing is a gap already and no unmet seat besides."""
        instance = self.instance
        if instance.seats is None:
            return np.zeros_like(instance.needed)
        rows = instance.application[chosen]
        side = instance.sides(rows, instance.juror[chosen])
        others = np.bincount(rows[~side], minlength=len(instance.needed))
        return np.where(
            instance.seats > 0,
            np.maximum(others - (instance.needed - instance.seats), 0),
            0,
        )

    def crossed(self, edges: Ints) -> list[int]:
        """Applications for which these edges break the limit of an institution."""
        return sorted({row for row, _, _ in self.over(edges, across=True)})

    def over(self, edges: Ints, *, across: bool) -> list[tuple[int, int, bool]]:
        instance = self.instance
        if instance.limit is None or instance.group is None:
            return []
        rows, jurors = instance.application[edges], instance.juror[edges]
        groups = instance.group[jurors]
        side = np.zeros(len(rows), dtype=np.bool_) if across else instance.sides(rows, jurors)
        many = int(instance.group.max(initial=0)) + 1
        codes = np.sort(((rows * many + groups) * 2 + side)[groups >= 0])
        first = np.flatnonzero(np.diff(codes, prepend=-1))
        counts = np.diff(first, append=len(codes))
        least = instance.limit - max(instance.standing.values(), default=0)
        found = codes[first[counts > least]].tolist()
        if not instance.standing:
            return [(code // 2 // many, code // 2 % many, bool(code % 2)) for code in found]
        keys = [(code // 2 // many, code // 2 % many, bool(code % 2)) for code in found]
        over = counts[counts > least].tolist()
        return [key for key, count in zip(keys, over, strict=True) if count > instance.room(key[0], key[1])]

    def window(self, noise: Floats, wider: int = 1) -> Ints:
        """The edges that may decide at the prices found: the best of each application, and what comes close to them."""
        grid, instance = self.grid, self.instance
        values = grid.values(self.prices) + noise * WINDOW  # of jurors nearly alike, each application sees others
        rows = np.arange(len(instance.needed))
        first = choose(grid, values, rows, across=True).edges
        edges = [first[first >= 0]]
        width = min(WIDTH * wider, values.shape[1])
        for side in (False, True) if instance.seats is not None and instance.experienced is not None else (False,):
            seen = values
            if side:  # the experienced by themselves: they may be worth less than all others and still be needed
                known = np.append(instance.experienced, False)[grid.juror]  # type: ignore[arg-type]
                seen = np.where(known, values, NOWHERE)
            top = np.argpartition(-seen, width - 1, axis=1)[:, :width]
            found = np.take_along_axis(seen, top, 1)
            few = min(int(instance.needed.max()), width)
            edge_of = -np.partition(-found, few - 1, axis=1)[:, few - 1]
            near = found >= (edge_of - WINDOW * wider)[:, None]
            marked = np.take_along_axis(grid.edge, top, 1)[near]
            edges.append(marked[marked >= 0].astype(np.int64))
        kept = np.zeros(len(instance.application), dtype=np.bool_)
        kept[np.concatenate(edges)] = True
        self.feed(kept, 2 * np.minimum(instance.minimum, instance.maximum) + 4 * (instance.minimum > 0))
        return np.flatnonzero(kept)

    def feed(self, kept: Booleans, wanted: Ints) -> None:
        """Mark more edges of jurors who have fewer than `wanted` marked: those that come closest to being chosen."""
        instance = self.instance
        hungry = np.bincount(instance.juror[kept], minlength=len(wanted)) < wanted
        own = np.flatnonzero(hungry[instance.juror])
        if not len(own):
            return
        rows, jurors = instance.application[own], instance.juror[own]
        least = np.full(len(instance.needed), FAR)
        np.minimum.at(least, instance.application[kept], (self.worth - self.prices[instance.juror])[kept])
        away = least[rows] - self.worth[own] + self.prices[jurors]
        lot = (scramble(own, 0) >> np.uint64(44)).astype(np.int64)  # of equals not everybody the same
        near = np.minimum(away - away.min(), 2**24 - 1)
        order = np.argsort((jurors << 44) | (near << 20) | lot)
        many = np.bincount(jurors, minlength=len(wanted))
        rank = np.arange(len(own)) - np.repeat(np.cumsum(many) - many, many)
        kept[own[order[rank < wanted[jurors[order]]]]] = True
