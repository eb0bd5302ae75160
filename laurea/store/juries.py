"""Jurors, conflicts, assignments and score sheets of a round."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from laurea.errors import Conflict
from laurea.store import tables as t
from laurea.store.batches import batches
from notifications.compose import Recipient


@dataclass(frozen=True)
class JurorRecord:
    """A juror of one round and the person behind it."""

    id: int
    ref: str
    person_id: int
    country: str | None
    region: str
    institution: str
    languages: list[str]
    expertise: list[str]
    experienced: bool
    min_load: int
    max_load: int
    reserve: bool
    mentored: list[str]
    left_at: datetime | None
    left_why: str
    name: str
    email: str
    reads: str


@dataclass(frozen=True)
class AssignmentRecord:
    """One juror's task to review one application."""

    id: int
    application_id: int
    juror_id: int
    state: str


@dataclass(frozen=True)
class OpenReviews:
    """Unfinished reviews of one juror that end at the same moment; `until` None: with the review period.

    `given_at` is when the last of them was given out.
    """

    juror_id: int
    until: datetime | None
    number: int
    given_at: datetime


def add_jurors(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write jurors in one batch."""
    if rows:
        connection.execute(insert(t.jurors), list(rows))


def set_loads(connection: Connection, loads: Mapping[int, tuple[int, int]]) -> None:
    """Let jurors (by id) hold at least and at most so many applications."""
    for number, (least, most) in loads.items():
        query = update(t.jurors).where(t.jurors.c.id == number)
        connection.execute(query.values(min_load=least, max_load=most))


def jurors(connection: Connection, round_id: int) -> list[JurorRecord]:
    """The jury of a round."""
    columns = [c for c in t.jurors.c if c.name not in {"authority_id", "round_id"}]
    query = (
        select(*columns, t.people.c.name, t.people.c.email, t.people.c.language.label("reads"))
        .join(t.people, t.people.c.id == t.jurors.c.person_id)
        .where(t.jurors.c.round_id == round_id)
        .order_by(t.jurors.c.id)
    )
    return [JurorRecord(**row._mapping) for row in connection.execute(query)]


SILENCE = timedelta(days=3)
"""After a deadline, a day after the last reminder: what a silent juror has not begun goes to a reserve then, and what
no reserve can take is the officer's to deal with.
"""


def silent(connection: Connection, round_id: int, review_until: datetime, now: datetime) -> int:
    """Jurors with reviews still open so long after their deadline; no deadline is before the round's."""
    c, before = t.assignments.c, now - SILENCE
    if review_until > before:
        return 0
    query = select(func.count(c.juror_id.distinct())).where(
        c.round_id == round_id, c.state.in_(("open", "draft")), or_(c.until.is_(None), c.until <= before)
    )
    return int(connection.execute(query).scalar_one())


def unbegun_of_silent(connection: Connection, round_id: int, review_until: datetime, now: datetime) -> set[int]:
    """Reviews of silent jurors (as `silent` counts them) that nobody has begun, by id."""
    c, before = t.assignments.c, now - SILENCE
    if review_until > before:
        return set()
    begun = select(t.sheets.c.id).where(t.sheets.c.assignment_id == c.id).exists()
    late = or_(c.until.is_(None), c.until <= before)
    query = select(c.id).where(c.round_id == round_id, c.state == "open", late, ~begun)
    return set(connection.execute(query).scalars())


def has_reserve(connection: Connection, round_id: int) -> bool:
    """Whether the jury of a round has reserves who have not left."""
    c = t.jurors.c
    query = select(c.id).where(c.round_id == round_id, c.reserve, c.left_at.is_(None)).limit(1)
    return connection.execute(query).first() is not None


def call_in(connection: Connection, juror_id: int) -> bool:
    """Make a reserve a juror like the others; tells whether they were one."""
    c = t.jurors.c
    query = update(t.jurors).where(c.id == juror_id, c.reserve).values(reserve=False)
    return connection.execute(query).rowcount == 1


def officers(connection: Connection, authority_id: int) -> list[Recipient]:
    """The officers of an office, as readers of letters."""
    c = t.people.c
    query = select(c.id, c.name, c.email, c.language).where(c.authority_id == authority_id, c.role == "officer")
    return [Recipient(*row) for row in connection.execute(query.order_by(c.id))]


def conflicts(
    connection: Connection, round_id: int, applications: Collection[int] | None = None
) -> set[tuple[int, int]]:
    """Pairs (application, juror) that may not meet; of these applications alone where some are given."""
    c = t.conflicts.c
    query = (
        select(c.application_id, c.juror_id)
        .join(t.jurors, t.jurors.c.id == c.juror_id)
        .where(t.jurors.c.round_id == round_id)
    )
    if applications is not None:
        query = query.where(c.application_id.in_(applications))
    return {(row.application_id, row.juror_id) for row in connection.execute(query)}


def add_conflicts(
    connection: Connection,
    authority_id: int,
    round_id: int,
    found: Sequence[tuple[int, int, str]],
    source: str,
    now: datetime,
) -> list[tuple[int, int, str]]:
    """Write conflicts (application, juror, kind); the same one stands once. Gives those that are new."""
    c = t.conflicts.c
    query = (
        select(c.application_id, c.juror_id, c.kind)
        .join(t.jurors, t.jurors.c.id == c.juror_id)
        .where(t.jurors.c.round_id == round_id)
    )
    kept = {tuple(row) for row in connection.execute(query)}
    new = [one for one in dict.fromkeys(found) if one not in kept]
    rows = [
        {
            "authority_id": authority_id,
            "application_id": application,
            "juror_id": juror,
            "kind": kind,
            "source": source,
            "declared_at": now,
        }
        for application, juror, kind in new
    ]
    if rows:
        connection.execute(insert(t.conflicts), rows)
    return new


def assignments(connection: Connection, round_id: int) -> list[AssignmentRecord]:
    """Every assignment of a round, handed-back ones among them."""
    c = t.assignments.c
    query = select(c.id, c.application_id, c.juror_id, c.state).where(c.round_id == round_id).order_by(c.id)
    return [AssignmentRecord(**row._mapping) for row in connection.execute(query)]


def add_assignments(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write assignments in one batch."""
    if rows:
        connection.execute(insert(t.assignments), list(rows))


def assignment_counts(connection: Connection, round_id: int) -> dict[str, int]:
    """How many assignments stand in each state."""
    c = t.assignments.c
    query = select(c.state, func.count().label("n")).where(c.round_id == round_id).group_by(c.state)
    return {row.state: row.n for row in connection.execute(query)}


def open_by_juror(connection: Connection, round_id: int) -> dict[int, int]:
    """Unfinished assignments per juror; jurors with none are left out."""
    c = t.assignments.c
    query = (
        select(c.juror_id, func.count().label("n"))
        .where(c.round_id == round_id, c.state.in_(("open", "draft")))
        .group_by(c.juror_id)
    )
    return {row.juror_id: row.n for row in connection.execute(query)}


def open_by_deadline(connection: Connection, round_id: int) -> list[OpenReviews]:
    """Unfinished assignments by juror and deadline of their own."""
    c = t.assignments.c
    query = (
        select(c.juror_id, c.until, func.count().label("number"), func.max(c.assigned_at).label("given_at"))
        .where(c.round_id == round_id, c.state.in_(("open", "draft")))
        .group_by(c.juror_id, c.until)
        .order_by(c.juror_id, c.until)
    )
    return [OpenReviews(**row._mapping) for row in connection.execute(query)]


def short_of_reviews(connection: Connection, round_id: int, reviews: int) -> int:
    """Eligible applications with fewer live assignments than they need."""
    live = (  # counted one by one: a join of two lists is a loop in a loop to a planner that has not looked at them yet
        select(func.count())
        .where(t.assignments.c.application_id == t.applications.c.id, t.assignments.c.state != "handed_back")
        .scalar_subquery()
    )
    query = select(func.count()).where(
        t.applications.c.round_id == round_id,
        t.applications.c.state.in_(("eligible", "assigned")),
        live < reviews,
    )
    return int(connection.execute(query).scalar_one())


def submitted_sheets(connection: Connection, round_id: int) -> list[tuple[str, str, dict[str, str]]]:
    """(application ref, juror ref, marks) of every submitted sheet that counts, in order of first submission."""
    query = (
        select(t.applications.c.ref, t.jurors.c.ref.label("juror"), t.sheets.c.marks)
        .join(t.assignments, t.assignments.c.id == t.sheets.c.assignment_id)
        .join(t.applications, t.applications.c.id == t.assignments.c.application_id)
        .join(t.jurors, t.jurors.c.id == t.assignments.c.juror_id)
        .where(t.sheets.c.round_id == round_id, t.assignments.c.state == "submitted")
        .order_by(t.sheets.c.submitted_at, t.sheets.c.id)
    )
    return [(row.ref, row.juror, row.marks) for row in connection.execute(query)]


def begun_sheets(connection: Connection, round_id: int) -> dict[int, bool]:
    """The sheets there are, by assignment: whether anything stands on them."""
    c = t.sheets.c
    query = select(c.assignment_id, c.marks, c.comment).where(c.round_id == round_id)
    return {row.assignment_id: bool(row.marks or row.comment) for row in connection.execute(query)}


def add_submitted_sheets(
    connection: Connection, authority_id: int, round_id: int, sheets: Mapping[int, dict[str, str]], now: datetime
) -> None:
    """Write finished sheets by assignment and close those assignments; one that was opened and left empty is filled.

    Raises Conflict where a juror has begun one of them meanwhile.
    """
    if not sheets:
        return
    c = t.sheets.c
    opened: set[int] = set()
    for some in batches(sorted(sheets)):
        there = select(c.assignment_id, c.marks, c.comment).where(c.assignment_id.in_(some)).order_by(c.assignment_id)
        for row in connection.execute(there.with_for_update(key_share=True)):  # who types on one now waits
            if row.marks or row.comment:
                raise Conflict("The round has changed since you looked.", "Look again; nothing was taken in.")
            opened.add(row.assignment_id)
    for assignment in sorted(opened):
        filled = {"marks": sheets[assignment], "submitted_at": now, "saved_at": now, "version": c.version + 1}
        connection.execute(update(t.sheets).where(c.assignment_id == assignment).values(filled))
    new = [
        {
            "authority_id": authority_id, "round_id": round_id, "assignment_id": assignment, "marks": marks,
            "comment": "", "submitted_at": now, "saved_at": now,
        }
        for assignment, marks in sheets.items() if assignment not in opened
    ]  # fmt: skip
    if new:
        connection.execute(insert(t.sheets), new)
    connection.execute(
        update(t.assignments).where(t.assignments.c.id == bindparam("b_id")).values(state="submitted"),
        [{"b_id": assignment} for assignment in sheets],
    )
