"""Questions of the front door: who somebody is, links and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from evaluators.permissions import Timetable
from laurea.store import direct, listed
from laurea.store import tables as t
from laurea.store.moments import times, timetable


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in. `role` is officer, juror or applicant."""

    id: int
    authority_id: int
    name: str
    email: str
    language: str
    role: str


@dataclass(frozen=True)
class Session:
    """A signed-in browser: the person, the authority's zone, and the token every form must carry.

    `viewer` is the officer who looks at the portal as `person`; None: the person themselves.
    """

    person: Person
    csrf: str
    timezone: str
    authority: str
    offices: int = 1  # in how many offices somebody with this address has this role
    viewer: Person | None = None
    seen_at: datetime | None = field(default=None, compare=False)  # to five minutes
    lacks: str = ""  # "code": of the second factor; "enrolment": the office needs one. Until then it opens nothing else


_NAMES = ("id", "authority_id", "name", "email", "language", "role")
_PERSON = tuple(t.people.c[name] for name in _NAMES)
_AS = t.people.alias("seen_as")
IDLE = {"officer": timedelta(minutes=30)}
IDLE |= dict.fromkeys(("juror", "applicant"), timedelta(hours=2))  # they read what is long, on their own machines
"""How long a session lives that asks for nothing."""
_ACTIVE = t.people.c.ended_at.is_(None)
VIEWED = ("juror", "applicant")
"""As whom an officer can look at the portal."""


def people_at(connection: Connection, address: str, roles: tuple[str, ...], person_id: int = 0) -> list[Person]:
    """The people with this address (letter case does not count) in these roles, officers first; or one of them."""
    query = (
        select(*_PERSON)
        .where(func.lower(t.people.c.email) == address.lower(), t.people.c.role.in_(roles), _ACTIVE)
        .order_by(t.people.c.role.desc(), t.people.c.id)
        .limit(5)
    )
    if person_id:
        query = query.where(t.people.c.id == person_id)
    return [Person(**row._mapping) for row in connection.execute(query)]


def person(connection: Connection, person_id: int) -> Person:
    """Somebody by the id of their record."""
    return Person(**connection.execute(select(*_PERSON).where(t.people.c.id == person_id)).one()._mapping)


def name_of(connection: Connection, person_id: int) -> str:
    """What a person is called."""
    return str(connection.execute(select(t.people.c.name).where(t.people.c.id == person_id)).scalar_one())


def add_session(
    connection: Connection,
    *,
    token_digest: str,
    person_id: int,
    csrf: str,
    now: datetime,
    expires_at: datetime,
    second: bool = False,
    browser: str = "",
) -> None:
    """Open a session; those that ended are cleared away with it."""
    connection.execute(delete(t.sessions).where(t.sessions.c.expires_at <= now))
    connection.execute(
        insert(t.sessions).values(
            token_digest=token_digest,
            person_id=person_id,
            csrf=csrf,
            created_at=now,
            seen_at=now,
            expires_at=expires_at,
            second=second,
            browser=browser,
        )
    )


@cache
def _sessions(on_postgresql: bool) -> Select[Any]:
    """Built once for each kind of database: putting it together takes ten times as long as asking it, and every page
    asks it.
    """
    asked, (digest,) = listed.opened("digests", str, on_postgresql=on_postgresql)
    same = t.people.alias("same")
    one_human = and_(func.lower(same.c.email) == func.lower(t.people.c.email), same.c.role == t.people.c.role)
    offices = select(func.count()).where(one_human, same.c.ended_at.is_(None)).correlate(t.people).scalar_subquery()
    own = select(func.count()).select_from(same).join(t.second_factors, t.second_factors.c.person_id == same.c.id)
    factors = own.where(one_human).correlate(t.people).scalar_subquery()
    authority = t.authorities.c.name.label("authority")

    def of_officers(count: ScalarSelect[int]) -> ColumnElement[int]:
        return case((t.people.c.role == "officer", count), else_=0)

    return (
        select(*_PERSON, *(_AS.c[name].label(f"as_{name}") for name in _NAMES), t.sessions.c.csrf,
               t.authorities.c.timezone, authority, of_officers(offices).label("offices"), t.sessions.c.seen_at,
               t.sessions.c.second, t.authorities.c.second_factor.label("demanded"),
               of_officers(factors).label("factors"), t.sessions.c.token_digest)
        .select_from(asked)
        .join(t.sessions, t.sessions.c.token_digest == digest)
        .join(t.people, t.people.c.id == t.sessions.c.person_id)
        .join(t.authorities, t.authorities.c.id == t.people.c.authority_id)
        .outerjoin(_AS, and_(_AS.c.id == t.sessions.c.viewing, t.people.c.role == "officer", _within(t.people.c)))
        .where(t.sessions.c.expires_at > bindparam("now"), _ACTIVE)
    )  # fmt: skip


