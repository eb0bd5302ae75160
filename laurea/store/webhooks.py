"""Where a round's events are told to other programs, and each call as a row that is written with its deed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from laurea.store import tables as t

LEASE = timedelta(minutes=5)  # a call whose sender ended is due again after this


@dataclass(frozen=True)
class Webhook:
    """An address that is told of events; its secret is for signing alone."""

    id: int
    address: str
    events: list[str]
    made_at: datetime
    stopped_at: datetime | None


@dataclass(frozen=True)
class Listening:
    """A webhook that wants an event, and the code of its round."""

    id: int
    code: str


@dataclass(frozen=True)
class DueCall:
    """A call taken for sending; `attempts` counts this one."""

    id: int
    message_id: str
    address: str
    secret: str
    body: str
    attempts: int


@dataclass(frozen=True)
class CallRow:
    """A call as its officer sees it."""

    id: int
    webhook_id: int
    event: str
    state: str
    attempts: int
    reply: str
    created_at: datetime
    sent_at: datetime | None
    not_before: datetime


_HOOK = tuple(t.webhooks.c[name] for name in Webhook.__dataclass_fields__)
_CALL = tuple(t.webhook_calls.c[name] for name in CallRow.__dataclass_fields__)


def add(connection: Connection, **values: Any) -> int:
    """Write a webhook and give its id."""
    return int(connection.execute(insert(t.webhooks).values(**values).returning(t.webhooks.c.id)).scalar_one())


def of_round(connection: Connection, round_id: int) -> list[Webhook]:
    """Every webhook of a round, the newest first."""
    query = select(*_HOOK).where(t.webhooks.c.round_id == round_id).order_by(t.webhooks.c.id.desc())
    return [Webhook(**row._mapping) for row in connection.execute(query)]


def stop(connection: Connection, round_id: int, webhook_id: int, now: datetime) -> bool:
    """Stop a webhook and its waiting calls; False when there was none to stop."""
    c, k = t.webhooks.c, t.webhook_calls.c
    mine = (c.id == webhook_id, c.round_id == round_id, c.stopped_at.is_(None))
    if connection.execute(update(t.webhooks).where(*mine).values(stopped_at=now)).rowcount != 1:
        return False
    waiting = (k.webhook_id == webhook_id, k.state == "due")
    connection.execute(update(t.webhook_calls).where(*waiting).values(state="cancelled"))
    return True


def listening(connection: Connection, round_id: int, event: str) -> list[Listening]:
    """The living webhooks of a round that want to be told of an event."""
    c = t.webhooks.c
    query = (
        select(c.id, t.rounds.c.code, c.events)
        .join(t.rounds, t.rounds.c.id == c.round_id)
        .where(c.round_id == round_id, c.stopped_at.is_(None))
        .order_by(c.id)
    )
    return [Listening(row.id, row.code) for row in connection.execute(query) if event in row.events]


def add_calls(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write calls in the transaction of the deed they tell of."""
    if rows:
        connection.execute(insert(t.webhook_calls), list(rows))


def due_count(connection: Connection, now: datetime) -> int:
    """How many calls wait to be made now."""
    c = t.webhook_calls.c
    return int(connection.execute(select(func.count()).where(c.state == "due", c.not_before <= now)).scalar_one())


def claim_due(connection: Connection, now: datetime, limit: int) -> list[DueCall]:
    """Take calls that are due. Each is due again after `LEASE`, unless what became of it is written down before."""
    c, h = t.webhook_calls.c, t.webhooks.c
    query = (
        select(c.id, c.message_id, h.address, h.secret, c.body, (c.attempts + 1).label("attempts"))
        .join(t.webhooks, h.id == c.webhook_id)
        .where(c.state == "due", c.not_before <= now)
        .order_by(c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=t.webhook_calls)
    )
    calls = [DueCall(**row._mapping) for row in connection.execute(query)]
    if calls:
        taken = update(t.webhook_calls).where(c.id.in_([one.id for one in calls]))
        connection.execute(taken.values(attempts=c.attempts + 1, not_before=now + LEASE))
    return calls


def settle(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write what became of calls that are still due: `id`, `state`, `reply`, `sent_at`, `not_before`."""
    if rows:
        c = t.webhook_calls.c
        values: dict[str, Any] = {name: bindparam(f"b_{name}") for name in ("state", "reply", "sent_at", "not_before")}
        connection.execute(
            update(t.webhook_calls).where(c.id == bindparam("b_id"), c.state == "due").values(**values),
            [{f"b_{name}": value for name, value in row.items()} for row in rows],
        )


def again(connection: Connection, round_id: int, webhook_id: int, now: datetime) -> int:
    """Make the failed calls of a living webhook due once more; how many."""
    c = t.webhook_calls.c
    alive = select(t.webhooks.c.id).where(t.webhooks.c.id == webhook_id, t.webhooks.c.stopped_at.is_(None))
    mine = (c.round_id == round_id, c.webhook_id.in_(alive), c.state == "failed")
    return connection.execute(
        update(t.webhook_calls).where(*mine).values(state="due", attempts=0, not_before=now)
    ).rowcount


def calls_of(connection: Connection, round_id: int, limit: int = 50) -> list[CallRow]:
    """The newest calls of a round."""
    c = t.webhook_calls.c
    query = select(*_CALL).where(c.round_id == round_id).order_by(c.id.desc()).limit(limit)
    return [CallRow(**row._mapping) for row in connection.execute(query)]
