"""What an applicant's pages ask: drafts and applications a person works on, and who else does.

Every question is asked for one person; what is not theirs is not found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, or_, select

from laurea.store import tables as t
from laurea.store.pages_calls import CALL, OFFICE, Call
from notifications.compose import Recipient

d, a = t.application_drafts.c, t.applications.c


@dataclass(frozen=True)
class Draft:
    """A draft with its round. `application` is the key of what it became."""

    id: int
    authority_id: int
    key: str
    heading: dict[str, str]
    facts: dict[str, str]
    children: dict[str, list[dict[str, str]]]
    typed: dict[str, list[Any]]
    begun_by: int
    saved_by: int
    saver: str
    saved_at: datetime
    kept_at: datetime | None
    version: int
    application: str | None
    call: Call

    @property
    def content(self) -> dict[str, Any]:
        """What can be typed in it."""
        return {"heading": self.heading, "facts": self.facts, "children": self.children}


@dataclass(frozen=True)
class Mine:
    """A draft or an application in a list. `state` of a draft is draft."""

    key: str
    round: str
    code: str
    authority: str
    timezone: str
    unit_name: str
    ref: str
    state: str
    closes_at: datetime
    at: datetime  # handed in, or saved last
    released: bool


@dataclass(frozen=True)
class Member:
    """Somebody who works on an application."""

    person_id: int
    name: str
    email: str
    joined_at: datetime


@dataclass(frozen=True)
class Own:
    """An application as the people see it who handed it in."""

    id: int
    authority_id: int
    key: str
    ref: str
    applicant_id: int
    applicant_ref: str
    unit_ref: str
    unit_name: str
    institution: str
    region: str
    submitted_at: datetime
    state: str
    facts: dict[str, Any]
    children: dict[str, list[dict[str, Any]]]
    version: int
    portal: bool  # handed in through the portal; else out of a file of the office
    call: Call


@dataclass(frozen=True)
class Statement:
    """What somebody said of a fact."""

    fact: str
    kind: str
    before: Any
    after: Any
    words: str
    said_at: datetime
    name: str
    person_id: int


@dataclass(frozen=True)
class Appeal:
    """An appeal as it was filed, and what became of it. `finding` is the outcome the rules gave; None: open."""

    words: str
    facts: dict[str, Any]
    finding: str | None
    filed_at: datetime
    settled_at: datetime | None
    answer: str


@dataclass(frozen=True)
class Label:
    """A label granted: its certificate's number, who holds it, whether it is named in public."""

    number: str
    person_id: int
    public: bool
    withdrawn_at: datetime | None


def _call(row: Mapping[str, Any]) -> Call:
    return Call(**{name.removeprefix("c_"): value for name, value in row.items() if name.startswith("c_")})


_ROUND = [column.label(f"c_{column.name}") for column in (*CALL, *OFFICE)]


def _works_on_draft(person_id: int) -> ColumnElement[bool]:
    m = t.application_members.c
    return exists().where(m.draft_id == d.id, m.person_id == person_id)


def _works_on(person_id: int) -> ColumnElement[bool]:
    m = t.application_members.c
    return or_(
        a.applicant_id == person_id, exists().where(m.application_id == a.id, m.person_id == person_id)
    )  # fmt: skip


