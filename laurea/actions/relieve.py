"""What silent jurors have not begun goes to the reserves of the jury; and an officer calls a reserve in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from laurea import ledger, routing
from laurea.errors import Conflict
from laurea.further import relief
from laurea.routing import Routed
from laurea.settings import Settings
from laurea.standing import look
from laurea.store import juries, rounds
from laurea.store.engine import reading, writing


def relieve(engine: Engine, round_id: int, *, settings: Settings, now: datetime) -> Routed:
    """Give reserves what silent jurors have not begun; `freed` are those reviews. Both sides are told once.

    A begun sheet stays with its juror, and what no reserve can take with the silent one: their officer hears of both.
    Nothing is done where the officer routes by hand. Calling it again changes nothing that was done.
    """
    with reading(engine) as connection:
        standing = look(connection, round_id, settings, now)
        silent = juries.unbegun_of_silent(connection, round_id, standing.record.review_until, now)
    record = standing.record
    if not silent or standing.plan.jury is None or record.proposed_at or record.routed_by_hand:
        return Routed(0, ())
    changes = relief(standing, silent)
    if not changes:
        return Routed(0, ())
    try:
        saved = routing.save(
            engine, standing, changes, complete=set(), actor=ledger.CLOCK, now=now, settings=settings, told={},
            event=ledger.Event.RESERVES_ASKED,
        )  # fmt: skip
    except Conflict:  # a juror was quicker; the next call starts from what stands then
        saved = False
    return Routed(len(changes.add), (), freed=len(changes.free)) if saved else Routed(0, ())


def call_in(
    engine: Engine, round_id: int, ref: str, *, actor: ledger.Actor, settings: Settings, now: datetime
) -> Routed | None:
    """Make a reserve a juror like the others, and give out what is missing; None where they were one already.

    Raises NotFound for an unknown juror and NotNow once decisions are proposed.
    """
    with writing(engine) as connection:
        record = rounds.held(connection, round_id)
        juror = routing.juror_of(connection, record, ref)
        if not juries.call_in(connection, juror.id):
            return None
        rounds.change_round(connection, record)
        event, subject = ledger.Event.RESERVE_CALLED_IN, f"juror:{juror.id}"
        ledger.record_of(connection, record, actor=actor, event=event, now=now, subject=subject)
    if not record.routed_at or record.routed_by_hand:
        return Routed(0, ())
    return routing.fill(engine, round_id, settings=settings, now=now, actor=actor)
