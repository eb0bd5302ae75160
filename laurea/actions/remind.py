"""Remind jurors of unfinished reviews, looking at the facts of this moment and at each juror's own deadline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from laurea import ledger, letters
from laurea.settings import Settings
from laurea.store import juries, outbox, rounds
from laurea.store.engine import reading, writing

LADDER = (timedelta(days=7), timedelta(days=2), timedelta(0), timedelta(days=-2))  # before the deadline


@dataclass(frozen=True)
class Due:
    """A reminder that is due: of how many reviews, until when, at which step of the ladder."""

    juror: juries.JurorRecord
    number: int
    until: datetime
    step: str


def step_of(until: datetime, since: datetime, now: datetime) -> str | None:
    """The step of the ladder that is due now, or None: '7', '2', '0' or '-2' days before the deadline `until`.

    A step that lay before `since`, when the last of the reviews was given out, is over: nobody is reminded of what
    they were told a moment ago.
    """
    reached = [step for step in LADDER if since < until - step <= now]
    return str(reached[-1].days) if reached else None


def due(engine: Engine, round_id: int, *, now: datetime) -> list[Due]:
    """Reminders that are due and not written yet; nothing is written."""
    with reading(engine) as connection:
        return _due(connection, rounds.round_by_id(connection, round_id), now)


def remind(engine: Engine, round_id: int, *, settings: Settings, now: datetime) -> int:
    """Queue one letter per juror and deadline for the step that is due; how many were new.

    A juror with more time than the review period is reminded before their own deadline, not before the round's.
    """
    if not due(engine, round_id, now=now):
        return 0
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        desk = letters.Desk(record, rounds.authority_of(connection, record.authority_id), settings, now)
        found = _due(connection, record, now)
        post = [letters.review_reminder(desk, one.juror, one.number, one.step, one.until) for one in found]
        return ledger.post(connection, post, authority_id=record.authority_id, round_id=round_id, now=now)


def _due(connection: Connection, record: rounds.RoundRecord, now: datetime) -> list[Due]:
    if record.phase(now) != "reviewing":
        return []
    jury = {juror.id: juror for juror in juries.jurors(connection, record.id)}
    found: dict[str, Due] = {}
    for juror, until, number, since in _open(connection, record):
        step = step_of(until, since, now)
        if step is not None:
            key = letters.reminder_key(record, jury[juror], step, until)
            found[key] = Due(jury[juror], number, until, step)
    told = outbox.known_keys(connection, list(found))
    return [one for key, one in found.items() if key not in told]


def _open(connection: Connection, record: rounds.RoundRecord) -> list[tuple[int, datetime, int, datetime]]:
    """Juror, deadline, number of open reviews, and when the last was given; no deadline is before the round's."""
    together: dict[tuple[int, datetime], tuple[int, datetime]] = {}
    for one in juries.open_by_deadline(connection, record.id):
        place = (one.juror_id, max(record.review_until, one.until or record.review_until))
        number, since = together.get(place, (0, one.given_at))
        together[place] = (number + one.number, max(since, one.given_at))
    return [(juror, until, number, since) for (juror, until), (number, since) in together.items()]
