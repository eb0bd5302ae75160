"""Routing: our plan against bare OR-tools (SimpleMinCostFlow) on the same instance, in the same run.

Two kinds of rounds, both made up from a seed. `languages`: regions, schools, three languages, unequal loads, one
conflict in a hundred pairs, so that very many pairs are worth the same. `topics`: eight latent topics, each application
with its best jurors (all, or 50), quality 0 to 1000, loads 0.5 to 1.25 of the mean; a third of the jurors is
experienced, six jurors on average share an institution. Bare OR-tools is handed the finished edges and does nothing
but solve; where only flow constraints apply both must reach one total. All times are CPU seconds of this process.
Other solvers are measured where they are installed; those that are not are named. OpenReview's matchers come as no
package; their figures stand in docs/how-routing-works.md.
"""

from __future__ import annotations

import gc
import importlib
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from _common import Goal, Options, alternately, main, peak_megabytes
from ortools.graph.python import min_cost_flow  # type: ignore[import-untyped]  # ships no stubs

from evaluators.assignment import Candidate, Juror, PairScores, Weights, plan
from evaluators.fairness import lift_worst
from evaluators.flow import Instance
from evaluators.prices import Floats, Grid
from evaluators.routing import route, solve

REVIEWS = 3
GOALS = (
    Goal("solver ratio, worst", at_most=1.3),
    Goal("same total quality", at_least=1.0),
    Goal("fair ratio, 1,000 × 100", at_most=1.8),
    Goal("fair worst, gain", at_least=0.0),
    Goal("gap with all rules, largest %", at_most=0.5),
    Goal("all rules, 4,501 × 300, s", at_most=3.0),
    Goal("all rules, 100,000 × 5,000, s", at_most=30.0),
    Goal("peak MB", at_most=1536.0),
)


def languages(applications: int, jurors: int, seed: int) -> tuple[list[Candidate], list[Juror], set[tuple[str, str]]]:
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


def topics(applications: int, jurors: int, candidates: int, seed: int = 0) -> Instance:
    """Edges of a round by topics: its best jurors for each application."""
    draw = np.random.default_rng(seed)
    theirs, ours = (draw.dirichlet(np.full(8, 0.5), many).astype(np.float32) for many in (applications, jurors))
    theirs /= np.linalg.norm(theirs, axis=1, keepdims=True)
    ours /= np.linalg.norm(ours, axis=1, keepdims=True)
    columns, worth = [], []
    for first in range(0, applications, 1_000):
        near = theirs[first : first + 1_000] @ ours.T
        near += 0.15 * draw.standard_normal(near.shape, dtype=np.float32)
        best = np.sort(np.argpartition(-near, candidates - 1, axis=1)[:, :candidates], axis=1)
        columns.append(best.astype(np.int32))
        worth.append(np.clip(np.rint(np.take_along_axis(near, best, 1) * 700), 0, 1000).astype(np.int16))
    mean = REVIEWS * applications / jurors
    return Instance(
        np.repeat(np.arange(applications), candidates), np.concatenate(columns).ravel().astype(np.int64),
        np.concatenate(worth).ravel().astype(np.int64), np.full(applications, REVIEWS),
        np.full(jurors, int(mean * 0.5)), np.full(jurors, int(np.ceil(mean * 1.25))),
    )  # fmt: skip


