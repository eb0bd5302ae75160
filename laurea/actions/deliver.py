"""Send the letters that are due, each once.

A letter is marked `sending` before it leaves and `sent` after the relay took it. What became of the letters between
two looks at the records stands in the sender's journal. A sender that was ended leaves letters in `sending`: those
whose content was not begun are sent later; of the few others the relay's log tells, where one is set; where there is
none they become `uncertain`, shown to the officer, and are never sent again silently.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from laurea.settings import Settings
from laurea.store import bounces, locks, outbox, relay_rate
from laurea.store.engine import reading, writing
from notifications import journal, postmark, relay_log, retry
from notifications.addresses import parse
from notifications.signing import Signer
from notifications.smtp import Delivery, FileRelay, Outgoing, Relay, send_all

CLAIM = 500
STATES = {"sent": "sent", "deferred": "due", "failed": "failed", "uncertain": "uncertain"}


def deliver(engine: Engine, *, settings: Settings, now: datetime, limit: int = 1000) -> Counter[str]:
    """Send up to `limit` due letters; how many ended in which state. One sender works at a time.

    Fewer go where the relay is given only so many a minute, or said that they are too many. Raises BadKey for a
    signature's key that cannot be used.
    """
    signers = {domain.lower(): Signer.read(domain, where) for domain, where in settings.dkim.items()}
    with locks.sole(engine, settings.workspace, locks.SENDER) as mine:
        if not mine:
            return Counter()

        def begun(letter: int) -> None:
            mine.prove()  # a machine that was cut off must not send what another sends now
            notes.begun(letter)

        recover(engine, settings=settings, now=now)
        claim = secrets.token_hex(16)
        with journal.Journal(_journal(settings), claim) as notes:
            batch = _Batch(engine, settings, now, limit, claim, notes, signers)
            enough = asyncio.run(send_all(_relay(settings), batch.letters(), batch.report, before_content=begun))
        batch.settle()
        batch.put_back(enough)
    return batch.done


@dataclass
class _Batch:
    """One call's letters: taken from the records as connections become free, and settled some at a time."""

    engine: Engine
    settings: Settings
    now: datetime
    limit: int
    claim: str
    notes: journal.Journal
    signers: dict[str, Signer]
    taken: dict[int, tuple[int, str]] = field(default_factory=dict)  # not reported yet: attempts and message id
    rows: list[dict[str, Any]] = field(default_factory=list)
    unsure: dict[str, dict[str, Any]] = field(default_factory=dict)  # of these rows, by message id
    done: Counter[str] = field(default_factory=Counter)

    def letters(self) -> Iterator[Outgoing]:
        """Letters that are due, with the number of each."""
        key, left = self.settings.signing_key(), self.limit
        while left > 0:
            self.settle()
            with writing(self.engine) as connection:
                bounces.hold_stopped(connection, self.now)
                may = relay_rate.take(connection, self.now, min(CLAIM, left), self.settings.mail_per_minute)
                found = outbox.claim_due(connection, self.now, may, self.claim) if may else []
                relay_rate.taken(connection, self.now, len(found))
            if not found:
                return
            left -= len(found)
            self.taken |= {one.id: (one.attempts + 1, one.message_id) for one in found}
            for one in found:
                yield self._outgoing(one, key)

    def _outgoing(self, letter: outbox.DueLetter, key: bytes) -> Outgoing:
        sender, content = self.settings.mail_from, letter.content
        if not self.settings.smtp_url:
            return Outgoing(letter.id, sender, letter.address, content)
        mark = postmark.mark(key, letter.id, letter.message_id)
        signer = self.signers.get(parse(sender).domain)
        content = postmark.header(mark) + (signer.header(content) if signer else b"") + content
        back = postmark.return_address(self.settings.bounces_to, mark) if self.settings.bounces_to else sender
        return Outgoing(letter.id, back, letter.address, content, mark)

    def report(self, letter: int, found: Delivery) -> None:
        """What became of a letter."""
        self.notes.ended(letter, found)
        attempts, message_id = self.taken.pop(letter)
        self.rows.append(_row(letter, found, attempts, self.now))
        if found.state == "uncertain":
            self.unsure[message_id.strip("<>")] = self.rows[-1]

    def settle(self) -> None:
        """Write what is known into the records."""
        rows, self.rows, unsure, self.unsure = self.rows, [], self.unsure, {}
        if unsure and self.settings.relay_log is not None:
            for message_id in relay_log.taken(self.settings.relay_log, set(unsure)) or ():
                words = f"Found in the relay's log: {unsure[message_id]['reply']}"[:300]
                unsure[message_id] |= {"state": "sent", "sent_at": self.now, "reply": words}
        if rows:
            with writing(self.engine) as connection:
                outbox.settle(connection, rows)
            self.done += Counter(row["state"] for row in rows)

    def put_back(self, enough: str) -> None:
        """Letters taken and not tried go in the next minute; `enough` is what the relay said, if anything."""
        if not enough:
            return
        again = self.now + timedelta(seconds=relay_rate.MINUTE)
        with writing(self.engine) as connection:
            relay_rate.taken(connection, self.now, -len(self.taken))
            relay_rate.complained(connection, self.now)
            outbox.settle(connection, [_settled(one, "due", enough, not_before=again) for one in self.taken])
            relay_rate.uncount(connection, list(self.taken))


