"""After a backup was restored: nothing leaves by itself that may have left before, and everybody signs in again."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import Engine

from laurea import ledger
from laurea.ledger import Event
from laurea.store import copies, letter_deeds, outbox, rounds
from laurea.store.engine import writing

HELD = "held after a restore: it may have left before"
UNKNOWN = "under way when the backup was taken"
OLD_LINK = "a link of before the restore"


def bring_back(engine: Engine, *, made_at: str, now: datetime) -> Counter[str]:
    """Put letters that wait on hold, leave those under way in doubt, end sessions; how many letters are in which state.

    `made_at` is when the backup was taken; it stands in the audit of every authority.
    """
    with writing(engine) as connection:
        copies.end_sessions(connection)
        left = letter_deeds.unfinished(connection)
        by = {"at": now, "actor": ledger.SYSTEM.name}
        held = letter_deeds.change(
            connection, [one.id for one in left if one.round_id and one.state == "due"], ("due",), state="held"
        )
        outbox.note(connection, held, what="held", note=HELD, **by)
        links = [one.id for one in left if not one.round_id]
        outbox.cancel(connection, links, OLD_LINK, actor=ledger.SYSTEM.name, now=now)
        doubted = [one.id for one in left if one.round_id and one.state == "sending"]
        unknown = {"state": "uncertain", "reply": UNKNOWN, "sent_at": None, "not_before": now}
        outbox.settle(connection, [{"id": one, **unknown} for one in doubted])
        done = Counter(held=len(held), cancelled=len(links), uncertain=len(doubted))
        owners = rounds.authorities(connection)
        ledger.hold(connection, [(one.id, None) for one in owners])
        for one in owners:
            ledger.record(
                connection, authority_id=one.id, actor=ledger.SYSTEM, event=Event.BACKUP_RESTORED,
                subject=f"authority:{one.id}", now=now, details={"made_at": made_at, **done},
            )  # fmt: skip
    return done
