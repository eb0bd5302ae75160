"""What the pages about terms ask: a calendar of an office's awards, the days behind it, and decisions about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, func, or_, select

from evaluators.renewal import How, Kind
from laurea.store import tables as t
from laurea.store.pages_lists import PAGE, Paged

g, s, a, r = t.grants.c, t.grant_steps.c, t.applications.c, t.rounds.c


@dataclass(frozen=True)
class Wanted:
    """Which days are asked for: of an office, from one day to another, of what kind, where, in which round, of whom.

    Empty: all of them.
    """

    authority_id: int
    since: date
    until: date
    kind: str = ""
    round: str = ""
    country: str = ""
    search: str = ""


@dataclass(frozen=True)
class Counted:
    """How many days of a kind fall on one date, in a round, in a country."""

    code: str
    title: str
    country: str | None
    kind: str
    day: date
    n: int


@dataclass(frozen=True)
class Coming:
    """One day of one award."""

    day: date
    kind: str
    name: str
    how: str
    holder: str
    number: str
    country: str | None
    code: str
    title: str
    ref: str
    application_id: int
    rule_set: str
    policies: dict[str, str]
    parameters: dict[str, str]


@dataclass(frozen=True)
class Act:
    """A decision about terms: what it was about, and how many awards."""

    kind: str
    after: date | None
    before: date | None
    reason: str
    decided_at: datetime
    name: str | None
    n: int


@dataclass(frozen=True)
class Standing:
    """How many labels of a round end on a day, in a country, and how they stand."""

    country: str | None
    valid_until: date | None
    grace_until: date | None
    lapsed: bool
    withdrawn: bool
    n: int


_JOINED = (
    t.grant_steps.join(t.grants, g.id == s.grant_id)
    .join(t.rounds, r.id == g.round_id)
    .join(t.applications, a.id == g.application_id)
)


def _where(asked: Wanted) -> list[ColumnElement[bool]]:
    found = [s.authority_id == asked.authority_id, s.day >= asked.since, s.day <= asked.until, g.withdrawn_at.is_(None)]
    if asked.kind:
        found.append(s.kind == asked.kind)
    if asked.round:
        found.append(r.code == asked.round)
    if asked.country:
        found.append(g.country == asked.country)
    if asked.search.strip():
        named = (g.holder, g.number, a.ref, a.unit_name, a.institution)
        found.append(or_(*(column.icontains(asked.search.strip(), autoescape=True) for column in named)))
    return found


def counted(connection: Connection, asked: Wanted) -> list[Counted]:
    """The days of a calendar by round, country and kind, the earliest first."""
    query = (
        select(r.code, r.title, g.country, s.kind, s.day, func.count().label("n"))
        .select_from(_JOINED)
        .where(*_where(asked))
        .group_by(r.id, r.code, r.title, g.country, s.kind, s.day)
        .order_by(s.day, r.code, g.country, s.kind)
    )
    return [Counted(**row._mapping) for row in connection.execute(query)]


def coming(connection: Connection, asked: Wanted, page: int = 1, size: int = PAGE) -> Paged[Coming]:
    """The days of a calendar one by one, the earliest first; all of them where `size` is 0."""
    total = int(connection.execute(select(func.count()).select_from(_JOINED).where(*_where(asked))).scalar_one())
    page = min(max(1, page), max(1, -(-total // size))) if size else 1
    query = (
        select(s.day, s.kind, s.name, s.how, g.holder, g.number, g.country, r.code, g.title, a.ref,
               a.id.label("application_id"), r.rule_set, r.policies, r.parameters)
        .select_from(_JOINED)
        .where(*_where(asked))
        .order_by(s.day, s.kind, g.holder, s.id)
    )  # fmt: skip
    if size:
        query = query.limit(size).offset((page - 1) * size)
    return Paged([Coming(**row._mapping) for row in connection.execute(query)], total, page, size or max(1, total))


def choices(connection: Connection, authority_id: int) -> tuple[list[tuple[str, str]], list[str]]:
    """The rounds with terms and the countries of their labels."""
    query = select(r.code, r.title, g.country).select_from(_JOINED).where(s.authority_id == authority_id).distinct()
    rows = list(connection.execute(query))
    return sorted({(row.code, row.title) for row in rows}), sorted({row.country for row in rows if row.country})


def acts(connection: Connection, round_id: int) -> list[Act]:
    """The decisions about the labels of a round, the newest first."""
    c, p = t.grant_acts.c, t.people.c
    query = (
        select(
            c.kind, c.after, func.min(c.before).label("before"), c.reason, c.decided_at, p.name, func.count().label("n")
        )
        .outerjoin(t.people, p.id == c.decided_by)
        .where(c.round_id == round_id)
        .group_by(c.act, c.kind, c.after, c.reason, c.decided_at, p.name)
        .order_by(c.decided_at.desc(), c.act)
    )
    return [Act(**row._mapping) for row in connection.execute(query)]


def standings(connection: Connection, round_id: int) -> list[Standing]:
    """The labels of a round by country and end."""
    lapsed, gone = g.lapsed_at.is_not(None).label("lapsed"), g.withdrawn_at.is_not(None).label("withdrawn")
    query = (
        select(g.country, g.valid_until, g.grace_until, lapsed, gone, func.count().label("n"))
        .where(g.round_id == round_id)
        .group_by(g.country, g.valid_until, g.grace_until, lapsed, gone)
        .order_by(g.country, g.valid_until)
    )
    return [Standing(**row._mapping) for row in connection.execute(query)]


def ahead(connection: Connection, application_id: int) -> list[tuple[str, str, date, date | None]]:
    """What is still ahead of the award an application was granted: kind, name, day, last day."""
    query = (
        select(s.kind, s.name, s.day, s.last)
        .join(t.grants, g.id == s.grant_id)
        .where(g.application_id == application_id, s.how.in_([How.OPEN, How.TOLD]),
               s.kind.in_([Kind.MILESTONE, Kind.RENEWAL]))
        .order_by(s.day, s.id)
    )  # fmt: skip
    return [(row.kind, row.name, row.day, row.last) for row in connection.execute(query)]
