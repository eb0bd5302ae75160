"""Audit lines and outgoing letters, written in the transaction of the deed they belong to."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from evaluators import seals
from laurea.events import TOLD, Event
from laurea.store import audit, outbox, webhooks
from laurea.store.batches import portions
from notifications.outbox import DIGESTED

__all__ = ["CLOCK", "SYSTEM", "TOLD", "Actor", "Event", "hold", "post", "record", "record_of"]

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from laurea.store.rounds import RoundRecord
    from notifications.compose import Letter


@dataclass(frozen=True)
class Actor:
    """Who does a deed: `person:12`, `token:3` (a program), `clock` or `system`."""

    name: str
    person_id: int | None = None

    @classmethod
    def person(cls, person_id: int) -> Actor:
        return cls(f"person:{person_id}", person_id)

    @classmethod
    def program(cls, token_id: int) -> Actor:
        return cls(f"token:{token_id}")


CLOCK = Actor("clock")
SYSTEM = Actor("system")


def record(
    connection: Connection,
    *,
    authority_id: int,
    actor: Actor,
    event: Event,
    subject: str,
    now: datetime,
    round_id: int | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Write one audit line, and a call to each webhook of the round that wants to be told of the event.

    Details carry ids and figures, never names or addresses; a call carries the round and the event alone.
    """
    audit.add_line(
        connection,
        authority_id=authority_id,
        round_id=round_id,
        at=now,
        actor=actor.name,
        event=event.value,
        subject=subject,
        details=details or {},
    )
    if round_id is not None and event in TOLD:
        _tell(connection, authority_id, round_id, event, now)


def hold(connection: Connection, places: Iterable[tuple[int, int | None]]) -> None:
    """For a deed that writes lines about several rounds or authorities (`authority_id`, `round_id` or None): keep them
    all, once everything else it changes is taken and before the first line.
    """
    audit.hold(connection, {seals.chain_of(authority, of_round) for authority, of_round in places})


def record_of(
    connection: Connection,
    one: RoundRecord,
    *,
    actor: Actor,
    event: Event,
    now: datetime,
    subject: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """One audit line about a round; its subject is the round itself where none is named."""
    record(
        connection,
        authority_id=one.authority_id,
        round_id=one.id,
        actor=actor,
        event=event,
        subject=subject or f"round:{one.id}",
        now=now,
        details=details,
    )


def _tell(connection: Connection, authority_id: int, round_id: int, event: Event, now: datetime) -> None:
    webhooks.add_calls(
        connection,
        [
            {
                "authority_id": authority_id,
                "round_id": round_id,
                "webhook_id": hook.id,
                "message_id": f"msg_{secrets.token_urlsafe(24)}",
                "event": event.value,
                "body": json.dumps(
                    {"type": event.value, "timestamp": now.isoformat(), "data": {"round": hook.code}},
                    separators=(",", ":"),
                ),
                "state": "due",
                "not_before": now,
                "created_at": now,
            }
            for hook in webhooks.listening(connection, round_id, event.value)
        ],
    )


def post(
    connection: Connection,
    letters: Iterable[Letter],
    *,
    authority_id: int,
    round_id: int | None,
    now: datetime,
    state: str = "due",
    not_before: datetime | None = None,
) -> int:
    """Put letters into the outbox, some at a time; one whose key is known is left out. Gives how many were new.

    They go at once, or not before that moment. News that an office gathers into one letter waits for the rest of it.
    """
    aside: Counter[tuple[str, str]] = Counter()
    queued, waits = 0, timedelta(minutes=outbox.digest_minutes(connection, authority_id))
    for some in portions(letters):
        by_key = {letter.key: letter for letter in some}
        known = outbox.known_keys(connection, list(by_key))
        rows = [
            {
                "authority_id": authority_id,
                "round_id": round_id,
                "key": letter.key,
                "message_id": letter.message_id,
                "kind": letter.kind,
                "person_id": letter.recipient.person_id,
                "address": letter.recipient.address,
                "language": letter.language,
                "subject": letter.subject[:300],
                "content": letter.content,
                "state": state,
                "not_before": not_before or (now + waits if letter.kind in DIGESTED else now),
                "created_at": now,
            }
            for key, letter in by_key.items()
            if key not in known
        ]
        outbox.add_letters(connection, rows)
        queued += len(rows)
        aside += Counter((one.kind, one.language) for key, one in by_key.items() if one.fault and key not in known)
    for (kind, language), count in sorted(aside.items()):
        record(
            connection, authority_id=authority_id, actor=SYSTEM, event=Event.WORDING_SET_ASIDE,
            subject=f"letter:{kind}:{language}", now=now, round_id=round_id, details={"letters": count},
        )  # fmt: skip
    return queued
