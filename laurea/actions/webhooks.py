"""Tell other programs of a round's events: add and stop webhooks, and make the calls that are due.

A call is a row written with the deed it tells of (`laurea.ledger`). It may arrive more than once, always under the same
id: a sender that was ended in between is followed by another.
"""

from __future__ import annotations

import base64
import secrets
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import httpcore
from sqlalchemy import Engine

from laurea import ledger
from laurea.errors import BadInput, NotFound
from laurea.settings import Settings
from laurea.sources import outside
from laurea.store import rounds
from laurea.store import webhooks as store
from laurea.store.engine import writing
from notifications import webhooks as calls
from notifications.filled import Filled

AT_A_TIME = 16
MOST = 20  # living webhooks of a round


def add(
    engine: Engine,
    round_id: int,
    *,
    address: str,
    events: Iterable[str],
    settings: Settings,
    actor: ledger.Actor,
    now: datetime,
) -> tuple[int, str]:
    """Have an address told of these events; the webhook's number and the secret that signs its calls.

    Raises BadInput for an address no call may go to, and for events there are not.
    """
    outside.check_address(address, private=settings.webhooks_private)
    wanted = list(dict.fromkeys(events))
    unknown = [one for one in wanted if one not in ledger.TOLD]
    if unknown or not wanted:
        says = (
            Filled("There is no event {event}.", event=unknown[0])
            if unknown
            else Filled("It is not said of which events.")
        )
        raise BadInput(says, remedy=Filled("Choose from {choices}.", choices=", ".join(ledger.TOLD)))
    secret = calls.PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        if sum(one.stopped_at is None for one in store.of_round(connection, round_id)) >= MOST:
            raise BadInput(
                Filled("The round has {n} webhooks already.", n=MOST), remedy="Stop one that is no longer used."
            )
        number = store.add(
            connection,
            authority_id=record.authority_id,
            round_id=round_id,
            address=address,
            events=wanted,
            secret=secret,
            made_by=actor.person_id,
            made_at=now,
        )
        ledger.record_of(
            connection,
            record,
            actor=actor,
            event=ledger.Event.WEBHOOK_ADDED,
            subject=f"webhook:{number}",
            now=now,
            details={"events": wanted},
        )
    return number, secret


def stop(engine: Engine, round_id: int, webhook_id: int, *, actor: ledger.Actor, now: datetime) -> None:
    """Stop a webhook; calls that wait are not made. Raises NotFound when there is none that lives."""
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        if not store.stop(connection, round_id, webhook_id, now):
            raise NotFound(f"The round {record.code} has no webhook {webhook_id} that could be stopped.")
        ledger.record_of(
            connection,
            record,
            actor=actor,
            event=ledger.Event.WEBHOOK_STOPPED,
            subject=f"webhook:{webhook_id}",
            now=now,
        )


def again(engine: Engine, round_id: int, webhook_id: int, *, actor: ledger.Actor, now: datetime) -> int:
    """Make the calls that failed for good due once more; how many."""
    with writing(engine) as connection:
        calls = store.again(connection, round_id, webhook_id, now)
        if calls:
            ledger.record_of(
                connection, rounds.round_by_id(connection, round_id), actor=actor,
                event=ledger.Event.WEBHOOK_CALLED_AGAIN, subject=f"webhook:{webhook_id}", now=now,
                details={"calls": calls},
            )  # fmt: skip
    return calls


def deliver(engine: Engine, *, settings: Settings, now: datetime, limit: int = 1000) -> Counter[str]:
    """Make up to `limit` calls that are due; how many ended in which state."""
    done: Counter[str] = Counter()
    while sum(done.values()) < limit:
        with writing(engine) as connection:
            due = store.claim_due(connection, now, min(AT_A_TIME, limit - sum(done.values())))
        if not due:
            break
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            rows = list(pool.map(lambda one: _call(one, settings, now), due))
        with writing(engine) as connection:
            store.settle(connection, rows)
        done += Counter(row["state"] for row in rows)
    return done


def _call(call: store.DueCall, settings: Settings, now: datetime) -> dict[str, Any]:
    """Make one call; the row that says what became of it. Any 2xx is yes, 410 is a no for good."""
    body = call.body.encode()
    gone = False
    try:
        headers = calls.headers(call.secret, call.message_id, body, now)
        status = outside.post(call.address, headers, body, private=settings.webhooks_private)
        sent, gone, reply = 200 <= status < 300, status == 410, str(status)
    except BadInput as error:
        sent, gone, reply = False, True, error.says
    except (OSError, UnicodeError, httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        sent, reply = False, type(error).__name__
    if sent:
        return {"id": call.id, "state": "sent", "reply": reply, "sent_at": now, "not_before": now}
    next_ = None if gone else calls.next_try(call.attempts, now)
    state = "due" if next_ else "failed"
    return {"id": call.id, "state": state, "reply": reply[:300], "sent_at": None, "not_before": next_ or now}
