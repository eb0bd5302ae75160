"""Locks that end with the process that holds them, or with its machine's way to the database."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import SQLAlchemyError

from laurea.store import tables as t
from laurea.store.engine import SILENCE

# Any numbers, the same in every process, by the name of the file that stands for them on one machine.
SENDER, CLOCK = "sender", "clock"
_KEYS = {SENDER: 7_305_012, CLOCK: 7_305_015}
_TRUST = SILENCE / 5  # seconds; well before the server gives up a session that says nothing


class Held:
    """A lock that is held. One that was lost is noticed by `prove`."""

    def __init__(self, connection: Connection | None = None) -> None:
        self._connection = connection
        self._proved = time.monotonic()

    def prove(self) -> None:
        """Raises SQLAlchemy's OperationalError when the lock may have gone to somebody else.

        A server that does not hear from a machine ends its sessions, and their locks with them. Whoever does something
        outside the records under a lock asks before each deed; the server is asked once every few seconds.
        """
        if self._connection is None or time.monotonic() - self._proved < _TRUST:
            return
        self._connection.execute(text("SELECT 1"))
        self._connection.commit()
        self._proved = time.monotonic()


@contextmanager
def sole(engine: Engine, workspace: Path, name: str) -> Iterator[Held | None]:
    """For the one process that may do `name` now; None for every other. The lock dies with its holder."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            key = {"key": _KEYS[name]}
            mine = bool(connection.execute(text("SELECT pg_try_advisory_lock(:key)"), key).scalar_one())
            connection.commit()
            try:
                yield Held(connection) if mine else None
            finally:
                if mine:
                    with suppress(SQLAlchemyError):  # a session that is gone holds no lock
                        connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)
                        connection.commit()
        return
    workspace.mkdir(parents=True, exist_ok=True)
    with (workspace / f"{name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield Held()


def in_turn(connection: Connection, round_id: int) -> None:
    """Until this transaction ends, nobody else takes a file into a round of the same authority.

    Two files at once may name the same people; on SQLite there is one writer anyhow. Whoever only adds records that
    point to the authority is not kept waiting.
    """
    owner = select(t.rounds.c.authority_id).where(t.rounds.c.id == round_id).scalar_subquery()
    connection.execute(select(t.authorities.c.id).where(t.authorities.c.id == owner).with_for_update(key_share=True))
