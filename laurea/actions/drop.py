"""A juror leaves a round: what is not submitted goes to others, with as few changes as possible."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from laurea import ledger, routing
from laurea.errors import BadInput, NotFound, NotNow
from laurea.routing import Routed
from laurea.settings import Settings
from laurea.sources.tables import near
from laurea.store import juries, plans, rounds
from laurea.store.engine import writing


@dataclass(frozen=True)
class Dropped:
    """What leaving did. `known`: the juror had left before. `routed` is None where nothing is assigned yet."""

    known: bool
    routed: Routed | None


def drop(
    engine: Engine, round_id: int, ref: str, why: str, *, actor: ledger.Actor, settings: Settings, now: datetime
) -> Dropped:
    """Let a juror go. What they submitted counts; what they did not is freed and given to others, who are told once.

    First it is noted that the juror left, then the gaps are filled: if the second is interrupted, the clock does it.
    Raises NotFound for an unknown juror and NotNow once decisions are proposed.
    """
    if not why.strip():
        raise BadInput("It is not said why the juror leaves.", remedy="Add --why TEXT; it is kept with the juror.")
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        if record.proposed_at:
            raise NotNow(f"Decisions of the round {record.code} have been proposed; its jury is closed.")
        jury = {one.ref: one for one in juries.jurors(connection, round_id)}
        if ref not in jury:
            raise NotFound(f"The round {record.code} has no juror {ref!r}.", f"{near(ref, jury)}Mend the id.")
        new = plans.leave(connection, jury[ref].id, why.strip()[:2000], now)
        if new:
            rounds.change_round(connection, record)
            ledger.record(
                connection,
                authority_id=record.authority_id,
                round_id=round_id,
                actor=actor,
                event=ledger.Event.JUROR_LEFT,
                subject=f"juror:{jury[ref].id}",
                now=now,
            )
    routed = None
    if record.routed_at:
        routed = routing.fill(engine, round_id, settings=settings, now=now, actor=actor)
    return Dropped(not new, routed)
