"""Take the papers of all labels of a released round at once: which there are, and a line in the audit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from laurea import ledger
from laurea.store import papers, rounds
from laurea.store.engine import writing
from laurea.store.papers import Granted


def take(engine: Engine, round_id: int, kind: str, *, actor: ledger.Actor, now: datetime) -> list[Granted]:
    """The labels of a round that are not withdrawn, in the order of its applications; `kind` is what is taken."""
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        found = [grant for grant in papers.granted(connection, round_id) if grant.withdrawn_at is None]
        ledger.record_of(
            connection, record, actor=actor, event=ledger.Event.PAPERS_TAKEN, now=now,
            details={"kind": kind, "labels": len(found)},
        )  # fmt: skip
    return found
