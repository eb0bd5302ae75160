"""Why a review or an experienced seat could not be given out, so that an officer can act on it.

When jurors are full, the reason is the smallest closed circle around the application: the jurors it may still go
to, the applications those jurors hold, the jurors *they* may go to, and so on. All jurors of the circle are full,
so only more room inside it, or a juror from outside, closes the gap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evaluators.conflicts import Candidate, Juror, name_key
from evaluators.flow import Booleans, Ints
from evaluators.reasons import Clause, Reason, Why, as_data, said

NAMED = 5  # how many jurors a sentence names
BLOCK = 2_000_000  # pairs looked at in one piece


@dataclass(frozen=True)
class Lack:
    """`missing` of what an application is to have, and why."""

    application: str
    missing: int
    why: Reason

    @property
    def reason(self) -> str:
        """Why, in English."""
        return said(self.why)

    def as_data(self) -> dict[str, Any]:
        """As records and programs have it: the reason in English, and its clauses for whoever speaks otherwise."""
        return {
            "application": self.application,
            "missing": self.missing,
            "reason": self.reason,
            "why": as_data(self.why),
        }


class Gap(Lack):
    """`missing` reviews of an application that nobody can give, and why."""


class UnmetSeat(Lack):
    """`missing` seats of an application that no experienced juror can take, and why. The reviews are given all the
    same, by others; whether that is enough is the officer's to say.
    """


@dataclass(frozen=True)
class Standing:
    """Where a plan ended, over rows and columns. `allowed` gives who may review some applications, as a table.

    `barred` and `held` are columns by row: conflicts, and reviews that stand or are given now. `given` are only those
    given now (and may move), by row and column side by side. `limit` is the most reviews by one institution, `apart`
    says of which jurors an application is kept apart as a whole.
    """

    applications: Sequence[Candidate]
    jurors: Sequence[Juror]
    languages: bool
    allowed: Callable[[Ints], Booleans]
    barred: Mapping[int, Sequence[int]]
    held: Mapping[int, Sequence[int]]
    given: tuple[Ints, Ints]
    missing: Ints
    unmet: Ints
    loads: Ints
    limit: int | None = None
    apart: Callable[[int], Booleans] | None = None


def explain(standing: Standing) -> list[Gap]:
    """One gap for each application with reviews missing, sorted by id."""
    circles: dict[bytes, tuple[int, list[int]]] = {}
    gaps = [
        Gap(standing.applications[row].ref, int(standing.missing[row]), _reason(standing, row, circles))
        for row in np.flatnonzero(standing.missing > 0).tolist()
    ]
    return sorted(gaps, key=lambda gap: gap.application)


def explain_seats(standing: Standing) -> list[UnmetSeat]:
    """One line for each application with seats that no experienced juror can take, sorted by id."""
    seats = [
        UnmetSeat(standing.applications[row].ref, int(standing.unmet[row]), _seat(standing, row))
        for row in np.flatnonzero(standing.unmet > 0).tolist()
    ]
    return sorted(seats, key=lambda seat: seat.application)


def _reason(standing: Standing, row: int, circles: dict[bytes, tuple[int, list[int]]]) -> Reason:
    if not standing.jurors:
        return (Clause(Why.NO_JURORS),)
    left = _left(standing, row)
    if not left.any():
        return _nobody_left(standing, row)
    key = left.tobytes()
    if key not in circles:
        circles[key] = _circle(standing, left)
    shared, full = circles[key]
    rooms = np.array([juror.max_load for juror in standing.jurors], dtype=np.int64)
    start = _full(standing, row, left)
    if (standing.loads[full] < rooms[full]).any():
        return (*start, Clause(Why.ONLY_AGAINST_LIMIT), Clause(Why.ADD))
    names = tuple(standing.jurors[juror].ref for juror in full[:NAMED])
    return (
        *start,
        *_counted(Why.OTHERS_FULL, len(full) - int(left.sum())),
        Clause(Why.HOLD, n=int(rooms[full].sum()), names=names, more=len(full) - len(names)),
        Clause(Why.DEPEND, n=shared),
        Clause(Why.RAISE_OR_ADD),
    )


def _full(standing: Standing, row: int, left: Booleans) -> Reason:
    """That everybody who may still review it is full, counted among those who read its language."""
    language, full = standing.applications[row].language, int(left.sum())
    if not (standing.languages and language):
        return (Clause(Why.NO_ROOM), Clause(Why.MAY_AND_FULL, n=full))
    readers = _readers(standing, row)
    parts = (*_counted(Why.FULL, full), *_kept_away(standing, row, readers))
    many = int(readers.sum())
    read = Clause(Why.READ_AND_FULL, n=many) if full == many else Clause(Why.READ, n=many, parts=parts)
    return (Clause(Why.NO_READER_WITH_ROOM, language=language), read)


def _nobody_left(standing: Standing, row: int) -> Reason:
    """No juror is left whatever the loads: count what keeps each away, first reason first."""
    readers, language = _readers(standing, row), standing.applications[row].language
    if not readers.any():
        return (Clause(Why.NO_READER, language=language), Clause(Why.ADD_READER))
    parts = (*_counted(Why.UNREAD, int((~readers).sum()), language), *_kept_away(standing, row, readers))
    return (Clause(Why.NOBODY_ELSE), Clause(Why.OF_JURORS, n=len(standing.jurors), parts=parts), Clause(Why.ADD))


def _kept_away(standing: Standing, row: int, among: Booleans) -> Reason:
    """How many of some jurors have a conflict, review it already, or share an institution at its limit."""
    has, conflicted = (
        _mark(standing, standing.held, row),
        _mark(standing, standing.barred, row),
    )
    if standing.apart is not None:
        conflicted |= standing.apart(row)
    at_limit = _at_limit(standing, row) & ~has & ~conflicted & among
    limit = standing.limit or 0
    return (
        *_counted(Why.CONFLICT, int((among & conflicted & ~has).sum())),
        *_counted(Why.REVIEWING, int((has & among).sum())),
        *(replace(one, limit=limit) for one in _counted(Why.INSTITUTION_FULL, int(at_limit.sum()))),
    )


def _counted(key: Why, number: int, language: str = "") -> Reason:
    """What holds of so many jurors; nothing where it holds of none."""
    return (Clause(key, n=number, language=language),) if number else ()


def _seat(standing: Standing, row: int) -> Reason:
    experienced = np.array([juror.experienced for juror in standing.jurors], dtype=np.bool_)
    if not experienced.any():
        return (Clause(Why.NO_EXPERIENCED), Clause(Why.NAME_EXPERIENCED))
    left = _left(standing, row) & experienced
    rooms = np.array([juror.max_load for juror in standing.jurors], dtype=np.int64)
    readers, language = _readers(standing, row), standing.applications[row].language
    parts = (
        *_counted(Why.UNREAD, int((experienced & ~readers).sum()), language),
        *_kept_away(standing, row, experienced & readers),
        *_counted(Why.FULL, int((left & (standing.loads >= rooms)).sum())),
        *_counted(Why.AT_A_PRICE, int((left & (standing.loads < rooms)).sum())),
    )
    return (
        Clause(Why.NO_EXPERIENCED_FREE),
        Clause(Why.OF_EXPERIENCED, n=int(experienced.sum()), parts=parts),
        Clause(Why.RAISE_OR_NAME),
    )


def _left(standing: Standing, row: int) -> Booleans:
    """Who may still review an application, loads aside."""
    left = standing.allowed(np.array([row]))[0].copy()
    left &= ~_mark(standing, standing.held, row) & ~_at_limit(standing, row)
    return np.asarray(left)


def _readers(standing: Standing, row: int) -> Booleans:
    language = standing.applications[row].language
    if not standing.languages or not language:
        return np.ones(len(standing.jurors), dtype=np.bool_)
    return np.array([language in juror.languages for juror in standing.jurors], dtype=np.bool_)


def _mark(standing: Standing, columns: Mapping[int, Sequence[int]], row: int) -> Booleans:
    marked = np.zeros(len(standing.jurors), dtype=np.bool_)
    marked[list(columns.get(row, ()))] = True
    return marked


def _at_limit(standing: Standing, row: int) -> Booleans:
    """Jurors whose institution gives as many reviews of the application as it may."""
    if standing.limit is None:
        return np.zeros(len(standing.jurors), dtype=np.bool_)
    names = [name_key(juror.institution) for juror in standing.jurors]
    held = [names[column] for column in standing.held.get(row, ())]
    return np.array(
        [bool(name) and held.count(name) >= standing.limit for name in names],
        dtype=np.bool_,
    )


def _circle(standing: Standing, start: Booleans) -> tuple[int, list[int]]:
    """How many applications share the closed circle reached from the jurors in `start`, and its jurors."""
    rows, columns = standing.given
    jurors, applications = (
        start.copy(),
        np.zeros(len(standing.applications), dtype=np.bool_),
    )
    step = max(1, BLOCK // len(standing.jurors))

    def may(some: Ints) -> list[Booleans]:
        tables = []
        for first in range(0, len(some), step):
            table = standing.allowed(some[first : first + step]).copy()
            for place, row in enumerate(some[first : first + step].tolist()):
                table[place, list(standing.held.get(row, ()))] = False
            tables.append(table)
        return tables

    while True:
        reached = np.unique(rows[jurors[columns]])
        reached = reached[~applications[reached]]
        if not len(reached):
            break
        applications[reached] = True
        for table in may(reached):
            jurors |= table.any(axis=0)
    short = np.flatnonzero((standing.missing > 0) & ~applications)
    waiting = sum(int(table[:, jurors].any(axis=1).sum()) for table in may(short))
    full = sorted(np.flatnonzero(jurors).tolist(), key=lambda juror: standing.jurors[juror].ref)
    return int(applications.sum()) + waiting, full
