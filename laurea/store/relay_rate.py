"""How many letters the relay is given in a minute, by all senders together, and how fast again after it complained."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from laurea.store import meters
from laurea.store import tables as t
from laurea.store.batches import batches
from laurea.store.engine import upsert

MINUTE = 60  # seconds
TAKEN, COMPLAINED = "relay", "relay:complained"
FIRST = 10  # letters in the first minute after a complaint, at least; doubled with each minute
REMEMBERED = timedelta(hours=1)


def most(connection: Connection, now: datetime, per_minute: int) -> int | None:
    """How many letters may go in this minute; None: any number. `per_minute` 0 means that the house sets no limit.

    In the minute of a complaint none go. Then half of what was too much, at least ten, doubled each minute.
    """
    c, begins = t.meters.c, meters.window(now, MINUTE)
    query = (
        select(c.since, c.count.label("letters"))
        .where(c.key == COMPLAINED, c.since > now - REMEMBERED)
        .order_by(c.since.desc())
    )
    found = connection.execute(query.limit(1)).one_or_none()
    if found is None:
        return per_minute or None
    minutes = round((begins - found.since).total_seconds() / MINUTE)
    slow = max(FIRST, found.letters // 2) << (minutes - 1) if minutes > 0 else 0
    return min(slow, per_minute) if per_minute else slow


def take(connection: Connection, now: datetime, wanted: int, per_minute: int) -> int:
    """How many of the `wanted` letters may be taken now."""
    bound = most(connection, now, per_minute)
    return wanted if bound is None else max(0, min(wanted, bound - _count(connection, TAKEN, now)))


def taken(connection: Connection, now: datetime, letters: int) -> None:
    """Count letters that were taken; a negative number for those that were not tried after all."""
    _add(connection, TAKEN, now, letters)


def complained(connection: Connection, now: datetime) -> None:
    """The relay said that this minute's letters were too many."""
    _add(connection, COMPLAINED, now, _count(connection, TAKEN, now))


def uncount(connection: Connection, letters: list[int]) -> None:
    """These letters were taken and not tried: that was no attempt."""
    c = t.messages.c
    for some in batches(letters):
        connection.execute(update(t.messages).where(c.id.in_(some)).values(attempts=c.attempts - 1))


def _count(connection: Connection, key: str, now: datetime) -> int:
    c = t.meters.c
    query = select(c.count).where(c.key == key, c.since == meters.window(now, MINUTE))
    return int(connection.execute(query).scalar_one_or_none() or 0)


def _add(connection: Connection, key: str, now: datetime, number: int) -> None:
    c = t.meters.c
    one = upsert(connection, t.meters).values(key=key, since=meters.window(now, MINUTE), count=number)
    connection.execute(one.on_conflict_do_update(index_elements=["key", "since"], set_={"count": c.count + number}))
