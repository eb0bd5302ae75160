"""What everybody may ask: results of released rounds, and whether a certificate is valid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from laurea.store import tables as t
from laurea.store.pages_lists import PAGE, Paged


@dataclass(frozen=True)
class Released:
    """A round whose results are public."""

    id: int
    code: str
    title: str
    authority: str
    timezone: str
    country: str | None
    award_on: date
    released_at: datetime
    rule_set: str
    policies: dict[str, str]
    parameters: dict[str, str]
    grants: int


@dataclass(frozen=True)
class PublicGrant:
    """What is public about a label: who holds it, where, and what for.

    `title` was written when the label was granted, in the round's first language; the rule set says what `outcome`
    is called in others.
    """

    holder: str
    unit_name: str
    institution: str
    country: str | None
    title: str
    outcome: str
    valid_until: date | None


@dataclass(frozen=True)
class Certificate:
    """What a certificate's number tells."""

    number: str
    title: str
    outcome: str
    rule_set: str
    policies: dict[str, str]
    parameters: dict[str, str]
    holder: str
    unit_name: str
    institution: str
    country: str | None
    authority: str
    timezone: str
    valid_from: date
    valid_until: date | None
    withdrawn_at: datetime | None
    reissued_at: datetime | None


_PUBLIC = and_(t.grants.c.public, t.grants.c.withdrawn_at.is_(None))


def released_rounds(connection: Connection, code: str = "") -> list[Released]:
    """Released rounds, the latest first; only the one with `code` where it is given."""
    query = (
        select(
            t.rounds.c.id,
            t.rounds.c.code,
            t.rounds.c.title,
            t.authorities.c.name.label("authority"),
            t.authorities.c.timezone,
            t.rounds.c.country,
            t.rounds.c.award_on,
            t.rounds.c.released_at,
            t.rounds.c.rule_set,
            t.rounds.c.policies,
            t.rounds.c.parameters,
            func.count(t.grants.c.id).label("grants"),
        )
        .join(t.authorities, t.authorities.c.id == t.rounds.c.authority_id)
        .outerjoin(t.grants, and_(t.grants.c.round_id == t.rounds.c.id, _PUBLIC))
        .where(t.rounds.c.released_at.is_not(None))
        .group_by(t.rounds.c.id, t.authorities.c.name, t.authorities.c.timezone)
        .order_by(t.rounds.c.released_at.desc(), t.rounds.c.id.desc())
    )
    if code:
        query = query.where(t.rounds.c.code == code)
    return [Released(**row._mapping) for row in connection.execute(query)]


