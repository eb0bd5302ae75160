"""Steps of a round that fail: kept until they succeed or are no longer due, so that an officer can see and retry."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from laurea.store import tables as t


@dataclass(frozen=True)
class Failure:
    """A step that fails. `says` is empty where the error is none of the house's; `error` is its name."""

    step: str
    tries: int
    first_at: datetime
    last_at: datetime
    says: str
    remedy: str
    error: str


def of_round(connection: Connection, round_id: int) -> list[Failure]:
    """The failing steps of a round, the oldest first."""
    c = t.step_failures.c
    query = select(*(c[name] for name in Failure.__dataclass_fields__)).where(c.round_id == round_id)
    return [Failure(**row._mapping) for row in connection.execute(query.order_by(c.first_at, c.id))]


def note(
    connection: Connection, authority_id: int, round_id: int, step: str, *, error: str, says: str, remedy: str,
    now: datetime,
) -> bool:  # fmt: skip
    """Keep that a step failed once more; whether it had not failed before."""
    c = t.step_failures.c
    told = {"last_at": now, "error": error[:80], "says": says[:500], "remedy": remedy[:500]}
    mine = update(t.step_failures).where(c.round_id == round_id, c.step == step)
    if connection.execute(mine.values(tries=c.tries + 1, **told)).rowcount:
        return False
    connection.execute(
        insert(t.step_failures).values(authority_id=authority_id, round_id=round_id, step=step, first_at=now, **told)
    )
    return True


def mended(connection: Connection, round_id: int, steps: Collection[str]) -> None:
    """These steps of a round fail no longer."""
    c = t.step_failures.c
    connection.execute(delete(t.step_failures).where(c.round_id == round_id, c.step.in_(list(steps))))
