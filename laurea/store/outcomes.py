"""Decisions and grants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from laurea.store import tables as t


@dataclass(frozen=True)
class DecisionRecord:
    """A decision with the application it is about."""

    id: int
    application_id: int
    state: str
    outcome: str
    granted: bool
    points: str | None
    rank: int | None
    group_name: str | None
    first_failing: str | None
    trace: list[dict[str, Any]]


@dataclass(frozen=True)
class GrantRecord:
    """A label somebody holds, and whom to write to about it."""

    id: int
    authority_id: int
    round_id: int
    application_id: int
    person_id: int
    number: str
    title: str
    holder: str
    valid_until: date | None
    renewal_opens: date | None
    name: str
    email: str
    reads: str


_DECISION = (
    "id",
    "application_id",
    "state",
    "outcome",
    "granted",
    "points",
    "rank",
    "group_name",
    "first_failing",
    "trace",
)


def replace_proposed(connection: Connection, round_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the proposed decisions of a round in place of earlier proposals."""
    connection.execute(delete(t.decisions).where(t.decisions.c.round_id == round_id, t.decisions.c.state == "proposed"))
    if rows:
        connection.execute(insert(t.decisions), list(rows))


def decisions(connection: Connection, round_id: int) -> list[DecisionRecord]:
    """Every decision of a round, in the order of its applications."""
    query = (
        select(*(t.decisions.c[name] for name in _DECISION))
        .where(t.decisions.c.round_id == round_id)
        .order_by(t.decisions.c.application_id)
    )
    return [DecisionRecord(**row._mapping) for row in connection.execute(query)]


def decision_of(connection: Connection, application_id: int) -> DecisionRecord | None:
    """The decision about one application, if there is one."""
    query = select(*(t.decisions.c[name] for name in _DECISION)).where(t.decisions.c.application_id == application_id)
    row = connection.execute(query).one_or_none()
    return DecisionRecord(**row._mapping) if row else None


@dataclass(frozen=True)
class Verdicts:
    """How many decisions a round has, how many are released, how many grant the award."""

    decisions: int
    released: int
    granted: int


def outcome_counts(connection: Connection, round_id: int) -> Verdicts:
    """Count the decisions of a round."""
    c = t.decisions.c
    query = select(c.state, c.granted, func.count()).where(c.round_id == round_id).group_by(c.state, c.granted)
    rows = [tuple(row) for row in connection.execute(query)]
    return Verdicts(
        sum(count for _, _, count in rows),
        sum(count for state, _, count in rows if state == "released"),
        sum(count for _, granted, count in rows if granted),
    )


def release_decisions(connection: Connection, round_id: int, now: datetime) -> int:
    """Turn every proposed decision of a round into a released one; how many."""
    result = connection.execute(
        update(t.decisions)
        .where(t.decisions.c.round_id == round_id, t.decisions.c.state == "proposed")
        .values(state="released", released_at=now, version=t.decisions.c.version + 1)
    )
    return result.rowcount


def add_grants(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write grants in one batch."""
    if rows:
        connection.execute(insert(t.grants), list(rows))


def _grants(connection: Connection, *conditions: Any) -> list[GrantRecord]:
    columns = [t.grants.c[name] for name in GrantRecord.__dataclass_fields__ if name in t.grants.c]
    query = (
        select(*columns, t.people.c.name, t.people.c.email, t.people.c.language.label("reads"))
        .join(t.people, t.people.c.id == t.grants.c.person_id)
        .where(t.grants.c.withdrawn_at.is_(None), *conditions)
        .order_by(t.grants.c.id)
    )
    return [GrantRecord(**row._mapping) for row in connection.execute(query)]


def grants_to_renew(connection: Connection, today: date) -> list[GrantRecord]:
    """Grants whose renewal has opened and whose holder has not been told, and which still run."""
    c = t.grants.c
    return _grants(connection, c.renewal_opens <= today, c.renewed_at.is_(None), c.valid_until >= today)


def grants_lapsed(connection: Connection, today: date) -> list[GrantRecord]:
    """Grants whose last day has passed and that are not yet marked as lapsed."""
    c = t.grants.c
    return _grants(connection, c.valid_until < today, c.lapsed_at.is_(None))


@dataclass(frozen=True)
class NextRenewal:
    """How many running grants have a renewal, and when the first opens."""

    count: int
    day: date


def next_renewal(connection: Connection) -> NextRenewal | None:
    """The renewals ahead, or None when no grant has a term."""
    c = t.grants.c
    row = connection.execute(
        select(func.count(), func.min(c.renewal_opens)).where(
            c.renewal_opens.is_not(None), c.renewed_at.is_(None), c.withdrawn_at.is_(None)
        )
    ).one()
    return NextRenewal(row[0], row[1]) if row[0] else None


def a_number(connection: Connection, round_id: int) -> str | None:
    """The number of one certificate of a round, for somebody who wants to see one."""
    query = select(t.grants.c.number).where(t.grants.c.round_id == round_id).order_by(t.grants.c.id).limit(1)
    return connection.execute(query).scalar_one_or_none()


def mark_grants(connection: Connection, ids: Sequence[int], **values: Any) -> None:
    """Change grants, e.g. `renewed_at`."""
    if ids:
        connection.execute(
            update(t.grants).where(t.grants.c.id == bindparam("b_id")).values(**values), [{"b_id": i} for i in ids]
        )
