"""Remind the jurors of every running round."""

from __future__ import annotations

from prefect import flow

from flows.desk import engine, remind_round
from laurea.store import rounds
from laurea.store.engine import reading


@flow(name="remind")
def remind() -> int:
    """Queue the reminders that are due; how many letters."""
    with reading(engine()) as connection:
        running = [record.id for record in rounds.all_rounds(connection, unreleased=True) if record.routed_at]
    return sum(remind_round(round_id) for round_id in running)