def _settled(
    letter: int, state: str, reply: str, *, not_before: datetime, sent_at: datetime | None = None
) -> dict[str, Any]:
    return {"id": letter, "state": state, "reply": reply[:300], "sent_at": sent_at, "not_before": not_before}


def _row(letter: int, result: Delivery, attempts: int, now: datetime) -> dict[str, Any]:
    state, not_before = STATES[result.state], now
    if state == "due":
        again = retry.next_attempt(attempts, now, key=str(letter))
        state, not_before = ("due", again) if again else ("failed", now)
    return _settled(letter, state, result.reply, not_before=not_before, sent_at=now if state == "sent" else None)


def _relay(settings: Settings) -> Relay | FileRelay:
    if settings.smtp_url:
        return Relay.from_url(settings.smtp_url, connections=settings.mail_connections)
    return FileRelay(settings.workspace / "outbox")


def _journal(settings: Settings) -> Path:
    return settings.workspace / "sender.journal"


def recover(engine: Engine, *, settings: Settings, now: datetime) -> None:
    """Decide what became of letters whose sender was ended before it could report."""
    with reading(engine) as connection:
        left = outbox.in_flight(connection)
    if not left:
        return
    known = journal.read(_journal(settings))
    rows, unclear, untried = [], [], []
    for letter in left:
        if known is None or letter.claim != known.claim or not letter.claim:
            unclear.append(letter)
        elif (ended := known.ended.get(letter.id)) is not None and ended.state != "uncertain":
            rows.append(_row(letter.id, ended, letter.attempts, now))
        elif letter.id in known.begun:
            unclear.append(letter)
        else:
            untried.append(letter.id)
            reply = "The sender was ended before this letter's turn."
            rows.append(_settled(letter.id, "due", reply, not_before=now))
    rows += _looked_up(unclear, settings, now)
    with writing(engine) as connection:
        outbox.settle(connection, rows)
        relay_rate.uncount(connection, untried)


def _looked_up(unclear: list[outbox.DueLetter], settings: Settings, now: datetime) -> list[dict[str, Any]]:
    """What the relay's log tells of letters that may or may not have been taken."""
    if not unclear:
        return []
    taken: set[str] | None = set()  # files are written create-only: writing one again changes nothing
    if settings.smtp_url:
        taken = None
        if settings.relay_log is not None:
            time.sleep(settings.relay_grace)  # the relay may still be writing down what it took
            taken = relay_log.taken(settings.relay_log, {letter.message_id.strip("<>") for letter in unclear})
    rows = []
    for letter in unclear:
        if taken is None:
            state, reply = "uncertain", "The sender was ended while this letter was on its way."
        elif letter.message_id.strip("<>") in taken:
            state, reply = "sent", "Found in the relay's log after the sender was ended."
        else:
            state, reply = "due", "Not in the relay's log; sent again after the sender was ended."
        rows.append(_settled(letter.id, state, reply, not_before=now, sent_at=now if state == "sent" else None))
    return rows
