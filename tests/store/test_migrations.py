"""The tables grow while the version before still runs: what it reads stays, what it writes is taken.

The schema of the previous release is made by its own migrations, looked at, brought to the newest revision, and looked
at again. The rule is written down in laurea/store/README.md.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, insert, inspect, select, text

from laurea.store import migrate
from laurea.store.engine import open_engine, reading, writing
from laurea.store.tables import metadata
from tests.conftest import PostgreSQL

PREVIOUS = "0021"
"""The newest revision of the release before; to be raised with each release."""
TAKES_AWAY = {
    "drop_table", "drop_column", "drop_constraint", "rename_table", "alter_column", "drop_index",
    "batch_alter_table", "execute",
}  # fmt: skip
pytestmark = [  # an index on lower(email) cannot be reflected on SQLite
    pytest.mark.filterwarnings("ignore:Skipped unsupported reflection"),
    pytest.mark.filterwarnings("ignore:autogenerate skipping"),
]


def upgrade_to(engine: Engine, revision: str) -> None:
    with writing(engine) as connection:
        command.upgrade(migrate._config(connection), revision)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """An engine on a database without tables."""
    if request.param == "sqlite":
        made = open_engine(f"sqlite+pysqlite:///{tmp_path / 'bare.db'}")
        yield made
        made.dispose()
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    server.run("CREATE DATABASE bare_migrations")
    made = open_engine(server.url("bare_migrations"))
    yield made
    made.dispose()
    server.run("DROP DATABASE bare_migrations WITH (FORCE)")


def _columns(engine: Engine) -> dict[tuple[str, str], dict[str, Any]]:
    found = inspect(engine)
    return {
        (table, column["name"]): {
            "type": str(column["type"]), "nullable": column["nullable"], "default": column["default"],
        }
        for table in found.get_table_names()
        for column in found.get_columns(table)
    }  # fmt: skip


def _unique(engine: Engine) -> set[tuple[str, tuple[str, ...]]]:
    found = inspect(engine)
    return {
        (table, tuple(sorted(map(str, one["column_names"]))))
        for table in found.get_table_names()
        for one in [*found.get_unique_constraints(table), *(i for i in found.get_indexes(table) if i["unique"])]
    }


def test_what_the_previous_release_reads_and_writes_stays(bare: Engine) -> None:
    upgrade_to(bare, PREVIOUS)
    before, unique = _columns(bare), _unique(bare)
    old = MetaData()
    with reading(bare) as connection:
        old.reflect(connection)
    migrate.upgrade(bare)
    after = _columns(bare)
    allowed = {(table, name) for script in _later() for table, name in getattr(script.module, "contracts", ())}
    assert {one for one in before if one not in after} <= allowed
    same = [one for one in before if one in after and one not in allowed]
    assert [
        (one, before[one]["type"], after[one]["type"]) for one in same if before[one]["type"] != after[one]["type"]
    ] == []
    stricter = [one for one in same if before[one]["nullable"] and not after[one]["nullable"]]
    assert stricter == [], "the previous release may leave these out"
    tables = {table for table, _ in before}
    asked = [
        one for one, column in after.items()
        if one not in before and one[0] in tables and not column["nullable"] and column["default"] is None
    ]  # fmt: skip
    assert asked == [], "the previous release does not fill these: give them a server default"
    new = {one for one in _unique(bare) - unique if one[0] in tables}
    assert {one for one in new if all((one[0], name) in before for name in one[1])} == set(), (
        "it does not keep to these"
    )
    owner = {"code": "north", "name": "North", "email": "", "language": "en", "timezone": "UTC"}
    with writing(bare) as connection:  # written and read as the previous release does it
        connection.execute(insert(old.tables["authorities"]).values(owner))
        assert connection.execute(select(old.tables["authorities"].c.name)).scalar_one() == "North"
        for name, table in old.tables.items():
            assert connection.execute(select(table)).all() is not None, name


def test_the_migrations_make_the_tables_that_the_code_knows(sqlite_engine: Engine) -> None:
    with sqlite_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        found = [one for one in compare_metadata(context, metadata) if isinstance(one, tuple)]
    different = [one[:3] for one in found if one[0] in ("add_table", "remove_table", "add_column", "remove_column")]
    assert different == []


def test_letters_are_packed_by_lz4_where_the_server_has_it(bare: Engine) -> None:
    if bare.dialect.name == "sqlite":
        pytest.skip("SQLite packs nothing")
    migrate.upgrade(bare)
    with reading(bare) as connection:
        known = "select 'lz4' = any(enumvals) from pg_settings where name = 'default_toast_compression'"
        column = "attrelid = 'messages'::regclass and attname = 'content'"
        packed = connection.execute(text(f"select attcompression from pg_attribute where {column}")).scalar_one()
        assert packed == ("l" if connection.execute(text(known)).scalar() else "")


def _later() -> list[Any]:
    scripts = ScriptDirectory.from_config(migrate._config())
    return [one for one in scripts.walk_revisions() if one.revision > PREVIOUS]


def test_later_migrations_take_nothing_away_without_saying_so() -> None:
    """`contracts` in a migration lists what it takes away, as (table, column): unread for a release by then."""
    for script in _later():
        marked = getattr(script.module, "contracts", ())
        tree = ast.parse(Path(script.path).read_text(encoding="utf-8"))
        (upgrade,) = [one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == "upgrade"]
        reached = {upgrade.name}
        names = {one.name: one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name != "downgrade"}
        calls = []
        waiting = [upgrade]
        while waiting:
            for node in ast.walk(waiting.pop()):
                if isinstance(node, ast.Call):
                    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                    calls.append((called, node))
                    if called in names and called not in reached:
                        reached.add(called)
                        waiting.append(names[called])
        takes = sorted({called for called, node in calls if called in TAKES_AWAY and _takes(called, node)})
        assert not takes or marked, f"{Path(script.path).name}: {takes}"


def _takes(called: str, node: ast.Call) -> bool:
    """Whether a call takes something away; an index nobody is refused by may go, SQL may add, and pack a column."""
    if called == "execute":
        said = re.sub(r"ALTER COLUMN \w+ SET COMPRESSION", "", ast.unparse(node).upper())
        return any(word in said for word in ("DROP TABLE", "DROP COLUMN", "RENAME", "SET NOT NULL", "ALTER COLUMN"))
    if called == "alter_column":
        return any(
            one.arg in ("new_column_name", "type_")
            or (one.arg == "nullable" and getattr(one.value, "value", 1) is False)
            for one in node.keywords
        )
    return called not in ("drop_index", "batch_alter_table")
