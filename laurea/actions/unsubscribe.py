"""Somebody wants no more letters of a kind, where the law leaves them that choice; or wants them again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from laurea.errors import NotFound
from laurea.ledger import Actor, Event, record
from laurea.store import unsubscribed
from laurea.store.engine import reading, writing
from laurea.store.unsubscribed import Wish


def look(engine: Engine, token: str) -> Wish:
    """What a link is about; nothing is written. Raises NotFound."""
    with reading(engine) as connection:
        return _known(unsubscribed.wish(connection, token))


def say(engine: Engine, token: str, *, wanted: bool, now: datetime) -> Wish:
    """Write down what the owner of a link wants; saying it again changes nothing. Raises NotFound.

    Letters that wait are looked at when their turn comes: those that are not wanted are cancelled then.
    """
    with writing(engine) as connection:
        found = _known(unsubscribed.wish(connection, token))
        if wanted is (found.since is None):
            return found
        unsubscribed.say(connection, found.id, None if wanted else now)
        record(
            connection,
            authority_id=found.authority_id,
            actor=Actor.person(found.person_id),
            event=Event.SUBSCRIBED_AGAIN if wanted else Event.UNSUBSCRIBED,
            subject=f"person:{found.person_id}",
            now=now,
            details={"kind": found.kind},
        )
        return _known(unsubscribed.wish(connection, token))


def _known(found: Wish | None) -> Wish:
    if found is None:
        raise NotFound("There is no such page.")
    return found
