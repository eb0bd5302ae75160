"""From edges to a plan with a proof: prices, an exact flow on the edges that matter, and the certificate over all.

Rounds of a few thousand edges go to the solver as they are. In larger ones prices are found first, and the flow sees
the best few edges of each application; what its optimal prices then draw in comes back, until nothing does: the plan is
then optimal over all edges, and its bound equals its value. Limits of institutions enter as nodes where a solution
breaks them. The one thing no network can say, a limit over experienced jurors and others at once, is settled last: the
limit is split between the two sides as is best for the application at these prices, and the flow solved again. The
bound, found before any split, says what that may have cost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from evaluators.certificate import Certificate, Routed
from evaluators.edges import Edges, scramble
from evaluators.exact import improve
from evaluators.flow import Booleans, Caps, Flow, Instance, Ints, Mode, Network
from evaluators.prices import Choice, Floats, Grid, best_choice, start_prices
from evaluators.sides import settled

WHOLE = 60_000  # so many edges go to the solver without prices
FEW = 20  # applications over a limit from which all limits near them are settled at once
TINY = 2_000  # edges up to which any remaining gap is searched exactly, however small
SMALL = 30_000  # edges up to which a remaining gap is searched exactly

Noise = Callable[[Grid], Floats]
PriceOut = Callable[[Instance, Ints, Ints, Ints], Edges | None]
"""Edges not at hand that surpass the thresholds (experienced, others) at these prices."""


def route(instance: Instance, noise: Noise, price_out: PriceOut | None = None) -> Routed:
    """The best plan and its bound. `noise` settles ties of the first prices; `price_out` finds edges not at hand."""
    if not len(instance.application):  # nobody may review anything that is open
        none = np.empty(0, dtype=np.int64)
        nothing = np.zeros_like(instance.needed)
        unpriced = np.zeros_like(instance.maximum)
        unkept = None if instance.kept is None else 0
        return Routed(instance, none, instance.needed, nothing, 0, none, unpriced, Mode(), unkept)
    return _Run(instance, noise, price_out).result()


def route_again(instance: Instance, prices: Ints, mode: Mode) -> Routed:
    """The best plan on some edges, all of them seen, from prices near the optimum and a mode known; with no bound."""
    return _Run(instance, None, None, (prices, mode)).result()


@dataclass(frozen=True)
class Solved:
    """`chosen` marks the edges taken; `quality` is their total, `bound` its proven most; `missing` cannot be given."""

    chosen: Booleans
    quality: int
    missing: Ints
    bound: int


def solve(instance: Instance) -> Solved:
    """The best choice among the edges of an instance. Raises ValueError when its arrays do not fit each other."""
    edges = len(instance.application)
    if len(instance.juror) != edges or len(instance.quality) != edges or len(instance.minimum) != len(instance.maximum):
        raise ValueError("the edges or loads of a routing problem have different lengths")
    if edges and int(instance.quality.min()) < 0:
        raise ValueError("the quality of a pair may not be negative")
    most = np.float32(2**24)
    routed = route(instance, lambda grid: (scramble(grid.edge, 0) >> np.uint64(40)).astype(np.float32) / most)
    chosen = np.zeros(edges, dtype=np.bool_)
    chosen[routed.chosen] = True
    return Solved(chosen, int(instance.quality[chosen].sum()), routed.missing, routed.bound)


class _Run(Certificate):
    def __init__(
        self, instance: Instance, noise: Noise | None, price_out: PriceOut | None,
        start: tuple[Ints, Mode] | None = None,
    ) -> None:  # fmt: skip
        self.price_out, self.noise, self.unproven = price_out, noise, start is not None
        self.wider = 1
        self.caps: dict[tuple[int, int, bool], int] = {}
        self.split: dict[tuple[int, int, bool], int] = {}
        self.mode = Mode(hard_minimum=instance.kept is None)
        self.see(instance)
        self.prices = np.zeros(len(instance.maximum), dtype=np.int64)
        if start is not None:
            self.prices, self.mode = start
        if noise is not None and len(instance.application) > WHOLE and instance.kept is None:
            self.prices = start_prices(self.grid, noise(self.grid))
            self.keep = self.window(noise(self.grid))
        else:
            self.keep = np.arange(len(instance.application))

    def result(self) -> Routed:
        bound: int | None = None
        network, flow = self._solve()
        chosen = self.keep[flow.taken]
        if self.unproven and not self.over(chosen, across=True):
            self.prices, _ = network.prices(flow, self.prices)
            return self._routed(chosen, self.value(chosen))
        while True:
            if bound is None:
                prices, gamma = network.prices(flow, self.prices)
                self.prices = prices
                values = self.grid.values(prices)
                while True:  # the bound speaks of all edges: look for those not at hand until none surpasses it
                    choice = self.choose(values)
                    if not self._price_out(choice, prices, gamma):
                        break
                    values = self.grid.values(prices)
                bound = self.bound(values, choice, prices, gamma)
                if bound - self.value(chosen) > self._enough(bound) and self._draw_in(choice):
                    bound = None
                    network, flow = self._solve()
                    chosen = self.keep[flow.taken]
                    continue
            crossed = self.over(chosen, across=True)
            if not crossed:
                return self._routed(*self._improved(chosen, bound))
            self._split(crossed, chosen, values)
            rows = np.unique([row for row, _, _ in crossed])
            some = self._settle(rows, chosen) if len(rows) > FEW else None
            near = some is not None and self.value(chosen) - self.value(some) <= min(
                bound // 10_000, self.weights.minimum - 1
            )
            chosen = some if some is not None and near else self._solve_near(rows, chosen)

    def _improved(self, chosen: Ints, bound: int) -> tuple[Ints, int]:
        """A plan and a bound closer to each other, where the round is small and splits of limits left a gap."""
        enough = bound // 250 if self.instance.kept is None else self.weights.kept - 1  # not one pair moved in vain
        able = self.price_out is None and len(self.instance.application) <= SMALL
        if len(self.instance.application) <= TINY and self.instance.kept is None:
            enough = 0
        if not (self.split and able and bound - self.value(chosen) > enough):
            return chosen, bound
        better = improve(self.instance, chosen, self.worth, self.mode, self.value)
        return chosen if better is None else better[0], bound if better is None else min(bound, better[1])

    def _enough(self, bound: int) -> int:
        """How far below its bound a plan may stay. Nothing where the network says it all: there the optimum is near."""
        instance = self.instance
        return bound // 10_000 if instance.limit is not None and instance.kept is None else 0

    def _solve_near(self, rows: Ints, chosen: Ints) -> Ints:
        """Solve again after a split: first only the applications it touches and those that can move most easily."""
        near = 100 + 15 * len(rows)
        while near < len(self.instance.needed) // 2:
            some = self._solve_part(self._movable(rows, near, chosen), chosen)
            if some is not None:
                return some
            near *= 8
        _, flow = self._solve()
        return self.keep[flow.taken]

    def _settle(self, rows: Ints, chosen: Ints) -> Ints | None:
        """Solve again near `rows` with every limit settled on one side; None where that cannot be done."""
        free = self._movable(rows, 100 + 4 * len(rows), chosen)
        edges = self.keep[free[self.instance.application[self.keep]]]
        caps = settled(self.instance, self.worth - self.prices[self.instance.juror], edges, chosen)
        return self._solve_part(free, chosen, caps)

    def _movable(self, rows: Ints, near: int, chosen: Ints) -> Booleans:
        """Marks `rows` and so many more applications: those for which another juror is worth nearly as much."""
        instance, held = self.instance, self.keep
        worth = self.worth - self.prices[instance.juror]
        taken = np.zeros(len(instance.application), dtype=np.bool_)
        taken[chosen] = True
        least = np.full(len(instance.needed), 2**40)
        np.minimum.at(least, instance.application[chosen], worth[chosen])
        rest = held[~taken[held]]
        most = np.full(len(instance.needed), -(2**40))
        np.maximum.at(most, instance.application[rest], worth[rest])
        free = np.zeros(len(instance.needed), dtype=np.bool_)
        free[np.argsort(least - most, kind="stable")[:near]] = True
        free[rows] = True
        return free

    def _solve_part(self, free: Booleans, chosen: Ints, fixed: Caps | None = None) -> Ints | None:
        """The best plan that leaves all applications as they are but those marked `free`; None where there is none."""
        instance = self.instance
        firm = chosen[~free[instance.application[chosen]]]
        loads = np.bincount(instance.juror[firm], minlength=len(instance.maximum))
        given = np.bincount(instance.application[firm], minlength=len(instance.needed))
        part = replace(
            instance, needed=np.where(free, instance.needed, 0), minimum=np.maximum(instance.minimum - loads, 0),
            maximum=instance.maximum - loads,
            seats=None if instance.seats is None else np.where(free, instance.seats, 0),
        )  # fmt: skip
        keep = self.keep[free[instance.application[self.keep]]]
        for key in self.over(keep, across=False):
            self.caps.setdefault(key, instance.room(*key[:2]))
        caps = {key: cap for key, cap in self.caps.items() if free[key[0]]} | dict(fixed or {})
        short = int(np.where(free, 0, instance.needed - given).sum())
        flow = Network(part, keep, caps).solve(replace(self.mode, missing=self.mode.missing - short))
        return None if flow is None else np.sort(np.concatenate([firm, keep[flow.taken]]))

    def _solve(self) -> tuple[Network, Flow]:
        """The flow on the edges kept, in the strictest mode that can be met. Raises RuntimeError where none can."""
        for key in self.over(self.keep, across=False):  # where a limit may bind, it stands from the start
            self.caps.setdefault(key, self.instance.room(*key[:2]))
        network = Network(self.instance, self.keep, self.caps)
        flow = network.solve(self.mode)
        while flow is None and len(self.keep) < len(self.instance.application):
            self._widen()
            network = Network(self.instance, self.keep, self.caps)
            flow = network.solve(self.mode)
        if flow is None:
            missing = int(self.instance.needed.sum()) - network.most()
            modes = [replace(self.mode, missing=missing)]
            modes.append(replace(modes[-1], hard_minimum=False))
            modes.append(replace(modes[-1], hard_seats=False))
            for mode in modes:
                self.mode = mode
                flow = network.solve(mode)
                if flow is not None:
                    break
        if flow is None:
            raise RuntimeError("no assignment keeps all hard rules, although one without reviews always does")
        return network, flow

    def _widen(self) -> None:
        """Keep more edges after a flow that could not meet its aims: for jurors with room, then for all, then all."""
        instance = self.instance
        kept = np.zeros(len(instance.application), dtype=np.bool_)
        kept[self.keep] = True
        if self.wider == 1:
            mean = -(-int(instance.needed.sum()) // len(instance.maximum))
            self.feed(kept, np.minimum(2 * instance.maximum, 4 * mean))
        elif self.wider <= 8 and self.noise is not None:
            kept[self.window(self.noise(self.grid), self.wider)] = True
        else:
            kept[:] = True
        self.wider *= 2
        self.keep = np.flatnonzero(kept)

    def _draw_in(self, choice: Choice) -> bool:
        """Add edges that the prices draw in and the flow has not seen; False when there are none."""
        if len(self.keep) == len(self.instance.application):
            return False
        wanted = choice.edges[choice.edges >= 0]
        seen = np.zeros(len(self.instance.application), dtype=np.bool_)
        seen[self.keep] = True
        new = wanted[~seen[wanted]]
        self.keep = np.union1d(self.keep, new)
        return len(new) > 0

    def _price_out(self, choice: Choice, prices: Ints, gamma: int) -> bool:
        """Bring in edges not at hand that would be chosen at these prices; False when there are none."""
        if self.price_out is None:
            return False
        extra = self.price_out(self.instance, *self.thresholds(choice, gamma), prices)
        if extra is None:
            return False
        old = len(self.instance.application)
        kept = self.instance.kept
        self.see(
            replace(
                self.instance,
                application=np.concatenate([self.instance.application, extra.application]),
                juror=np.concatenate([self.instance.juror, extra.juror]),
                quality=np.concatenate([self.instance.quality, extra.quality]),
                kept=None if kept is None else np.concatenate([kept, np.zeros(len(extra.juror), np.bool_)]),
            )
        )
        self.keep = np.concatenate([self.keep, np.arange(old, len(self.instance.application))])
        return True

    def _split(self, crossed: list[tuple[int, int, bool]], chosen: Ints, values: Ints) -> None:
        """Split the limit of an institution between its experienced jurors and its others, where both broke it."""
        instance = self.instance
        rows = instance.application[chosen]
        for row, group, _ in crossed:
            room = instance.room(row, group)
            others = int(instance.needed[row] - (instance.seats[row] if instance.seats is not None else 0))
            known = {(g, side): cap for (r, g, side), cap in self.split.items() if r == row}
            _, split = best_choice(self.grid, values[row], row, others, known)
            if (group, True) not in split:  # the choice at these prices does not meet the conflict the flow did
                here = chosen[rows == row]
                here = here[instance.group[instance.juror[here]] == group]  # type: ignore[index]
                best = here[np.argsort(-self.worth[here], kind="stable")][:room]
                seated = int(instance.sides(np.full(len(best), row), instance.juror[best]).sum())
                split = {**split, (group, True): seated, (group, False): room - seated}
            self.split |= {(row, g, side): cap for (g, side), cap in split.items()}
        self.caps |= self.split

    def _routed(self, chosen: Ints, bound: int) -> Routed:
        instance = self.instance
        given = np.bincount(instance.application[chosen], minlength=len(instance.needed))
        slack = max(0, bound - self.value(chosen))
        quality = int(instance.quality[chosen].sum())
        unkept = None
        if instance.kept is not None:
            taken = int(instance.kept[chosen].sum())
            unkept = int(instance.kept.sum()) - taken - slack // self.weights.kept
            slack = slack if slack < self.weights.kept else slack % self.weights.kept
        return Routed(
            instance, chosen, instance.needed - given, self.unmet(chosen), quality + slack, self.keep, self.prices,
            self.mode, unkept,
        )  # fmt: skip
