"""Who looked at what that names somebody: a line a look, only ever added, with numbers in place of names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, literal, null, or_, select

from laurea.store import tables as t
from laurea.store.pages_lists import PAGE, Paged

_WHOSE: Mapping[str, tuple[Any, Any, Any, Any]] = {
    # of what an address names: how it is numbered there, and its round, person and application
    "application": (t.applications.c.id, t.applications.c.round_id, null(), t.applications.c.id),
    "person": (t.people.c.id, null(), t.people.c.id, null()),
    "juror": (t.jurors.c.id, t.jurors.c.round_id, t.jurors.c.person_id, null()),
    "letter": (t.messages.c.id, t.messages.c.round_id, t.messages.c.person_id, null()),
    "appeal": (t.appeals.c.id, t.appeals.c.round_id, null(), t.appeals.c.application_id),
    "label": (t.grants.c.number, t.grants.c.round_id, t.grants.c.person_id, null()),
    "round": (t.rounds.c.code, t.rounds.c.id, null(), null()),
    "office": (t.authorities.c.id, null(), null(), null()),
}
WHOSE = frozenset(_WHOSE)
"""What an address can name."""


@dataclass(frozen=True)
class Look:
    """One look. `reader` is the officer, `program` the program; neither person nor application: a list or a file."""

    at: datetime
    place: str
    reader: str | None
    program: str | None
    round_code: str | None
    person_id: int | None
    application_id: int | None
    application: str | None


def add(
    connection: Connection, of: str, number: int | str, *, authority_id: int, place: str, now: datetime,
    reader_id: int | None = None, token_id: int | None = None,
) -> None:  # fmt: skip
    """Write down a look at this (one of `WHOSE`), in one statement; nothing where the office has no such thing."""
    numbered, of_round, person, application = _WHOSE[of]
    office = t.authorities.c.id if of == "office" else numbered.table.c.authority_id
    values = (literal(authority_id), of_round, literal(reader_id), literal(token_id), literal(place), person,
              application, literal(now, t.looks.c.at.type))  # fmt: skip
    found = select(*values).select_from(numbered.table).where(numbered == number, office == authority_id)
    names = ("authority_id", "round_id", "reader_id", "token_id", "place", "person_id", "application_id", "at")
    connection.execute(insert(t.looks).from_select(names, found))


def seen(
    connection: Connection, authority_id: int, *, page: int, person_id: int | None = None,
    application_id: int | None = None, code: str = "",
) -> Paged[Look]:  # fmt: skip
    """Looks of an office, the latest first: of a person with their applications, of one application with the lists and
    files of its round, or of a round; of all where none is named.
    """
    c = t.looks.c
    where: list[ColumnElement[bool]] = [c.authority_id == authority_id]
    if person_id is not None:
        a, m = t.applications.c, t.application_members.c
        theirs = select(a.id).where(a.applicant_id == person_id)
        joined = select(m.application_id).where(m.person_id == person_id, m.application_id.is_not(None))
        where.append(or_(c.person_id == person_id, c.application_id.in_(theirs), c.application_id.in_(joined)))
    if application_id is not None:
        its_round = select(t.applications.c.round_id).where(t.applications.c.id == application_id).scalar_subquery()
        lists = (c.round_id == its_round) & c.application_id.is_(None) & c.person_id.is_(None)
        where.append(or_(c.application_id == application_id, lists))
    if code:
        where.append(c.round_id.in_(select(t.rounds.c.id).where(t.rounds.c.code == code)))
    total = connection.execute(select(func.count()).select_from(t.looks).where(*where)).scalar_one()
    page = min(max(1, page), max(1, -(-total // PAGE)))
    rows = connection.execute(_named(where).limit(PAGE).offset((page - 1) * PAGE))
    return Paged([Look(**row._mapping) for row in rows], total, page)


def _named(where: list[ColumnElement[bool]]) -> Select[Any]:
    c, reader = t.looks.c, t.people.alias()
    columns = (
        c.at, c.place, reader.c.name.label("reader"), t.tokens.c.name.label("program"),
        t.rounds.c.code.label("round_code"), c.person_id, c.application_id, t.applications.c.ref.label("application"),
    )  # fmt: skip
    return (
        select(*columns)
        .select_from(t.looks)
        .outerjoin(reader, reader.c.id == c.reader_id)
        .outerjoin(t.tokens, t.tokens.c.id == c.token_id)
        .outerjoin(t.rounds, t.rounds.c.id == c.round_id)
        .outerjoin(t.applications, t.applications.c.id == c.application_id)
        .where(*where)
        .order_by(c.id.desc())
    )
