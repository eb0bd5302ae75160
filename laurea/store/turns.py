"""When the clock last went round."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from laurea.store import tables as t

CLOCK = "clock"
_MISSED = 5  # turns that may be late before somebody should look
_LEAST = timedelta(minutes=5)


@dataclass(frozen=True)
class Turn:
    """The clock's last turn; `ended_at` is None while it lasts, or where it broke off."""

    began_at: datetime
    ended_at: datetime | None

    def late(self, now: datetime, every: int) -> bool:
        """Whether the clock, that should turn every so many seconds, has stood still for too long."""
        latest = self.ended_at if self.ended_at is not None and self.ended_at > self.began_at else self.began_at
        return now - latest > max(_LEAST, timedelta(seconds=_MISSED * every))


def last(connection: Connection) -> Turn | None:
    """The clock's last turn; None where it never ran over these records."""
    c = t.clock_turns.c
    row = connection.execute(select(c.began_at, c.ended_at).where(c.kind == CLOCK)).one_or_none()
    return None if row is None else Turn(row.began_at, row.ended_at)


def note(connection: Connection, began_at: datetime, ended_at: datetime | None) -> None:
    """Write the clock's turn down: that it began, later that it ended."""
    values = {"began_at": began_at, "ended_at": ended_at}
    if connection.execute(update(t.clock_turns).where(t.clock_turns.c.kind == CLOCK).values(**values)).rowcount == 0:
        connection.execute(insert(t.clock_turns).values(kind=CLOCK, **values))
