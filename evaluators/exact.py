"""The last half percent of a small round: integer programming where split limits left a gap.

A flow cannot say "at most one of an institution, experienced or not" exactly. In a large round that costs next to
nothing; in a round of fifty applications one awkward pair is a percent. There the whole question, side constraints
and all, is small enough for branch and bound (SCIP, in OR-tools), bounded by nodes and not by time, so that it
ends alike everywhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import numpy as np
from ortools.linear_solver import pywraplp  # type: ignore[import-untyped]  # ships no stubs

from evaluators.flow import Instance, Ints, Mode, Weights

NODES = 500


def improve(
    instance: Instance, chosen: Ints, worth: Ints, mode: Mode, value: Callable[[Ints], int]
) -> tuple[Ints, int] | None:
    """A plan with as many reviews as `chosen` and at least as good, and what no such plan surpasses.

    `worth` is what each edge counts, `value` what a whole plan does. `chosen` keeps all rules. None where the search
    found neither.
    """
    solver = pywraplp.Solver.CreateSolver("SCIP")
    if solver is None:
        return None
    edges = [solver.BoolVar("") for _ in range(len(instance.application))]
    by_row, by_column, by_office = defaultdict(list), defaultdict(list), defaultdict(list)
    for edge, (row, column) in enumerate(zip(instance.application.tolist(), instance.juror.tolist(), strict=True)):
        by_row[row].append(edge)
        by_column[column].append(edge)
        if instance.group is not None and instance.group[column] >= 0:
            by_office[row, int(instance.group[column])].append(edge)
    weights, aims = Weights.of(instance), []
    for row, own in by_row.items():
        needed = int(instance.needed[row])
        solver.Add(sum(edges[edge] for edge in own) <= needed)
        if instance.seats is not None and instance.experienced is not None and instance.seats[row] > 0:
            others = [edges[edge] for edge in own if not instance.experienced[instance.juror[edge]]]
            unmet = solver.NumVar(0, 0 if mode.hard_seats else needed, "")
            solver.Add(sum(others) <= needed - int(instance.seats[row]) + unmet)
            aims.append(-weights.seat * unmet)
    solver.Add(sum(edges) == len(chosen))
    for column, own in by_column.items():
        most = int(instance.maximum[column])
        load = sum(edges[edge] for edge in own)
        solver.Add(load <= most)
        least = min(int(instance.minimum[column]), most)
        if mode.hard_minimum:
            solver.Add(load >= least)
        elif least:
            met = solver.NumVar(0, least, "")
            solver.Add(met <= load)
            aims.append(weights.minimum * met)
    for (row, group), own in by_office.items():
        if len(own) > instance.room(row, group):
            solver.Add(sum(edges[edge] for edge in own) <= instance.room(row, group))
    total = sum(int(points) * edge for points, edge in zip(worth.tolist(), edges, strict=True))
    solver.Maximize(total + sum(aims))
    hint = np.zeros(len(edges))
    hint[chosen] = 1
    solver.SetHint(edges, hint.tolist())
    solver.SetSolverSpecificParametersAsString(f"limits/nodes = {NODES}")
    exactly = pywraplp.MPSolverParameters()  # beside the weight of seats and loads, a usual share hides points
    exactly.SetDoubleParam(exactly.RELATIVE_MIP_GAP, 0.0)
    if solver.Solve(exactly) not in (solver.OPTIMAL, solver.FEASIBLE):
        return None
    taken = np.flatnonzero([edge.solution_value() > 0.5 for edge in edges])
    bound = int(np.floor(solver.Objective().BestBound() + 1e-3))
    better = taken if value(taken) > value(chosen) else chosen
    return better, max(bound, value(better))
