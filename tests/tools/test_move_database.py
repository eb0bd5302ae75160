"""Moving an installation from one database to another."""

from __future__ import annotations

import importlib.util
from datetime import datetime
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import Engine, func, insert, select

from laurea.errors import Conflict
from laurea.store import tables as t
from laurea.store.engine import reading, writing

on_postgresql = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "tools" / "move_database.py"
    spec = importlib.util.spec_from_file_location("move_database", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _fill(engine: Engine, now: datetime) -> None:
    with writing(engine) as connection:
        connection.execute(insert(t.authorities).values(id=7, code="X", name="Birlik Ə", language="en", timezone="UTC"))
        person = {"authority_id": 7, "language": "en", "role": "juror", "created_at": now}
        people = [{**person, "name": f"n{i}", "email": f"{i}@example.org"} for i in range(5000)]
        connection.execute(insert(t.people), people)
        connection.execute(
            insert(t.audit).values(
                authority_id=7, at=now, actor="system", event="x", subject="y", details={"a": [1, None, "ə"]}
            )
        )


@on_postgresql
@pytest.mark.parametrize("back", [False, True], ids=["to PostgreSQL", "to SQLite"])
def test_every_record_arrives_and_numbering_goes_on(
    tool: ModuleType, sqlite_engine: Engine, engine: Engine, now: datetime, back: bool
) -> None:
    source, target = (engine, sqlite_engine) if back else (sqlite_engine, engine)
    _fill(source, now)
    counts = tool.move(*(side.url.render_as_string(hide_password=False) for side in (source, target)))
    assert (counts["authorities"], counts["people"], counts["audit"]) == (1, 5000, 1)
    with reading(source) as old, reading(target) as new:
        for table in (t.authorities, t.people, t.audit):
            query = select(table).order_by(table.c.id)
            assert old.execute(query).all() == new.execute(query).all()
    with writing(target) as connection:
        connection.execute(insert(t.authorities).values(code="Y", name="y", language="en", timezone="UTC"))
        assert connection.execute(select(func.max(t.authorities.c.id))).scalar_one() == 8


@on_postgresql
def test_target_with_records_is_refused_and_left_alone(
    tool: ModuleType, sqlite_engine: Engine, engine: Engine, now: datetime
) -> None:
    _fill(sqlite_engine, now)
    with writing(engine) as connection:
        connection.execute(insert(t.authorities).values(id=1, code="Z", name="z", language="en", timezone="UTC"))
    with pytest.raises(Conflict, match="already holds records"):
        tool.move(str(sqlite_engine.url), engine.url.render_as_string(hide_password=False))
    with reading(engine) as connection:
        assert connection.execute(select(t.authorities.c.code)).scalars().all() == ["Z"]
        assert connection.execute(select(func.count()).select_from(t.people)).scalar_one() == 0
