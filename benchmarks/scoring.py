"""Scores of a jury: how near each method comes to the truth, on simulated juries with known truth.

For every design of `_panels.py`: Kendall's tau with the truth, and the share of wrong decisions among the places at a
25 % cut, of the plain mean, the median, z-scores, centring per juror, offsets without shrinking, our default (the
additive model with shrunk offsets), the same with scores weighted by their jurors' reliability, what the predictive
check advises, and of knowing the jurors. Then how often the 90 % intervals of the default and of what is advised hold
the truth, what a third review is worth under several policies (`_thirds.py`), and a large round for time and memory:
100,000 applications with three scores each by 5,000 jurors, as a ratio to one product of two matrices.

The reference figures that goals compare with come from 24 rounds a design, drawn by another generator; their own chance
error is about 0.003.
"""

from __future__ import annotations

import time
from typing import Any

import _one_thread  # noqa: F401 - must come before NumPy
import numpy as np
import polars as pl
from _common import Goal, Options, alternately, main, peak_megabytes
from _panels import DESIGNS, Design, Floats, Round, draw, informed, mean, median, standardised, tau, wrong
from _thirds import CUT, NEAR, beside_reference, scored
from _thirds import tables as third_tables

from evaluators.calibration import Calibration, calibrate

METHODS = (
    "mean",
    "median",
    "z-score",
    "centred",
    "least squares",
    "default",
    "weighted",
    "advised",
    "knowing the jurors",
)
NINETY = 1.6448536269514722

GOALS = (
    Goal("tau less the reference, lowest", at_least=-0.005),
    Goal("default less mean in tau, lowest", at_least=-0.003),
    Goal("advised less mean in tau, lowest", at_least=-0.003),
    Goal("advised less default in tau, lowest", at_least=-0.003),
    Goal("coverage of 90 % intervals, lowest", at_least=0.87),
    Goal("coverage of 90 % intervals, highest", at_most=0.93),
    Goal(f"third review: share of cells within {NEAR} of the reference", at_least=1.0),
    Goal("third review: pairs of policies in the reference's order, share", at_least=1.0),
    Goal("third review where it helps most, beside none: wrong decisions saved, lowest", at_least=0.0),
    Goal("large round: seconds", at_most=5.0),
    Goal("large round: MB held", at_most=1_000.0),
)


def estimates(drawn: Round, found: Calibration) -> dict[str, Floats]:
    """Every method's figure of each application."""
    open_ = calibrate(drawn.sheets(), across="assume_equal", shrink=False)
    figures = (
        mean(drawn),
        median(drawn),
        standardised(drawn, scale=True),
        standardised(drawn, scale=False),
        open_.applications["adjusted"].to_numpy(),
        found.applications["adjusted"].to_numpy(),
        found.applications.select(pl.coalesce("weighted", "adjusted")).to_series().to_numpy(),
        found.applications["advised"].to_numpy(),
        informed(drawn),
    )
    return dict(zip(METHODS, figures, strict=True))


def covered(drawn: Round, found: Calibration, what: str = "adjusted", error: str = "se") -> float:
    """How many true values lie in the 90 % interval about their score."""
    frame = found.applications
    return float((np.abs(frame[what].to_numpy() - drawn.value) <= NINETY * frame[error].to_numpy()).mean())


def compare(options: Options, design: Design, rounds: int) -> dict[str, Any]:
    """One line of the table."""
    places = int(CUT * design.applications)
    taus, errors = {one: [] for one in METHODS}, {one: [] for one in METHODS}
    coverage, of_advised, adjusted, weighted = [], [], 0, 0
    for seed in range(rounds):
        drawn = draw(design, seed)
        found = scored(drawn)
        coverage.append(covered(drawn, found))
        of_advised.append(covered(drawn, found, "advised", "advised_se"))
        adjusted += found.advice.adjust
        weighted += found.advice.weigh
        for name, figure in estimates(drawn, found).items():
            taus[name].append(tau(figure, drawn.value))
            errors[name].append(wrong(figure, drawn.value, places))
    gain = np.array(taus["default"]) - np.array(taus["mean"])
    line = {
        "tau": {one: round(float(np.mean(taus[one])), 4) for one in METHODS},
        "wrong": {one: round(float(np.mean(errors[one])), 4) for one in METHODS},
        "gain": round(float(gain.mean()), 4),
        "gain_se": round(float(gain.std(ddof=1) / np.sqrt(rounds)), 4) if rounds > 1 else 0.0,
        "coverage": round(float(np.mean(coverage)), 4),
        "coverage of advised": round(float(np.mean(of_advised)), 4),
        "advised to adjust": adjusted / rounds,
        "of these, to weigh too": weighted / rounds,
        "reference": {"mean": design.tau_mean, "default": design.tau},
    }
    cells = "  ".join(f"{line['tau'][one]:.3f}/{line['wrong'][one]:.3f}" for one in METHODS)
    options.say(
        f"  {design.name:<35} {cells}  {line['gain']:+.3f} ± {line['gain_se']:.3f}  {line['coverage']:.3f}  "
        f"{line['coverage of advised']:.3f}  {line['advised to adjust']:.0%} {line['of these, to weigh too']:.0%}  "
        f"({design.tau_mean:.3f}, {design.tau:.3f})"
    )
    return line


