"""Where the facts of an application came from, for the pages that show them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from laurea.store import tables as t


@dataclass(frozen=True)
class Piece:
    """Where facts came from: a source, when it was seen, and the facts it gave."""

    source: str
    observed_at: datetime
    facts: frozenset[str]
    children: frozenset[str]


def pieces(connection: Connection, application_id: int) -> list[Piece]:
    """Where an application's facts came from, the latest observation first."""
    return pieces_of(connection, [application_id]).get(application_id, [])


def pieces_of(connection: Connection, applications: Collection[int]) -> dict[int, list[Piece]]:
    """Where the facts of several applications came from, the latest observation of each first."""
    found: dict[int, list[Piece]] = {}
    for row in connection.execute(_pieces(), {"applications": list(applications)}):
        facts, children = (frozenset(row.content.get(part, {})) for part in ("facts", "children"))
        found.setdefault(row.application_id, []).append(Piece(row.source, row.observed_at, facts, children))
    return found


@cache
def _pieces() -> Select[Any]:
    """Built once: every opening of every sheet asks it."""
    c = t.evidence.c
    query = select(c.application_id, c.source, c.observed_at, c.content)
    mine = c.application_id.in_(bindparam("applications", expanding=True))
    return query.where(mine).order_by(c.observed_at.desc(), c.id.desc())
