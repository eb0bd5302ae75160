"""Where the facts of an application came from, for the pages that show them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from laurea.store import direct
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
    rows = direct.ask(connection, _of_one(), application=application_id)
    return _pieces(rows).get(application_id, [])


def pieces_of(connection: Connection, applications: Collection[int]) -> dict[int, list[Piece]]:
    """Where the facts of several applications came from, the latest observation of each first."""
    c = t.evidence.c
    return _pieces(connection.execute(_query().where(c.application_id.in_(applications))))


def _pieces(rows: Iterable[Any]) -> dict[int, list[Piece]]:
    found: dict[int, list[Piece]] = {}
    for row in rows:
        facts, children = (frozenset(row.content.get(part, {})) for part in ("facts", "children"))
        found.setdefault(row.application_id, []).append(Piece(row.source, row.observed_at, facts, children))
    return found


def _query() -> Select[Any]:
    c = t.evidence.c
    return select(c.application_id, c.source, c.observed_at, c.content).order_by(c.observed_at.desc(), c.id.desc())


@cache
def _of_one() -> Select[Any]:
    """Built once: every opening of every sheet asks it."""
    return _query().where(t.evidence.c.application_id == bindparam("application"))
