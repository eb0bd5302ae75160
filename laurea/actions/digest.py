"""Several letters about new reviews to one juror become one; it counts what is open at the moment it is written."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import Connection, Engine

from laurea import jury_letters, ledger, letters
from laurea.settings import Settings
from laurea.store import digests, juries, outbox, rounds
from laurea.store.digests import Part
from laurea.store.engine import reading, writing
from notifications.compose import Letter

JOINED = "It became part of one letter with others."


def join(engine: Engine, *, settings: Settings, now: datetime) -> int:
    """Join the letters that wait and belong together; how many became part of another.

    The parts stay as rows, cancelled with the reason. Decisions, and what an officer changed or sent, are left alone.
    """
    with reading(engine) as connection:
        if not digests.together(connection, now):
            return 0
    with writing(engine) as connection:
        groups = digests.together(connection, now)
        ledger.hold(connection, [(part.authority_id, part.round_id) for parts in groups for part in parts])
        return sum(_join(connection, parts, settings, now) for parts in groups)


def _join(connection: Connection, parts: list[Part], settings: Settings, now: datetime) -> int:
    by_round: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        by_round[part.round_id].append(part)
    about: list[jury_letters.Batch] = []
    for round_id, mine in by_round.items():
        record = rounds.round_by_id(connection, round_id)
        desk = letters.Desk.of(connection, record, settings, now)
        seats = {part.juror_id for part in mine}
        found = digests.news(connection, sorted(seats), min(part.created_at for part in mine))
        juror = next((one for one in juries.jurors(connection, round_id) if one.id in seats), None)
        if found.number and juror is not None:
            until = max(record.review_until, found.until or record.review_until)
            about.append(jury_letters.Batch(desk, juror, found.number, until))
    ids, first = [part.id for part in parts], parts[0]
    if not about:
        outbox.cancel(connection, ids, outbox.FINISHED, actor=ledger.CLOCK.name, now=now)
        return 0
    made = _letter(about, f"joined-{first.id}-{parts[-1].id}")
    home = about[0].desk.record
    outbox.cancel(connection, ids, JOINED, actor=ledger.CLOCK.name, now=now)
    ledger.post(connection, [made], authority_id=first.authority_id, round_id=home.id, now=now, not_before=now)
    ledger.record_of(
        connection, home, actor=ledger.CLOCK, event=ledger.Event.LETTERS_JOINED, now=now,
        details={"letters": len(ids), "rounds": len(by_round)},
    )  # fmt: skip
    return len(ids)


def _letter(about: list[jury_letters.Batch], occasion: str) -> Letter:
    if len(about) > 1:
        return jury_letters.assignments(about, occasion)
    one = about[0]
    return letters.assignment(one.desk, one.juror, range(one.number), occasion, until=one.until)