def large(applications: int, jurors: int) -> dict[str, float]:
    """Seconds, CPU and memory of calibrating one large round, and the CPU beside one product of two matrices."""
    chance = np.random.default_rng(0)
    value, severity = chance.standard_normal(applications), 0.5 * chance.standard_normal(jurors)
    first = np.arange(applications) % jurors
    table = (
        first[:, None] + np.column_stack([0 * first, *chance.integers(1, jurors // 2, (2, applications))])
    ) % jurors
    table[:, 2] = np.where(table[:, 2] == table[:, 1], (table[:, 2] + jurors // 2) % jurors, table[:, 2])
    juror = table.ravel()
    application = np.repeat(np.arange(applications), 3)
    score = value[application] + severity[juror] + 0.7 * chance.standard_normal(len(juror))
    none = np.empty(0, dtype=np.int64)
    drawn = Round(value, application, juror, score, severity, none, lambda some: (some, some.astype(float)))
    sheets = drawn.sheets()
    before, begun = time.process_time(), time.perf_counter()
    found = calibrate(sheets)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - before
    held = peak_megabytes()
    if found.refused is not None:
        raise RuntimeError("the large round of this benchmark must hang together")
    side = jurors // 2
    factor = chance.standard_normal((side, side))
    product = alternately({"product": lambda: factor @ factor}, repeat=3)["product"]
    return {
        "large round: seconds": seconds,
        "large round: CPU seconds": cpu,
        "large round: MB held": held,
        f"large round: CPU beside one product of {side:,} × {side:,} matrices": cpu / product,
        "large round: coverage": covered(drawn, found),
    }


def measure(options: Options) -> dict[str, Any]:
    """All figures; the large round first, because memory is counted from the start of the process."""
    applications, jurors = options.size(100_000, 20_000), options.size(5_000, 2_000)
    options.say(f"  large round: {applications:,} applications, {3 * applications:,} scores, {jurors:,} jurors")
    figures: dict[str, Any] = dict(large(applications, jurors))
    rounds = options.size(24, 3)
    options.say(
        f"  tau/wrong at the 25 % cut, {rounds} rounds a design: {', '.join(METHODS)}; then the gain of our default"
    )
    options.say(
        "  over the mean in tau, coverage of 90 % intervals of the default and of what is advised, how often the"
    )
    options.say("  check advises to adjust, and to weigh too (reference tau)")
    lines = {design.name: compare(options, design, rounds) for design in DESIGNS}
    figures["tau less the reference, lowest"] = min(
        line["tau"]["default"] - line["reference"]["default"] for line in lines.values()
    )
    for name in ("default", "advised"):
        figures[f"{name} less mean in tau, lowest"] = min(
            line["tau"][name] - line["tau"]["mean"] for line in lines.values()
        )
    figures["advised less default in tau, lowest"] = min(
        line["tau"]["advised"] - line["tau"]["default"] for line in lines.values()
    )
    figures["default less mean in tau, highest"] = max(line["gain"] for line in lines.values())
    figures["wrong decisions saved by the default, highest"] = max(
        line["wrong"]["mean"] - line["wrong"]["default"] for line in lines.values()
    )
    coverage = [line[one] for line in lines.values() for one in ("coverage", "coverage of advised")]
    figures["coverage of 90 % intervals, lowest"] = min(coverage)
    figures["coverage of 90 % intervals, highest"] = max(coverage)
    tables = third_tables(options, rounds)
    figures |= beside_reference(tables)
    if options.json:
        figures["designs"], figures["third review"] = lines, tables
        figures["ratios"] = {
            goal.figure: {"value": figures[goal.figure], "goal": str(goal), "held": goal.met(figures[goal.figure])}
            for goal in GOALS
        }
    return figures


if __name__ == "__main__":
    main("scoring", measure, GOALS)
