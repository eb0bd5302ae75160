"""`laurea db …`: migrate the database, check its invariants, move it."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from laurea.cli.console import engine_of, err, out, show, step
from laurea.settings import Settings
from laurea.store import invariants, migrate, moving
from laurea.store.engine import open_engine, reading

app = App(name="db", help="Migrate and check the database.")


@app.command
def upgrade() -> None:
    """Bring the database to the newest revision.

    Example: laurea db upgrade
    """
    engine = open_engine(Settings().url)
    before, _ = migrate.revision(engine)
    migrate.upgrade(engine)
    after, _ = migrate.revision(engine)
    out.print("Nothing to do." if before == after else f"Upgraded from {before or 'nothing'} to {after}.")


@app.command
def check(*, json: Annotated[bool, Parameter(name="--json", help="Print JSON.")] = False) -> None:
    """Look for records that contradict each other; ends with 1 when there are any.

    Example: laurea db check
    """
    with reading(engine_of(Settings())) as connection:
        broken = invariants.broken(connection)
    if broken or json:
        show([{"invariant": b.name, "records": b.count, "for_example": b.example} for b in broken], as_json=json)
    if broken:
        raise SystemExit(1)
    if not json:
        out.print(f"All {len(invariants.INVARIANTS)} invariants hold.")


@app.command
def move(source: str, target: str, /) -> None:
    """Copy every record into another, empty database: from SQLite to PostgreSQL, or back. Stop Laurea first.

    The copy is kept when both sides agree in every table and every line of the audit fits its seal.

    Example: laurea db move sqlite+pysqlite:////srv/laurea.db postgresql+psycopg://laurea:PASSWORD@127.0.0.1/laurea
    """
    with step(err, "Copying …") as told:
        counts = moving.move(source, target, lambda table: told(f"Copying: {table}"))
    show([{"table": name, "records": rows} for name, rows in counts.items() if rows], as_json=False)
    out.print(f"{sum(counts.values())} records copied. Point LAUREA_DATABASE_URL to the new database.")
