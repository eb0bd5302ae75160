"""Questions of an officer's pages about rounds; every one is bound to the officer's authority."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, Table, and_, func, literal, select, union_all

from evaluators.permissions import Timetable
from laurea.store import tables as t
from laurea.store.moments import times, timetable


@dataclass(frozen=True)
class RoundRow:
    """One line in the list of rounds."""

    code: str
    title: str
    country: str | None
    timetable: Timetable
    applications: int
    sheets_due: int
    sheets_in: int


@dataclass(frozen=True)
class RoundPage:
    """A round as its officer sees it."""

    id: int
    authority_id: int
    code: str
    title: str
    country: str | None
    rule_set: str
    policies: dict[str, str]
    parameters: dict[str, str]
    opens_at: datetime
    award_on: date
    seed: int
    version: int
    routed_by_hand: bool
    screened_at: datetime | None
    digest: str | None
    second_person: bool
    confirmed_by: int | None
    confirmed_at: datetime | None
    confirmed_digest: str | None
    released_by: str | None  # name of the person
    confirmed_name: str | None
    timetable: Timetable


@dataclass(frozen=True)
class Counts:
    """How many of what a round holds, each by its state or outcome."""

    applications: dict[str, int]
    assignments: dict[str, int]
    messages: dict[str, int]
    outcomes: dict[str, int]
    granted: int
    refused_rows: int


@dataclass(frozen=True)
class JurorProgress:
    """What one juror has done; `asked_at` is when the first of the reviews that stand was given out."""

    name: str
    country: str | None
    institution: str
    done: int
    started: int
    all: int
    conflicts: int
    last_saved: datetime | None
    asked_at: datetime | None
    id: int


def rounds_of(connection: Connection, authority_id: int) -> list[RoundRow]:
    """The rounds of an authority, the newest first."""
    applications = (
        select(func.count()).where(t.applications.c.round_id == t.rounds.c.id).correlate(t.rounds).scalar_subquery()
    )
    live = t.assignments.c.state != "handed_back"
    mine = t.assignments.c.round_id == t.rounds.c.id
    due = select(func.count()).where(mine, live).correlate(t.rounds).scalar_subquery()
    done = select(func.count()).where(mine, t.assignments.c.state == "submitted").correlate(t.rounds).scalar_subquery()
    query = (
        select(
            t.rounds.c.code,
            t.rounds.c.title,
            t.rounds.c.country,
            *times(),
            applications.label("applications"),
            due.label("due"),
            done.label("done"),
        )
        .where(t.rounds.c.authority_id == authority_id)
        .order_by(t.rounds.c.created_at.desc(), t.rounds.c.id.desc())
    )
    return [
        RoundRow(r.code, r.title, r.country, timetable(r), r.applications, r.due, r.done)
        for r in connection.execute(query)
    ]


def round_of(connection: Connection, authority_id: int, code: str) -> RoundPage | None:
    """A round of this authority, or None: another authority's round does not exist here."""
    c = t.rounds.c
    people = {"released_by": t.people.alias("releaser"), "confirmed_name": t.people.alias("confirmer")}
    names = [name for name in RoundPage.__dataclass_fields__ if name not in ("timetable", *people)]
    query = (
        select(*(c[name] for name in names), *times(), *(one.c.name.label(name) for name, one in people.items()))
        .outerjoin_from(t.rounds, people["released_by"], people["released_by"].c.id == c.released_by)
        .outerjoin(people["confirmed_name"], people["confirmed_name"].c.id == c.confirmed_by)
        .where(c.code == code, c.authority_id == authority_id)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    values = {name: getattr(row, name) for name in names}
    return RoundPage(timetable=timetable(row), **{name: getattr(row, name) for name in people}, **values)


def counts(connection: Connection, round_id: int) -> Counts:
    """The figures of a round's first page, in one question."""
    d, r = t.decisions, t.refused_rows
    none = literal("")

    def part(kind: str, home: Table, state: Any = none) -> Select[Any]:
        found = select(literal(kind).label("kind"), state.label("state"), func.count().label("n"))
        found = found.select_from(home).where(home.c.round_id == round_id)
        return found if state is none else found.group_by(state)

    parts = [part(home.name, home, home.c.state) for home in (t.applications, t.assignments, t.messages)]
    parts += [part("outcomes", d, d.c.outcome), part("granted", d).where(d.c.granted), part("refused", r)]
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for kind, state, n in connection.execute(union_all(*parts)):
        found[kind][state] = n
    return Counts(
        applications=found["applications"],
        assignments=found["assignments"],
        messages=found["messages"],
        outcomes=found["outcomes"],
        granted=found["granted"][""],
        refused_rows=found["refused"][""],
    )


def progress(connection: Connection, round_id: int) -> list[JurorProgress]:
    """What each juror has done; who has most left to do comes first."""
    live = and_(t.assignments.c.juror_id == t.jurors.c.id, t.assignments.c.state != "handed_back")
    declared = (
        select(func.count())
        .where(t.conflicts.c.juror_id == t.jurors.c.id, t.conflicts.c.source == "declared")
        .correlate(t.jurors)
        .scalar_subquery()
    )
    done = func.count().filter(t.assignments.c.state == "submitted")
    all_ = func.count(t.assignments.c.id)
    query = (
        select(
            t.people.c.name,
            t.jurors.c.country,
            t.jurors.c.institution,
            done.label("done"),
            func.count().filter(t.assignments.c.state == "draft").label("started"),
            all_.label("all"),
            declared.label("conflicts"),
            func.max(t.sheets.c.saved_at).label("last_saved"),
            func.min(t.assignments.c.assigned_at).label("asked_at"),
            t.jurors.c.id,
        )
        .select_from(t.jurors)
        .join(t.people, t.people.c.id == t.jurors.c.person_id)
        .outerjoin(t.assignments, live)
        .outerjoin(t.sheets, t.sheets.c.assignment_id == t.assignments.c.id)
        .where(t.jurors.c.round_id == round_id)
        .group_by(t.jurors.c.id, t.people.c.name)
        .order_by((all_ - done).desc(), t.people.c.name)
    )
    return [JurorProgress(**row._mapping) for row in connection.execute(query)]
