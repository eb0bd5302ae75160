"""Other ways to route the same edges: what anybody could install or write instead of Laurea.

Each takes an `Instance` with loads only and gives the numbers of the edges it takes. Each run has a process of its own:
it ends at a limit of CPU seconds or of memory, and its memory is not counted with that of others.
"""

from __future__ import annotations

import importlib
import math
import multiprocessing
import resource
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from _common import peak_megabytes
from ortools.graph.python import min_cost_flow  # type: ignore[import-untyped]  # ships no stubs

from evaluators.flow import Instance, Ints

MEMORY = 4_096  # MB a run may ask for beyond what the round itself takes
BYTES = 16  # of a cell of a dense table: the numbers, and the copy SciPy works on
Matcher = Callable[[Instance], Ints]


def minmax(instance: Instance) -> Ints:
    """OpenReview's MinMax, as its source describes it: the best plan that meets the minimum loads, then the best for
    what is left. Written anew here, with arrays, because the package is on no registry.
    """
    every, applications, jurors = np.arange(len(instance.quality)), len(instance.needed), len(instance.maximum)
    first = _stage(instance, every, instance.minimum, instance.needed)
    rest = np.setdiff1d(every, first)
    room = instance.maximum - np.bincount(instance.juror[first], minlength=jurors)
    open_ = instance.needed - np.bincount(instance.application[first], minlength=applications)
    return np.concatenate([first, _stage(instance, rest, room, open_)])


def _stage(instance: Instance, edges: Ints, room: Ints, needed: Ints) -> Ints:
    applications, jurors = len(needed), len(room)
    source, sink = applications + jurors, applications + jurors + 1
    network = min_cost_flow.SimpleMinCostFlow()
    tails = [instance.application[edges], np.full(applications, source), applications + np.arange(jurors)]
    heads = [applications + instance.juror[edges], np.arange(applications), np.full(jurors, sink)]
    network.add_arcs_with_capacity_and_unit_cost(
        np.concatenate(tails).astype(np.int32), np.concatenate(heads).astype(np.int32),
        np.concatenate([np.ones(len(edges), np.int64), needed, room]),
        np.concatenate([-instance.quality[edges], np.zeros(applications + jurors, np.int64)]),
    )  # fmt: skip
    many = int(min(room.sum(), needed.sum()))
    network.set_node_supply(source, many)
    network.set_node_supply(sink, -many)
    if network.solve() != network.OPTIMAL:
        raise RuntimeError("the instance of this benchmark must be feasible")
    return edges[np.asarray(network.flows(np.arange(len(edges), dtype=np.int32))) > 0]


def networkx_simplex(instance: Instance) -> Ints:
    import networkx as nx  # type: ignore[import-untyped]

    graph = nx.DiGraph()
    for row, many in enumerate(instance.needed.tolist()):
        graph.add_node(("a", row), demand=-many)
    for column, (least, most) in enumerate(zip(instance.minimum.tolist(), instance.maximum.tolist(), strict=True)):
        graph.add_node(("j", column), demand=least)
        graph.add_edge(("j", column), "sink", capacity=most - least, weight=0)
    graph.add_node("sink", demand=int(instance.needed.sum() - instance.minimum.sum()))
    edges = zip(instance.application.tolist(), instance.juror.tolist(), instance.quality.tolist(), strict=True)
    graph.add_edges_from((("a", a), ("j", j), {"capacity": 1, "weight": -q}) for a, j, q in edges)
    flow = nx.network_simplex(graph)[1]
    taken = [
        flow["a", a]["j", j] > 0
        for a, j in zip(instance.application.tolist(), instance.juror.tolist(), strict=True)
    ]  # fmt: skip
    return np.flatnonzero(taken)


def scipy_milp(instance: Instance) -> Ints:
    """HiGHS, as SciPy brings it, told that a pair is given or not."""
    from scipy.optimize import Bounds, LinearConstraint, milp  # type: ignore[import-untyped]

    of_rows, of_columns = _sums(instance)
    limits = [
        LinearConstraint(of_rows, instance.needed, instance.needed),
        LinearConstraint(of_columns, instance.minimum, instance.maximum),
    ]
    whole = np.ones(len(instance.quality))
    return _taken(milp(-instance.quality.astype(float), constraints=limits, bounds=Bounds(0, 1), integrality=whole))


def scipy_linprog(instance: Instance) -> Ints:
    """HiGHS without being told so: with loads only, the corners of the linear problem are whole anyway."""
    from scipy.optimize import linprog
    from scipy.sparse import vstack  # type: ignore[import-untyped]

    of_rows, of_columns = _sums(instance)
    return _taken(
        linprog(
            -instance.quality.astype(float), A_eq=of_rows, b_eq=instance.needed, A_ub=vstack([of_columns, -of_columns]),
            b_ub=np.concatenate([instance.maximum, -instance.minimum]), bounds=(0, 1), method="highs",
        )
    )  # fmt: skip


