"""Send the letters that are due, each once.

A letter is marked `sending` before it leaves and `sent` after the relay took it. A sender that was ended in
between leaves letters in `sending`: their fate is read from the relay's log where one is set; where there is
none they become `uncertain`, shown to the officer, and are never sent again silently.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from laurea.settings import Settings
from laurea.store import locks, outbox
from laurea.store.engine import reading, writing
from notifications import retry
from notifications.smtp import Delivery, FileRelay, Outgoing, Relay, send_all

CLAIM = 100
MESSAGE_ID = re.compile(r"message-id=<?([^<>\s,]+@[^<>\s,]+)>?", re.IGNORECASE)  # as Postfix writes it
STATES = {"sent": "sent", "deferred": "due", "failed": "failed", "uncertain": "uncertain"}


def deliver(engine: Engine, *, settings: Settings, now: datetime, limit: int = 1000) -> Counter[str]:
    """Send up to `limit` due letters; how many ended in which state. One sender works at a time."""
    done: Counter[str] = Counter()
    with locks.sole_sender(engine, settings.workspace) as mine:
        if not mine:
            return done
        recover(engine, settings=settings, now=now)
        while sum(done.values()) < limit:
            with writing(engine) as connection:
                letters = outbox.claim_due(connection, now, min(CLAIM, limit - sum(done.values())))
            if not letters:
                break
            done += _send(engine, letters, settings, now)
    return done


def _send(engine: Engine, letters: list[outbox.DueLetter], settings: Settings, now: datetime) -> Counter[str]:
    attempts = {letter.id: letter.attempts + 1 for letter in letters}
    results: dict[int, Delivery] = {}
    outgoing = [Outgoing(letter.id, settings.mail_from, letter.address, letter.content) for letter in letters]
    asyncio.run(send_all(_relay(settings), outgoing, results.__setitem__))
    rows = [_row(key, result, attempts[key], now) for key, result in results.items()]
    with writing(engine) as connection:
        outbox.settle(connection, rows)
    return Counter(row["state"] for row in rows)


def _row(key: int, result: Delivery, attempts: int, now: datetime) -> dict[str, Any]:
    state = STATES[result.state]
    not_before = now
    if state == "due":
        again = retry.next_attempt(attempts, now, key=str(key))
        state, not_before = ("due", again) if again else ("failed", now)
    return {
        "id": key,
        "state": state,
        "reply": result.reply[:300],
        "sent_at": now if state == "sent" else None,
        "not_before": not_before,
    }


def _relay(settings: Settings) -> Relay | FileRelay:
    if settings.smtp_url:
        return Relay.from_url(settings.smtp_url, connections=settings.mail_connections)
    return FileRelay(settings.workspace / "outbox")


def recover(engine: Engine, *, settings: Settings, now: datetime) -> None:
    """Decide what became of letters whose sender was ended before it could report."""
    with reading(engine) as connection:
        left = outbox.in_flight(connection)
    if not left:
        return
    if settings.smtp_url and settings.relay_log is not None:
        time.sleep(settings.relay_grace)  # the relay may still be writing down what it took
    with writing(engine) as connection:
        taken = _relay_log(settings)
        rows = []
        for letter in left:
            if taken is None:
                state, reply = "uncertain", "The sender was ended while this letter was on its way."
            elif letter.message_id.strip("<>") in taken:
                state, reply = "sent", "Found in the relay's log after the sender was ended."
            else:
                state, reply = "due", "Not in the relay's log; sent again after the sender was ended."
            rows.append(
                {
                    "id": letter.id,
                    "state": state,
                    "reply": reply,
                    "sent_at": now if state == "sent" else None,
                    "not_before": now,
                }
            )
        outbox.settle(connection, rows)


def _relay_log(settings: Settings) -> set[str] | None:
    """Message ids the relay has taken, or None where nobody can tell."""
    if not settings.smtp_url:
        return set()  # files are written create-only: writing one again changes nothing
    if settings.relay_log is None:
        return None
    try:
        text = settings.relay_log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return set(MESSAGE_ID.findall(text))
