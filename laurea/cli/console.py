"""What commands share: the database they work on, tables, JSON, progress."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from laurea.errors import SetupMissing
from laurea.settings import Settings
from laurea.store import migrate
from laurea.store.engine import Engine, open_engine

out = Console()
err = Console(stderr=True)


def engine_of(settings: Settings) -> Engine:
    """The database of this workspace, at the newest revision; SQLite is made when it is not there."""
    engine = open_engine(settings.url)
    current, newest = migrate.revision(engine)
    if current == newest:
        return engine
    if current is not None or engine.dialect.name != "sqlite":
        raise SetupMissing("The database is not at the newest revision.", "Run: laurea db upgrade")
    migrate.upgrade(engine)
    return engine


def show(rows: Sequence[Mapping[str, Any]], *, as_json: bool, title: str = "") -> None:
    """A listing: a table for people, or JSON."""
    if as_json:
        out.print_json(json.dumps(list(rows), default=str, ensure_ascii=False))
        return
    if not rows:
        out.print("Nothing to show.")
        return
    table = Table(title=title or None, title_justify="left")
    for name in rows[0]:
        table.add_column(name.replace("_", " "), justify="right" if isinstance(rows[0][name], int) else "left")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    out.print(table)
