"""Moving an installation: every record of one database into another, empty one, and nothing kept unless both agree."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Integer, LargeBinary, Table, func, insert, make_url, select, text
from sqlalchemy.exc import ArgumentError

from evaluators import seals
from laurea.errors import Conflict, SetupMissing
from laurea.store import audit, migrate
from laurea.store.engine import open_engine, reading, writing
from laurea.store.tables import metadata

DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql+psycopg")
ADDRESSES = (
    "Write it as sqlite+pysqlite:////path/laurea.db (four slashes where the path begins at the root), or as "
    "postgresql+psycopg://user:password@host:5432/laurea."
)
ROWS_AT_ONCE, WITH_BYTES = 2000, 10  # of a table whose rows may hold a file of many megabytes


def move(source_url: str, target_url: str, told: Callable[[str], None] = lambda _table: None) -> dict[str, int]:
    """Copy all tables, part by part; how many rows each has. The source is only read.

    The target gets the newest tables and is filled in one transaction. It is kept when every table has as many rows
    there, with the same digest, and every line of the audit fits its seal on both sides. Raises Conflict when the
    target holds records already or the two differ, SetupMissing when an address is none of a database, or when the
    source is not there or not at the newest revision.
    """
    source, target = _opened(source_url, "source"), _opened(target_url, "target")
    try:
        current, newest = migrate.revision(source)
        if current != newest:
            raise SetupMissing(
                f"The source stands at revision {current or 'none'}; this version needs {newest}.",
                "Run `laurea db upgrade` on it first.",
            )
        migrate.upgrade(target)
        counts = {}
        with reading(source) as old, writing(target) as new:
            for table in metadata.sorted_tables:
                if new.execute(select(func.count()).select_from(table)).scalar_one():
                    raise Conflict(f"The target already holds records ({table.name}).", "Give an empty database.")
            for table in metadata.sorted_tables:
                told(table.name)
                counts[table.name], digest = _copy(old, new, table)
                if (counts[table.name], digest) != _digest(_parts(new, table)):
                    raise Conflict(f"The two differ in {table.name}; nothing was kept.", "Is Laurea stopped?")
            told("the seals of the audit")
            for side, connection in (("source", old), ("target", new)):
                for chain in audit.chains(connection):
                    if faults := seals.faults(chain, audit.chained(connection, chain)):
                        raise Conflict(
                            f"The audit of the {side} is damaged: {faults[0].chain}, line {faults[0].number}; nothing "
                            "was kept.",
                            "See: laurea audit check",
                        )
        return counts
    finally:
        source.dispose()
        target.dispose()


def _opened(url: str, side: str) -> Engine:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.drivername not in DRIVERS or not parsed.database:
        raise SetupMissing(f"The {side} is not the address of a database.", ADDRESSES)
    if side == "source" and parsed.get_backend_name() == "sqlite" and not Path(parsed.database).is_file():
        raise SetupMissing(f"The source is not there: {parsed.database}.", ADDRESSES)  # to open it would make it
    return open_engine(url)


Part = Sequence[Mapping[str, Any]]


def _parts(connection: Connection, table: Table) -> Iterator[Part]:
    query = select(table).order_by(*table.primary_key)
    heavy = any(isinstance(column.type, LargeBinary) for column in table.columns)
    rows = connection.execute(query, execution_options={"yield_per": WITH_BYTES if heavy else ROWS_AT_ONCE})
    for part in rows.mappings().partitions():
        yield [dict(row) for row in part]


def _copy(old: Connection, new: Connection, table: Table) -> tuple[int, int]:
    """Copy a table; how many rows, and their digest."""

    def written() -> Iterator[Part]:
        for part in _parts(old, table):
            new.execute(insert(table), part)
            yield part

    found = _digest(written())
    if new.dialect.name == "postgresql" and "id" in table.c and isinstance(table.c.id.type, Integer):
        # The next row must not take a number that was copied.
        name = table.name
        new.execute(
            text(
                f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), "  # noqa: S608 (our own table names)
                f'COALESCE((SELECT max(id) FROM "{name}"), 0) + 1, false)'
            )
        )
    return found


def _digest(parts: Iterator[Part]) -> tuple[int, int]:
    """How many rows, and the sum of their digests: databases differ in how they put words in order."""
    count = total = 0
    for part in parts:
        for row in part:
            said = json.dumps(row, sort_keys=True, default=_plain).encode()
            count, total = count + 1, total + int.from_bytes(hashlib.sha256(said).digest())
    return count, total


def _plain(value: object) -> str:
    if isinstance(value, date):  # and every moment; these are UTC from both databases
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return str(value)
