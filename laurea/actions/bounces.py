"""Take in what mail servers say of letters later on, and let an address be written to again.

A report changes a letter only where it carries the letter's mark, which nobody outside can make up, or comes from the
relay service with our key. Everything else is kept aside with a reason.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from laurea import ledger
from laurea.errors import NotFound
from laurea.settings import Settings
from laurea.store import bounces, rounds
from laurea.store.bounces import Reported
from laurea.store.engine import reading, writing
from notifications import mailboxes, postmark, reports
from notifications.errors import RelayError
from notifications.reports import Report
from notifications.text import clean

LOG = logging.getLogger("laurea.post")


def take_in(engine: Engine, *, settings: Settings, now: datetime) -> Counter[str]:
    """Read the mailbox for reports; how many were of which kind, `unreachable` where it does not answer or cannot be
    used. That is said in the log and stops nothing: it is read again next time.
    """
    done: Counter[str] = Counter()
    where = settings.bounces_from.get_secret_value()
    if not where:
        return done
    try:
        for content, taken in mailboxes.unread(where):
            done[take(engine, content, settings=settings, now=now)] += 1
            taken()
    except RelayError as error:
        LOG.warning("%s", error)
        done["unreachable"] += 1
    except mailboxes.TROUBLE as error:
        LOG.warning("The mailbox for reports does not answer: %s", type(error).__name__)
        done["unreachable"] += 1
    return done


def take(engine: Engine, content: bytes, *, settings: Settings, now: datetime) -> str:
    """Take in one report; its kind: hard, given_up, soft, delivered, aside or known."""
    key, report = settings.signing_key(), reports.read(content)
    claimed = postmark.marks_in(content[: reports.LARGEST])
    with writing(engine) as connection:
        found = bounces.letters(connection, ids=list(claimed)[:50])
        ours = [one for one in found if postmark.same(claimed[one.id], postmark.mark(key, one.id, one.message_id))]
        return _keep(connection, report, ours, hashlib.sha256(content).hexdigest(), "mailbox", now)


def take_told(engine: Engine, call: str, events: Sequence[Mapping[str, Any]], *, now: datetime) -> Counter[str]:
    """Take in what a relay service tells: events with `message_id`, `action`, `status` and `reason`. `call` names the
    call, so that one that comes again changes nothing.
    """
    done: Counter[str] = Counter()
    every = [
        {name: clean(str(event.get(name, ""))) for name in ("message_id", "action", "status", "reason")}
        for event in events
    ]
    named = [f"<{told['message_id'].strip().strip('<>')}>" for told in every]
    with writing(engine) as connection:
        letters = bounces.letters(connection, message_ids=sorted(set(named)))
        ledger.hold(connection, [(one.authority_id, one.round_id) for one in letters])
        for place, (told, message_id) in enumerate(zip(every, named, strict=True)):
            digest = hashlib.sha256(json.dumps([call, place, told], sort_keys=True).encode()).hexdigest()
            found = [one for one in letters if one.message_id == message_id]
            report = reports.standard(told["action"], told["status"], told["reason"])
            done[_keep(connection, report, found, digest, "service", now)] += 1
    return done


def _keep(
    connection: Connection, report: Report, found: Sequence[Reported], digest: str, source: str, now: datetime
) -> str:
    if bounces.known(connection, digest):
        return "known"
    common = {"digest": digest, "at": now, "source": source}
    if len(found) != 1 or report.kind == "none":
        why = (
            "It is about no letter of ours." if not found else "It is about several letters." if len(found) > 1 else ""
        )
        bounces.add(connection, kind="aside", reason=f"{why} {report.reason}".strip()[:300], **common)
        return "aside"
    letter = found[0]
    bounces.add(
        connection, kind=report.kind, reason=report.reason, authority_id=letter.authority_id, message_id=letter.id,
        address=letter.address.lower(), **common,
    )  # fmt: skip
    bounces.apply(connection, letter, report.kind, report.reason, now)
    ledger.record(
        connection, authority_id=letter.authority_id, round_id=letter.round_id, actor=ledger.SYSTEM,
        event=ledger.Event.LETTER_REPORTED, subject=f"message:{letter.id}", now=now, details={"kind": report.kind},
    )  # fmt: skip
    return report.kind


def confirm(engine: Engine, round_id: int, address: str, *, actor: ledger.Actor, now: datetime) -> None:
    """Say that an address is right: the round's office writes to it again. Raises NotFound where it was not stopped."""
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        about = bounces.confirm(connection, record.authority_id, address.lower(), actor.person_id, now)
        if not about:
            raise NotFound("Nothing is held back from this address.", "Look at the list again.")
        ledger.record_of(
            connection, record, actor=actor, event=ledger.Event.ADDRESS_CONFIRMED, now=now,
            subject=f"message:{about[0]}",
        )  # fmt: skip


def aside(engine: Engine) -> list[dict[str, Any]]:
    """Reports kept aside."""
    with reading(engine) as connection:
        return bounces.aside(connection)
