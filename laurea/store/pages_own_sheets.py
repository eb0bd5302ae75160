"""Questions about all of a juror's own sheets of a round, and about the earlier versions of one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from laurea.store import tables as t
from laurea.store.pages_jury import Desk, desk_of, desks_query


@dataclass(frozen=True)
class Version:
    """A sheet as it once stood; `saved_at` is when it came to stand so."""

    number: int
    marks: dict[str, str]
    comment: str
    saved_at: datetime


def desks(connection: Connection, person_id: int, juror_id: int) -> dict[int, Desk]:
    """The desks of a juror's assignments of one round, by assignment."""
    found = connection.execute(desks_query(person_id).where(t.assignments.c.juror_id == juror_id))
    return {row.assignment_id: desk_of(row) for row in found}


def versions(connection: Connection, sheet_id: int) -> list[Version]:
    """The earlier versions kept of a sheet, the newest first."""
    c = t.sheet_versions.c
    query = select(c.version.label("number"), c.marks, c.comment, c.saved_at).where(c.sheet_id == sheet_id)
    return [Version(**row._mapping) for row in connection.execute(query.order_by(c.version.desc()))]
