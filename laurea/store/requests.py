"""Facts somebody is asked for by a link of their own: what was asked of whom, and what they said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from evaluators.permissions import Timetable
from laurea.store import tables as t
from laurea.store.moments import beside_times, times, timetable

q, a, r = t.fact_requests.c, t.applications.c, t.rounds.c


@dataclass(frozen=True)
class Request:
    """One question with its answer; `name` is who is asked, `asker` who asks."""

    id: int
    application_id: int
    fact: str
    stated: Any
    capacity: str
    words: str
    name: str
    asker: str
    asked_at: datetime
    expires_at: datetime
    answer: str | None
    value: Any
    says: str
    answered_at: datetime | None

    def open(self, now: datetime) -> bool:
        """Whether an answer can still come."""
        return self.answer is None and now < self.expires_at


@dataclass(frozen=True)
class Asked:
    """A question as its link shows it."""

    id: int
    authority_id: int
    application_id: int
    round_id: int
    fact: str
    stated: Any
    capacity: str
    words: str
    counts: bool
    person_id: int
    name: str
    asker: str
    asker_role: str
    asked_at: datetime
    expires_at: datetime
    answer: str | None
    ref: str
    unit_name: str
    institution: str
    state: str
    facts: dict[str, Any]
    children: dict[str, Any]
    version: int
    round: str
    authority: str
    timezone: str
    rule_set: str
    policies: dict[str, str]
    parameters: dict[str, str]
    timetable: Timetable


@dataclass(frozen=True)
class Otherwise:
    """What a source says last of a fact that was confirmed by link; `differs` from what stands."""

    source: str
    fact: str
    value: Any
    differs: bool


def add(connection: Connection, **values: Any) -> int:
    """Write a question down; gives its number."""
    return int(connection.execute(insert(t.fact_requests).values(**values).returning(q.id)).scalar_one())


def open_of(connection: Connection, application_id: int, now: datetime) -> int:
    """How many questions about an application wait for an answer."""
    query = select(func.count()).where(q.application_id == application_id, q.answer.is_(None), q.expires_at > now)
    return int(connection.execute(query).scalar_one())


def _requests(connection: Connection, *where: ColumnElement[bool]) -> list[Request]:
    asker = t.people.alias("asker")
    names = [name for name in Request.__dataclass_fields__ if name != "asker"]
    query = (
        select(*(q[name] for name in names), asker.c.name.label("asker"))
        .join_from(t.fact_requests, asker, asker.c.id == q.asked_by)
        .where(*where)
        .order_by(q.id)
    )
    return [Request(**row._mapping) for row in connection.execute(query)]


def of_application(connection: Connection, application_id: int, asked_by: int | None = None) -> list[Request]:
    """What was asked about an application, in order; by one person where one is named."""
    own = () if asked_by is None else (q.asked_by == asked_by,)
    return _requests(connection, q.application_id == application_id, *own)


def of_round(connection: Connection, round_id: int) -> list[Request]:
    """What was asked in a round, in order."""
    return _requests(connection, q.round_id == round_id)


def settled(connection: Connection, ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """The facts of applications that somebody confirmed, supplied or corrected by a link whose answer counts."""
    query = select(q.application_id, q.fact, q.answer, q.value)
    found: dict[int, set[str]] = {}
    for row in connection.execute(query.where(q.application_id.in_(ids), q.counts, q.answer.is_not(None))):
        if row.answer != "refused" or row.value is not None:
            found.setdefault(row.application_id, set()).add(row.fact)
    return {number: frozenset(facts) for number, facts in found.items()}


def otherwise(connection: Connection, application_id: int) -> list[Otherwise]:
    """Where the last word of a source differs from what somebody confirmed by link, and stands now."""
    kept = settled(connection, [application_id]).get(application_id)
    if not kept:
        return []
    now = connection.execute(select(a.facts, a.children).where(a.id == application_id)).one()
    witnesses = select(q.name).where(q.application_id == application_id, q.answer.is_not(None))
    known = {name[:80] for name in connection.execute(witnesses).scalars()}
    e = t.evidence.c
    query = select(e.source, e.content).where(e.application_id == application_id).order_by(e.observed_at.desc())
    found: dict[tuple[str, str], Otherwise] = {}
    for row in connection.execute(query):
        for part, holds in (("facts", now.facts), ("children", now.children)):
            for fact, value in row.content.get(part, {}).items():
                if fact in kept and row.source not in known and (row.source, fact) not in found:
                    found[row.source, fact] = Otherwise(row.source, fact, value, value != holds.get(fact))
    return [one for one in found.values() if one.differs]


def by_token(connection: Connection, token_digest: str) -> Asked | None:
    """The question behind a link."""
    asker = t.people.alias("asker")
    own = ("id", "authority_id", "application_id", "round_id", "fact", "stated", "capacity", "words", "counts",
           "person_id", "name", "asked_at", "expires_at", "answer")  # fmt: skip
    of = ("ref", "unit_name", "institution", "state", "facts", "children", "version")
    query = (
        select(
            *(q[name] for name in own), *(a[name] for name in of), asker.c.name.label("asker"),
            asker.c.role.label("asker_role"), r.title.label("round"), r.rule_set, r.policies, r.parameters,
            t.authorities.c.name.label("authority"), t.authorities.c.timezone, *times(),
        )
        .join_from(t.fact_requests, t.applications, a.id == q.application_id)
        .join(t.rounds, r.id == q.round_id)
        .join(t.authorities, t.authorities.c.id == q.authority_id)
        .join(asker, asker.c.id == q.asked_by)
        .where(q.token_digest == token_digest)
    )  # fmt: skip
    row = connection.execute(query).one_or_none()
    return None if row is None else Asked(**beside_times(row), timetable=timetable(row))


def answer(connection: Connection, number: int, said: str, value: Any, says: str, now: datetime) -> bool:
    """Write an answer down, once; tells whether it was."""
    query = update(t.fact_requests).where(q.id == number, q.answer.is_(None), q.expires_at > now)
    return connection.execute(query.values(answer=said, value=value, says=says, answered_at=now)).rowcount == 1
