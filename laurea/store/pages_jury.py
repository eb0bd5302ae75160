"""Questions of a juror's pages. Each asks only for the juror's own rows, never one with a conflict."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    select,
)

from evaluators.permissions import Timetable, opens_content
from laurea.store import direct, listed, under_review
from laurea.store import tables as t
from laurea.store.moments import beside_times, longer, times, timetable
from laurea.store.under_review import UnderReview


@dataclass(frozen=True)
class Seat:
    """A juror's place in a round."""

    juror_id: int
    round_id: int
    code: str
    title: str
    seed: int
    meets: bool  # a meeting of the jury is open
    timetable: Timetable
    done: int
    all: int


class Task(NamedTuple):
    """One row of a juror's queue."""

    assignment_id: int
    application_id: int
    ref: str
    unit_name: str
    institution: str
    country: str | None
    applicant: str
    state: str  # open | draft | submitted
    declared: bool
    skipped_at: datetime | None
    reviews_in: int  # submitted sheets of this application, used for the order, never shown


@dataclass(frozen=True)
class Desk(UnderReview):
    """Everything the score sheet of one assignment needs beside its evidence."""

    assignment_id: int
    juror_id: int
    state: str
    sheet_id: int | None
    marks: dict[str, str]
    comment: str
    saved_at: datetime | None
    version: int
    conflicted: bool
    until: datetime | None = None  # open longer than the round's review period
    done: int = 0  # of the juror's applications, told where one desk is asked for
    all: int = 0
    pages: bool = True  # whether web pages may be kept with the application

    @property
    def declared(self) -> bool:
        """Whether the juror said that there is no conflict: the sheet is opened by it."""
        return self.sheet_id is not None

    @property
    def readable(self) -> bool:
        """Whether the content may be shown to this juror."""
        return opens_content(
            declared=self.declared, conflicted=self.conflicted, handed_back=self.state == "handed_back"
        )


def _conflict(of: FromClause = t.assignments) -> ColumnElement[bool]:
    c = t.conflicts.c
    return exists().where(c.application_id == of.c.application_id, c.juror_id == of.c.juror_id)


def mine(of: FromClause = t.assignments) -> ColumnElement[bool]:
    """Whether an assignment is its juror's to work on."""
    return and_(of.c.state != "handed_back", ~_conflict(of))


def _seat() -> tuple[ColumnElement[Any], ...]:
    j, r, m = t.jurors.c, t.rounds.c, t.meetings.c
    meets = exists().where(m.round_id == r.id, m.closed_at.is_(None)).label("meets")
    return (j.id.label("juror_id"), r.id.label("round_id"), r.code, r.title, r.seed, meets)


def _seated(row: Any, until: datetime | None, done: int, all_: int) -> Seat:
    moments = longer(timetable(row), until)
    return Seat(row.juror_id, row.round_id, row.code, row.title, row.seed, row.meets, moments, done, all_)


@cache
def _seats() -> Select[Any]:
    """Built once, as `_queue` and `_desk`: putting one together takes ten times as long as asking it."""
    done = func.count().filter(t.assignments.c.state == "submitted")
    return (
        select(
            *_seat(),
            *times(),
            done.label("done"),
            func.count(t.assignments.c.id).label("all"),
            func.max(t.assignments.c.until).label("until"),
        )
        .join(t.rounds, t.rounds.c.id == t.jurors.c.round_id)
        .outerjoin(t.assignments, and_(t.assignments.c.juror_id == t.jurors.c.id, mine()))
        .where(t.jurors.c.person_id == bindparam("person"))
        .group_by(t.jurors.c.id, t.rounds.c.id)
        .order_by(t.rounds.c.review_until, t.rounds.c.id)
    )


def seats(connection: Connection, person_id: int) -> list[Seat]:
    """The rounds somebody is a juror of, with what is done; the round that ends first comes first."""
    return [_seated(row, None, row.done, row.all) for row in direct.ask(connection, _seats(), person=person_id)]


@cache
def _queues(on_postgresql: bool) -> Select[Any]:
    asked, (person, code) = listed.opened("pairs", int, str, on_postgresql=on_postgresql)
    others = t.assignments.alias("others")
    reviews_in = (
        select(func.count())
        .where(others.c.application_id == t.assignments.c.application_id, others.c.state == "submitted")
        .scalar_subquery()
    )
    # The seat is told once: reading it in each row takes longer than the tasks.
    first = func.row_number().over(partition_by=t.jurors.c.id) == 1
    return (
        select(
            t.assignments.c.id.label("assignment_id"),
            t.applications.c.id.label("application_id"),
            t.applications.c.ref,
            t.applications.c.unit_name,
            t.applications.c.institution,
            t.applications.c.country,
            t.people.c.name.label("applicant"),
            t.assignments.c.state,
            (t.sheets.c.id.is_not(None)).label("declared"),
            t.assignments.c.skipped_at,
            reviews_in.label("reviews_in"),
            t.assignments.c.until,
            *(case((first, column)).label(column.name) for column in (*_seat(), *times())),
            t.jurors.c.person_id,
            code.label("of_round"),
        )
        .select_from(asked)
        .join(t.jurors, t.jurors.c.person_id == person)
        .join(t.rounds, and_(t.rounds.c.id == t.jurors.c.round_id, t.rounds.c.code == code))
        .outerjoin(t.assignments, and_(t.assignments.c.juror_id == t.jurors.c.id, mine()))
        .outerjoin(t.applications, t.applications.c.id == t.assignments.c.application_id)
        .outerjoin(t.people, t.people.c.id == t.applications.c.applicant_id)
        .outerjoin(t.sheets, t.sheets.c.assignment_id == t.assignments.c.id)
    )


