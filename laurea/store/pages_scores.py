"""What an officer's page of scores asks: what was decided of each application, whom a jury waits for. One round."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from laurea.store import panels
from laurea.store import tables as t
from laurea.store.panels import LIVE


@dataclass(frozen=True)
class Decided:
    """A proposed or released decision of an application, without its trace."""

    id: int
    ref: str
    unit_name: str
    outcome: str
    granted: bool
    points: str | None
    rank: int | None
    group_name: str | None


@dataclass(frozen=True)
class Further:
    """An application with more jurors than the rules ask for at first, and the names of those whose sheet is not in."""

    id: int
    ref: str
    unit_name: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Together:
    """A joint sheet: who wrote its last version and when, who has agreed to it, and who has not."""

    id: int
    ref: str
    unit_name: str
    version: int
    written_by: str
    saved_at: datetime
    agreed: tuple[str, ...]
    missing: tuple[str, ...]


def decided(connection: Connection, round_id: int) -> list[Decided]:
    """The decisions of a round; ranked ones by group and rank, then by reference."""
    a, d = t.applications.c, t.decisions.c
    query = (
        select(a.id, a.ref, a.unit_name, d.outcome, d.granted, d.points, d.rank, d.group_name)
        .join_from(t.decisions, t.applications, a.id == d.application_id)
        .where(d.round_id == round_id)
        .order_by(d.group_name, d.rank.is_(None), d.rank, a.ref)
    )
    return [Decided(**row._mapping) for row in connection.execute(query)]


def further(connection: Connection, round_id: int, asked: int) -> list[Further]:
    """Applications whose further review is given out and not in."""
    s, a = t.assignments.c, t.applications.c
    many = (
        select(s.application_id)
        .where(s.round_id == round_id, LIVE)
        .group_by(s.application_id)
        .having(func.count() > asked)
    )
    query = (
        select(a.id, a.ref, a.unit_name, t.people.c.name)
        .join_from(t.assignments, t.applications, a.id == s.application_id)
        .join(t.jurors, t.jurors.c.id == s.juror_id)
        .join(t.people, t.people.c.id == t.jurors.c.person_id)
        .where(s.application_id.in_(many), s.state.in_(("open", "draft")))
        .order_by(a.ref, t.people.c.name)
    )
    found: dict[tuple[int, str, str], list[str]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.id, row.ref, row.unit_name].append(row.name)
    return [Further(*key, tuple(names)) for key, names in found.items()]


def together(connection: Connection, round_id: int) -> list[Together]:
    """The joint sheets of a round as they stand, those that somebody has not agreed to first."""
    sheets = panels.joint_sheets(connection, round_id)
    if not sheets:
        return []
    s, a, j = t.assignments.c, t.applications.c, t.jurors.c
    query = (
        select(a.id, a.ref, a.unit_name, j.id.label("juror"), t.people.c.name)
        .join_from(t.assignments, t.applications, a.id == s.application_id)
        .join(t.jurors, j.id == s.juror_id)
        .join(t.people, t.people.c.id == j.person_id)
        .where(s.round_id == round_id, s.state == "submitted", a.id.in_(sheets))
        .order_by(a.ref, t.people.c.name)
    )
    names: dict[int, dict[int, str]] = defaultdict(dict)
    titles: dict[int, tuple[str, str]] = {}
    for row in connection.execute(query):
        names[row.id][row.juror], titles[row.id] = row.name, (row.ref, row.unit_name)
    found = []
    for number, (ref, unit_name) in titles.items():
        sheet, jury = sheets[number], names[number]
        agreed = tuple(name for juror, name in jury.items() if juror in sheet.agreed)
        missing = tuple(name for juror, name in jury.items() if juror not in sheet.agreed)
        wrote = jury.get(sheet.written_by, "")
        found.append(Together(number, ref, unit_name, sheet.version, wrote, sheet.saved_at, agreed, missing))
    return sorted(found, key=lambda one: (not one.missing, one.ref))
