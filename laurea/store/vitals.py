"""How the work stands, in numbers for whoever watches the machines: nobody is named, no round is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from laurea.store import outbox, rounds, turns, webhooks
from laurea.store import tables as t


@dataclass(frozen=True)
class Vitals:
    """One look at the records.

    `waited` is how many seconds the letter that is due longest has waited; 0 where none is due.
    """

    letters: Counter[str]
    due: int
    waited: float
    calls: int
    rounds: Counter[str]
    failing: int
    refused: int
    turn: turns.Turn | None


def taken(connection: Connection, now: datetime) -> Vitals:
    """Count everything once. Released rounds are counted with the rest, under that phase."""
    c = t.messages.c
    oldest = connection.execute(select(func.min(c.not_before)).where(c.state == "due", c.not_before <= now)).scalar()
    return Vitals(
        letters=outbox.state_counts(connection),
        due=outbox.due_count(connection, now),
        waited=(now - oldest).total_seconds() if oldest is not None else 0.0,
        calls=webhooks.due_count(connection, now),
        rounds=Counter(one.phase(now) for one in rounds.all_rounds(connection)),
        failing=connection.execute(select(func.count()).select_from(t.step_failures)).scalar_one(),
        refused=connection.execute(select(func.count()).select_from(t.refused_rows)).scalar_one(),
        turn=turns.last(connection),
    )


def officers(connection: Connection) -> int:
    """How many people can sign in as officers."""
    return connection.execute(select(func.count()).where(t.people.c.role == "officer")).scalar_one()
