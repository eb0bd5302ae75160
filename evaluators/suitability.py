"""How well a juror suits an application: what both say of themselves, and affinities where they are given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.conflicts import Candidate, Juror, name_key
from evaluators.flow import Booleans, Ints


@dataclass(frozen=True)
class Weights:
    """What makes a juror suit an application. The best pair earns the sum of the first kind of each, 1000.

    `first_language` when the application is in the first language the juror names, `other_language` when in
    another of them; `other_region` and `other_institution` when juror and applicant do not share them. Where one
    side does not say, half is earned: not knowing is neither far nor near. Where affinities are given they make up
    `affinity` (0 to 1000) of 1000 points, and the rest shares what remains in proportion.
    """

    first_language: int = 500
    other_language: int = 400
    other_region: int = 250
    other_institution: int = 250
    affinity: int = 600

    @property
    def whole(self) -> int:
        """What the best pair earns where no affinities are given."""
        return max(self.first_language, self.other_language) + self.other_region + self.other_institution

    @property
    def rest(self) -> int:
        """What the best pair earns beside its affinity, where affinities are given."""
        return 1000 - self.affinity if self.whole else 0

    def most(self, *, affinities: bool) -> int:
        """The most a pair can be worth, with affinities given or without."""
        return self.affinity + self.rest if affinities else self.whole


USUAL = Weights()


@dataclass(frozen=True, eq=False)
class PairScores:
    """A number for each of some pairs, as three columns side by side: the form for millions of pairs.

    `application` and `juror` are positions in the sequences handed to `plan`; `score` is 0 to 1. A pair may stand
    once. A pair that does not stand here scores 0.
    """

    application: Ints
    juror: Ints
    score: NDArray[np.float64]


def _place(country: str, region: str) -> str:
    return f"{name_key(country)}/{name_key(region)}" if region else ""


def classes(
    papers: Sequence[Candidate], panel: Sequence[Juror], weights: Weights, apart: Collection[str] = ()
) -> tuple[Ints, Ints, Booleans, Booleans]:
    """The class of each application; for each class and juror what they are worth, whether they read it, and whether
    they are kept apart because they share what `apart` names (own_region, own_country).
    """
    here = [_place(juror.country, juror.region) for juror in panel]
    known = {*here, ""}
    countries = {name_key(juror.country) for juror in panel} if "own_country" in apart else set()
    keys = []
    for paper in papers:
        place = _place(paper.country, paper.region)
        keys.append(
            (
                paper.language,
                place if place in known else "?",
                bool(name_key(paper.institution)),
                country if (country := name_key(paper.country)) in countries else "",
            )
        )
    kinds = sorted(set(keys))
    number = {key: index for index, key in enumerate(kinds)}
    spoken = sorted({language for language, *_ in kinds})
    place_of = {language: index for index, language in enumerate(spoken)}
    shape = (len(spoken), len(panel))
    reads = np.array([[not s or s in j.languages for j in panel] for s in spoken], dtype=np.bool_).reshape(shape)
    first = np.array([[j.languages[:1] == (s,) for j in panel] for s in spoken], dtype=np.bool_).reshape(shape)
    tongue = np.where(reads, np.where(first, weights.first_language, weights.other_language), 0)
    numbers = {place: index for index, place in enumerate(sorted({*known, "?"}))}
    where = np.array([numbers[place] for place in here], dtype=np.int64)
    silent = np.array([not name_key(juror.institution) for juror in panel], dtype=np.bool_)
    traits = np.zeros((len(kinds), len(panel)), dtype=np.int64)
    closed = np.zeros((len(kinds), len(panel)), dtype=np.bool_)
    for index, (language, place, named, country) in enumerate(kinds):
        far = np.where(where == numbers[place], 0, weights.other_region)
        far[(where == numbers[""]) | (place == "")] = weights.other_region // 2
        away = np.where(
            silent | (not named),
            weights.other_institution // 2,
            weights.other_institution,
        )
        if "own_region" in apart and place not in {"", "?"}:
            closed[index] |= where == numbers[place]
        if country:
            closed[index] |= np.array([name_key(juror.country) == country for juror in panel], dtype=np.bool_)
        traits[index] = tongue[place_of[language]] + far + away
    kind = np.array([number[key] for key in keys], dtype=np.int64)
    return (
        kind,
        traits,
        reads[[place_of[language] for language, *_ in kinds]].reshape(len(kinds), len(panel)),
        closed,
    )


def shared(papers: Sequence[Candidate], panel: Sequence[Juror]) -> tuple[Ints, Ints]:
    """Pairs of one institution."""
    jurors: dict[str, list[int]] = defaultdict(list)
    for column, juror in enumerate(panel):
        if key := name_key(juror.institution):
            jurors[key].append(column)
    pairs = [
        (row, column) for row, paper in enumerate(papers) for column in jurors.get(name_key(paper.institution), ())
    ]
    both = np.array(pairs, dtype=np.int64).reshape(len(pairs), 2)
    return both[:, 0], both[:, 1]
