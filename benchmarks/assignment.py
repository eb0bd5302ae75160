"""Routing: our plan against bare OR-tools (SimpleMinCostFlow) on the same instance, in the same run.

Two kinds of rounds, both made up from a seed. `languages`: regions, schools, three languages, unequal loads, one
conflict in a hundred pairs, so that very many pairs are worth the same. `topics`: eight latent topics, each application
with its best jurors (all, or 50), quality 0 to 1000, loads 0.5 to 1.25 of the mean; a third of the jurors is
experienced, six jurors on average share an institution. Bare OR-tools is handed the finished edges and does nothing
but solve; where only flow constraints apply both must reach one total. All times are CPU seconds of this process.
Other matchers (`_matchers.py`) are measured where they are installed, at every size, each in a process of its own with
a limit of 300 CPU seconds and 4 GB; a table says of each seconds, memory and gap, or why there are none. Those that
are not installed are named. OpenReview's MinMax is written anew from its description.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import _one_thread  # noqa: F401  # before NumPy
import numpy as np
from _common import Goal, Options, alternately, main, peak_megabytes
from _matchers import MATCHERS, absent, alone, exponent, minmax
from _rounds import REVIEWS, languages, published, ruled, tied, topics
from ortools.graph.python import min_cost_flow  # type: ignore[import-untyped]  # ships no stubs

from evaluators.assignment import Candidate, Juror, PairScores, Weights, plan, repair
from evaluators.fairness import lift_worst
from evaluators.flow import Instance
from evaluators.prices import Floats, Grid
from evaluators.routing import route, solve

GOALS = (
    Goal("solver ratio, worst", at_most=1.3),
    Goal("same total quality", at_least=1.0),
    Goal("fair ratio, 1,000 × 100", at_most=1.8),
    Goal("fair worst, published round", at_least=1_090),
    Goal("fair total, published round", at_least=1_758_522),
    Goal("fair worst, below its proven bound", at_most=0.0),
    Goal("repair, changes beyond the proven least", at_most=0.0),
    Goal("whole plan of ties with all rules, 4,501 × 300, s", at_most=3.0),
    Goal("gap with all rules, largest %", at_most=0.5),
    Goal("all rules, 4,501 × 300, s", at_most=3.0),
    Goal("all rules, 100,000 × 5,000, s", at_most=30.0),
    Goal("peak MB", at_most=1536.0),
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
    taken = np.asarray(network.flows(np.arange(len(instance.quality), dtype=np.int32))) > 0
    return int(instance.quality[taken].sum())


def noise(grid: Grid) -> Floats:
    """What settles ties of the first prices."""
    return np.random.default_rng(0).random(grid.edge.shape, dtype=np.float32)


PEERED = [(100, 20, 20), (1_000, 100, 100), (10_000, 1_000, 50), (25_000, 2_000, 50), (4_501, 300, 300),
          (100_000, 5_000, 50)]  # fmt: skip
"""Rounds on which every matcher is tried: applications, jurors, candidates of each application; by edges."""


def peers(options: Options) -> dict[str, Any]:
    """Every matcher on every round, as far as it goes in the limits: seconds, memory, gap to the optimum, growth."""
    limit = options.size(300, 20)
    works = {"Laurea": ("ortools", lambda instance: np.flatnonzero(solve(instance).chosen)), **MATCHERS}
    figures: dict[str, Any] = {
        f"peer {name}": f"{package} is not installed (dependency group bench): skipped"
        for name, (package, _) in works.items()
        if absent(package)
    }
    points: dict[str, list[tuple[int, float]]] = {name: [] for name in works if f"peer {name}" not in figures}
    late: dict[str, int] = {}
    cells: dict[str, list[str]] = {name: [] for name in points}
    for applications, jurors, candidates in PEERED[: options.size(6, 2)]:
        instance = topics(applications, jurors, candidates)
        size, edges, best = f"{applications:,} × {jurors:,}", len(instance.quality), 0
        for name, known in points.items():
            hopeless = 2 * late.get(name, edges) <= edges
            found = "not tried: too slow for half the edges" if hopeless else alone(works[name][1], instance, limit)
            if isinstance(found, str):
                late |= {name: edges} if found.startswith("not in") else {}
            else:
                known.append((edges, found["s"]))
                best = best or found["total"]  # Laurea's, which equals OR-tools' (checked in `measure`)
                found["gap %"] = round(100 * (best - found.pop("total")) / best, 4)
            figures[f"peer {name}, {size}"] = found
            cells[name].append(found if isinstance(found, str) else _told(found))
            options.say(f"  {name}, {size}: {cells[name][-1]}")
    rounds = [f"{a:,} × {j:,}, {c} each" for a, j, c in PEERED[: options.size(6, 2)]]
    options.say(f"| method | {' | '.join(rounds)} | grows like edges to the power of |\n{'|---' * (len(rounds) + 2)}|")
    for name, told in cells.items():
        figures[f"peer {name}, growth exponent"] = grows = exponent(points[name])
        options.say(f"| {name} | {' | '.join(told)} | {'–' if grows is None else grows} |")
    return figures


def _told(found: dict[str, Any]) -> str:
    """One run as a cell of the table."""
    rest = [f"{value:,} {name}" for name, value in found.items() if name not in ("s", "MB", "gap %")]
    return ", ".join([f"{found['s']:,.3g} s", f"{found['MB']:,} MB", f"gap {found['gap %']:g} %", *rest])


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
            figures |= fair(published(), options)
    for applications, jurors in [(858, 64), (4_501, 300)][: options.size(2, 1)]:
        papers, bench, conflicts = languages(applications, jurors, seed=applications)
        seconds, made = timed(
            lambda p=papers, b=bench, c=conflicts: plan(p, b, conflicts=c, languages=True, seed=7)  # type: ignore[misc]
        )
        figures[f"whole plan by languages, {applications:,} × {jurors}, s"] = round(seconds, 3)
        same = same and made.objective == made.bound
    papers, bench, conflicts = tied(4_501, 300)
    seconds, made = timed(
        lambda: plan(papers, bench, conflicts=conflicts, languages=True, seed=7, experienced=1, per_institution=1)
    )
    figures["whole plan of ties with all rules, 4,501 × 300, s"] = round(seconds, 3)
    figures["whole plan of ties with all rules, gap %"] = round(100 * made.gap, 5)
    figures |= dropout(858, 64)
    figures |= peers(options)
    figures |= {"solver ratio, worst": max(ratios), "same total quality": float(same)}
    figures["gap with all rules, largest %"] = max(gaps)
    if not options.quick:
        instance = topics(100_000, 5_000, 50)
        figures["whole plan, 100,000 × 5,000, s"] = round(whole(instance), 2)
        figures["growth, 25,000 to 100,000 (times 4 the edges)"] = round(
            figures["solver, 100,000 × 5,000, s"] / figures["solver, 25,000 × 2,000, s"], 2
        )
    return figures


def fair(instance: Instance, options: Options) -> dict[str, Any]:
    """The fair plan of the published round, everything included, against the bare optimum and against MinMax."""

    def totals(edges: Any) -> Any:
        return np.bincount(instance.application[edges], instance.quality[edges]).astype(np.int64)

    def ours() -> Any:
        best = route(instance, noise)
        return lift_worst(best, totals(best.chosen))

    best = alternately({"bare": lambda: bare(instance), "fair": ours, "MinMax": lambda: minmax(instance)}, repeat=3)
    before, after, theirs = totals(route(instance, noise).chosen), totals(ours().chosen), totals(minmax(instance))
    own = -np.sort(-Grid(instance, instance.quality).worth, axis=1)[:, :REVIEWS].sum(axis=1)
    options.say(f"  published round: optimum {before.sum():,} worst {before.min():,}; seconds {best}")
    return {
        "fair ratio, 1,000 × 100": round(best["fair"] / best["bare"], 2),
        "fair ratio to MinMax in arrays": round(best["fair"] / best["MinMax"], 2),
        "optimum of the published round, total and worst": [int(before.sum()), int(before.min())],
        "MinMax, total and worst": [int(theirs.sum()), int(theirs.min())],
        "fair worst, published round": float(after.min()),
        "fair total, published round": float(after.sum()),
        "fair worst, below its proven bound": float(own.min() - after.min()),
    }


def dropout(applications: int, jurors: int) -> dict[str, Any]:
    """A juror in fifty leaves a tight round with all rules: what the repair changes, and the least possible."""
    papers, bench, conflicts = tied(applications, jurors)
    bench = [replace(one, max_load=-(-REVIEWS * applications // jurors) + 1, min_load=0) for one in bench]
    rules = {"conflicts": conflicts, "languages": True, "seed": 7, "experienced": 1, "per_institution": 1}
    before = plan(papers, bench, **rules)  # type: ignore[arg-type]
    gone = {one.ref for one in bench[::50]}
    seconds, made = timed(lambda: repair(before, gone, papers, bench, **rules))  # type: ignore[arg-type]
    return {
        f"repair, {applications:,} × {jurors}, s": round(seconds, 3),
        "repair, pairs freed, changed, least possible": [
            sum(pair.juror in gone for pair in before.pairs), made.changed, made.least_changed,
        ],
        "repair, changes beyond the proven least": float(made.changed - made.least_changed),
    }  # fmt: skip


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
