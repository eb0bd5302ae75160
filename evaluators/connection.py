"""Which jurors and applications hang together by shared reviews, and the fewest further reviews that join all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluators.scores import Ints, Scores

NAMED = 5  # how many further reviews a sentence names


@dataclass(frozen=True)
class Bridge:
    """One further review that joins two parts of a jury: `juror` also judges `application`, which `beside` judged."""

    juror: str
    application: str
    beside: str


@dataclass(frozen=True)
class Part:
    """Jurors and applications that hang together by shared reviews; no review leads out of a part."""

    jurors: tuple[str, ...]
    applications: int
    sheets: int


def parts_of(scores: Scores) -> tuple[tuple[Part, ...], Ints]:
    """The parts, most sheets first, and the part of each juror (by position)."""
    label = _labels(scores)
    roots, part = np.unique(label, return_inverse=True)
    sheets = np.bincount(part[scores.juror], minlength=len(roots))
    order = np.argsort(-sheets, kind="stable")
    place = np.empty(len(roots), dtype=np.int64)
    place[order] = np.arange(len(roots))
    part = place[part]
    of_application = np.zeros(len(scores.applications), dtype=np.int64)
    of_application[scores.application] = part[scores.juror]
    applications = np.bincount(of_application, minlength=len(roots))
    members: list[list[str]] = [[] for _ in roots]
    for juror, where in zip(scores.jurors, part.tolist(), strict=True):
        members[where].append(juror)
    found = tuple(
        Part(tuple(some), int(count), int(number))
        for some, count, number in zip(members, applications, sheets[order], strict=True)
    )
    return found, part


def _labels(scores: Scores) -> Ints:
    """For each juror the first juror of its part: labels sink along shared applications, then along each other."""
    label = np.arange(len(scores.jurors), dtype=np.int64)
    while True:
        lowest = np.full(len(scores.applications), len(label), dtype=np.int64)
        np.minimum.at(lowest, scores.application, label[scores.juror])
        sunk = label.copy()
        np.minimum.at(sunk, label[scores.juror], lowest[scores.application])
        while not np.array_equal(sunk[sunk], sunk):
            sunk = sunk[sunk]
        sunk = sunk[label]
        if np.array_equal(sunk, label):
            return label
        label = sunk


def bridges(scores: Scores, part: Ints) -> tuple[Bridge, ...]:
    """One review for each part but the largest: its busiest juror also judges an application of the largest part.

    Fewer cannot join them. The jurors of the largest part are taken in turn, busiest first, so that nobody is the
    measure of all; of each the application with the fewest sheets that no other bridge uses yet.
    """
    load, size = scores.per_juror, scores.per_application
    order = np.argsort(-load, kind="stable")
    hub = [int(juror) for juror in order if part[juror] == 0]
    papers: dict[int, list[int]] = {juror: [] for juror in hub}
    inside = part[scores.juror] == 0
    for application, juror in zip(scores.application[inside].tolist(), scores.juror[inside].tolist(), strict=True):
        papers[juror].append(application)
    for some in papers.values():
        some.sort(key=lambda application: int(size[application]))
    found: list[Bridge] = []
    busiest: dict[int, int] = {}
    for juror in order.tolist():
        busiest.setdefault(int(part[juror]), juror)
    for turn, where in enumerate(range(1, int(part.max()) + 1)):
        beside = hub[turn % len(hub)]
        paper = papers[beside][(turn // len(hub)) % len(papers[beside])]
        found.append(Bridge(scores.jurors[busiest[where]], scores.applications[paper], scores.jurors[beside]))
    return tuple(found)


def not_joined(parts: tuple[Part, ...], found: tuple[Bridge, ...]) -> str:
    """Why scores of several parts cannot be compared, and what would change it, in words."""
    sizes = [_count(len(part.jurors), "juror") for part in parts[:NAMED]]
    more = f" and {len(parts) - NAMED} smaller ones" if len(parts) > NAMED else ""
    steps = "; ".join(f"{one.juror} also judges {one.application}, beside {one.beside}" for one in found[:NAMED])
    rest = f"; and {len(found) - NAMED} more" if len(found) > NAMED else ""
    join = "One further review joins" if len(found) == 1 else f"{len(found)} further reviews join"
    return (
        f"The jury falls into {len(parts)} parts that share no application ({', '.join(sizes)}{more}), so these scores "
        f"cannot show whether one part is stricter than another. {join} them: {steps}{rest}."
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
