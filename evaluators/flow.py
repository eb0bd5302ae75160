"""The exact solver under the assignment: who reviews what, as a minimum-cost flow.

Each application sends one unit per missing review over its admissible edges to jurors, who pass at most their
free load on to the sink. OR-tools solves it in integers. Three aims in strict order, folded into one cost:

1. as many reviews as possible (a maximum flow),
2. as many minimum loads met as possible,
3. the highest total quality, and among those the most even loads.

Folding is exact because an optimum can only be improved along a simple cycle, which passes the sink once (so it
moves at most one unit of load) and touches each application and juror at most once. The factors below bound
what one such cycle can change in a later aim, so no gain there ever pays for a loss in an earlier one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow  # type: ignore[import-untyped]  # ships no stubs

Ints = NDArray[np.int64]
Booleans = NDArray[np.bool_]

STEPS = 8  # a juror's free load is filled in this many steps, each a little dearer than the one before


@dataclass(frozen=True)
class Instance:
    """A routing problem over indices. `application`, `juror`, `quality` are the admissible edges, side by side.

    `needed` holds reviews still missing per application, `minimum` and `maximum` the loads still to be given
    per juror (what somebody already reviews is subtracted by the caller). Quality is 0 or more.
    """

    application: Ints
    juror: Ints
    quality: Ints
    needed: Ints
    minimum: Ints
    maximum: Ints


@dataclass(frozen=True)
class Solved:
    """`chosen` marks the edges taken; `quality` is their total; `missing` the reviews nobody can give."""

    chosen: Booleans
    quality: int
    missing: Ints


def solve(instance: Instance) -> Solved:
    """The optimal assignment. Raises ValueError when arrays do not fit, RuntimeError when OR-tools gives up."""
    applications, jurors, edges = len(instance.needed), len(instance.maximum), len(instance.application)
    if len(instance.juror) != edges or len(instance.quality) != edges or len(instance.minimum) != jurors:
        raise ValueError("the edges or loads of a routing problem have different lengths")
    if edges and int(instance.quality.min()) < 0:
        raise ValueError("the quality of a pair may not be negative")
    if edges == 0 or jurors == 0 or not instance.needed.any():
        return Solved(np.zeros(edges, dtype=np.bool_), 0, instance.needed.copy())

    sink = applications + jurors
    top = int(instance.quality.max())
    cycle = STEPS * top * (min(applications, jurors) + 1) + STEPS  # the most aim 3 can change along one cycle
    tails = [instance.application]
    heads = [applications + instance.juror]
    room = [np.ones(edges, dtype=np.int64)]
    costs = [(top - instance.quality) * STEPS]

    maximum = np.maximum(instance.maximum, 0)
    minimum = np.clip(instance.minimum, 0, maximum)
    nodes = np.arange(applications, sink, dtype=np.int64)
    previous = np.zeros(jurors, dtype=np.int64)
    for step in range(STEPS):
        upto = maximum * (step + 1) // STEPS
        for owed, price in (
            ((np.minimum(upto, minimum) - np.minimum(previous, minimum)), step - cycle - 1),
            ((np.maximum(upto, minimum) - np.maximum(previous, minimum)), step),
        ):
            used = owed > 0
            if used.any():
                tails.append(nodes[used])
                heads.append(np.full(int(used.sum()), sink, dtype=np.int64))
                room.append(owed[used])
                costs.append(np.full(int(used.sum()), price, dtype=np.int64))
        previous = upto

    network = min_cost_flow.SimpleMinCostFlow()
    network.add_arcs_with_capacity_and_unit_cost(
        np.concatenate(tails).astype(np.int32),
        np.concatenate(heads).astype(np.int32),
        np.concatenate(room),
        np.concatenate(costs),
    )
    network.set_nodes_supplies(np.arange(applications, dtype=np.int32), instance.needed)
    network.set_node_supply(sink, -int(instance.needed.sum()))
    status = network.solve()
    if status == network.INFEASIBLE:
        status = network.solve_max_flow_with_min_cost()
    if status != network.OPTIMAL:
        raise RuntimeError(f"OR-tools could not route the applications: {status}")
    chosen = network.flows(np.arange(edges, dtype=np.int32)) > 0
    given = np.bincount(instance.application[chosen], minlength=applications)
    return Solved(chosen, int(instance.quality[chosen].sum()), instance.needed - given)
