"""What one authority makes of the labels and scores others hand to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import polars as pl

from evaluators import bench, decide, selection
from evaluators.facts import Frames, to_frames
from rules.plan import Plan


@dataclass(frozen=True)
class Label:
    """A label one country granted for a project, with the exact score it was granted on."""

    project: str
    country: str
    score: Fraction


@dataclass(frozen=True)
class Standing:
    """How a project stands over all countries: distinct countries with a label, and its average score."""

    project: str
    countries: tuple[str, ...]
    average: Fraction


def _mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def _mean_of_labels(by_country: Mapping[str, Sequence[Fraction]]) -> Fraction:
    return _mean([score for scores in by_country.values() for score in scores])


def _mean_of_country_means(by_country: Mapping[str, Sequence[Fraction]]) -> Fraction:
    return _mean([_mean(scores) for scores in by_country.values()])


AVERAGING: Mapping[str, Callable[[Mapping[str, Sequence[Fraction]]], Fraction]] = {
    "mean_of_labels": _mean_of_labels,
    "mean_of_country_means": _mean_of_country_means,
}


def standings(labels: Sequence[Label], averaging: str) -> list[Standing]:
    """Each project's countries and average, by project id.

    `averaging` is the officer's answer to a question the sources leave open: a mean over all labels, or
    over the countries' means. The two differ where a country granted several labels for one project.
    """
    scores: dict[str, dict[str, list[Fraction]]] = defaultdict(lambda: defaultdict(list))
    for label in labels:
        scores[label.project][label.country].append(label.score)
    mean = AVERAGING[averaging]
    return [
        Standing(project, tuple(sorted(by_country)), mean(by_country)) for project, by_country in sorted(scores.items())
    ]


def decimal_text(value: Fraction, scale: int) -> str:
    """A fraction as a decimal with `scale` digits, cut and not rounded, so that no threshold is passed by it."""
    sign = "-" if value < 0 else ""
    digits = abs(value.numerator) * 10**scale // value.denominator
    return f"{sign}{digits // 10**scale}.{digits % 10**scale:0{scale}d}" if scale else f"{sign}{digits}"


PROPOSED = "proposed"
"""The fact that an office nominates a project, in rule sets that leave the choice to it."""


@dataclass(frozen=True)
class Choice:
    """What one office may nominate: so many `places`, counted of `base` projects by `clause`.

    `bars`: for each application, the first clause that keeps it from being nominated; empty where none does.
    """

    clause: str
    places: int
    base: int
    bars: Mapping[str, str]


def choices(plan: Plan, rows: Sequence[Mapping[str, Any]]) -> dict[str, Choice]:
    """The choice of each group of a round (its country, as the rule set groups its places), or nothing where its rules
    leave none. `rows` as `to_frames` takes them. What is not known yet bars nothing.

    Places are those that are certain: while a competitor's part in the base is unknown, the fewest there can be.
    """
    run = plan.selection
    if run is None or run.group is None or PROPOSED not in plan.ruleset.facts or not rows:
        return {}
    wished = _supposing(plan, rows, True)
    verdicts = decide.decide(plan, wished)
    if decide.decide(plan, _supposing(plan, rows, False))["screening"].equals(verdicts["screening"]):
        return {}
    placed = selection.placed(run, bench.evaluate(plan, wished, None))
    found: dict[str, Choice] = {}
    for group, refs, base, fewest in (
        placed.group_by("group", maintain_order=True)
        .agg("application_id", pl.col("in_base").fill_null(False).sum(), pl.col("cap_low").first())
        .iter_rows()
    ):
        mine = verdicts.filter(pl.col("application_id").is_in(refs))
        barred = mine.select("application_id", pl.when(pl.col("screening") == "ineligible").then("first_failing"))
        bars = {ref: str(clause or "") for ref, clause in barred.iter_rows()}
        found[str(group)] = Choice(run.id, int(fewest), int(base), bars)
    return found


def _supposing(plan: Plan, rows: Sequence[Mapping[str, Any]], proposed: bool) -> Frames:
    """The frames, as if every project were nominated, or none."""
    return to_frames(plan.ruleset, [{**row, "facts": {**row["facts"], PROPOSED: proposed}} for row in rows])


@dataclass(frozen=True)
class Wrong:
    """Why nominations cannot be taken: the clause, and the projects that it bars; none: there are too many in all."""

    clause: str
    projects: tuple[str, ...] = ()


def wrong(offered: Sequence[Mapping[str, Any]], places: int, clause: str, picked: Collection[str]) -> list[Wrong]:
    """What is wrong with the projects an office picked from the list it was given; nothing: they can be nominated.

    `offered`: rows with `project_id` and `bar`, the clause that keeps a project from being nominated. Raises ValueError
    for a project that is not on the list.
    """
    bars = {str(row["project_id"]): str(row["bar"]) for row in offered}
    if strange := sorted(set(picked) - set(bars)):
        raise ValueError(f"not on the list: {', '.join(strange)}")
    by_clause: dict[str, list[str]] = defaultdict(list)
    for project, bar in bars.items():
        if bar and project in picked:
            by_clause[bar].append(project)
    found = [Wrong(name, tuple(projects)) for name, projects in by_clause.items()]
    return [*found, Wrong(clause)] if len(set(picked)) > places else found


def best(offered: Sequence[Mapping[str, Any]], places: int) -> list[str]:
    """The projects with the highest averages that can be nominated, as many as there are places.

    Of equals at the last place none is picked: an office says itself which of them it means.
    """
    can = sorted((row for row in offered if not row["bar"]), key=lambda row: Fraction(row["average"]), reverse=True)
    if len(can) > places:
        last = Fraction(can[places]["average"])
        can = [row for row in can[:places] if Fraction(row["average"]) > last]
    return [str(row["project_id"]) for row in can]