def ruled(instance: Instance) -> Instance:
    """The same round with one experienced juror and one juror of an institution for each application."""
    jurors, draw = len(instance.maximum), np.random.default_rng(2)
    return replace(
        instance, experienced=np.arange(jurors) % 3 == 0, seats=np.ones(len(instance.needed), dtype=np.int64),
        group=draw.integers(0, max(2, jurors // 6), jurors), limit=1,
    )  # fmt: skip


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
    taken = np.asarray(network.flows(np.arange(len(instance.quality), dtype=np.int32))) > 0
    return int(instance.quality[taken].sum())


def noise(grid: Grid) -> Floats:
    """What settles ties of the first prices."""
    return np.random.default_rng(0).random(grid.edge.shape, dtype=np.float32)


def others(instance: Instance, options: Options) -> dict[str, Any]:
    """Solvers anybody could install instead, on one small round: seconds and total, or that it is absent."""
    figures: dict[str, Any] = {}
    try:
        assign = importlib.import_module("scipy.optimize").linear_sum_assignment
    except ImportError:
        figures["SciPy linear_sum_assignment"] = "not installed"
    else:
        table = np.full((len(instance.needed), len(instance.maximum)), -1)
        table[instance.application, instance.juror] = instance.quality
        slots = np.repeat(np.arange(len(instance.maximum)), instance.maximum // REVIEWS)
        start, total = time.process_time(), 0
        for _ in range(REVIEWS):
            row, slot = assign(table[:, slots], maximize=True)
            total += int(table[row, slots[slot]].sum())
            table[row, slots[slot]] = -1
        figures["SciPy linear_sum_assignment, s and total"] = [round(time.process_time() - start, 3), total]
    for name, module in (("HiGHS", "highspy"), ("networkx", "networkx")):
        try:
            importlib.import_module(module)
        except ImportError:
            figures[name] = "not installed"
        else:
            figures[name] = "installed and not measured: see algorithms in docs/how-routing-works.md"
    options.say("  other solvers:", figures)
    return figures


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of one run, and what it gave."""
    gc.collect()
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def measure(options: Options) -> dict[str, Any]:
    """Seconds, ratios, totals, gaps and memory, from the smallest round to the largest."""
    sizes = [(100, 20, 20), (1_000, 100, 100), (4_501, 300, 300), (25_000, 2_000, 50), (100_000, 5_000, 50)]
    figures: dict[str, Any] = {}
    ratios, gaps, same = [], [0.0], True
    for applications, jurors, candidates in sizes[: options.size(5, 3)]:
        size = f"{applications:,} × {jurors:,}"
        instance = topics(applications, jurors, candidates)
        totals: dict[str, int] = {}

        def keep(name: str, work: Callable[[], int], totals: dict[str, int] = totals) -> Callable[[], None]:
            return lambda: totals.__setitem__(name, work())

        works = {
            "bare": keep("bare", lambda instance=instance: bare(instance)),  # type: ignore[misc]
            "solver": keep("solver", lambda instance=instance: solve(instance).quality),  # type: ignore[misc]
        }
        if applications > 25_000:  # ours first: the most memory held is then ours
            works = dict(reversed(works.items()))
            seconds, solved = timed(lambda instance=instance: route(ruled(instance), noise))  # type: ignore[misc]
            figures["peak MB"] = round(peak_megabytes())
        else:
            seconds, solved = timed(lambda instance=instance: route(ruled(instance), noise))  # type: ignore[misc]
        total = int(solved.instance.quality[solved.chosen].sum())
        gaps.append(100 * (solved.bound - total) / solved.bound)
        figures[f"all rules, {size}, s"] = round(seconds, 3)
        figures[f"all rules, {size}, gap %"] = round(gaps[-1], 5)
        best = alternately(works, repeat=3 if applications < 25_000 else 1)
        same = same and len(set(totals.values())) == 1
        if applications > 100:  # below that a millisecond is all there is to measure
            ratios.append(best["solver"] / best["bare"])
        figures[f"bare, {size}, s"], figures[f"solver, {size}, s"] = round(best["bare"], 3), round(best["solver"], 3)
        options.say(f"  {size}: {len(instance.quality):,} edges, {best}, totals {totals}, rules {seconds:.2f} s")
        if applications == 1_000:
            figures |= fair(instance, best["bare"]) | others(instance, options)
    for applications, jurors in [(858, 64), (4_501, 300)][: options.size(2, 1)]:
        papers, bench, conflicts = languages(applications, jurors, seed=applications)
        seconds, made = timed(
            lambda p=papers, b=bench, c=conflicts: plan(p, b, conflicts=c, languages=True, seed=7)  # type: ignore[misc]
        )
        figures[f"whole plan by languages, {applications:,} × {jurors}, s"] = round(seconds, 3)
        same = same and made.objective == made.bound
    figures |= {"solver ratio, worst": max(ratios), "same total quality": float(same)}
    figures["gap with all rules, largest %"] = max(gaps)
    if not options.quick:
        instance = topics(100_000, 5_000, 50)
        figures["whole plan, 100,000 × 5,000, s"] = round(whole(instance), 2)
        figures["growth, 25,000 to 100,000 (times 4 the edges)"] = round(
            figures["solver, 100,000 × 5,000, s"] / figures["solver, 25,000 × 2,000, s"], 2
        )
    return figures


def fair(instance: Instance, bare_seconds: float) -> dict[str, Any]:
    """The fair plan of 1,000 × 100, everything included, against the bare optimum."""

    def totals(routed: Any) -> Any:
        edges = routed.chosen
        return np.bincount(instance.application[edges], instance.quality[edges]).astype(np.int64)

    best = route(instance, noise)
    seconds = alternately({"": lambda: lift_worst(found := route(instance, noise), totals(found))}, repeat=3)[""]
    lifted = lift_worst(best, totals(best))
    before, after = totals(best), totals(lifted)
    return {
        "fair ratio, 1,000 × 100": round(seconds / bare_seconds, 2),
        "fair worst, before and after": [int(before.min()), int(after.min())],
        "fair total, before and after": [int(before.sum()), int(after.sum())],
        "fair worst, gain": float(after.min() - before.min()),
    }


def whole(instance: Instance) -> float:
    """CPU seconds from applications, jurors and affinities to a plan with all rules and figures."""
    papers = [Candidate(f"A{n:06}", language="en", needed=REVIEWS) for n in range(len(instance.needed))]
    rules = ruled(instance)
    assert rules.group is not None
    bench = [
        Juror(
            f"J{n:04}", institution=f"office {rules.group[n]}", languages=("en",), experienced=n % 3 == 0,
            min_load=int(instance.minimum[n]), max_load=int(instance.maximum[n]),
        )
        for n in range(len(instance.maximum))
    ]  # fmt: skip
    scores = PairScores(instance.application, instance.juror, instance.quality / 1000)
    seconds, _ = timed(
        lambda: plan(
            papers, bench, conflicts=set(), languages=True, seed=7, affinity=scores, weights=Weights(affinity=1000),
            experienced=1, per_institution=1,
        )
    )  # fmt: skip
    return seconds


if __name__ == "__main__":
    main("assignment", measure, GOALS)
