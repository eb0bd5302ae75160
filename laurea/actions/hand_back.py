"""What became of an office's nominations goes back to it, once the round is released."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from evaluators.handover import PROPOSED
from laurea import handing, ledger
from laurea.errors import NotNow
from laurea.handing import Given
from laurea.store import handovers, rounds
from laurea.store.engine import writing
from notifications.filled import Filled


def hand_back(engine: Engine, round_id: int, *, actor: ledger.Actor, now: datetime) -> list[str]:
    """Hand each office the outcome of what it nominated, and of nothing else; who got theirs now.

    Where the rules leave the offices no choice, that is the outcome of every project they handed a label over for.
    """
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        if not record.released_at:
            raise NotNow(
                Filled("The round {code} is not released.", code=record.code), "Awards are handed over after release."
            )
        found = handovers.awards_of(connection, round_id)
        about = {**handing.released(connection, record), **handing.terms(record)}
        reached = []
        for office in sorted({row["office"] for row in found}):
            receiver = rounds.authority(connection, office)
            rows = [
                {name: row[name] for name in ("project_id", "title", "outcome", "granted", "clause", "certificate")}
                for row in found
                if row["office"] == office and row["facts"].get(PROPOSED) is not False
            ]
            given = Given(record.authority_id, receiver.id, handovers.AWARDS, record.code, rows, about, record.id)
            if handing.give(connection, given, actor=actor, now=now):
                reached.append(receiver.name)
    return reached
