"""The exact solver under the assignment: who reviews what, as a minimum-cost flow.

Each application sends one unit per missing review over its admissible edges to jurors, who pass at least their
minimum and at most their maximum load on to the sink. OR-tools solves it in integers. Aims in strict order:

1. as many reviews as possible (what cannot be given is counted first, then sent to a node of its own),
2. as many experienced seats filled as possible,
3. as many minimum loads met as possible,
4. the highest total quality, and among those the most even loads.

Seats and minimum loads are hard as long as that is possible; else they are folded into the cost. Folding is exact
because an optimum can only be improved along a simple cycle, which passes the sink once and touches each application
and juror at most once. The factors bound what one such cycle can change in a later aim.

Side constraints that fit a network are nodes of their own. At least s experienced among k jurors is the same as at
most k - s others: the others hang on a node with that capacity. At most m of one institution is a node for the
jurors of that institution (`Caps`), one for the experienced and one for the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import max_flow, min_cost_flow  # type: ignore[import-untyped]  # ships no stubs

Ints = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Caps = Mapping[tuple[int, int, bool], int]
"""Most reviews of an application (row) by one institution (number), its experienced jurors or its others."""

STEPS = 8  # a juror's free load is filled in this many steps, each a little dearer than the one before
FAR = 2**60


@dataclass(frozen=True)
class Instance:
    """A routing problem over indices. `application`, `juror`, `quality` are the admissible edges, side by side.

    `needed` holds reviews still missing per application, `minimum` and `maximum` the loads still to be given
    per juror (what somebody already reviews is subtracted by the caller). Quality is 0 or more. `seats` says how many
    of the needed reviews must be by jurors who are `experienced`. At most `limit` reviews of an application may be by
    jurors of one institution (`group`, -1 where none is known); `standing` are (application, group) of reviews that
    stand already. `kept` marks edges that weigh more than any minimum load or quality: the standing pairs of a repair.
    """

    application: Ints
    juror: Ints
    quality: Ints
    needed: Ints
    minimum: Ints
    maximum: Ints
    experienced: Booleans | None = None
    seats: Ints | None = None
    group: Ints | None = None
    limit: int | None = None
    standing: Mapping[tuple[int, int], int] = field(default_factory=dict)
    kept: Booleans | None = None

    def sides(self, application: Ints, juror: Ints) -> Booleans:
        """Which edges may fill an experienced seat that the application really needs."""
        if self.seats is None or self.experienced is None:
            return np.zeros(len(application), dtype=np.bool_)
        return np.asarray(self.experienced[juror] & (self.seats[application] > 0))

    def room(self, application: int, group: int) -> int:
        """How many more reviews of an application jurors of one institution may give."""
        limit = self.limit if self.limit is not None else len(self.maximum)
        return max(0, limit - self.standing.get((application, group), 0))


@dataclass(frozen=True)
class Mode:
    """How the aims are told to OR-tools: hard where they can all be met, else by weights."""

    hard_minimum: bool = True
    hard_seats: bool = True
    missing: int = 0


@dataclass(frozen=True)
class Weights:
    """What one unit of an aim is worth in points of quality: more than a cycle can change in all later aims."""

    minimum: int
    kept: int
    seat: int

    @staticmethod
    def of(instance: Instance) -> Weights:
        """The least safe weights of an instance."""
        top = int(instance.quality.max()) if len(instance.quality) else 0
        touched = min(3 * len(instance.needed), len(instance.maximum)) + 1
        minimum = top * touched + 1
        kept = minimum + top * touched + 1
        return Weights(
            minimum,
            kept,
            (kept * touched if instance.kept is not None else kept) + kept,
        )


@dataclass(frozen=True)
class Flow:
    """A solved network: which of its edges are taken, and what is needed to read prices off it."""

    taken: Booleans
    tails: Ints
    heads: Ints
    room: Ints
    costs: Ints  # in points of quality, without the steps
    flows: Ints
    nodes: int


class Network:
    """The network of some edges of an instance (`which`, numbers of edges) with the given institution nodes."""

    def __init__(self, instance: Instance, which: Ints, caps: Caps) -> None:
        self.instance, self.which = instance, which
        self.rows, self.columns = instance.application[which], instance.juror[which]
        self.worth = instance.quality[which]
        self.weights = Weights.of(instance)
        if instance.kept is not None:
            self.worth = self.worth + self.weights.kept * instance.kept[which]
        self.applications, self.jurors = len(instance.needed), len(instance.maximum)
        self.sink = self.applications + self.jurors
        self.gap = self.sink + 1
        self._place_gadgets(caps)

    def _place_gadgets(self, caps: Caps) -> None:
        """Where each edge begins: at its application, at the node of the others, or at an institution's node."""
        instance, node = self.instance, self.gap + 1
        side = instance.sides(self.rows, self.columns)
        self.starts = self.rows.copy()
        self.seated = np.empty(0, dtype=np.int64)
        others = np.arange(self.applications, dtype=np.int64)
        if instance.seats is not None:
            self.seated = np.flatnonzero(instance.seats > 0)
            others[self.seated] = node + np.arange(len(self.seated))
            node += len(self.seated)
            self.starts = np.where(side, self.rows, others[self.rows])
        self.others = others[self.seated]
        self.cap_tails = self.cap_heads = self.cap_room = np.empty(0, dtype=np.int64)
        if caps and instance.group is not None:
            groups = int(instance.group.max()) + 1
            keys = sorted(caps)
            codes = np.array(
                [(row * groups + group) * 2 + one for row, group, one in keys],
                dtype=np.int64,
            )
            known = instance.group[self.columns]
            own = np.where(known >= 0, (self.rows * groups + known) * 2 + side, -1)
            place = np.minimum(np.searchsorted(codes, own), len(codes) - 1)
            held = codes[place] == own
            self.starts[held] = node + place[held]
            rows = np.array([row for row, _, _ in keys], dtype=np.int64)
            seated = np.array([one for _, _, one in keys], dtype=np.bool_)
            self.cap_tails = np.where(seated, rows, others[rows])
            self.cap_heads = node + np.arange(len(keys), dtype=np.int64)
            self.cap_room = np.array([caps[key] for key in keys], dtype=np.int64)
            node += len(keys)
        self.nodes = node

    def most(self) -> int:
        """How many reviews can be given at all, whatever the seats and minimum loads."""
        instance = self.instance
        used = np.flatnonzero(instance.needed > 0)
        tails = [
            self.starts,
            np.full(len(used), self.nodes),
            self.cap_tails,
            self.seated,
        ]
        heads = [self.applications + self.columns, used, self.cap_heads, self.others]
        room = [
            np.ones(len(self.which), np.int64),
            instance.needed[used],
            self.cap_room,
            instance.needed[self.seated],
        ]
        tails.append(np.arange(self.applications, self.sink, dtype=np.int64))
        heads.append(np.full(self.jurors, self.sink))
        room.append(instance.maximum)
        network = max_flow.SimpleMaxFlow()
        network.add_arcs_with_capacity(
            np.concatenate(tails).astype(np.int32),
            np.concatenate(heads).astype(np.int32),
            np.concatenate(room),
        )
        if network.solve(self.nodes, self.sink) != network.OPTIMAL:
            raise RuntimeError("OR-tools could not count the reviews that can be given")
        return int(network.optimal_flow())

    def solve(self, mode: Mode) -> Flow | None:
        """The optimum, or None where the hard aims cannot all be met."""
        instance, weights = self.instance, self.weights
        least = np.minimum(instance.minimum, instance.maximum)
        owed = least if mode.hard_minimum else np.zeros_like(least)
        arcs = [
            (
                self.starts,
                self.applications + self.columns,
                np.ones(len(self.which), np.int64),
                -self.worth,
                0,
            )
        ]
        if len(self.seated):
            assert instance.seats is not None
            seats, zero = instance.seats[self.seated], np.zeros(len(self.seated), np.int64)
            arcs.append(
                (
                    self.seated,
                    self.others,
                    instance.needed[self.seated] - seats,
                    zero,
                    0,
                )
            )
            if not mode.hard_seats:
                arcs.append((self.seated, self.others, seats, zero + weights.seat, 0))
        if len(self.cap_tails):
            arcs.append(
                (
                    self.cap_tails,
                    self.cap_heads,
                    self.cap_room,
                    np.zeros_like(self.cap_room),
                    0,
                )
            )
        if mode.missing:
            open_rows = np.flatnonzero(instance.needed > 0)
            zero = np.zeros(len(open_rows), np.int64)
            arcs.append(
                (
                    open_rows,
                    np.full(len(open_rows), self.gap),
                    instance.needed[open_rows],
                    zero,
                    0,
                )
            )
        nodes = np.arange(self.applications, self.sink, dtype=np.int64)
        sinks, previous = np.full(self.jurors, self.sink), owed
        if not mode.hard_minimum:
            bonus = np.full(self.jurors, -weights.minimum, np.int64)
            arcs.append((nodes, sinks, least, bonus, 0))
            previous = least
        for step in range(STEPS):
            upto = np.maximum(instance.maximum * (step + 1) // STEPS, previous)
            used = upto > previous
            room = (upto - previous)[used]
            arcs.append((nodes[used], sinks[used], room, np.zeros_like(room), step))
            previous = upto
        tails, heads, room, costs = (np.concatenate([arc[part] for arc in arcs]) for part in range(4))
        steps = np.repeat([arc[4] for arc in arcs], [len(arc[0]) for arc in arcs])
        network = min_cost_flow.SimpleMinCostFlow()
        network.add_arcs_with_capacity_and_unit_cost(
            tails.astype(np.int32), heads.astype(np.int32), room, costs * STEPS + steps
        )
        network.set_nodes_supplies(np.arange(self.applications, dtype=np.int32), instance.needed)
        network.set_nodes_supplies(nodes.astype(np.int32), -owed)
        network.set_node_supply(self.gap, -mode.missing)
        network.set_node_supply(self.sink, -int(instance.needed.sum() - owed.sum() - mode.missing))
        status = network.solve() if instance.needed.sum() >= owed.sum() + mode.missing else network.INFEASIBLE
        if status == network.INFEASIBLE:
            return None
        if status != network.OPTIMAL:
            raise RuntimeError(f"OR-tools could not route the applications: {status}")
        flows = np.asarray(network.flows(np.arange(len(tails), dtype=np.int32)), dtype=np.int64)
        return Flow(flows[: len(self.which)] > 0, tails, heads, room, costs, flows, self.nodes)

    def prices(self, flow: Flow, start: Ints) -> tuple[Ints, int]:
        """What one unit of each juror's load is worth, and what a missing review is: the optimal dual.

        Distances in the residual network, from a start near them (Bellman and Ford, all arcs at once). They end
        because an optimal flow leaves no cycle that gains.
        """
        forward, back = flow.flows < flow.room, flow.flows > 0
        tails = np.concatenate([flow.tails[forward], flow.heads[back]])
        heads = np.concatenate([flow.heads[forward], flow.tails[back]])
        costs = np.concatenate([flow.costs[forward], -flow.costs[back]])
        away = np.full(flow.nodes, FAR, dtype=np.int64)
        away[self.applications : self.sink] = -start
        away[self.sink] = 0
        while True:
            better = away[tails] + costs
            live = np.flatnonzero((better < away[heads]) & (away[tails] < FAR // 2))
            if not len(live):
                break
            np.minimum.at(away, heads[live], better[live])
        return away[self.sink] - away[self.applications : self.sink], int(away[self.gap] - away[self.sink])
