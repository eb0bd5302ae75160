"""How the reviews of a round get on: when sheets came in, and how many applications have theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, case, func, select

from laurea.store import tables as t


@dataclass(frozen=True)
class Coverage:
    """Applications with jurors by how many of the sheets they are to have are in: none, some, all."""

    none: int
    some: int
    all: int


def submissions(connection: Connection, round_id: int) -> list[tuple[int, datetime]]:
    """Juror and moment of every submitted sheet of a round that still counts, the first first."""
    s = t.assignments.c
    query = (
        select(s.juror_id, t.sheets.c.submitted_at)
        .join_from(t.sheets, t.assignments, s.id == t.sheets.c.assignment_id)
        .where(s.round_id == round_id, s.state == "submitted", t.sheets.c.submitted_at.is_not(None))
        .order_by(t.sheets.c.submitted_at)
    )
    return [(row[0], row[1]) for row in connection.execute(query)]


def coverage(connection: Connection, round_id: int, reviews: int) -> Coverage:
    """The applications that are with their jurors; `reviews` is how many sheets each is to have."""
    a, s = t.applications.c, t.assignments.c
    handed_in = and_(s.application_id == a.id, s.state == "submitted")
    each = (
        select(func.count(s.id).label("done"))
        .select_from(t.applications.outerjoin(t.assignments, handed_in))
        .where(a.round_id == round_id, a.state == "assigned")
        .group_by(a.id)
        .subquery()
    )
    full = each.c.done >= reviews

    parts = (and_(each.c.done == 0, ~full), and_(each.c.done > 0, ~full), full)
    numbers = (func.coalesce(func.sum(case((one, 1), else_=0)), 0) for one in parts)
    row = connection.execute(select(*numbers)).one()
    return Coverage(*(int(one) for one in row))
