"""Simulated juries with known truth, for benchmarks/scoring.py: the designs of the table in its docstring.

An application's value is normal with standard deviation 1, a juror's severity 0.5, noise 0.7, three scores each, 1,000
applications and 100 jurors, unless a design says otherwise. Where the reference table leaves a figure open (how far
panels differ, how unequal jurors are, how strongly severe jurors meet good applications), it was set so that the *plain
mean* and *centring* come out as there; our own method had no part in that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Design:
    """How a jury works. `tau_mean`, `tau`: the reference for Kendall's tau of the mean and of the default."""

    name: str
    tau_mean: float
    tau: float
    applications: int = 1_000
    jurors: int = 100
    reviews: int = 3
    severity: float = 0.5
    noise: float = 0.7
    panels: int = 1  # jurors and applications are divided evenly; an application meets its own panel
    bridges: float = 0.0  # share of applications that have a juror of another panel in place of one of their own
    panel_value: float = 0.6  # standard deviation of panels' mean value, within the total of 1
    spread: float = 0.0  # standard deviation of the logarithm of how widely jurors use the scale
    reliability: float = 0.0  # of the logarithm of their noise
    sorting: float | None = None  # severe jurors get the better applications: noise on what they are sorted by
    step: float | None = None  # scores are rounded to this, and kept within 2 standard deviations of the middle
    outliers: float = 0.0  # share of scores with 2.5 points up or down added
    missing: float = 0.0  # share of sheets that never came; every application keeps one


DESIGNS = (
    Design("random assignment", 0.707, 0.750),
    Design("unequal jurors", 0.686, 0.725, spread=0.2, reliability=0.35),
    Design("panels, 15 % bridges", 0.700, 0.743, panels=10, bridges=0.15),
    Design("panels, 5 % bridges", 0.701, 0.739, panels=10, bridges=0.05),
    Design("panels, no bridge", 0.703, 0.732, panels=10),
    Design("severe jurors, better applications", 0.633, 0.737, sorting=1.3),
    Design("realistic mix", 0.660, 0.688, panels=10, bridges=0.1, spread=0.2, reliability=0.35, step=0.25,
           outliers=0.02, missing=0.1),
    Design("5-point scale", 0.716, 0.722, severity=0.5, step=1.0),
    Design("few scores per juror", 0.705, 0.729, jurors=600),
    Design("no severity", 0.755, 0.755, severity=0.0),
    Design("very different severities", 0.611, 0.750, severity=1.0),
    Design("five scores each", 0.765, 0.799, reviews=5),
)  # fmt: skip


@dataclass(frozen=True)
class Round:
    """One drawn round. `value` is the truth of each application; one entry a sheet in the other arrays."""

    value: Floats
    application: Ints
    juror: Ints
    score: Floats
    severity: Floats  # of each juror, added to a score
    panel: Ints  # of each application
    more: Callable[[Ints], tuple[Ints, Floats]]  # a further juror and score for each of the given applications

    def sheets(self) -> pl.DataFrame:
        """The round as the evaluators take it."""
        return pl.DataFrame(
            {
                "application_id": [f"A{one:06d}" for one in self.application.tolist()],
                "juror_id": [f"J{one:05d}" for one in self.juror.tolist()],
                "score": self.score,
            }
        )

    def with_more(self, some: Ints) -> Round:
        """The round after one further review of `some`."""
        juror, score = self.more(some)
        return replace(
            self,
            application=np.concatenate([self.application, some]),
            juror=np.concatenate([self.juror, juror]),
            score=np.concatenate([self.score, score]),
        )


def draw(design: Design, seed: int) -> Round:
    """A round of the design; the same seed draws the same applications and jurors in every design that has them."""
    people = np.random.default_rng([seed, 1])
    chance = np.random.default_rng([seed, 2])
    value = people.standard_normal(design.applications)
    severity = people.standard_normal(design.jurors)
    severity *= design.severity / severity.std()
    width = np.exp(design.spread * people.standard_normal(design.jurors))
    blur = design.noise * np.exp(design.reliability * people.standard_normal(design.jurors))
    panel = np.sort(np.arange(design.applications) % design.panels)
    if design.panels > 1:
        level = people.standard_normal(design.panels) * design.panel_value
        value = np.sqrt(1 - design.panel_value**2) * value + level[panel]
    value = (value - value.mean()) / value.std()  # as of the severities: rounds do not differ in how hard they are
    seats = np.sort(np.arange(design.jurors) % design.panels)
    table = _assigned(design, value, severity, panel, seats, chance)
    application = np.repeat(np.arange(design.applications), design.reviews)
    juror = table.ravel()
    if design.missing:
        gone = chance.random(len(juror)) < design.missing
        gone[:: design.reviews] = False  # the first sheet came in any case
        application, juror = application[~gone], juror[~gone]

    def judged(some: Ints, who: Ints) -> Floats:
        score = width[who] * value[some] + severity[who] + blur[who] * chance.standard_normal(len(some))
        if design.outliers:
            struck = chance.random(len(some)) < design.outliers
            score = score + struck * chance.choice([-2.5, 2.5], size=len(some))
        if design.step is not None:
            score = np.clip(np.round(score / design.step) * design.step, -2.0, 2.0)
        return score

    def more(some: Ints) -> tuple[Ints, Floats]:
        who = np.empty(len(some), dtype=np.int64)
        for place, one in enumerate(some.tolist()):
            open_ = np.setdiff1d(np.flatnonzero(seats == panel[one]), juror[application == one])
            who[place] = chance.choice(open_)
        return who, judged(some, who)

    return Round(value, application, juror, judged(application, juror), severity, panel, more)


