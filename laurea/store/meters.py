"""How often something was asked for in a window of time, by all processes together: one row a key and window."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete

from laurea.store import tables as t
from laurea.store.engine import upsert, writing

KEPT = timedelta(days=1)


def count(connection: Connection, key: str, since: datetime, most: int) -> bool:
    """Count one more in the window that begins at `since`; False, and nothing is counted, where `most` were.

    Rows of a day ago go whenever a window begins.
    """
    c = t.meters.c
    one = upsert(connection, t.meters).values(key=key, since=since, count=1)
    one = one.on_conflict_do_update(index_elements=["key", "since"], set_={"count": c.count + 1}, where=c.count < most)
    found = connection.execute(one.returning(c.count)).scalar_one_or_none()
    if found == 1:
        connection.execute(delete(t.meters).where(c.since < since - KEPT))
    return found is not None and found <= most


def window(now: datetime, seconds: int) -> datetime:
    """The begin of the window `now` lies in; windows lie end to end since 1970."""
    return now - timedelta(seconds=now.timestamp() % seconds)


def wait(engine: Engine, key: str, now: datetime, *, most: int, seconds: int) -> int:
    """Count one more in a window of so many seconds; the seconds to wait where `most` were before it, else 0."""
    since = window(now, seconds)
    with writing(engine) as connection:
        if count(connection, key, since, most):
            return 0
    return max(1, seconds - int((now - since).total_seconds()))