def countries(connection: Connection, round_id: int) -> dict[str, int]:
    """Public labels of a round by country."""
    query = (
        select(t.grants.c.country, func.count())
        .where(t.grants.c.round_id == round_id, _PUBLIC, t.grants.c.country.is_not(None))
        .group_by(t.grants.c.country)
        .order_by(t.grants.c.country)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def grants(
    connection: Connection, round_id: int, *, country: str = "", search: str = "", page: int = 1
) -> Paged[PublicGrant]:
    """Public labels of a round, by country and name; those withdrawn or kept private are not among them."""
    g, a = t.grants.c, t.applications.c
    where = [g.round_id == round_id, _PUBLIC]
    if country:
        where.append(g.country == country)
    if search.strip():
        text = search.strip()
        named = (g.holder, a.unit_name, a.institution)
        where.append(or_(*(column.icontains(text, autoescape=True) for column in named)))
    joined = t.grants.join(t.applications, a.id == g.application_id)
    joined = joined.join(t.decisions, t.decisions.c.id == g.decision_id)
    total = int(connection.execute(select(func.count()).select_from(joined).where(*where)).scalar_one())
    page = min(max(1, page), max(1, -(-total // PAGE)))
    query = (
        select(g.holder, a.unit_name, a.institution, g.country, g.title, t.decisions.c.outcome, g.valid_until)
        .select_from(joined)
        .where(*where)
        .order_by(g.country, a.unit_name, g.holder, g.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return Paged([PublicGrant(**row._mapping) for row in connection.execute(query)], total, page)


@dataclass(frozen=True)
class Holder:
    """A label in the gallery, with the round it was granted in."""

    holder: str
    unit_name: str
    institution: str
    country: str | None
    title: str
    outcome: str
    valid_until: date | None
    round: str
    code: str
    award_on: date
    rule_set: str
    policies: dict[str, str]
    parameters: dict[str, str]


def _shown(country: str = "", year: int = 0, search: str = "") -> tuple[Any, list[Any]]:
    g, a, r = t.grants.c, t.applications.c, t.rounds.c
    joined = t.grants.join(t.applications, a.id == g.application_id).join(t.rounds, r.id == g.round_id)
    joined = joined.join(t.decisions, t.decisions.c.id == g.decision_id)
    where = [_PUBLIC, r.released_at.is_not(None)]
    if country:
        where.append(g.country == country)
    if year:
        where += [r.award_on >= date(year, 1, 1), r.award_on <= date(year, 12, 31)]
    if search.strip():
        named = (g.holder, a.unit_name, a.institution)
        where.append(or_(*(column.icontains(search.strip(), autoescape=True) for column in named)))
    return joined, where


def gallery(
    connection: Connection, *, country: str = "", year: int = 0, search: str = "", page: int = 1
) -> Paged[Holder]:
    """Holders of labels out of all released rounds, the newest first; who does not want to be named is not there."""
    g, a, r = t.grants.c, t.applications.c, t.rounds.c
    joined, where = _shown(country, year, search)
    total = int(connection.execute(select(func.count()).select_from(joined).where(*where)).scalar_one())
    page = min(max(1, page), max(1, -(-total // PAGE)))
    query = (
        select(g.holder, a.unit_name, a.institution, g.country, g.title, t.decisions.c.outcome, g.valid_until,
               r.title.label("round"), r.code, r.award_on, r.rule_set, r.policies, r.parameters)
        .select_from(joined)
        .where(*where)
        .order_by(r.award_on.desc(), g.country, a.unit_name, g.holder, g.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )  # fmt: skip
    return Paged([Holder(**row._mapping) for row in connection.execute(query)], total, page)


def gallery_choices(connection: Connection) -> tuple[dict[str, int], list[int]]:
    """What the gallery can be narrowed to: countries with their labels, and years, the newest first."""
    joined, where = _shown()
    query = (
        select(t.grants.c.country, t.rounds.c.award_on, func.count().label("n"))
        .select_from(joined)
        .where(*where)
        .group_by(t.grants.c.country, t.rounds.c.award_on)
    )
    countries: dict[str, int] = {}
    years: set[int] = set()
    for row in connection.execute(query):
        years.add(row.award_on.year)
        if row.country:
            countries[row.country] = countries.get(row.country, 0) + row.n
    return dict(sorted(countries.items())), sorted(years, reverse=True)


def certificate(connection: Connection, number: str) -> Certificate | None:
    """The certificate with exactly this number."""
    g = t.grants.c
    query = (
        select(
            g.number,
            g.title,
            t.decisions.c.outcome,
            t.rounds.c.rule_set,
            t.rounds.c.policies,
            t.rounds.c.parameters,
            g.holder,
            t.applications.c.unit_name,
            t.applications.c.institution,
            g.country,
            t.authorities.c.name.label("authority"),
            t.authorities.c.timezone,
            g.valid_from,
            g.valid_until,
            g.withdrawn_at,
            g.reissued_at,
        )
        .join(t.applications, t.applications.c.id == g.application_id)
        .join(t.decisions, t.decisions.c.id == g.decision_id)
        .join(t.rounds, t.rounds.c.id == g.round_id)
        .join(t.authorities, t.authorities.c.id == g.authority_id)
        .where(g.number == number)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Certificate(**row._mapping)
