"""Remind jurors of unfinished reviews, looking at the facts of this moment."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine

from laurea import ledger, letters
from laurea.settings import Settings
from laurea.store import juries, outbox, rounds
from laurea.store.engine import reading, writing

LADDER = (timedelta(days=7), timedelta(days=2), timedelta(0), timedelta(days=-2))  # before the deadline


def step_of(record: rounds.RoundRecord, now: datetime) -> str | None:
    """The step of the ladder that is due now, or None: '7', '2', '0' or '-2' days before the deadline."""
    reached = [step for step in LADDER if now >= record.review_until - step]
    return str(reached[-1].days) if reached else None


def due(engine: Engine, round_id: int, *, now: datetime) -> list[juries.JurorRecord]:
    """Jurors with unfinished reviews who have not been told at the step that is due; nothing is written."""
    with reading(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        step = step_of(record, now)
        if step is None or record.phase(now) != "reviewing":
            return []
        unfinished = juries.open_by_juror(connection, round_id)
        jury = [juror for juror in juries.jurors(connection, round_id) if juror.id in unfinished]
        keys = {letters.reminder_key(record, juror, step): juror for juror in jury}
        told = outbox.known_keys(connection, list(keys))
    return [juror for key, juror in keys.items() if key not in told]


def remind(engine: Engine, round_id: int, *, settings: Settings, now: datetime) -> int:
    """Queue one letter per juror with unfinished reviews for the step that is due; how many were new."""
    jury = due(engine, round_id, now=now)
    if not jury:
        return 0
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        step = step_of(record, now)
        unfinished = juries.open_by_juror(connection, round_id)
        desk = letters.Desk(record, rounds.authority_of(connection, record.authority_id), settings, now)
        post = [
            letters.review_reminder(desk, juror, unfinished[juror.id], step)
            for juror in jury
            if step and juror.id in unfinished
        ]
        return ledger.post(connection, post, authority_id=record.authority_id, round_id=round_id, now=now)
