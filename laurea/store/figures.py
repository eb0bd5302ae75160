"""The figures an authority publishes about its programme, one query each: in all, by year, by country and by region.

A figure counts distinct things, so that its parts need not add up to the whole: a school that applied in two years is
one school. The year of an application and of what it was granted is the one its round's awards are dated in.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    case,
    cast,
    distinct,
    extract,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from laurea.store import tables as t

_A, _R, _G = t.applications.c, t.rounds.c, t.grants.c


@dataclass(frozen=True)
class Asked:
    """Whose figures are asked for, and which part of them; None and "" stand for all.

    `day` is the one on which terms are looked at, `timezone` the authority's.
    """

    authority_id: int
    day: date
    year: int | None = None
    country: str = ""
    region: str = ""
    timezone: str = "UTC"


@dataclass(frozen=True)
class Figure:
    """How many in all, by year, by country ("" where none is stated), and by country and region."""

    total: int
    years: dict[int, int] = field(default_factory=dict)
    countries: dict[str, int] = field(default_factory=dict)
    regions: dict[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True)
class Granted:
    """How often one outcome of an award was granted; its title is the one written on the first certificate.

    `kind` is status (it has a term), prize (it was ranked) or label.
    """

    kind: str
    award: str
    outcome: str
    title: str
    number: int


@dataclass(frozen=True)
class Choices:
    """What figures can be asked by: the years, countries and regions that an authority's rounds hold."""

    years: list[int]
    countries: list[str]
    regions: list[str]


def counted(connection: Connection, found: Select[Any]) -> Figure | None:
    """The distinct things of a query with the columns `thing`, `year` (as text), `country` and `region`, counted at
    once; None where the query finds nothing. A row whose thing is null counts nowhere.
    """
    one = found.cte("counted")
    number = func.count(distinct(one.c.thing))
    nothing = cast(null(), String)
    parts = (
        select(literal("all"), nothing, nothing, nothing, number).having(func.count() > 0),
        select(literal("year"), one.c.year, nothing, nothing, number).group_by(one.c.year),
        select(literal("country"), nothing, one.c.country, nothing, number).group_by(one.c.country),
        select(literal("region"), nothing, one.c.country, one.c.region, number).group_by(one.c.country, one.c.region),
    )
    total: int | None = None
    years: dict[int, int] = {}
    countries: dict[str, int] = {}
    regions: dict[tuple[str, str], int] = {}
    for by, year, country, region, n in connection.execute(union_all(*parts)):
        if by == "all":
            total = n
        elif n and by == "year" and year and year.isascii() and year.isdecimal():
            years[int(year)] = n
        elif n and by == "country":
            countries[country] = n
        elif n and by == "region":
            regions[country, region] = n
    if total is None:
        return None
    return Figure(total, dict(sorted(years.items())), dict(sorted(countries.items())), dict(sorted(regions.items())))


def _counted(connection: Connection, found: Select[Any]) -> Figure:
    """Counted out of records that are always kept: where there are none, there is nought."""
    return counted(connection, found) or Figure(0)


def applications(connection: Connection, asked: Asked) -> Figure:
    """Applications handed in."""
    return _counted(connection, _applied(asked, _A.id))


def applicants(connection: Connection, asked: Asked) -> Figure:
    """People who applied."""
    return _counted(connection, _applied(asked, _A.applicant_id))


def schools(connection: Connection, asked: Asked) -> Figure:
    """Schools and institutions named in applications, by country and name."""
    return _counted(connection, _applied(asked, _school()).where(_A.institution != ""))


def projects(connection: Connection, asked: Asked) -> Figure:
    """Projects, or what else is applied for, by their reference."""
    return _counted(connection, _applied(asked, _A.unit_ref))


def granted(connection: Connection, asked: Asked) -> Figure:
    """Labels, prizes and statuses granted and not withdrawn since."""
    return _counted(connection, _awarded(asked, _G.id))


def awarded_schools(connection: Connection, asked: Asked) -> Figure:
    """Schools and institutions that were granted something."""
    return _counted(connection, _awarded(asked, _school()).where(_A.institution != ""))


def in_force(connection: Connection, asked: Asked) -> Figure:
    """What was granted for a term that runs on the day."""
    running = (_G.valid_from <= asked.day, _G.valid_until >= asked.day)
    return _counted(connection, _termed(asked, _year(_R.award_on)).where(*running))


def expiring(connection: Connection, asked: Asked) -> Figure:
    """What was granted for a term that ends in the year asked for; without one, within a year after the day."""
    if asked.year is not None:
        ends: tuple[ColumnElement[bool], ...] = (_year(_G.valid_until) == asked.year,)
    else:
        ends = (_G.valid_until >= asked.day, _G.valid_until <= asked.day + timedelta(days=365))
    return _counted(connection, _termed(asked, _year(_G.valid_until)).where(*ends))


