"""One engine, one way to open a transaction, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from laurea.errors import SetupMissing

__all__ = ["Connection", "Engine", "open_engine", "reading", "trouble", "writing"]

BUSY_MILLISECONDS = 30_000
_turns: WeakKeyDictionary[Engine, Lock] = WeakKeyDictionary()


def open_engine(url: str) -> Engine:
    """An engine for `url`. SQLite runs in WAL with full synchronisation and foreign keys enforced.

    Raises SetupMissing when the address is none, or the folder of a SQLite database cannot be made.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise SetupMissing(
            "LAUREA_DATABASE_URL is not the address of a database.",
            "Write it as postgresql+psycopg://user:password@host:5432/laurea, or leave it out.",
        ) from None
    if parsed.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=20, max_overflow=30)
    if parsed.database and parsed.database != ":memory:":
        _make_folder(Path(parsed.database).parent)
    engine = create_engine(url, connect_args={"timeout": BUSY_MILLISECONDS / 1000, "check_same_thread": False})

    _turns[engine] = Lock()

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MILLISECONDS}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        mode = "IMMEDIATE" if connection.get_execution_options().get("laurea_writes") else "DEFERRED"
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "a file stands in its place" if isinstance(error, FileExistsError) else error.strerror
        raise SetupMissing(
            f"The folder {folder} for the database cannot be made: {reason}.",
            "Point LAUREA_WORKSPACE to a folder you may write in.",
        ) from None


def trouble(error: BaseException, where: str = "") -> SetupMissing | None:
    """What a person can do about an error of the database itself, or None when the fault lies elsewhere.

    `where` names the database in the sentence; a password never stands in it.
    """
    if not isinstance(error, DBAPIError):
        return None
    said = str(error.orig).strip().splitlines()
    reason = said[0] if said else type(error.orig).__name__
    named = f"The database{f' {where}' if where else ''}"
    if "not a database" in reason or "malformed" in reason:
        return SetupMissing(f"{named} is damaged: {reason}.", "Put the last backup in its place (docs/operating.md).")
    if "database is locked" in reason:
        return SetupMissing(f"{named} is busy: another process is writing.", "Try again in a moment.")
    if "disk I/O error" in reason or "disk is full" in reason:
        return SetupMissing(f"{named} cannot be used: {reason}.", "Look at the disk it lies on: laurea doctor")
    if "unable to open" in reason or "readonly" in reason:
        return SetupMissing(
            f"{named} cannot be opened: {reason}.", "Point LAUREA_WORKSPACE to a folder you may write in."
        )
    if isinstance(error, OperationalError) and "psycopg" in type(error.orig).__module__:
        return SetupMissing(
            f"{named} does not answer: {reason}", "Start the database server, or mend LAUREA_DATABASE_URL."
        )
    return None


@contextmanager
def writing(engine: Engine, *, keep: bool = True) -> Iterator[Connection]:
    """A transaction that writes: on SQLite it takes the write lock at once, so it never fails half-way.

    Without `keep` everything is undone at the end: what a deed would do can be seen without doing it.
    """
    with (
        _turn(engine),
        engine.connect().execution_options(laurea_writes=True) as connection,
        connection.begin() as transaction,
    ):
        yield connection
        if not keep:
            transaction.rollback()


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """On SQLite, one writer of this process after another, in turn.

    Left to SQLite, those who wait look every few milliseconds whether the lock is free, and the unlucky wait longest.
    """
    turn = _turns.get(engine)
    mine = turn is not None and turn.acquire(timeout=BUSY_MILLISECONDS / 1000)
    try:
        yield
    finally:
        if turn is not None and mine:
            turn.release()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A consistent view for questions; nothing may be written in it."""
    with engine.connect() as connection, connection.begin():
        yield connection
