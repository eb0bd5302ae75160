"""Copy every record of one Laurea database into another, empty one: from SQLite to PostgreSQL, or back.

    .venv/bin/python tools/move_database.py FROM_URL TO_URL

Stop portal, worker and post first: what is written while this runs is not copied. The target gets the newest tables,
the copy is one transaction there, and both sides are counted before it is kept. The source is only read.
"""

from __future__ import annotations

import argparse
import sys

from sqlalchemy import Connection, Integer, func, insert, select, text

from laurea.errors import Conflict, LaureaError, SetupMissing
from laurea.store import migrate
from laurea.store.engine import open_engine, reading, writing
from laurea.store.tables import metadata

ROWS_AT_ONCE = 2000


def move(source_url: str, target_url: str) -> dict[str, int]:
    """Copy all tables; how many rows each has. Raises `Conflict` when the target holds records already."""
    source, target = open_engine(source_url), open_engine(target_url)
    try:
        current, newest = migrate.revision(source)
        if current != newest:
            raise SetupMissing(
                f"The source stands at revision {current or 'none'}; this version needs {newest}.",
                "Run `laurea db upgrade` on it first.",
            )
        migrate.upgrade(target)
        with reading(source) as old, writing(target) as new:
            filled = [name for name, rows in _counts(new).items() if rows]
            if filled:
                raise Conflict(f"The target already holds records ({filled[0]}).", "Give an empty database.")
            _copy(old, new)
            counts = _counts(old)
            if counts != _counts(new):
                raise Conflict("The two databases differ after copying; nothing was kept.", "Is Laurea stopped?")
            return counts
    finally:
        source.dispose()
        target.dispose()


def _counts(connection: Connection) -> dict[str, int]:
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in metadata.sorted_tables
    }


def _copy(old: Connection, new: Connection) -> None:
    for table in metadata.sorted_tables:
        rows = old.execution_options(yield_per=ROWS_AT_ONCE).execute(select(table).order_by(*table.primary_key))
        for part in rows.mappings().partitions():
            new.execute(insert(table), [dict(row) for row in part])
        if new.dialect.name == "postgresql" and "id" in table.c and isinstance(table.c.id.type, Integer):
            # The next row must not take a number that was copied.
            new.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "  # noqa: S608 (our own table names)
                    f'COALESCE((SELECT max(id) FROM "{table.name}"), 0) + 1, false)'
                )
            )


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", metavar="FROM_URL")
    parser.add_argument("target", metavar="TO_URL")
    asked = parser.parse_args()
    try:
        counts = move(asked.source, asked.target)
    except LaureaError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    for name, rows in counts.items():
        print(f"{rows:>9}  {name}")
    print(f"{sum(counts.values()):>9}  records copied; point LAUREA_DATABASE_URL to the new database.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