Queue = tuple[Seat, list[Task]]
"""Somebody's place in a round, and their applications in the order to read them."""


def queue(connection: Connection, person_id: int, code: str) -> Queue | None:
    """The queue of one; None where they have no place in the round."""
    return queues(connection, [(person_id, code)]).get((person_id, code))


def queues(connection: Connection, asked: Sequence[tuple[int, str]]) -> dict[tuple[int, str], Queue]:
    """The queues of many, by person and round; without those who have no place there.

    Unfinished first; among them what was not skipped, with the fewest submitted sheets; ties by a seed per juror, so
    that not all jurors read in the same order. Finished ones follow by reference.
    """
    rows = direct.ask(connection, _queues(connection.dialect.name == "postgresql"), pairs=listed.written(set(asked)))
    of_each: dict[tuple[int, str], list[Any]] = {}
    for row in rows:
        of_each.setdefault((row.person_id, row.of_round), []).append(row)
    return {pair: _queue_of(rows) for pair, rows in of_each.items()}


def _queue_of(rows: Sequence[Any]) -> Queue:
    found = [Task._make(row[: len(Task._fields)]) for row in rows if row.assignment_id is not None]
    until = max((row.until for row in rows if row.until is not None), default=None)
    told = next(row for row in rows if row.juror_id is not None)
    seat = _seated(told, until, sum(task.state == "submitted" for task in found), len(found))

    def order(task: Task) -> tuple[Any, ...]:
        if task.state == "submitted":
            return (2, "", 0, task.ref)
        skipped = task.skipped_at.isoformat() if task.skipped_at else ""
        lot = _lot(seat.seed, seat.juror_id, task.application_id)
        return (0 if not skipped else 1, skipped, task.reviews_in, lot)

    return seat, sorted(found, key=order)


@lru_cache(maxsize=20_000)
def _lot(seed: int, juror_id: int, application_id: int) -> str:
    return hashlib.sha256(f"{seed}:{juror_id}:{application_id}".encode()).hexdigest()


def desks_query(person_id: int | BindParameter[int]) -> Select[Any]:
    """Somebody's own sheets with their rounds and applications: none that was handed back or meets a conflict."""
    a, p, r, s = t.assignments.c, t.applications.c, t.rounds.c, t.sheets.c
    return (
        select(
            a.id.label("assignment_id"),
            a.application_id,
            a.juror_id,
            a.authority_id,
            a.round_id,
            a.state,
            a.until,
            *under_review.columns(),
            s.id.label("sheet_id"),
            s.marks,
            s.comment,
            s.saved_at,
            s.version,
            _conflict().label("conflicted"),
        )
        .join(t.jurors, t.jurors.c.id == a.juror_id)
        .join(t.rounds, r.id == a.round_id)
        .join(t.applications, p.id == a.application_id)
        .join(t.people, t.people.c.id == p.applicant_id)
        .outerjoin(t.sheets, s.assignment_id == a.id)
        .where(t.jurors.c.person_id == person_id, mine())
    )


@cache
def _desk() -> Select[Any]:
    """One question: over a network a question costs more than these counts."""
    own, f = t.assignments.alias("own"), t.frozen_pages.c

    def of_own(count: ColumnElement[int]) -> ColumnElement[int]:
        return select(count).where(own.c.juror_id == t.assignments.c.juror_id, mine(own)).scalar_subquery()

    done = of_own(func.count().filter(own.c.state == "submitted")).label("done")
    pages = exists().where(f.application_id == t.assignments.c.application_id).label("pages")
    one = desks_query(bindparam("person")).where(t.assignments.c.id == bindparam("assignment"))
    return one.add_columns(done, of_own(func.count()).label("all"), pages)


def desk(connection: Connection, person_id: int, assignment_id: int) -> Desk | None:
    """The desk of one assignment, or None when it is not this person's, was handed back, or meets a conflict."""
    found = direct.ask(connection, _desk(), person=person_id, assignment=assignment_id)
    return desk_of(found[0]) if found else None


def desk_of(row: Any) -> Desk:
    """A desk out of a row of `desks_query()`."""
    return Desk(timetable=timetable(row), **with_sheet(row))


def with_sheet(row: Any) -> dict[str, Any]:
    """What a row holds beside the round's moments, with a sheet that is not begun as an empty one."""
    values = beside_times(row)
    return values | {"marks": row.marks or {}, "comment": row.comment or "", "version": row.version or 0}


def given_away(connection: Connection, person_id: int, assignment_id: int) -> str:
    """Name of the application of an assignment that this person gave back; empty when there is none."""
    a, p = t.assignments.c, t.applications.c
    query = (
        select(func.coalesce(func.nullif(p.unit_name, ""), p.ref))
        .join_from(t.assignments, t.applications, p.id == a.application_id)
        .join(t.jurors, t.jurors.c.id == a.juror_id)
        .where(a.id == assignment_id, a.state == "handed_back", t.jurors.c.person_id == person_id)
    )
    return str(connection.execute(query).scalar_one_or_none() or "")
