"""One engine, one way to open a transaction, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import msgspec
from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from laurea.errors import SetupMissing
from laurea.store import direct

__all__ = [
    "Connection",
    "Engine",
    "answers_at_once",
    "fenced",
    "glancing",
    "open_engine",
    "reading",
    "trouble",
    "upsert",
    "writing",
]

BUSY_MILLISECONDS = 30_000
REST = 2.0  # seconds after which a connection over a network may have died unseen
# The connection used last is used next: it knows the statements, and what it read stands in its cache.
POOL: dict[str, Any] = {"pool_size": 20, "max_overflow": 30, "pool_use_lifo": True}
# A machine that is cut off says nothing: so long after its last word, in seconds, the server gives up its sessions with
# their locks, and it gives up its own. The defaults of the operating system are hours.
SILENCE = 30
_KEEP = {"keepalives_idle": SILENCE // 2, "keepalives_interval": SILENCE // 6, "keepalives_count": 3}
_turns: WeakKeyDictionary[Engine, Lock] = WeakKeyDictionary()
KEPT_FOR_GLANCES = 8  # connections


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
        return _over_a_network(create_engine(url, connect_args=_silences(), json_deserializer=_from_json, **POOL))
    file = parsed.database and parsed.database != ":memory:"
    if file:
        _make_folder(Path(str(parsed.database)).parent)
    arguments = {"timeout": BUSY_MILLISECONDS / 1000, "check_same_thread": False}
    engine = create_engine(url, connect_args=arguments, json_deserializer=_from_json, **(POOL if file else {}))
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
        mode = "IMMEDIATE" if connection.info.pop("laurea_writes", False) else "DEFERRED"
        direct.run(connection, f"BEGIN {mode}").close()

    return engine


def _from_json(text: str | bytes) -> Any:
    """What stands in a column of JSON, read twice as fast as by `json`, which takes what the other does not."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:  # half a pair of surrogates, a number that is none
        return json.loads(text)


def _silences() -> dict[str, Any]:
    server = {f"tcp_{name}": value for name, value in _KEEP.items()} | {"tcp_user_timeout": SILENCE * 1000}
    options = " ".join(f"-c {name}={value}" for name, value in server.items())
    return _KEEP | {"tcp_user_timeout": SILENCE * 1000, "connect_timeout": SILENCE // 3, "options": options}


def fenced(engine: Engine, fence: Callable[[Connection], None]) -> Engine:
    """The same engine, whose every transaction that writes begins with `fence`, which may refuse by raising."""
    return engine.execution_options(laurea_fence=fence)


def _over_a_network(engine: Engine) -> Engine:
    """Looks whether the server is still there when a connection comes back to work after a rest.

    SQLAlchemy's own `pool_pre_ping` asks before each use, which costs as much as the question that follows.
    """

    @event.listens_for(engine, "connect", insert=True)  # before SQLAlchemy asks it anything
    def _speaks(connection: Any, _record: object) -> None:
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise SetupMissing(
                f"The database {engine.url.database} keeps its text as {encoding}, not as UTF-8.",
                "Make another: createdb --owner=laurea --encoding=UTF8 --template=template0 laurea",
            )

    @event.listens_for(engine, "checkin")
    def _rests(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _wakes(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        since = record.info.get("rests_since")
        if since is None or time.monotonic() - since < REST:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error  # the pool throws away what it has, and connects anew

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
        return SetupMissing(
            f"{named} is damaged: {reason}.", "Put the last backup in its place (docs/how-to/back-up.md)."
        )
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
            f"{named} does not answer: {reason.rstrip('.')}.",
            "Start the database server, or mend its address (LAUREA_DATABASE_URL).",
        )
    if type(error.orig).__name__ == "InsufficientPrivilege":
        return SetupMissing(
            f"{named} does not let its user do this: {reason.rstrip('.')}.",
            "Make the user the database's owner: ALTER DATABASE name OWNER TO user",
        )
    return None


@contextmanager
def writing(engine: Engine, *, keep: bool = True) -> Iterator[Connection]:
    """A transaction that writes: on SQLite it takes the write lock at once, so it never fails half-way.

    Without `keep` everything is undone at the end: what a deed would do can be seen without doing it.
    """
    with _turn(engine), engine.connect() as connection:
        connection.info["laurea_writes"] = True
        with connection.begin() as transaction:
            if fence := engine.get_execution_options().get("laurea_fence"):
                fence(connection)
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


@contextmanager
def glancing(engine: Engine) -> Iterator[Connection]:
    """For a few small questions by `store.direct`, each of which sees the records as they stand when it is asked.

    Without a transaction: PostgreSQL would give each question a view of its own in one too, and to begin and to end
    one are two journeys over the network more. The connection is kept for the next glance.
    """
    kept: list[tuple[Connection, float]] = vars(engine).setdefault("laurea_glances", [])
    connection = _kept_open(engine, kept) or _open_for_glances(engine)
    try:
        yield connection
    except BaseException:
        connection.close()  # whatever it was: nothing is kept of it
        raise
    if connection.in_transaction() or len(kept) >= KEPT_FOR_GLANCES:
        connection.close()
    else:
        kept.append((connection, time.monotonic()))


def _kept_open(engine: Engine, kept: list[tuple[Connection, float]]) -> Connection | None:
    """A connection that an earlier glance left open, and that lives; the one used last first."""
    while kept:
        try:
            connection, since = kept.pop()
        except IndexError:  # another thread was quicker
            return None
        if answers_at_once(engine) or time.monotonic() - since < REST:
            return connection
        try:
            engine.dialect.do_ping(connection.connection.driver_connection)  # type: ignore[arg-type]
        except engine.dialect.loaded_dbapi.Error:
            connection.invalidate()
            connection.close()
        else:
            return connection
    return None


def _open_for_glances(engine: Engine) -> Connection:
    if not event.contains(engine, "engine_disposed", _let_go):
        event.listen(engine, "engine_disposed", _let_go)
    if answers_at_once(engine):
        return engine.connect()  # SQLite begins nothing by itself
    return engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def _let_go(engine: Engine) -> None:
    for connection, _ in vars(engine).pop("laurea_glances", ()):
        connection.invalidate()  # the pool it came from is no more
        connection.close()


def answers_at_once(engine: Engine) -> bool:
    """Whether a small question needs no thread of its own: a reader of SQLite's log waits for no writer, no network."""
    return engine.dialect.name == "sqlite"


def upsert(connection: Connection, table: Table) -> Any:
    """An insert that can say what happens where such a row stands already (`on_conflict_do_…`), for the database."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
