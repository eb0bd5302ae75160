"""What papers of labels are written from, and the correction of a holder's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select, update

from laurea.store import tables as t
from laurea.store.batches import batches
from laurea.store.pages_lists import PAGE, Paged


@dataclass(frozen=True)
class Granted:
    """A label of a released round with all that its papers say."""

    id: int
    authority_id: int
    application_id: int
    person_id: int
    number: str
    award: str
    title: str
    holder: str
    country: str | None
    valid_from: date
    valid_until: date | None
    withdrawn_at: datetime | None
    reissued_at: datetime | None
    outcome: str
    ref: str
    unit_name: str
    institution: str
    round: str
    code: str
    award_on: date
    rule_set: str
    policies: dict[str, str]
    parameters: dict[str, str]
    languages: list[str]
    authority: str
    authority_code: str
    timezone: str
    reads: str


def _query(*conditions: Any) -> Any:
    g, a, r, o = t.grants.c, t.applications.c, t.rounds.c, t.authorities.c
    return (
        select(
            g.id, g.authority_id, g.application_id, g.person_id, g.number, g.award, g.title, g.holder, g.country,
            g.valid_from, g.valid_until, g.withdrawn_at, g.reissued_at, t.decisions.c.outcome, a.ref, a.unit_name,
            a.institution, r.title.label("round"), r.code, r.award_on, r.rule_set, r.policies, r.parameters,
            r.languages, o.name.label("authority"), o.code.label("authority_code"), o.timezone,
            t.people.c.language.label("reads"),
        )
        .join(t.applications, a.id == g.application_id)
        .join(t.decisions, t.decisions.c.id == g.decision_id)
        .join(t.rounds, r.id == g.round_id)
        .join(t.authorities, o.id == g.authority_id)
        .join(t.people, t.people.c.id == g.person_id)
        .where(r.released_at.is_not(None), *conditions)
        .order_by(a.ref, g.id)
    )  # fmt: skip


def granted(connection: Connection, round_id: int, numbers: Sequence[str] = ()) -> list[Granted]:
    """The labels of a released round in the order of its applications; only those with `numbers` where some are given.

    Withdrawn ones are among them.
    """
    c = t.grants.c
    if not numbers:
        return [Granted(**row._mapping) for row in connection.execute(_query(c.round_id == round_id))]
    found: list[Granted] = []
    for some in batches(numbers):
        query = _query(c.round_id == round_id, c.number.in_(some))
        found += [Granted(**row._mapping) for row in connection.execute(query)]
    return sorted(found, key=lambda one: (one.ref, one.id))


def listing(connection: Connection, round_id: int, *, search: str = "", page: int = 1) -> Paged[Granted]:
    """A page of a released round's labels in the order of its applications, of those a search finds."""
    a, g = t.applications.c, t.grants.c
    where = [g.round_id == round_id]
    if search.strip():
        named = (g.holder, g.number, a.ref, a.unit_name, a.institution)
        where.append(or_(*(column.icontains(search.strip(), autoescape=True) for column in named)))
    total = connection.execute(select(func.count()).select_from(_query(*where).order_by(None).subquery())).scalar_one()
    page = min(max(1, page), max(1, -(-total // PAGE)))
    rows = connection.execute(_query(*where).limit(PAGE).offset((page - 1) * PAGE))
    return Paged([Granted(**row._mapping) for row in rows], total, page)


def of_application(connection: Connection, application_id: int) -> Granted | None:
    """The label an application was granted in a released round."""
    row = connection.execute(_query(t.grants.c.application_id == application_id)).one_or_none()
    return None if row is None else Granted(**row._mapping)


def by_number(connection: Connection, number: str) -> Granted | None:
    """The label of a released round with exactly this number."""
    row = connection.execute(_query(t.grants.c.number == number)).one_or_none()
    return None if row is None else Granted(**row._mapping)


@dataclass(frozen=True)
class Issuing:
    """An authority that grants labels: `last_id` is the greatest id of one of its labels."""

    authority_id: int
    name: str
    last_id: int


def issuing(connection: Connection, code: str) -> Issuing | None:
    """The authority with this code, where it has granted a label."""
    o, g = t.authorities.c, t.grants.c
    query = (
        select(o.id.label("authority_id"), o.name, func.max(g.id).label("last_id"))
        .join(t.grants, g.authority_id == o.id)
        .where(o.code == code)
        .group_by(o.id, o.name)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Issuing(**row._mapping)


def withdrawn_ids(connection: Connection, authority_id: int, first: int, end: int) -> list[int]:
    """The ids of an authority's withdrawn labels, from `first` up to before `end`."""
    c = t.grants.c
    query = select(c.id).where(
        c.authority_id == authority_id, c.withdrawn_at.is_not(None), c.id >= first, c.id < end
    )  # fmt: skip
    return list(connection.execute(query).scalars())


def rename(connection: Connection, grant: Granted, holder: str, by: int | None, now: datetime) -> bool:
    """Correct the name on a label, and in its application where the name was taken from; what stood there is kept.

    False when it is no longer what `grant` says.
    """
    c = t.grants.c
    changed = connection.execute(
        update(t.grants)
        .where(c.id == grant.id, c.holder == grant.holder, c.withdrawn_at.is_(None))
        .values(holder=holder, reissued_at=now)
    ).rowcount
    if changed:
        connection.execute(
            insert(t.renamings).values(
                authority_id=grant.authority_id, grant_id=grant.id, before=grant.holder, after=holder, renamed_by=by,
                renamed_at=now,
            )
        )  # fmt: skip
        a = t.applications.c
        for column in (a.unit_name, a.institution):
            connection.execute(
                update(t.applications)
                .where(a.id == grant.application_id, column == grant.holder)
                .values({column: holder, a.version: a.version + 1})
            )
    return bool(changed)
