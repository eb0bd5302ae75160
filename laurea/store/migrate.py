"""Bring a database to the newest revision; two processes that start at once do it one after the other."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from laurea.store.engine import trouble, writing

SCRIPTS = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 7_305_011  # any number, the same in every process


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine) -> None:
    """Run the migrations that are missing, all in one transaction."""
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})
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
