"""The last half percent of a small round: integer programming where split limits left a gap.

A flow cannot say "at most one of an institution, experienced or not" exactly. In a large round that costs next to
nothing; in a round of fifty applications one awkward pair is a percent. There the whole question, side constraints
and all, is small enough for branch and bound (SCIP, in OR-tools), bounded by nodes and not by time, so that it
ends alike everywhere.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from ortools.linear_solver import pywraplp  # type: ignore[import-untyped]  # ships no stubs

from evaluators.flow import Instance, Ints

NODES = 500


def improve(instance: Instance, chosen: Ints) -> tuple[Ints, int] | None:
    """A plan at least as good as `chosen` (which keeps all rules and leaves nothing missing), and a bound on all.

    None where the search found neither.
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
    for row, own in by_row.items():
        needed = int(instance.needed[row])
        solver.Add(sum(edges[edge] for edge in own) == needed)
        if instance.seats is not None and instance.experienced is not None and instance.seats[row] > 0:
            seated = [edges[edge] for edge in own if instance.experienced[instance.juror[edge]]]
            solver.Add(sum(seated) >= int(instance.seats[row]))
    for column, own in by_column.items():
        most = int(instance.maximum[column])
        load = sum(edges[edge] for edge in own)
        solver.Add(load <= most)
        solver.Add(load >= min(int(instance.minimum[column]), most))
    for (row, group), own in by_office.items():
        if len(own) > instance.room(row, group):
            solver.Add(sum(edges[edge] for edge in own) <= instance.room(row, group))
    solver.Maximize(sum(int(worth) * edge for worth, edge in zip(instance.quality.tolist(), edges, strict=True)))
    hint = np.zeros(len(edges))
    hint[chosen] = 1
    solver.SetHint(edges, hint.tolist())
    solver.SetSolverSpecificParametersAsString(f"limits/nodes = {NODES}")
    if solver.Solve() not in (solver.OPTIMAL, solver.FEASIBLE):
        return None
    taken = np.flatnonzero([edge.solution_value() > 0.5 for edge in edges])
    bound = int(np.floor(solver.Objective().BestBound() + 1e-3))
    better = taken if instance.quality[taken].sum() > instance.quality[chosen].sum() else chosen
    return better, max(bound, int(instance.quality[better].sum()))
