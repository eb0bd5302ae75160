"""What is small enough to be asked as a whole: the last half percent of a plan, and what fairness could reach.

A flow cannot say "at most one of an institution, experienced or not" exactly. In a large round that costs next to
nothing; in a round of fifty applications one awkward pair is a percent. There the whole question, side constraints
and all, is small enough for branch and bound (SCIP, in OR-tools), bounded by nodes and not by time, so that it
ends alike everywhere. What it has not looked at by then is bounded all the same: no plan surpasses that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from ortools.linear_solver import pywraplp  # type: ignore[import-untyped]  # ships no stubs

from evaluators.flow import Instance, Ints, Mode, Weights

NODES = 500
NEARLY = 1e-3  # what a solver's numbers may be off before they are rounded down to points


def improve(
    instance: Instance, chosen: Ints, worth: Ints, mode: Mode, value: Callable[[Ints], int]
) -> tuple[Ints, int] | None:
    """A plan with as many reviews as `chosen` and at least as good, and what no such plan surpasses.

    `worth` is what each edge counts, `value` what a whole plan does. `chosen` keeps all rules. None where the search
    found neither.
    """
    asked = _ask(instance, len(chosen), mode)
    if asked is None:
        return None
    weights = Weights.of(instance)
    aims = [-weights.seat * one for one in asked.unmet] + [weights.minimum * one for one in asked.met]
    asked.solver.Maximize(asked.total(worth) + sum(aims))
    hint = np.zeros(len(asked.edges))
    hint[chosen] = 1
    asked.solver.SetHint(asked.edges, hint.tolist())
    asked.solver.SetSolverSpecificParametersAsString(f"limits/nodes = {NODES}")
    if asked.solver.Solve(_exactly()) not in (asked.solver.OPTIMAL, asked.solver.FEASIBLE):
        return None
    taken = np.flatnonzero([edge.solution_value() > 0.5 for edge in asked.edges])
    bound = int(np.floor(asked.solver.Objective().BestBound() + NEARLY))
    better = taken if value(taken) > value(chosen) else chosen
    return better, max(bound, value(better))


def fair_bounds(
    instance: Instance, chosen: Ints, worth: Ints, standing: Ints, rows: Ints, mode: Mode
) -> tuple[int, int] | None:
    """What no plan surpasses that gives as many reviews, seats and minimum loads as `chosen`: the total of its
    worst-off application, and of all the new pairs among those whose worst-off has as much as that of `chosen`.

    `worth` is the quality of each edge, `standing` each application's quality without them; `rows` are the applications
    that count. None where there is no such solver.
    """
    asked = _ask(instance, len(chosen), mode)
    if asked is None:
        return None
    asked.solver.SetSolverSpecificParametersAsString(f"limits/nodes = {NODES}")
    if asked.unmet:
        assert instance.seats is not None
        assert instance.experienced is not None
        others = chosen[~instance.experienced[instance.juror[chosen]]]
        many = np.bincount(instance.application[others], minlength=len(instance.needed))
        asked.solver.Add(sum(asked.unmet) <= int(np.maximum(many - (instance.needed - instance.seats), 0).sum()))
    if asked.met:
        loads = np.bincount(instance.juror[chosen], minlength=len(instance.maximum))
        asked.solver.Add(sum(asked.met) >= int(np.minimum(loads, np.minimum(instance.minimum, instance.maximum)).sum()))
    level = asked.solver.NumVar(0, asked.solver.infinity(), "")
    totals = standing.copy()
    np.add.at(totals, instance.application[chosen], worth[chosen])
    for row in rows.tolist():
        own = sum(int(worth[edge]) * asked.edges[edge] for edge in asked.by_row[row])
        asked.solver.Add(own + int(standing[row]) >= level)
    found = []
    for aim, least in ((level + 0, 0.0), (asked.total(worth), float(totals[rows].min()))):
        level.SetLb(least)
        asked.solver.Maximize(aim)
        asked.solver.Solve(_exactly())
        found.append(int(np.floor(asked.solver.Objective().BestBound() + NEARLY)))
    return found[0], found[1]


@dataclass(frozen=True)
class _Asked:
    """A round as a program: a variable for each edge, for unmet seats and for minimum loads met."""

    solver: Any
    edges: list[Any]
    by_row: dict[int, list[int]]
    unmet: list[Any]
    met: list[Any]

    def total(self, worth: Ints) -> Any:
        return sum(int(points) * edge for points, edge in zip(worth.tolist(), self.edges, strict=True))


def _exactly() -> Any:
    """Beside the weight of seats and loads, a usual share of the whole hides points."""
    exactly = pywraplp.MPSolverParameters()
    exactly.SetDoubleParam(exactly.RELATIVE_MIP_GAP, 0.0)
    return exactly


def _ask(instance: Instance, given: int, mode: Mode) -> _Asked | None:
    """All rules of a round with so many reviews given; None where the solver is not there."""
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
    asked = _Asked(solver, edges, by_row, [], [])
    for row, own in list(by_row.items()):
        needed = int(instance.needed[row])
        solver.Add(sum(edges[edge] for edge in own) <= needed)
        if instance.seats is not None and instance.experienced is not None and instance.seats[row] > 0:
            others = [edges[edge] for edge in own if not instance.experienced[instance.juror[edge]]]
            unmet = solver.NumVar(0, 0 if mode.hard_seats else needed, "")
            solver.Add(sum(others) <= needed - int(instance.seats[row]) + unmet)
            asked.unmet.append(unmet)
    solver.Add(sum(edges) == given)
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
            asked.met.append(met)
    for (row, group), own in by_office.items():
        if len(own) > instance.room(row, group):
            solver.Add(sum(edges[edge] for edge in own) <= instance.room(row, group))
    return asked
