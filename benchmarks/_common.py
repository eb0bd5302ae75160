"""What every benchmark shares: its arguments, fair timing, and one way to print.

A benchmark is a script `benchmarks/<part>.py` that calls `main`. It measures both sides in one run, turn by turn,
and prints ratios: seconds differ from machine to machine, ratios much less. With `--json` it prints one object.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    quick: bool
    json: bool

    def size(self, full: int, quick: int) -> int:
        """The size to measure at."""
        return quick if self.quick else full

    def say(self, *words: object) -> None:
        """A line for people; goes to stderr when the output is JSON."""
        print(*words, file=sys.stderr if self.json else sys.stdout, flush=True)


@dataclass(frozen=True)
class Goal:
    """A bound that a measured figure should keep: at most or at least `bound`."""

    figure: str
    at_most: float | None = None
    at_least: float | None = None

    def met(self, value: float) -> bool:
        """Whether `value` keeps the bound."""
        low = self.at_least is None or value >= self.at_least
        return low and (self.at_most is None or value <= self.at_most)

    def __str__(self) -> str:
        return f"at most {self.at_most:g}" if self.at_most is not None else f"at least {self.at_least:g}"


def alternately(works: Mapping[str, Callable[[], object]], *, repeat: int = 5) -> dict[str, float]:
    """The least CPU seconds of each, run in turn so that a busy machine is unfair to none of them."""
    best = dict.fromkeys(works, float("inf"))
    for _ in range(repeat):
        for name, work in works.items():
            gc.collect()
            start = time.process_time()
            work()
            best[name] = min(best[name], time.process_time() - start)
    return best


def peak_megabytes() -> float:
    """The most memory this process has held so far, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage begins with what the process that started this one has held
        found = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return int(found.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(name: str, measure: Callable[[Options], Mapping[str, Any]], goals: tuple[Goal, ...] = ()) -> None:
    """Run `measure` and print its figures, and whether each goal is met. Ends with 0: a figure is no failure."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: does it run, and roughly how fast")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args()
    options = Options(asked.quick, asked.json)
    start = time.monotonic()
    figures = dict(measure(options))
    goals = tuple(goal for goal in goals if goal.figure in figures)  # what could not be measured here is no miss
    missed = [goal.figure for goal in goals if not goal.met(float(figures[goal.figure]))]
    if options.json:
        seconds = round(time.monotonic() - start, 3)
        print(json.dumps({"benchmark": name, "quick": options.quick, "seconds": seconds, **figures, "missed": missed}))
        return
    width = max(map(len, figures), default=0)
    stated = {goal.figure: goal for goal in goals}
    for figure, value in figures.items():
        shown = f"{value:,.4g}" if isinstance(value, float) else value
        goal = stated.get(figure)
        verdict = "" if goal is None else f"  (goal: {goal}{', MISSED' if figure in missed else ''})"
        print(f"  {figure:<{width}}  {shown}{verdict}")