def draft(connection: Connection, person_id: int, key: str) -> Draft | None:
    """A draft this person works on."""
    names = ("id", "authority_id", "key", "heading", "facts", "children", "typed", "begun_by", "saved_by", "saved_at",
             "kept_at", "version")  # fmt: skip
    query = (
        select(*(d[name] for name in names), t.people.c.name.label("saver"), a.key.label("application"), *_ROUND)
        .join(t.rounds, t.rounds.c.id == d.round_id)
        .join(t.authorities, t.authorities.c.id == d.authority_id)
        .join(t.people, t.people.c.id == d.saved_by)
        .outerjoin(t.applications, a.id == d.application_id)
        .where(d.key == key, _works_on_draft(person_id))
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    mine = {name: value for name, value in row._mapping.items() if not name.startswith("c_")}
    return Draft(**mine, call=_call(dict(row._mapping)))


def begun(connection: Connection, person_id: int, round_id: int) -> str | None:
    """The key of the draft this person began in a round and has not handed in."""
    query = select(d.key).where(d.begun_by == person_id, d.round_id == round_id, d.application_id.is_(None))
    found: str | None = connection.execute(query.order_by(d.id).limit(1)).scalar_one_or_none()
    return found


def mine(connection: Connection, person_id: int) -> list[Mine]:
    """All drafts and applications this person works on, the newest first."""
    about = (
        t.rounds.c.title.label("round"), t.rounds.c.code, t.authorities.c.name.label("authority"),
        t.authorities.c.timezone, t.rounds.c.closes_at, t.rounds.c.released_at.is_not(None).label("released"),
    )  # fmt: skip
    drafts = (
        select(d.key, d.heading, d.saved_at.label("at"), *about)
        .join(t.rounds, t.rounds.c.id == d.round_id)
        .join(t.authorities, t.authorities.c.id == d.authority_id)
        .where(d.application_id.is_(None), _works_on_draft(person_id))
    )
    handed_in = (
        select(a.key, a.unit_name, a.ref, a.state, a.submitted_at.label("at"), *about)
        .join(t.rounds, t.rounds.c.id == a.round_id)
        .join(t.authorities, t.authorities.c.id == a.authority_id)
        .where(_works_on(person_id))
    )
    found = []
    for row in connection.execute(drafts):
        values = dict(row._mapping)
        heading = values.pop("heading")
        found.append(Mine(**values, unit_name=heading.get("unit_name", ""), ref="", state="draft"))
    found += [Mine(**row._mapping) for row in connection.execute(handed_in)]
    return sorted(found, key=lambda one: one.at, reverse=True)


def own(connection: Connection, person_id: int, key: str) -> Own | None:
    """An application this person works on."""
    names = ("id", "authority_id", "key", "ref", "applicant_id", "applicant_ref", "unit_ref", "unit_name",
             "institution", "region", "submitted_at", "state", "facts", "children", "version")  # fmt: skip
    query = (
        select(
            *(a[name] for name in names), exists().where(d.application_id == a.id).label("portal"), *_ROUND
        )
        .join(t.rounds, t.rounds.c.id == a.round_id)
        .join(t.authorities, t.authorities.c.id == a.authority_id)
        .where(a.key == key, _works_on(person_id))
    )  # fmt: skip
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    plain = {name: value for name, value in row._mapping.items() if not name.startswith("c_")}
    return Own(**plain, call=_call(dict(row._mapping)))


def appeal(connection: Connection, application_id: int) -> Appeal | None:
    """The appeal about an application, if there is one."""
    c = t.appeals.c
    query = select(c.words, c.facts, c.finding, c.filed_at, c.settled_at, c.answer).where(
        c.application_id == application_id
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Appeal(**row._mapping)


def label(connection: Connection, application_id: int) -> Label | None:
    """The label an application was granted."""
    c = t.grants.c
    query = select(c.number, c.person_id, c.public, c.withdrawn_at).where(c.application_id == application_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else Label(**row._mapping)


def recipient(connection: Connection, person_id: int) -> Recipient:
    """Somebody as letters address them."""
    c = t.people.c
    row = connection.execute(select(c.id, c.name, c.email, c.language).where(c.id == person_id)).one()
    return Recipient(row.id, row.name, row.email, row.language)


def members(connection: Connection, *, draft_id: int = 0, application_id: int = 0) -> list[Member]:
    """Who works on a draft or an application, in the order they came."""
    m, p = t.application_members.c, t.people.c
    query = (
        select(p.id.label("person_id"), p.name, p.email, m.joined_at)
        .join(t.people, p.id == m.person_id)
        .where(m.draft_id == draft_id if draft_id else m.application_id == application_id)
        .order_by(m.joined_at, m.id)
    )
    return [Member(**row._mapping) for row in connection.execute(query)]


def statements(connection: Connection, application_id: int) -> list[Statement]:
    """What was said of an application's facts, the oldest first."""
    s = t.statements.c
    query = (
        select(s.fact, s.kind, s.before, s.after, s.words, s.said_at, t.people.c.name, s.person_id)
        .join(t.people, t.people.c.id == s.person_id)
        .where(s.application_id == application_id)
        .order_by(s.said_at, s.id)
    )
    return [Statement(**row._mapping) for row in connection.execute(query)]
