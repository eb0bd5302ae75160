"""What one authority makes of the labels and scores others hand to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction


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
