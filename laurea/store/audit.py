"""The audit: lines that are only ever added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select

from laurea.store import tables as t


def add_line(connection: Connection, **values: Any) -> None:
    """Write one line."""
    connection.execute(insert(t.audit).values(**values))


def lines(connection: Connection, round_id: int) -> list[Mapping[str, Any]]:
    """The lines of a round, oldest first."""
    query = select(t.audit).where(t.audit.c.round_id == round_id).order_by(t.audit.c.id)
    return [dict(row._mapping) for row in connection.execute(query)]


def totals(connection: Connection, round_id: int, event: str) -> Counter[str]:
    """The figures in the details of an event, added up over a round."""
    c = t.audit.c
    found: Counter[str] = Counter()
    for details in connection.execute(select(c.details).where(c.round_id == round_id, c.event == event)).scalars():
        found.update({name: value for name, value in details.items() if isinstance(value, int)})
    return found
