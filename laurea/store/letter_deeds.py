"""Single letters of the outbox, what happened to them, and the changes an officer makes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from laurea.store import tables as t
from laurea.store.batches import batches
from laurea.store.searching import Where
from notifications.outbox import NOT_LEFT, RELEASED

m = t.messages.c


@dataclass(frozen=True)
class OneLetter:
    """A letter with all that is known of it."""

    id: int
    authority_id: int
    key: str
    message_id: str
    kind: str
    person: str
    address: str
    language: str
    subject: str
    content: bytes
    state: str
    attempts: int
    not_before: datetime
    reply: str
    created_at: datetime
    sent_at: datetime | None
    at_once: bool


@dataclass(frozen=True)
class Happened:
    """One line of what happened to a letter. `who` is a person's name, or empty: nobody of flesh did it."""

    at: datetime
    who: str
    what: str
    outcome: str
    note: str
    subject: str | None
    content: bytes | None


def one(connection: Connection, round_id: int, number: int, *, lock: bool = False) -> OneLetter | None:
    """A letter of a round, or None; kept from others until the transaction ends where it is to be changed."""
    names = [name for name in OneLetter.__dataclass_fields__ if name != "person"]
    query = (
        select(*(m[name] for name in names), t.people.c.name.label("person"))
        .join(t.people, t.people.c.id == m.person_id)
        .where(m.round_id == round_id, m.id == number)
    )
    row = connection.execute(query.with_for_update(of=t.messages) if lock else query).one_or_none()
    return None if row is None else OneLetter(**row._mapping)


def happened(connection: Connection, number: int) -> list[Happened]:
    """What happened to a letter, oldest first."""
    e = t.letter_events.c
    query = select(e.at, e.actor, e.what, e.outcome, e.note, e.subject, e.content).where(e.message_id == number)
    rows = connection.execute(query.order_by(e.id)).all()
    people = {int(row.actor[7:]) for row in rows if row.actor.startswith("person:")}
    named = select(t.people.c.id, t.people.c.name).where(t.people.c.id.in_(people))
    names = {f"person:{row.id}": row.name for row in connection.execute(named)} if people else {}
    return [
        Happened(row.at, names.get(row.actor, ""), row.what, row.outcome, row.note, row.subject, row.content)
        for row in rows
    ]


def counts(connection: Connection, round_id: int, where: Where) -> Counter[str]:
    """How many letters of a round a search finds, by state."""
    query = select(m.state, func.count().label("n")).where(m.round_id == round_id, *where).group_by(m.state)
    return Counter({row.state: row.n for row in connection.execute(query)})


def found(
    connection: Connection, round_id: int, where: Where, states: Collection[str], newest: int | None = None
) -> list[int]:
    """The letters of a round that a search finds in these states; none younger than `newest`."""
    query = select(m.id).where(m.round_id == round_id, m.state.in_(states), *where).order_by(m.id)
    return list(connection.execute(query if newest is None else query.where(m.id <= newest)).scalars())


def newest(connection: Connection, round_id: int) -> int:
    """The number of a round's youngest letter; 0 where it has none."""
    return int(connection.execute(select(func.max(m.id)).where(m.round_id == round_id)).scalar_one() or 0)


def stoppable(connection: Connection, round_id: int, now: datetime) -> list[tuple[int, datetime]]:
    """The letters of a release that still wait for its undo window to end, with the moment it does."""
    query = select(m.id, m.not_before).where(
        m.round_id == round_id, m.state == "due", m.kind.in_(RELEASED), m.not_before > now, m.attempts == 0, ~m.at_once
    )
    return [(row.id, row.not_before) for row in connection.execute(query.order_by(m.id))]


def change(connection: Connection, ids: Sequence[int], states: Collection[str], **values: Any) -> list[int]:
    """Change those of these letters that are still in one of the states; the ids of those that were."""
    changed: list[int] = []
    for some in batches(ids):
        part = update(t.messages).where(m.id.in_(some), m.state.in_(states)).values(**values)
        changed += connection.execute(part.returning(m.id)).scalars()
    return changed


def unfinished(connection: Connection) -> Sequence[Row[tuple[int, int | None, str]]]:
    """Number, round and state of every letter that may still leave; None stands for one that is about no round."""
    query = select(m.id, m.round_id, m.state).where(m.state.in_((*NOT_LEFT, "sending")))
    return connection.execute(query.order_by(m.id)).all()


def last_try(connection: Connection, number: int) -> datetime | None:
    """When a letter was tried last."""
    e = t.letter_events.c
    query = select(func.max(e.at)).where(e.message_id == number, e.what == "try")
    found: datetime | None = connection.execute(query).scalar_one()
    return found


@dataclass(frozen=True)
class PostRules:
    """How letters of a round go: its office's quiet hours and digests, and its own undo window (None: the usual)."""

    quiet_from: str
    quiet_until: str
    digest_minutes: int
    timezone: str
    undo_minutes: int | None


def rules(connection: Connection, round_id: int) -> PostRules:
    """How letters of a round go."""
    a, r = t.authorities.c, t.rounds.c
    query = select(a.quiet_from, a.quiet_until, a.digest_minutes, a.timezone, r.undo_minutes)
    row = connection.execute(query.join(t.rounds, r.authority_id == a.id).where(r.id == round_id)).one()
    return PostRules(**row._mapping)
