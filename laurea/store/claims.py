"""Claims: a piece of a round that one worker has taken for a while, where several machines work on one PostgreSQL.

A claim is a row. It ends with its work; with its worker's session, for whoever is killed; or when the worker has not
renewed it in time by the clock of the database, for whoever is cut off. Then the row goes, in the transaction that
gives the work to somebody else. Every transaction of the work looks first whether the row stands: what comes from a
worker that was thought lost is refused (`ClaimLost`), as a whole. On SQLite there is one machine, and nothing to claim.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from threading import Event, Thread

from sqlalchemy import Connection, DateTime, Engine, delete, func, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from laurea.errors import Conflict
from laurea.store import tables as t
from laurea.store.engine import fenced, reading

# Any numbers, the same in every process: locks on rounds while their claims change, and on claims while they live.
_ROUNDS, _CLAIMS = 7_305_013, 7_305_014


class ClaimLost(Conflict):
    """A piece of work was given to somebody else meanwhile; nothing was written."""


@dataclass(frozen=True)
class Claimed:
    """What a worker may do: these applications (none: a step of the whole round), writing with this engine."""

    engine: Engine
    applications: tuple[int, ...]


@contextmanager
def claimed(
    engine: Engine, round_id: int, step: str, applications: Sequence[int], *, lease: float
) -> Iterator[Claimed | None]:
    """Take a step of a round, or those of its applications nobody has taken; None when there is nothing left to take.

    `lease` is in seconds: so long after its last word a worker counts as lost.
    """
    if engine.dialect.name != "postgresql":
        yield Claimed(engine, tuple(applications))
        return
    with engine.connect() as connection:
        taken = _take(connection, round_id, step, applications, lease)
        if taken is None:
            yield None
            return
        number, free = taken
        over = Event()
        renewing = Thread(target=_renew, args=(connection, number, lease, over), name=f"claim {number}", daemon=True)
        renewing.start()
        try:
            yield Claimed(fenced(engine, partial(_must_hold, number)), free)
        finally:
            over.set()
            renewing.join()
            with suppress(SQLAlchemyError):  # a session that is gone has given its claim back
                connection.rollback()
                connection.execute(delete(t.claims).where(t.claims.c.id == number))
                connection.execute(text("SELECT pg_advisory_unlock(:all, :one)"), {"all": _CLAIMS, "one": number})
                connection.commit()


def living(engine: Engine, round_id: int) -> list[tuple[str, str, int]]:
    """The claims on a round: its step, its holder and how many applications; some may have lapsed."""
    c = t.claims.c
    with reading(engine) as connection:
        rows = connection.execute(select(c.step, c.holder, c.applications).where(c.round_id == round_id).order_by(c.id))
        return [(row.step, row.holder, len(row.applications)) for row in rows]


def _moment(lease: float) -> object:
    return func.clock_timestamp(type_=DateTime(timezone=True)) + timedelta(seconds=lease)


def _take(
    connection: Connection, round_id: int, step: str, applications: Sequence[int], lease: float
) -> tuple[int, tuple[int, ...]] | None:
    """Write a claim for what is free; its number and its applications."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:all, :one)"), {"all": _ROUNDS, "one": round_id})
    held: set[int] = set()
    c = t.claims.c
    lapsed = (c.until < func.clock_timestamp()).label("lapsed")
    mine = select(c.id, c.applications, lapsed).where(c.round_id == round_id, c.step == step)
    for row in connection.execute(mine).all():
        gone = text("SELECT pg_try_advisory_xact_lock(:all, :one)")
        if row.lapsed or connection.execute(gone, {"all": _CLAIMS, "one": row.id}).scalar_one():
            connection.execute(delete(t.claims).where(c.id == row.id))  # waits for a write of its holder that is on
        elif not row.applications:
            connection.rollback()
            return None
        else:
            held |= set(row.applications)
    free = tuple(one for one in applications if one not in held)
    if applications and not free:
        connection.commit()
        return None
    authority = select(t.rounds.c.authority_id).where(t.rounds.c.id == round_id).scalar_subquery()
    values = {"authority_id": authority, "round_id": round_id, "step": step, "applications": list(free)}
    new = insert(t.claims).values(holder=socket.gethostname()[:80], until=_moment(lease), **values).returning(c.id)
    number = int(connection.execute(new).scalar_one())
    connection.execute(text("SELECT pg_advisory_lock(:all, :one)"), {"all": _CLAIMS, "one": number})
    connection.commit()
    return number, free


def _renew(connection: Connection, number: int, lease: float, over: Event) -> None:
    """Say again and again that the work goes on; in a thread of its own, until it is over or the claim is gone."""
    while not over.wait(lease / 3):
        try:
            mine = update(t.claims).where(t.claims.c.id == number).values(until=_moment(lease))
            found = connection.execute(mine).rowcount
            connection.commit()
        except SQLAlchemyError:
            return
        if not found:
            return


def _must_hold(number: int, connection: Connection) -> None:
    c = t.claims.c
    if (
        connection.execute(select(c.id).where(c.id == number).with_for_update(read=True, key_share=True)).one_or_none()
        is None
    ):
        raise ClaimLost("Somebody else was given this work meanwhile.", "Nothing was changed; it is done there.")
