"""The clock writes down that it turns, so that people see when it does not."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from laurea.store import turns
from laurea.store.engine import writing


def turned(engine: Engine, began_at: datetime, ended_at: datetime | None = None) -> None:
    """Note that a turn began, or that it ended. The clock says nothing about anybody, so no audit is kept."""
    with writing(engine) as connection:
        turns.note(connection, began_at, ended_at)
