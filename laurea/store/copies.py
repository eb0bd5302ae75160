"""A copy of the whole database as one file, taken while it is in use, and a database made out of such a file.

SQLite is copied page by page within one reading transaction (its backup interface); PostgreSQL by `pg_dump`, in the
view in which its rows are counted. Neither keeps anybody from writing meanwhile.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, inspect, select, table, text

from laurea.errors import Conflict, SetupMissing
from laurea.store import tables as t
from laurea.store.engine import open_engine

NAMES = {"sqlite": "records.sqlite", "postgresql": "records.dump"}


def place_of(url: str) -> Path | None:
    """The file of a SQLite database; None for a server's."""
    return Path(url.partition(":///")[2]) if url.startswith("sqlite") else None


def take(engine: Engine, file: Path) -> dict[str, int]:
    """Copy the database into a new file; how many rows each table has in it."""
    return _take_sqlite(engine, file) if engine.dialect.name == "sqlite" else _take_postgresql(engine, file)


def put(url: str, file: Path) -> None:
    """Make the database at `url` out of a copy of its own kind; it must not be there yet, or be empty."""
    if place := place_of(url):
        _put_sqlite(place, file)
    else:
        _put_postgresql(url, file)


def must_be_of_kind(url: str, kind: str) -> None:
    """Raises SetupMissing where a copy of this kind of database cannot become the one at `url`."""
    here = "sqlite" if place_of(url) else "postgresql"
    if here != kind:
        names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
        raise SetupMissing(
            f"The backup is of {names[kind]}, and LAUREA_DATABASE_URL names a database of {names[here]}.",
            "Restore it into its own kind; `laurea db move` then moves it (docs/how-to/to-postgresql.md).",
        )


def must_be_empty(url: str) -> None:
    """Raises Conflict where the database at `url` holds anything."""
    if place := place_of(url):
        if place.exists():
            raise Conflict(f"There is a database already: {place}.", "Move it aside, or give another LAUREA_WORKSPACE.")
        return
    engine = open_engine(url)
    try:
        found = inspect(engine).get_table_names()
    finally:
        engine.dispose()
    if found:
        raise Conflict(f"The database holds tables already ({found[0]}).", "Give an empty one: createdb NAME")


def count(connection: Connection) -> dict[str, int]:
    """How many rows each table has, whatever the revision."""
    names = sorted(inspect(connection).get_table_names())
    return {name: connection.execute(select(func.count()).select_from(table(name))).scalar_one() for name in names}


def unsound(kind: str, file: Path) -> str:
    """What is wrong inside a copy that is whole by its digest; empty where nothing is."""
    if kind == "sqlite":
        try:
            with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as found:
                said = str(found.execute("PRAGMA integrity_check").fetchone()[0])
        except sqlite3.DatabaseError as wrong:
            return str(wrong)
        return "" if said == "ok" else said
    program = programs("pg_restore")
    if program is None:
        return ""  # its digest is right; only PostgreSQL's own program can say more
    listed = subprocess.run([program, "--list", file], capture_output=True, check=False)
    return "" if listed.returncode == 0 else listed.stderr.decode(errors="replace").strip()


def end_sessions(connection: Connection) -> None:
    """Everybody signs in again: what had ended since the copy was taken must not live once more."""
    for one in (t.sessions, t.sign_in_links):
        connection.execute(delete(one))


# --- SQLite --------------------------------------------------------------------------------------------------


def _take_sqlite(engine: Engine, file: Path) -> dict[str, int]:
    with engine.connect() as connection, closing(sqlite3.connect(file)) as copy:
        driver: Any = connection.connection.driver_connection
        driver.backup(copy)  # all pages in one go: a writer's log grows meanwhile, and nobody waits
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        tables = copy.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        names = sorted(name for (name,) in tables)
        return {name: copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608


def _put_sqlite(place: Path, file: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.restoring")
    shutil.copyfile(file, part)
    part.chmod(0o600)
    try:
        os.link(part, place)  # whole or not there, and never in place of another
    except FileExistsError:
        raise Conflict(f"There is a database already: {place}.", "Move it aside.") from None
    finally:
        part.unlink()


# --- PostgreSQL ----------------------------------------------------------------------------------------------


def _take_postgresql(engine: Engine, file: Path) -> dict[str, int]:
    program = _program("pg_dump")
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        view = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        rows = count(connection)
        _run(
            [program, "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={view}", f"--file={file}"],
            engine.url.render_as_string(hide_password=False),
        )
    return rows


def _put_postgresql(url: str, file: Path) -> None:
    program = _program("pg_restore")
    database = _where(url)["PGDATABASE"]
    _run(
        [program, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", f"--dbname={database}",
         str(file)],
        url,
    )  # fmt: skip


def _where(url: str) -> dict[str, str]:
    """An address as the environment of PostgreSQL's own programs: a password never stands in a list of processes."""
    engine = open_engine(url)
    _, found = engine.dialect.create_connect_args(engine.url)
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    known = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY"}
    return {(names | known)[name]: str(value) for name, value in found.items() if name in names | known}


def _run(command: list[str], url: str) -> None:
    done = subprocess.run(command, env=_environment(_where(url)), capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        name = Path(command[0]).name
        remedy = "Nothing was kept. Mend what it names and try again."
        if "version mismatch" in " ".join(said):
            remedy = f"Install the {name} of the server's version (Debian: postgresql-client-NN)."
        raise SetupMissing(f"{name} could not do it: {said[0]}", remedy)


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    """Nothing of a database that somebody named for other programs; the home may hold a file of passwords."""
    return {**{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}, "LC_ALL": "C", **more}


def _program(name: str) -> str:
    """Where a program of PostgreSQL lies; the newest of several.

    Raises SetupMissing where there is none.
    """
    found = programs(name)
    if found is None:
        raise SetupMissing(
            f"The program {name} is not on this machine.",
            "Install PostgreSQL's client (Debian: postgresql-client), of the server's version or newer.",
        )
    return found


def programs(name: str) -> str | None:
    """Where a program of PostgreSQL lies on this machine; None where it does not."""
    there = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda one: int(re.sub(r"\D", "", one.parts[4]) or 0)
    )
    return str(there[-1]) if there else shutil.which(name)