def received(connection: Connection, asked: Asked) -> Figure:
    """Labels that other authorities handed over.

    The country is that of the authority they come from, and the year the one they were handed over in.
    """
    h = t.handovers.c
    query = (
        select(h.handed_at, func.coalesce(t.authorities.c.country, ""), func.json_array_length(h.rows))
        .join(t.authorities, t.authorities.c.id == h.from_authority)
        .where(h.to_authority == asked.authority_id, h.kind == "labels_and_scores")
        .order_by(h.handed_at)
    )
    years: dict[int, int] = defaultdict(int)
    countries: dict[str, int] = defaultdict(int)
    for at, country, number in connection.execute(query):
        year = at.astimezone(ZoneInfo(asked.timezone)).year
        if not asked.region and asked.year in (None, year) and asked.country in ("", country):
            years[year] += number
            countries[country] += number
    return Figure(sum(years.values()), dict(years), dict(sorted(countries.items())))


def by_award(connection: Connection, asked: Asked) -> list[Granted]:
    """What was granted, by the award and the outcome as the rules name them, the most frequent first."""
    d, number = t.decisions.c, func.count(_G.id)
    kind = case((_G.valid_until.is_not(None), "status"), (d.rank.is_not(None), "prize"), else_="label").label("kind")
    query = (
        _awarded(asked, _G.id)
        .join(t.decisions, d.id == _G.decision_id)
        .with_only_columns(kind, _G.award, d.outcome, func.min(_G.title).label("title"), number.label("number"))
        .group_by(kind, _G.award, d.outcome)
        .order_by(number.desc(), _G.award, d.outcome, kind)
    )
    return [Granted(**row._mapping) for row in connection.execute(query)]


def choices(connection: Connection, authority_id: int) -> Choices:
    """The years, countries and regions of an authority's applications."""
    query = (
        select(_year(_R.award_on), func.coalesce(_A.country, ""), _A.region)
        .join_from(t.applications, t.rounds, _R.id == _A.round_id)
        .where(_A.authority_id == authority_id, _R.authority_id == authority_id)
        .distinct()
    )
    rows = [tuple(row) for row in connection.execute(query)]
    years, countries, regions = (sorted({row[place] for row in rows} - {""}) for place in range(3))
    return Choices([int(year) for year in reversed(years)], countries, regions)


def _year(day: Any) -> ColumnElement[int]:
    return cast(extract("year", day), Integer)


def _school() -> ColumnElement[str]:
    return func.coalesce(_A.country, "") + ":" + _A.institution


def _described(thing: Any, year: Any) -> Select[Any]:
    return select(
        thing.label("thing"),
        cast(year, String).label("year"),
        func.coalesce(_A.country, "").label("country"),
        _A.region.label("region"),
    )


def _placed(query: Select[Any], asked: Asked) -> Select[Any]:
    """Within the authority, which own rounds and applications alike, and in the place asked for."""
    query = query.where(_R.authority_id == asked.authority_id, _A.authority_id == asked.authority_id)
    if asked.country:
        query = query.where(_A.country == asked.country)
    return query.where(_A.region == asked.region) if asked.region else query


def _dated(query: Select[Any], asked: Asked) -> Select[Any]:
    return query if asked.year is None else query.where(_year(_R.award_on) == asked.year)


def _applied(asked: Asked, thing: Any) -> Select[Any]:
    joined = t.applications.join(t.rounds, _R.id == _A.round_id)
    return _dated(_placed(_described(thing, _year(_R.award_on)).select_from(joined), asked), asked)


def _awarded(asked: Asked, thing: Any) -> Select[Any]:
    joined = t.grants.join(t.applications, _A.id == _G.application_id).join(t.rounds, _R.id == _G.round_id)
    query = _described(thing, _year(_R.award_on)).select_from(joined)
    return _dated(_placed(query, asked), asked).where(_G.withdrawn_at.is_(None))


def _termed(asked: Asked, year: Any) -> Select[Any]:
    """What has a term, was not withdrawn by the end of the day, and lies in the place asked for, whatever the year."""
    joined = t.grants.join(t.applications, _A.id == _G.application_id).join(t.rounds, _R.id == _G.round_id)
    over = datetime.combine(asked.day + timedelta(days=1), time(0), UTC)
    stands = or_(_G.withdrawn_at.is_(None), _G.withdrawn_at >= over)
    query = _described(_G.id, year).select_from(joined).where(_G.valid_until.is_not(None), stands)
    return _placed(query, asked)
