"""The outbox: each letter a row that exists once under its key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from laurea.store import tables as t

BATCH = 500


@dataclass(frozen=True)
class DueLetter:
    """A letter ready to go out."""

    id: int
    message_id: str
    address: str
    content: bytes
    attempts: int


def known_keys(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Which of these keys already have a letter."""
    found: set[str] = set()
    for start in range(0, len(keys), BATCH):
        part = select(t.messages.c.key).where(t.messages.c.key.in_(keys[start : start + BATCH]))
        found |= set(connection.execute(part).scalars())
    return found


def add_letters(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write letters in one batch; their keys must be new."""
    if rows:
        connection.execute(insert(t.messages), list(rows))


def claim_due(connection: Connection, now: datetime, limit: int) -> list[DueLetter]:
    """Take letters that are due and mark them as being sent, in one transaction of the caller."""
    c = t.messages.c
    query = (
        select(c.id, c.message_id, c.address, c.content, c.attempts)
        .where(c.state == "due", c.not_before <= now)
        .order_by(c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    letters = [DueLetter(**row._mapping) for row in connection.execute(query)]
    if letters:
        connection.execute(
            update(t.messages).where(c.id == bindparam("b_id")).values(state="sending", attempts=c.attempts + 1),
            [{"b_id": letter.id} for letter in letters],
        )
    return letters


def in_flight(connection: Connection) -> list[DueLetter]:
    """Letters a sender took and never reported on: it was ended in between."""
    c = t.messages.c
    query = select(c.id, c.message_id, c.address, c.content, c.attempts).where(c.state == "sending").order_by(c.id)
    return [DueLetter(**row._mapping) for row in connection.execute(query)]


def settle(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write what became of letters: `id`, `state`, `reply`, `sent_at`, `not_before`."""
    if rows:
        connection.execute(
            update(t.messages)
            .where(t.messages.c.id == bindparam("b_id"))
            .values(
                state=bindparam("b_state"),
                reply=bindparam("b_reply"),
                sent_at=bindparam("b_sent_at"),
                not_before=bindparam("b_not_before"),
            ),
            [{f"b_{name}": value for name, value in row.items()} for row in rows],
        )


def due_count(connection: Connection, now: datetime) -> int:
    """How many letters wait to be sent now."""
    c = t.messages.c
    query = select(func.count()).where(c.state.in_(("due", "sending")), c.not_before <= now)
    return int(connection.execute(query).scalar_one())


def state_counts(connection: Connection, round_id: int | None = None) -> Counter[str]:
    """How many letters stand in each state, of one round or of all."""
    c = t.messages.c
    query = select(c.state, func.count().label("n")).group_by(c.state)
    if round_id is not None:
        query = query.where(c.round_id == round_id)
    return Counter({row.state: row.n for row in connection.execute(query)})
