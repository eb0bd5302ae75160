"""Make somebody anonymous: first what it would do, then the deed, with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from evaluators.personal import Needed, Reason
from laurea import forgetting, ledger
from laurea.errors import BadInput, NotFound, NotNow
from laurea.settings import Settings
from laurea.store import erasing, personal
from laurea.store.engine import writing
from laurea.store.personal import Someone


@dataclass(frozen=True)
class Preview:
    """What making somebody anonymous would do: rows by table, or why it cannot be yet."""

    person: Someone
    rows: dict[str, int]
    needed: frozenset[Needed]


def look(engine: Engine, person_id: int, authority_id: int, now: datetime) -> Preview:
    """What would be done; nothing is. Raises NotFound for who is not of this office, or anonymous already."""
    with writing(engine, keep=False) as connection:
        who = _found(connection, person_id, authority_id)
        needed = erasing.needed(connection, [person_id], now).get(person_id, set())
        found = forgetting.forget(
            connection, [person_id], authority_id=authority_id, reason=Reason.ASKED, actor=ledger.SYSTEM, now=now
        )
    return Preview(who, dict(sorted(found.counts.items())), frozenset(needed))


def anonymise(
    engine: Engine,
    person_id: int,
    authority_id: int,
    reason: str,
    *,
    settings: Settings,
    actor: ledger.Actor,
    now: datetime,
) -> dict[str, int]:
    """Do it; rows by table. Letters that were written to files go with it.

    Raises NotFound for who is not of this office, BadInput without a reason of the list, NotNow while an open round, an
    appeal, a label in force, a letter or a ceremony needs what is stored, and for oneself.
    """
    if reason not in set(Reason):
        raise BadInput("It is not said why.", remedy="Choose one of the reasons.")
    with writing(engine) as connection:
        erasing.hold(connection, [person_id])
        _found(connection, person_id, authority_id)
        if actor.person_id == person_id:
            raise NotNow("Nobody makes themselves anonymous.", "Ask another officer of the office.")
        if erasing.needed(connection, [person_id], now):
            raise NotNow(
                "What is stored of this person is needed still.",
                "Look at what would be done: it says why, and whom to ask.",
            )
        done = forgetting.forget(
            connection, [person_id], authority_id=authority_id, reason=Reason(reason), actor=actor, now=now
        )
    forgetting.throw_away(settings, done.letters)
    return dict(sorted(done.counts.items()))


def _found(connection: Connection, person_id: int, authority_id: int) -> Someone:
    who = personal.someone(connection, person_id, authority_id)
    if who is None or who.erased:
        raise NotFound("There is nobody of this number here.", "Look for them again.")
    return who
