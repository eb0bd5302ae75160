"""Bring a database to the newest revision; two processes that start at once do it one after the other."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from laurea.errors import SetupMissing
from laurea.store.engine import trouble, writing

SCRIPTS = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 7_305_011  # any number, the same in every process
PATIENCE = "10s"  # for a table that somebody holds; all who come after a migration that waits would wait with it

Standing = Literal["newest", "newer", "older", "none"]
USABLE = frozenset[Standing]({"newest", "newer"})
"""What a running process can work on: a newer version's migrations only add (see README.md)."""


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine) -> None:
    """Run the migrations that are missing, all in one transaction. Raises SetupMissing where a newer version ran."""
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})
            connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
        current = MigrationContext.configure(connection).get_current_revision()
        if current is not None:
            must_be_known(current)
        command.upgrade(_config(connection), "head")


def revision(engine: Engine) -> tuple[str | None, str | None]:
    """The revision the database stands at, and the newest one known.

    Raises SetupMissing when the database does not answer or is damaged.
    """
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as error:
        where = (
            engine.url.database if engine.dialect.name == "sqlite" else f"{engine.url.host}:{engine.url.port or 5432}"
        )
        raise trouble(error, where or "") or error from None
    return current, ScriptDirectory.from_config(_config()).get_current_head()


@functools.cache
def _known() -> frozenset[str]:
    return frozenset(one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions())


@functools.cache
def _newest() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def stands(engine: Engine) -> Standing:
    """Where the database stands, seen from this version: at its newest revision, before it, or beyond it.

    One small question to the database. Raises DBAPIError when it does not answer.
    """
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current is None:
        return "none"
    if current == _newest():
        return "newest"
    return "older" if current in _known() else "newer"


def must_be_newest(engine: Engine) -> None:
    """Raises SetupMissing, with the way out, where this version must not begin to work on this database."""
    current, newest = revision(engine)
    if current == newest:
        return
    if current is not None and current not in _known():
        raise SetupMissing(
            f"The database was upgraded by a newer version of Laurea: it stands at {current}, this one knows {newest}.",
            "Start that version; to go back, restore the backup made before the upgrade (docs/how-to/back-up.md).",
        )
    raise SetupMissing(
        f"The database is not at the newest revision: it stands at {current or 'none'}, this version needs {newest}.",
        "Back it up, then run: laurea db upgrade",
    )


def must_be_usable(engine: Engine) -> None:
    """Raises SetupMissing where work that goes on must not touch this database: it lacks what this version needs."""
    if stands(engine) not in USABLE:
        must_be_newest(engine)


def must_be_known(revision: str) -> None:
    """Raises SetupMissing for a revision of a version newer than this one."""
    if revision not in _known():
        raise SetupMissing(
            f"It is of a newer version of Laurea: its tables stand at {revision}, this one knows {_newest()}.",
            "Use that version or a newer one.",
        )
