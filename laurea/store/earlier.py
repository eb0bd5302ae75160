"""What stood before a change: kept in the transaction of the change itself, and never changed afterwards.

A review's first way from open through draft to submitted needs no keeping: its sheet tells those moments. What a
sheet said before stands in its own versions.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, exists, insert, literal, select

from laurea.store import tables as t
from laurea.store.batches import batches


def keep_reviews(connection: Connection, assignments: Iterable[int], now: datetime) -> None:
    """Keep these reviews as they stand, before they change."""
    c = t.assignments.c
    for some in batches(list(assignments)):
        _keep(connection, t.assignments, t.assignment_versions, c.id.in_(some), now)


def keep_resubmitted(connection: Connection, assignment_id: int, now: datetime) -> None:
    """Keep a review about to be submitted again: the time of submission tells of the first alone."""
    c, s = t.assignments.c, t.sheets.c
    again = exists().where(s.assignment_id == c.id, s.submitted_at.is_not(None))
    _keep(connection, t.assignments, t.assignment_versions, (c.id == assignment_id) & again, now)


def keep_decisions(connection: Connection, some: ColumnElement[bool], now: datetime) -> None:
    """Keep the decisions of which `some` holds as they stand, before they change."""
    _keep(connection, t.decisions, t.decision_versions, some, now)


def _keep(connection: Connection, stands: Table, kept: Table, some: ColumnElement[bool], now: datetime) -> None:
    names = [c.name for c in kept.c if c.name not in ("id", "assignment_id", "stood_until")]
    columns = [stands.c[name] for name in names]
    if "assignment_id" in kept.c:
        names, columns = [*names, "assignment_id"], [*columns, stands.c.id]
    rows = select(*columns, literal(now, kept.c.stood_until.type)).where(some)
    connection.execute(insert(kept).from_select([*names, "stood_until"], rows))
