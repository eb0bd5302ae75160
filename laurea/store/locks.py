"""Locks that end with the process that holds them."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

SENDER = 7_305_012  # any number, the same in every process


@contextmanager
def sole_sender(engine: Engine, workspace: Path) -> Iterator[bool]:
    """True for the one process that may send letters now; the lock dies with it."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            mine = bool(connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": SENDER}).scalar_one())
            connection.commit()
            try:
                yield mine
            finally:
                if mine:
                    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": SENDER})
                    connection.commit()
        return
    workspace.mkdir(parents=True, exist_ok=True)
    with (workspace / "sender.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
