"""Who reviews an application, who must not, and what the reviews say; bound to one application."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from laurea.store import tables as t


@dataclass(frozen=True)
class ConflictRow:
    """A conflict that keeps a juror from an application."""

    juror: str
    kind: str
    source: str
    note: str
    declared_at: datetime


@dataclass(frozen=True)
class ReviewerRow:
    """A juror to whom an application was given, and how far they are."""

    juror: str
    state: str


@dataclass(frozen=True)
class SheetRow:
    """A submitted score sheet of an application."""

    juror: str
    marks: dict[str, str]
    comment: str
    submitted_at: datetime


@dataclass(frozen=True)
class GivenBack:
    """A juror who handed an application back or abstained, in their own words."""

    juror: str
    ended: str
    reason: str


def given_back(connection: Connection, application_id: int) -> list[GivenBack]:
    """Who gave an application back without a conflict, by name."""
    s = t.assignments.c
    query = (
        select(t.people.c.name.label("juror"), s.ended, s.reason)
        .join_from(t.assignments, t.jurors, t.jurors.c.id == s.juror_id)
        .join(t.people, t.people.c.id == t.jurors.c.person_id)
        .where(s.application_id == application_id, s.state == "handed_back", s.ended.in_(("returned", "abstained")))
        .order_by(t.people.c.name)
    )
    return [GivenBack(**row._mapping) for row in connection.execute(query)]


def conflicts(connection: Connection, application_id: int) -> list[ConflictRow]:
    """The conflicts known about an application, by juror."""
    c = t.conflicts.c
    query = (
        select(t.people.c.name.label("juror"), c.kind, c.source, c.note, c.declared_at)
        .join_from(t.conflicts, t.jurors, t.jurors.c.id == c.juror_id)
        .join(t.people, t.people.c.id == t.jurors.c.person_id)
        .where(c.application_id == application_id)
        .order_by(t.people.c.name, c.id)
    )
    return [ConflictRow(**row._mapping) for row in connection.execute(query)]


def reviewers(connection: Connection, application_id: int) -> list[ReviewerRow]:
    """The jurors an application was given to, by name."""
    s = t.assignments.c
    query = (
        select(t.people.c.name.label("juror"), s.state)
        .join_from(t.assignments, t.jurors, t.jurors.c.id == s.juror_id)
        .join(t.people, t.people.c.id == t.jurors.c.person_id)
        .where(s.application_id == application_id, s.state != "handed_back")
        .order_by(t.people.c.name)
    )
    return [ReviewerRow(**row._mapping) for row in connection.execute(query)]


def sheets(connection: Connection, application_id: int) -> list[SheetRow]:
    """The submitted score sheets of an application, by juror."""
    query = (
        select(t.people.c.name.label("juror"), t.sheets.c.marks, t.sheets.c.comment, t.sheets.c.submitted_at)
        .join(t.assignments, t.assignments.c.id == t.sheets.c.assignment_id)
        .join(t.jurors, t.jurors.c.id == t.assignments.c.juror_id)
        .join(t.people, t.people.c.id == t.jurors.c.person_id)
        .where(t.assignments.c.application_id == application_id, t.assignments.c.state == "submitted")
        .order_by(t.people.c.name)
    )
    return [SheetRow(**row._mapping) for row in connection.execute(query)]
