"""The moments of a round beside whatever else a question asks: its phase is computed from them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement

from evaluators.permissions import Timetable
from laurea.store import tables as t

_TIMES = ("closes_at", "review_until", "routed_at", "proposed_at", "released_at")


def times() -> list[ColumnElement[Any]]:
    """The columns a round's phase is computed from."""
    return [t.rounds.c[name] for name in _TIMES]


def timetable(row: Any) -> Timetable:
    """A round's moments out of a row that selected `times()`; `until`, where it did, may end the reviews later."""
    found = Timetable(*(getattr(row, name) for name in _TIMES))
    until = getattr(row, "until", None)
    if isinstance(until, str):  # SQLite forgets the type of a moment inside max()
        until = datetime.fromisoformat(until).replace(tzinfo=UTC)
    return longer(found, until)


def longer(found: Timetable, until: datetime | None) -> Timetable:
    """A round's moments where somebody has until later."""
    return found if until is None or until <= found.review_until else replace(found, review_until=until)


def beside_times(row: Any) -> dict[str, Any]:
    """What a row that selected `times()` holds beside them, by name."""
    return {name: value for name, value in row._mapping.items() if name not in _TIMES}
