"""Why a review could not be given out, in words an officer can act on.

When jurors are full, the reason is the smallest closed circle around the application: the jurors it may still go
to, the applications those jurors hold, the jurors *they* may go to, and so on. All jurors of the circle are full,
so only more room inside it, or a juror from outside, closes the gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluators.conflicts import Candidate, Juror
from evaluators.flow import Booleans, Ints

NAMED = 5  # how many jurors a sentence names


@dataclass(frozen=True, order=True)
class Gap:
    """`missing` reviews of an application that nobody can give, and why."""

    application: str
    missing: int
    reason: str


@dataclass(frozen=True)
class Standing:
    """Where a plan ended: tables are applications by jurors. `reads` is None when languages do not matter."""

    applications: Sequence[Candidate]
    jurors: Sequence[Juror]
    reads: Booleans | None
    conflicted: Booleans
    existing: Booleans
    given: Booleans
    allowed: Booleans
    missing: Ints
    loads: Ints


def explain(standing: Standing) -> list[Gap]:
    """One gap for each application with reviews missing, sorted by id."""
    circles: dict[bytes, tuple[int, list[int]]] = {}
    return sorted(
        Gap(standing.applications[row].ref, int(standing.missing[row]), _reason(standing, row, circles))
        for row in np.flatnonzero(standing.missing > 0).tolist()
    )


def _reason(standing: Standing, row: int, circles: dict[bytes, tuple[int, list[int]]]) -> str:
    if not standing.jurors:
        return "The round has no jurors."
    application = standing.applications[row]
    left = standing.allowed[row] & ~standing.given[row]
    if not left.any():
        return _nobody_left(standing, row)
    key = left.tobytes()
    if key not in circles:
        circles[key] = _circle(standing, left)
    shared, full = circles[key]
    room = sum(standing.jurors[juror].max_load for juror in full)
    who = f"who may review it and read {application.language}" if standing.reads is not None else "who may review it"
    start = f"{_count(int(left.sum()), 'further juror')} {who}, without conflict, {_are(int(left.sum()))} full"
    if len(full) > int(left.sum()):
        start += f", and so {_are(len(full))} the {len(full)} jurors who could take over from them"
    return (
        f"{start}: {_names(standing, full)} may hold {_count(room, 'review')} in all, and "
        f"{_count(shared, 'application')} {'depends' if shared == 1 else 'depend'} on them. "
        "Raise their load or add a juror."
    )


def _nobody_left(standing: Standing, row: int) -> str:
    """No juror is left whatever the loads: count what keeps each away, first reason first."""
    application = standing.applications[row]
    everybody = np.ones(len(standing.jurors), dtype=np.bool_)
    readers = everybody if standing.reads is None else standing.reads[row]
    if not readers.any():
        return f"No juror reads {application.language}. Add a juror who does."
    has = standing.existing[row] | standing.given[row]
    parts = []
    if standing.reads is not None and (away := int((~readers).sum())):
        parts.append(f"{away} {'does' if away == 1 else 'do'} not read {application.language}")
    if away := int((readers & standing.conflicted[row] & ~has).sum()):
        parts.append(f"{away} {'has' if away == 1 else 'have'} a conflict")
    if away := int(has.sum()):
        parts.append(f"{away} {'reviews' if away == 1 else 'review'} it already")
    return f"Nobody else may review it: of {_count(len(standing.jurors), 'juror')}, {', '.join(parts)}. Add a juror."


def _circle(standing: Standing, start: Booleans) -> tuple[int, list[int]]:
    """How many applications share the closed circle reached from the jurors in `start`, and its jurors."""
    jurors, applications = start.copy(), np.zeros(len(standing.applications), dtype=np.bool_)
    while True:
        reached = standing.given[:, jurors].any(axis=1) & ~applications
        if not reached.any():
            break
        applications |= reached
        jurors |= (standing.allowed[reached] & ~standing.given[reached]).any(axis=0)
    waiting = (standing.missing > 0) & (standing.allowed & ~standing.given)[:, jurors].any(axis=1)
    full = sorted(np.flatnonzero(jurors).tolist(), key=lambda juror: standing.jurors[juror].ref)
    return int((applications | waiting).sum()), full


def _names(standing: Standing, jurors: list[int]) -> str:
    names = [standing.jurors[juror].ref for juror in jurors[:NAMED]]
    more = len(jurors) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
