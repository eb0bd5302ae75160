"""Who reviews what, as an officer's pages ask for it: loads, fit, seats, pins. Bound to one round."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, case, false, func, or_, select

from laurea.store import tables as t

LIVE = t.assignments.c.state != "handed_back"


@dataclass(frozen=True)
class Seat:
    """A juror of a round: who it is, what they may hold and hold, how far they are."""

    id: int
    person_id: int
    ref: str
    name: str
    country: str | None
    institution: str
    languages: list[str]
    experienced: bool
    min_load: int
    max_load: int
    reserve: bool
    left_at: datetime | None
    left_why: str
    all: int
    done: int
    started: int
    overdue: int  # not submitted though their time is over
    conflicts: int  # declared
    fit: int  # of all they hold, together
    until: datetime | None  # open longer than the round's review period
    last_saved: datetime | None

    @property
    def left_to_do(self) -> int:
        """What is not submitted yet."""
        return self.all - self.done


@dataclass(frozen=True)
class Cover:
    """An application that is to be reviewed: reviews given out, by how many experienced jurors, and their fit."""

    id: int
    ref: str
    unit_name: str
    reviews: int
    experienced: int
    fit: int


@dataclass(frozen=True)
class Held:
    """An application a juror holds."""

    application_id: int
    ref: str
    unit_name: str
    state: str
    until: datetime | None


@dataclass(frozen=True)
class PinRow:
    """A pair an officer pinned (must) or barred (never)."""

    application: str
    juror: str
    name: str
    pin: str


def seats(
    connection: Connection, round_id: int, now: datetime, *, over: bool, juror_id: int | None = None
) -> list[Seat]:
    """The jury; who is late and who has most left to do comes first, who left last.

    `over`: whether the round's review period is over, so that only those given more time are not late.
    """
    a, j, s = t.assignments.c, t.jurors.c, t.sheets.c
    declared = (
        select(func.count())
        .where(t.conflicts.c.juror_id == j.id, t.conflicts.c.source == "declared")
        .correlate(t.jurors)
        .scalar_subquery()
    )
    open_ = a.state.in_(("open", "draft"))
    late = and_(open_, or_(a.until.is_(None), a.until <= now)) if over else false()
    done, all_ = func.count().filter(a.state == "submitted"), func.count(a.id)
    overdue = func.count().filter(late)
    query = (
        select(
            j.id, j.person_id, j.ref, t.people.c.name, j.country, j.institution, j.languages, j.experienced,
            j.min_load, j.max_load, j.reserve, j.left_at, j.left_why, all_.label("all"), done.label("done"),
            func.count().filter(a.state == "draft").label("started"), overdue.label("overdue"),
            declared.label("conflicts"), func.coalesce(func.sum(a.quality), 0).label("fit"),
            func.max(a.until).label("until"), func.max(s.saved_at).label("last_saved"),
        )
        .select_from(t.jurors)
        .join(t.people, t.people.c.id == j.person_id)
        .outerjoin(t.assignments, and_(a.juror_id == j.id, LIVE))
        .outerjoin(t.sheets, s.assignment_id == a.id)
        .where(j.round_id == round_id)
        .group_by(j.id, t.people.c.name)
        .order_by(j.left_at.is_not(None), overdue.desc(), (all_ - done).desc(), t.people.c.name, j.id)
    )  # fmt: skip
    if juror_id is not None:
        query = query.where(j.id == juror_id)
    return [Seat(**row._mapping) for row in connection.execute(query)]


def covers(connection: Connection, round_id: int) -> list[Cover]:
    """The applications that are to be reviewed, by reference."""
    a, s, j = t.applications.c, t.assignments.c, t.jurors.c
    seated = func.coalesce(func.sum(case((j.experienced, 1), else_=0)), 0)
    query = (
        select(
            a.id,
            a.ref,
            a.unit_name,
            func.count(s.id).label("reviews"),
            seated.label("experienced"),
            func.coalesce(func.sum(s.quality), 0).label("fit"),
        )
        .select_from(t.applications)
        .outerjoin(t.assignments, and_(s.application_id == a.id, LIVE))
        .outerjoin(t.jurors, j.id == s.juror_id)
        .where(a.round_id == round_id, a.state.in_(("eligible", "assigned")))
        .group_by(a.id)
        .order_by(a.ref, a.id)
    )
    return [Cover(**row._mapping) for row in connection.execute(query)]


def held_by(connection: Connection, juror_id: int) -> list[Held]:
    """What a juror holds, unfinished first."""
    s, a = t.assignments.c, t.applications.c
    query = (
        select(s.application_id, a.ref, a.unit_name, s.state, s.until)
        .join_from(t.assignments, t.applications, a.id == s.application_id)
        .where(s.juror_id == juror_id, LIVE)
        .order_by(s.state == "submitted", a.ref)
    )
    return [Held(**row._mapping) for row in connection.execute(query)]


def pins(connection: Connection, round_id: int) -> list[PinRow]:
    """What officers pinned and barred, by application."""
    p = t.pins.c
    query = (
        select(t.applications.c.ref.label("application"), t.jurors.c.ref.label("juror"), t.people.c.name, p.pin)
        .join_from(t.pins, t.applications, t.applications.c.id == p.application_id)
        .join(t.jurors, t.jurors.c.id == p.juror_id)
        .join(t.people, t.people.c.id == t.jurors.c.person_id)
        .where(p.round_id == round_id)
        .order_by(t.applications.c.ref, t.jurors.c.ref)
    )
    return [PinRow(**row._mapping) for row in connection.execute(query)]


def titles(connection: Connection, round_id: int, refs: Collection[str]) -> dict[str, tuple[int, str]]:
    """Id and title of applications, by reference."""
    a = t.applications.c
    query = select(a.ref, a.id, a.unit_name).where(a.round_id == round_id, a.ref.in_(refs))
    return {row.ref: (row.id, row.unit_name) for row in connection.execute(query)} if refs else {}


def names(connection: Connection, round_id: int) -> dict[str, str]:
    """Names of the jurors, by reference."""
    query = (
        select(t.jurors.c.ref, t.people.c.name)
        .join(t.people, t.people.c.id == t.jurors.c.person_id)
        .where(t.jurors.c.round_id == round_id)
    )
    return {row.ref: row.name for row in connection.execute(query)}