def session(connection: Connection, token_digest: str, now: datetime) -> Session | None:
    """The session behind a cookie, if it still runs: of the person, or of an officer who looks as that person."""
    return sessions(connection, [token_digest], now).get(token_digest)


def sessions(connection: Connection, token_digests: Sequence[str], now: datetime) -> dict[str, Session]:
    """As `session`, for many cookies at once; those behind which no session runs are left out."""
    question = _sessions(connection.dialect.name == "postgresql")
    rows = direct.ask(connection, question, digests=listed.written((one,) for one in token_digests), now=now)
    return {row.token_digest: _session(row) for row in rows if row.seen_at > now - IDLE[row.role]}


def _session(row: Any) -> Session:
    some, lacks = len(_NAMES), ""
    person = Person(*row[:some])
    if row.role == "officer" and not row.second:
        lacks = "code" if row.factors else "enrolment" if row.demanded else ""
    if row.as_id is None:
        return Session(person, row.csrf, row.timezone, row.authority, row.offices, None, row.seen_at, lacks)
    seen_as = Person(*row[some : 2 * some])
    return Session(seen_as, row.csrf, row.timezone, row.authority, 1, person, row.seen_at, lacks)


def _within(officer: Any) -> ColumnElement[bool]:
    """Those as whom this officer may look: jurors and applicants of the same authority."""
    viewed = or_(*(_AS.c.role == role for role in VIEWED))  # not `in`: its list is put together anew each time
    return and_(_AS.c.authority_id == officer.authority_id, viewed, _AS.c.ended_at.is_(None))


def to_view(connection: Connection, officer_id: int, person_id: int) -> Person | None:
    """Somebody as whom this officer may look at the portal."""
    query = select(*(_AS.c[name] for name in _NAMES)).join(t.people, _within(t.people.c))
    row = connection.execute(query.where(t.people.c.id == officer_id, _AS.c.id == person_id)).one_or_none()
    return None if row is None else Person(**row._mapping)


@dataclass(frozen=True)
class Taking:
    """A round somebody takes part in."""

    code: str
    title: str
    timetable: Timetable


def rounds_of(connection: Connection, person_id: int) -> list[Taking]:
    """The rounds somebody is a juror of or works on an application in, the latest first."""
    j, a, m = t.jurors.c, t.applications.c, t.application_members.c
    within = [
        select(j.round_id).where(j.person_id == person_id),
        select(a.round_id).where(a.applicant_id == person_id),
        select(a.round_id).join(t.application_members, m.application_id == a.id).where(m.person_id == person_id),
    ]
    r = t.rounds.c
    query = select(r.code, r.title, *times()).where(or_(*(r.id.in_(one) for one in within)))
    found = connection.execute(query.order_by(r.review_until.desc(), r.id.desc()))
    return [Taking(row.code, row.title, timetable(row)) for row in found]


def set_viewing(connection: Connection, token_digest: str, person_id: int | None) -> None:
    """Let a session look as somebody, or as its own person again."""
    mine = update(t.sessions).where(t.sessions.c.token_digest == token_digest)
    connection.execute(mine.values(viewing=person_id))


@dataclass(frozen=True)
class Office:
    """An authority in which somebody with this address has this role, and who they are there."""

    person_id: int
    authority_id: int
    name: str


def offices_of(connection: Connection, person_id: int) -> list[Office]:
    """Every office of the person behind a record: those with the same address and role, by the office's name."""
    me = t.people.alias("me")
    query = (
        select(t.people.c.id, t.authorities.c.id.label("office"), t.authorities.c.name)
        .join(t.authorities, t.authorities.c.id == t.people.c.authority_id)
        .join(me, (func.lower(me.c.email) == func.lower(t.people.c.email)) & (me.c.role == t.people.c.role))
        .where(me.c.id == person_id, _ACTIVE)
        .order_by(t.authorities.c.name, t.people.c.id)
    )
    return [Office(row.id, row.office, row.name) for row in connection.execute(query)]


def end_session(connection: Connection, token_digest: str) -> None:
    """Sign out."""
    connection.execute(delete(t.sessions).where(t.sessions.c.token_digest == token_digest))