def _assigned(
    design: Design, value: Floats, severity: Floats, panel: Ints, seats: Ints, chance: np.random.Generator
) -> Ints:
    """Jurors by application, loads even within a panel, nobody twice on one application."""
    if design.sorting is not None:
        return _sorted(design, value, severity, chance)
    table = np.empty((design.applications, design.reviews), dtype=np.int64)
    for one in range(design.panels):
        some, bench = np.flatnonzero(panel == one), np.flatnonzero(seats == one)
        slots = np.resize(bench, len(some) * design.reviews)
        table[some] = _distinct(chance.permutation(slots).reshape(len(some), design.reviews), chance)
    for row in chance.permutation(design.applications)[: round(design.bridges * design.applications)].tolist():
        table[row, chance.integers(design.reviews)] = chance.choice(np.flatnonzero(seats != panel[row]))
    return table


def _sorted(design: Design, value: Floats, severity: Floats, chance: np.random.Generator) -> Ints:
    """The better an application seems, the more severe its jurors, with noise on how it seems to each."""
    assert design.sorting is not None
    seems = np.repeat(value, design.reviews) + design.sorting * chance.standard_normal(len(value) * design.reviews)
    load = np.sort(np.resize(np.argsort(np.argsort(severity)), len(seems)))  # places of jurors, the severest first
    slots = np.empty(len(seems), dtype=np.int64)
    slots[np.argsort(-seems)] = np.argsort(severity)[load]
    return _distinct(slots.reshape(len(value), design.reviews), chance, near=True)


def _distinct(table: Ints, chance: np.random.Generator, *, near: bool = False) -> Ints:
    """The table with entries swapped until no row has one twice; `near`: only with rows that hold alike jurors."""
    count, width = table.shape
    for _ in range(10_000):
        ordered = np.sort(table, axis=1)
        rows = np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))
        if not len(rows):
            return table
        for row in rows.tolist():
            names, times = np.unique(table[row], return_counts=True)
            place = int(np.flatnonzero(table[row] == names[times.argmax()])[0])
            other, there = int(chance.integers(count)), int(chance.integers(width))
            if near:
                table[row, place] = (table[row, place] + chance.integers(1, 4)) % (table.max() + 1)
            else:
                table[row, place], table[other, there] = table[other, there], table[row, place]
    raise RuntimeError("the panel is too small for that many reviews")


def tau(left: Floats, right: Floats) -> float:
    """Kendall's tau-b, by all pairs."""
    a, b = (np.sign(one[:, None] - one).astype(np.float32).ravel() for one in (left, right))
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def best(score: Floats, places: int) -> Ints:
    """The positions of the best; equals by position, which says nothing of their value."""
    return np.argsort(-score, kind="stable")[:places]


def wrong(score: Floats, value: Floats, places: int) -> float:
    """The share of places that go to others than the truly best."""
    return 1 - len(np.intersect1d(best(score, places), best(value, places))) / places


def mean(drawn: Round) -> Floats:
    """The plain mean."""
    size = np.bincount(drawn.application)
    return np.bincount(drawn.application, drawn.score) / size


def median(drawn: Round) -> Floats:
    """The median, the lower and upper of an even number averaged."""
    frame = pl.DataFrame({"a": drawn.application, "s": drawn.score}).group_by("a").agg(pl.col("s").median()).sort("a")
    return frame["s"].to_numpy()


def standardised(drawn: Round, *, scale: bool) -> Floats:
    """The mean of scores centred per juror; with `scale` divided by the juror's standard deviation (z-score)."""
    load = np.maximum(np.bincount(drawn.juror), 1)
    centre = np.bincount(drawn.juror, drawn.score) / load
    score = drawn.score - centre[drawn.juror]
    if scale:
        width = np.sqrt(np.bincount(drawn.juror, score**2) / np.maximum(load - 1, 1))
        score = score / np.where(width > 0, width, 1.0)[drawn.juror]
    return mean(replace(drawn, score=score))


def informed(drawn: Round) -> Floats:
    """The mean of scores freed of the true severities: what knowing the jurors would give."""
    return mean(replace(drawn, score=drawn.score - drawn.severity[drawn.juror]))
