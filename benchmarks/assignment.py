"""Routing: our plan against bare OR-tools (SimpleMinCostFlow) on the same instance, in the same run.

Both get the same applications, jurors, conflicts, languages and loads. Bare OR-tools is handed the finished edges as
arrays and does nothing but solve: no tables, no even loads, no reasons for gaps. `solver` compares our solver with it,
`plan` the whole way from applications and jurors to pairs. Both sides must reach the same total quality.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from _common import Goal, Options, alternately, main
from ortools.graph.python import min_cost_flow  # type: ignore[import-untyped]  # ships no stubs

from evaluators.assignment import Candidate, Juror, plan, quality
from evaluators.flow import Instance, solve

REVIEWS = 3
SOLVER_GOAL = Goal("solver ratio, worst", at_most=1.3)
PLAN_GOAL = Goal("plan ratio, largest", at_most=2.0)


def made_up(applications: int, jurors: int, seed: int) -> tuple[list[Candidate], list[Juror], set[tuple[str, str]]]:
    """A round with regions, schools, three languages, unequal loads and one conflict in a hundred pairs."""
    draw = np.random.default_rng(seed)
    tongues = [("az",), ("az", "en"), ("en", "az"), ("az", "en", "ka"), ("en", "ka", "az")]
    mean = REVIEWS * applications / jurors
    papers = [
        Candidate(
            f"A{n:06d}", f"P{n}", f"school {draw.integers(1_100)}", "AZ", f"region {draw.integers(14)}",
            str(draw.choice(["az", "en", "ka"], p=[0.8, 0.15, 0.05])), f"t{n}@example.org", REVIEWS,
        )
        for n in range(applications)
    ]  # fmt: skip
    bench = [
        Juror(
            f"J{n:04d}", "AZ", f"region {draw.integers(14)}", f"school {draw.integers(1_100)}",
            tongues[n % len(tongues)], min_load=int(mean * 0.5), max_load=int(mean * draw.choice([1.25, 1.5])) + 1,
        )
        for n in range(jurors)
    ]  # fmt: skip
    many = applications * jurors // 100
    pairs = zip(draw.integers(applications, size=many), draw.integers(jurors, size=many), strict=True)
    return papers, bench, {(papers[a].ref, bench[j].ref) for a, j in pairs}


def edges_of(papers: list[Candidate], bench: list[Juror], conflicts: set[tuple[str, str]]) -> Instance:
    """The instance both sides solve."""
    reads = np.array([[paper.language in juror.languages for juror in bench] for paper in papers], dtype=np.bool_)
    allowed = reads.copy()
    rows = {paper.ref: n for n, paper in enumerate(papers)}
    columns = {juror.ref: n for n, juror in enumerate(bench)}
    for application, juror in conflicts:
        allowed[rows[application], columns[juror]] = False
    row, column = np.nonzero(allowed)
    return Instance(
        row.astype(np.int64),
        column.astype(np.int64),
        quality(papers, bench, reads)[row, column],
        np.array([paper.needed for paper in papers], dtype=np.int64),
        np.array([juror.min_load for juror in bench], dtype=np.int64),
        np.array([juror.max_load for juror in bench], dtype=np.int64),
    )


def bare(instance: Instance) -> int:
    """The optimum as anybody would ask OR-tools for it: cost 1000 − quality, minimum loads by a large bonus."""
    applications, jurors = len(instance.needed), len(instance.maximum)
    sink = applications + jurors
    nodes = np.arange(applications, sink)
    bonus = 1000 * (min(applications, jurors) + 1)
    network = min_cost_flow.SimpleMinCostFlow()
    network.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([instance.application, nodes, nodes]).astype(np.int32),
        np.concatenate([applications + instance.juror, np.full(2 * jurors, sink)]).astype(np.int32),
        np.concatenate(
            [np.ones(len(instance.quality), np.int64), instance.minimum, instance.maximum - instance.minimum]
        ),
        np.concatenate([1000 - instance.quality, np.full(jurors, -bonus), np.zeros(jurors, np.int64)]),
    )
    network.set_nodes_supplies(np.arange(applications, dtype=np.int32), instance.needed)
    network.set_node_supply(sink, -int(instance.needed.sum()))
    if network.solve() != network.OPTIMAL:
        raise RuntimeError("the instance of this benchmark must be feasible")
    taken = network.flows(np.arange(len(instance.quality), dtype=np.int32)) > 0
    return int(instance.quality[taken].sum())


def _solved(instance: Instance) -> int:
    return solve(instance).quality


def measure(options: Options) -> dict[str, Any]:
    """Ratios of CPU time, and whether all reached one total quality."""
    sizes = [(858, 64), (2_000, 150)] if options.quick else [(858, 64), (1_000, 100), (4_501, 300)]
    figures: dict[str, Any] = {}
    solver, whole = [], []
    same = True
    for applications, jurors in sizes:
        papers, bench, conflicts = made_up(applications, jurors, seed=applications)
        instance = edges_of(papers, bench, conflicts)
        totals: dict[str, int] = {}

        def keep(name: str, work: Callable[[], int], totals: dict[str, int] = totals) -> Callable[[], None]:
            def run() -> None:
                totals[name] = work()

            return run

        def planned(papers: Any = papers, bench: Any = bench, conflicts: Any = conflicts) -> int:
            return plan(papers, bench, conflicts=conflicts, languages=True, seed=7).objective

        gc.collect()
        seconds = alternately(
            {
                "bare": keep("bare", partial(bare, instance)),
                "solver": keep("solver", partial(_solved, instance)),
                "plan": keep("plan", planned),
            },
            repeat=options.size(5, 3),
        )
        same = same and len(set(totals.values())) == 1
        solver.append(seconds["solver"] / seconds["bare"])
        whole.append(seconds["plan"] / seconds["bare"])
        size = f"{applications} × {jurors}"
        options.say(f"  {size}: {len(instance.quality):,} edges, bare {seconds['bare']:.3f} s, totals {totals}")
        figures[f"solver ratio, {size}"] = round(solver[-1], 3)
        figures[f"plan ratio, {size}"] = round(whole[-1], 3)
    figures[SOLVER_GOAL.figure] = max(solver)
    figures[PLAN_GOAL.figure] = whole[-1]
    figures["same total quality"] = float(same)
    return figures | ({"ratios": _ratios(figures)} if options.json else {})


GOALS = (SOLVER_GOAL, PLAN_GOAL, Goal("same total quality", at_least=1.0))


def _ratios(figures: dict[str, Any]) -> dict[str, Any]:
    """Each figure with a goal, for machines that keep them."""
    return {
        goal.figure: {"value": figures[goal.figure], "goal": str(goal), "held": goal.met(figures[goal.figure])}
        for goal in GOALS
    }


if __name__ == "__main__":
    main("assignment", measure, GOALS)
