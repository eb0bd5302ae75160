"""A PostgreSQL database that does not keep its text as UTF-8."""

from __future__ import annotations

import secrets

import pytest

from laurea.errors import SetupMissing
from laurea.store import migrate
from laurea.store.engine import open_engine


@pytest.mark.postgres
@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_is_not_utf_8_is_refused_with_the_way_out(postgresql, encoding):
    name = f"e_{secrets.token_hex(8)}"
    postgresql.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'")
    engine = open_engine(postgresql.url(name))
    try:
        with pytest.raises(SetupMissing, match=f"{name} keeps its text as {encoding}, not as UTF-8") as refused:
            migrate.upgrade(engine)
        assert "--encoding=UTF8 --template=template0" in refused.value.remedy
    finally:
        engine.dispose()
        postgresql.run(f"DROP DATABASE {name} WITH (FORCE)")
