"""Decisions and grants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from laurea.store import earlier
from laurea.store import tables as t
from laurea.store.batches import portions


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


def rests_on(connection: Connection, round_id: int) -> tuple[int | None, ...]:
    """What decisions of a round are taken from, as numbers that change with it: its applications, the sheets that
    count, joint sheets and who agreed to them.
    """
    s, j = t.sheets.c, t.joint_sheets.c
    of_sheets = (
        select(func.sum(s.id), func.sum(s.version))
        .join(t.assignments, t.assignments.c.id == s.assignment_id)
        .where(s.round_id == round_id, t.assignments.c.state == "submitted")
    )
    of_juries = (
        select(func.max(j.id), func.count(t.consents.c.id))
        .join_from(t.joint_sheets, t.consents, t.consents.c.joint_sheet_id == j.id, isouter=True)
        .where(j.round_id == round_id)
    )
    return applications_of(connection, round_id) + _numbers(connection, of_sheets) + _numbers(connection, of_juries)


def applications_of(connection: Connection, round_id: int) -> tuple[int | None, ...]:
    """The applications of a round, as numbers that change with any of them."""
    a = t.applications.c
    query = select(func.sum(a.id), func.sum(a.version)).where(a.round_id == round_id, a.state != "withdrawn")
    return _numbers(connection, query)


def _numbers(connection: Connection, query: Select[Any]) -> tuple[int | None, ...]:
    return tuple(None if one is None else int(one) for one in connection.execute(query).one())


def replace_proposed(connection: Connection, round_id: int, rows: Iterable[Mapping[str, Any]], now: datetime) -> None:
    """Write the proposed decisions of a round in place of earlier proposals, which are kept with what stood before."""
    earlier.keep_decisions(connection, (t.decisions.c.round_id == round_id) & (t.decisions.c.state == "proposed"), now)
    connection.execute(delete(t.decisions).where(t.decisions.c.round_id == round_id, t.decisions.c.state == "proposed"))
    for some in portions(rows):
        connection.execute(insert(t.decisions), some)


def decisions(connection: Connection, round_id: int) -> list[DecisionRecord]:
    """Every decision of a round, in the order of its applications."""
    query = (
        select(*(t.decisions.c[name] for name in _DECISION))
        .where(t.decisions.c.round_id == round_id)
        .order_by(t.decisions.c.application_id)
    )
    return [DecisionRecord(**row._mapping) for row in connection.execute(query)]


def decided(connection: Connection, round_id: int) -> list[int]:
    """The applications of a round that have a decision, in order of their ids."""
    c = t.decisions.c
    return list(
        connection.execute(select(c.application_id).where(c.round_id == round_id).order_by(c.application_id)).scalars()
    )


def decisions_of(connection: Connection, round_id: int, applications: Sequence[int]) -> list[DecisionRecord]:
    """The decisions of a round about these applications (as many as a statement can name), in their order."""
    c = t.decisions.c
    query = select(*(c[name] for name in _DECISION)).where(c.round_id == round_id, c.application_id.in_(applications))
    return [DecisionRecord(**row._mapping) for row in connection.execute(query.order_by(c.application_id))]


def decision_of(connection: Connection, application_id: int, round_id: int | None = None) -> DecisionRecord | None:
    """The decision about one application, if there is one; with `round_id`, only where it is of that round."""
    c = t.decisions.c
    query = select(*(c[name] for name in _DECISION)).where(c.application_id == application_id)
    row = connection.execute(query if round_id is None else query.where(c.round_id == round_id)).one_or_none()
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


def a_number(connection: Connection, round_id: int) -> str | None:
    """The number of one certificate of a round, for somebody who wants to see one."""
    query = select(t.grants.c.number).where(t.grants.c.round_id == round_id).order_by(t.grants.c.id).limit(1)
    return connection.execute(query).scalar_one_or_none()