def _sums(instance: Instance) -> tuple[Any, Any]:
    """What adds up the reviews of each application, and of each juror."""
    from scipy.sparse import csr_array

    edges = np.arange(len(instance.quality))
    ones = np.ones(len(edges))
    of_rows = csr_array((ones, (instance.application, edges)), shape=(len(instance.needed), len(edges)))
    return of_rows, csr_array((ones, (instance.juror, edges)), shape=(len(instance.maximum), len(edges)))


def _taken(found: Any) -> Ints:
    if found.x is None:
        raise RuntimeError(str(found.message))
    return np.flatnonzero(found.x > 0.5)


def scipy_assignment(instance: Instance) -> Ints:
    """linear_sum_assignment, once for each review of an application; it knows no minimum loads."""
    from scipy.optimize import linear_sum_assignment

    reviews = int(instance.needed.max())
    slots = np.repeat(np.arange(len(instance.maximum)), instance.maximum // reviews)
    size = len(instance.needed) * len(slots) * BYTES // 2**20
    if size > MEMORY:
        raise MemoryError(f"its dense table would take {size:,} MB")
    table = np.full((len(instance.needed), len(instance.maximum)), -1)
    edge = np.full(table.shape, -1)
    table[instance.application, instance.juror] = instance.quality
    edge[instance.application, instance.juror] = np.arange(len(instance.quality))
    taken = []
    for _ in range(reviews):
        row, slot = linear_sum_assignment(table[:, slots], maximize=True)
        taken.append(edge[row, slots[slot]])
        table[row, slots[slot]] = -1
    found = np.concatenate(taken)
    return found[found >= 0]  # where a round has few candidates, it also takes pairs that are none


MATCHERS: dict[str, tuple[str, Matcher]] = {
    "MinMax": ("ortools", minmax),
    "SciPy linear_sum_assignment": ("scipy.optimize", scipy_assignment),
    "SciPy linprog (HiGHS)": ("scipy.optimize", scipy_linprog),
    "SciPy milp (HiGHS)": ("scipy.optimize", scipy_milp),
    "networkx": ("networkx", networkx_simplex),
}
"""By name: the module it needs, and the method. `uv sync --group bench` brings the packages."""


def absent(module: str) -> bool:
    """Whether it cannot be imported; what can, is then, so that no run pays for it."""
    try:
        importlib.import_module(module)
    except ImportError:
        return True
    return False


def alone(work: Matcher, instance: Instance, limit: int) -> dict[str, Any] | str:
    """One run in a process of its own: CPU seconds, MB beyond what the edges take, total; or why there is none.

    `limit` is in CPU seconds, of all its threads together.
    """
    here, there = multiprocessing.get_context("fork").Pipe(duplex=False)

    def run() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
        room = _held() + MEMORY * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (room, room))
        before, start = peak_megabytes(), time.process_time()
        try:
            taken = work(instance)
        except MemoryError as error:
            there.send(f"too large: {error}" if str(error).startswith("its") else f"more than {MEMORY:,} MB")
            return
        except RuntimeError as error:
            there.send(f"no plan: {error}")
            return
        seconds = time.process_time() - start
        loads = np.bincount(instance.juror[taken], minlength=len(instance.maximum))
        figures = {
            "s": round(seconds, 3),
            "MB": round(peak_megabytes() - before),
            "total": int(instance.quality[taken].sum()),
        }
        if broken := int(((loads < instance.minimum) | (loads > instance.maximum)).sum()):
            figures["jurors outside their load"] = broken
        if missing := int(instance.needed.sum()) - len(taken):
            figures["reviews missing"] = missing
        there.send(figures)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    there.close()
    try:
        found = here.recv() if here.poll(10 * limit) else f"not in {10 * limit} s by the clock"
    except EOFError:
        process.join()
        late = process.exitcode in (-signal.SIGXCPU, -signal.SIGKILL)
        found = f"not in {limit} CPU s" if late else f"ended by itself ({process.exitcode}), at most {MEMORY:,} MB"
    process.terminate()
    process.join()
    return found


def _held() -> int:
    """Bytes of address space this process has."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()


def exponent(points: list[tuple[int, float]]) -> float | None:
    """How time grows with the edges: x where it grows like edges to the power of x, fitted to edges and seconds.

    None where fewer than two runs took long enough to be measured.
    """
    known = [(math.log(edges), math.log(seconds)) for edges, seconds in points if seconds >= 0.05]
    if len(known) < 2:
        return None
    return round(float(np.polyfit([edges for edges, _ in known], [seconds for _, seconds in known], 1)[0]), 2)
