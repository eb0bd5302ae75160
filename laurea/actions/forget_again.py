"""After a backup was restored: whoever was made anonymous since it was taken is made so again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine

from evaluators.personal import Needed, Reason
from laurea import forgetting, ledger
from laurea.settings import Settings
from laurea.store import erasing, personal
from laurea.store.engine import reading, writing


@dataclass
class Again:
    """Who was made anonymous again, and who is needed as the backup has it, with why."""

    done: list[int] = field(default_factory=list)
    needed: dict[int, set[Needed]] = field(default_factory=dict)


def forget_again(
    engine: Engine, listed: Mapping[int, Collection[datetime]], *, settings: Settings, now: datetime
) -> Again:
    """Make these people (number, and since when they were known) anonymous where the records name them.

    A number that now stands for somebody else, known since another moment, is left alone.
    """
    found = Again()
    with reading(engine) as connection:
        there = [personal.someone(connection, one) for one in listed]
    for who in there:
        if who is None or who.erased or who.created_at not in listed[who.id]:
            continue
        with writing(engine) as connection:
            erasing.hold(connection, [who.id])
            if why := erasing.needed(connection, [who.id], now).get(who.id):
                found.needed[who.id] = why
                continue
            done = forgetting.forget(
                connection, [who.id], authority_id=who.authority_id, reason=Reason.ENDED, actor=ledger.SYSTEM, now=now
            )
        forgetting.throw_away(settings, done.letters)
        found.done.append(who.id)
    return found
