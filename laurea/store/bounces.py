"""Reports about letters: which came back, which are late, which arrived; and the addresses that one of them stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, func, insert, select, update

from laurea.store import outbox
from laurea.store import tables as t
from notifications.outbox import AT_ANY_HOUR

STOPPED = "An earlier letter to this address came back."
TO = {"hard": "bounced", "given_up": "bounced", "delivered": "delivered"}
"""What a report makes of a letter that has left; a late one stays as it is."""


@dataclass(frozen=True)
class Reported:
    """A letter a report can be about."""

    id: int
    authority_id: int
    round_id: int | None
    message_id: str
    address: str
    state: str


@dataclass(frozen=True)
class Stop:
    """An address that an office writes to no more, until somebody says that it is right."""

    address: str
    person: str
    at: datetime
    reason: str
    held: int


def known(connection: Connection, digest: str) -> bool:
    """Whether this report was taken in before."""
    return connection.execute(select(t.bounces.c.id).where(t.bounces.c.digest == digest)).first() is not None


def letters(connection: Connection, *, ids: Sequence[int] = (), message_ids: Sequence[str] = ()) -> list[Reported]:
    """The letters with these numbers or Message-IDs, by number; kept from others until the transaction ends."""
    c = t.messages.c
    query = select(c.id, c.authority_id, c.round_id, c.message_id, c.address, c.state).where(
        c.id.in_(ids) | c.message_id.in_(message_ids)
    )
    return [Reported(**row._mapping) for row in connection.execute(query.order_by(c.id).with_for_update())]


def add(connection: Connection, **values: Any) -> None:
    """Keep a report."""
    connection.execute(insert(t.bounces).values(**values))


def apply(connection: Connection, letter: Reported, kind: str, reason: str, now: datetime) -> None:
    """Write on a letter what a report said of it. What came back stays so, whatever is said later."""
    c = t.messages.c
    if kind in TO:
        left = update(t.messages).where(c.id == letter.id, c.state.in_(("sending", "sent", "uncertain", "delivered")))
        connection.execute(left.values(state=TO[kind], reply=reason, sent_at=func.coalesce(c.sent_at, now)))
    outbox.note(connection, [letter.id], at=now, actor="relay", what="reported", outcome=kind, note=reason)


def _stops() -> Any:
    b, c = t.bounces.c, t.messages.c
    return exists().where(
        b.authority_id == c.authority_id, b.address == func.lower(c.address), b.kind == "hard", b.confirmed_at.is_(None)
    )


def hold_stopped(connection: Connection, now: datetime) -> None:
    """Letters due to a stopped address are held; not what the reader asked for or an officer sends by hand."""
    c = t.messages.c
    due = update(t.messages).where(
        c.state == "due", c.not_before <= now, c.kind.not_in(AT_ANY_HOUR), ~c.at_once, _stops()
    )
    connection.execute(due.values(state="held", reply=STOPPED))


def stopped(connection: Connection, authority_id: int) -> list[Stop]:
    """The addresses an office writes to no more, the newest first."""
    b, m, p = t.bounces.c, t.messages.c, t.people.c
    held = (
        select(func.count())
        .select_from(other := t.messages.alias())
        .where(
            other.c.authority_id == authority_id,
            func.lower(other.c.address) == b.address,
            other.c.state == "held",
            other.c.reply == STOPPED,
        )
        .scalar_subquery()
    )
    query = (
        select(b.address, func.max(p.name), func.max(b.at).label("last"), func.max(b.reason), held.label("held"))
        .select_from(t.bounces.join(t.messages, m.id == b.message_id).join(t.people, p.id == m.person_id))
        .where(b.authority_id == authority_id, b.kind == "hard", b.confirmed_at.is_(None))
        .group_by(b.address)
        .order_by(func.max(b.at).desc(), b.address)
    )
    return [Stop(*row) for row in connection.execute(query)]


def confirm(connection: Connection, authority_id: int, address: str, person_id: int | None, now: datetime) -> list[int]:
    """The address is right: its reports stop nothing any more, and what was held for them is due again: which letters.

    None of them where the address was not stopped.
    """
    b, c = t.bounces.c, t.messages.c
    open_ = update(t.bounces).where(
        b.authority_id == authority_id, b.address == address, b.kind == "hard", b.confirmed_at.is_(None)
    )
    found = connection.execute(open_.values(confirmed_at=now, confirmed_by=person_id).returning(b.message_id))
    about = [int(one) for one in found.scalars() if one is not None]
    held = update(t.messages).where(
        c.authority_id == authority_id, func.lower(c.address) == address, c.state == "held", c.reply == STOPPED
    )
    if about:
        connection.execute(held.values(state="due", reply=""))
    return about


def aside(connection: Connection, most: int = 100) -> list[dict[str, Any]]:
    """Reports that are about no letter of ours, the newest first: when, where from, why."""
    b = t.bounces.c
    query = select(b.at, b.source, b.reason).where(b.kind == "aside").order_by(b.id.desc()).limit(most)
    return [dict(row._mapping) for row in connection.execute(query)]
