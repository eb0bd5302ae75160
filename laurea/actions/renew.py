"""Look after labels with a term: tell holders when renewal opens, mark what has lapsed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine

from laurea import ledger, letters
from laurea.settings import Settings
from laurea.store import outcomes, rounds
from laurea.store.engine import reading, writing
from notifications.compose import Letter


@dataclass(frozen=True)
class Renewals:
    """Grants whose renewal opens and grants that lapse, as of a day."""

    opening: tuple[outcomes.GrantRecord, ...]
    lapsing: tuple[outcomes.GrantRecord, ...]


def due(engine: Engine, as_of: date) -> Renewals:
    """What `renew` would do on a day; nothing is written."""
    with reading(engine) as connection:
        return Renewals(
            tuple(outcomes.grants_to_renew(connection, as_of)), tuple(outcomes.grants_lapsed(connection, as_of))
        )


def renew(engine: Engine, *, as_of: date, settings: Settings, now: datetime) -> Renewals:
    """Do what is due on a day: every holder told once, every lapse marked once."""
    found = due(engine, as_of)
    if not found.opening and not found.lapsing:
        return found
    with reading(engine) as connection:
        desks = {
            record.id: letters.Desk(record, rounds.authority_of(connection, record.authority_id), settings, now)
            for record in rounds.all_rounds(connection)
        }
    opening = [(g, letters.renewal(desks[g.round_id], g)) for g in found.opening]
    lapsing = [(g, letters.lapsed(desks[g.round_id], g)) for g in found.lapsing]
    with writing(engine) as connection:
        _settle(connection, opening, ledger.Event.RENEWAL_OPENED, now)
        _settle(connection, lapsing, ledger.Event.GRANT_LAPSED, now)
        outcomes.mark_grants(connection, [g.id for g in found.opening], renewed_at=now)
        outcomes.mark_grants(connection, [g.id for g in found.lapsing], lapsed_at=now)
    return found


def _settle(
    connection: Connection,
    pairs: Sequence[tuple[outcomes.GrantRecord, Letter]],
    event: ledger.Event,
    now: datetime,
) -> None:
    by_round: dict[tuple[int, int], list[Letter]] = defaultdict(list)
    for grant, letter in pairs:
        by_round[grant.authority_id, grant.round_id].append(letter)
    for (authority_id, round_id), post in by_round.items():
        ledger.post(connection, post, authority_id=authority_id, round_id=round_id, now=now)
        ledger.record(
            connection,
            authority_id=authority_id,
            round_id=round_id,
            actor=ledger.CLOCK,
            event=event,
            subject=f"round:{round_id}",
            now=now,
            details={"grants": len(post)},
        )
