"""Moving an installation from one database to another."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, Table, func, insert, select, text, update

from laurea.cli import main
from laurea.errors import Conflict, SetupMissing
from laurea.store import audit, moving
from laurea.store import tables as t
from laurea.store.engine import reading, writing

on_postgresql = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


def _address(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def _fill(engine: Engine, now: datetime) -> None:
    with writing(engine) as connection:
        connection.execute(insert(t.authorities).values(id=7, code="X", name="Birlik Ə", language="en", timezone="UTC"))
        person = {"authority_id": 7, "language": "en", "role": "juror", "created_at": now}
        people = [{**person, "name": f"n{i}", "email": f"{i}@example.org"} for i in range(5000)]
        connection.execute(insert(t.people), people)
        files = [{"digest": f"{i}", "content": bytes(range(i)), "kept_at": now} for i in range(25)]  # in three parts
        connection.execute(insert(t.kept_bytes), files)
        line = {"actor": "system", "event": "x", "subject": "y", "round_id": None, "at": now, "authority_id": 7}
        for number in range(3):
            audit.add_line(connection, **line, details={"a": [number, None, "ə", 0.1]})


@on_postgresql
@pytest.mark.parametrize("back", [False, True], ids=["to PostgreSQL", "to SQLite"])
def test_every_record_arrives_and_numbering_goes_on(
    sqlite_engine: Engine, engine: Engine, now: datetime, back: bool
) -> None:
    source, target = (engine, sqlite_engine) if back else (sqlite_engine, engine)
    _fill(source, now)
    counts = moving.move(_address(source), _address(target))
    assert (counts["authorities"], counts["people"], counts["audit"], counts["kept_bytes"]) == (1, 5000, 3, 25)
    with reading(source) as old, reading(target) as new:
        for table in (t.authorities, t.people, t.audit):
            query = select(table).order_by(table.c.id)
            assert old.execute(query).all() == new.execute(query).all()
    with writing(target) as connection:
        connection.execute(insert(t.authorities).values(code="Y", name="y", language="en", timezone="UTC"))
        assert connection.execute(select(func.max(t.authorities.c.id))).scalar_one() == 8


@on_postgresql
def test_target_with_records_is_refused_and_left_alone(sqlite_engine: Engine, engine: Engine, now: datetime) -> None:
    _fill(sqlite_engine, now)
    with writing(engine) as connection:
        connection.execute(insert(t.authorities).values(id=1, code="Z", name="z", language="en", timezone="UTC"))
    with pytest.raises(Conflict, match="already holds records"):
        moving.move(_address(sqlite_engine), _address(engine))
    with reading(engine) as connection:
        assert connection.execute(select(t.authorities.c.code)).scalars().all() == ["Z"]
        assert connection.execute(select(func.count()).select_from(t.people)).scalar_one() == 0


@on_postgresql
def test_a_copy_that_differs_is_not_kept(
    sqlite_engine: Engine, engine: Engine, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(sqlite_engine, now)
    copy = moving._copy

    def careless(old: Connection, new: Connection, table: Table) -> tuple[int, int]:
        found = copy(old, new, table)
        if table is t.people:
            new.execute(update(t.people).where(t.people.c.email == "7@example.org").values(name="n8"))
        return found

    monkeypatch.setattr(moving, "_copy", careless)
    with pytest.raises(Conflict, match="differ in people"):
        moving.move(_address(sqlite_engine), _address(engine))
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(t.people)).scalar_one() == 0


@on_postgresql
def test_a_damaged_audit_is_not_moved(
    sqlite_engine: Engine, engine: Engine, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    _fill(sqlite_engine, now)
    with writing(sqlite_engine) as connection:
        connection.execute(text("DROP TRIGGER audit_no_update"))
        connection.execute(update(t.audit).where(t.audit.c.number == 2).values(subject="z"))
    with pytest.raises(SystemExit) as ended:
        main(["db", "move", _address(sqlite_engine), _address(engine)])
    assert ended.value.code == 1
    assert "line 2" in capsys.readouterr().err
    with reading(engine) as connection:
        assert audit.chains(connection) == []


@pytest.mark.parametrize(
    "address",
    ["postgresql://laurea:geheim@127.0.0.1/laurea", "mysql://127.0.0.1/laurea", "/srv/laurea.db", "sqlite://"],
)
@pytest.mark.parametrize("side", ["source", "target"])
def test_what_is_no_address_is_refused_with_one_that_is(sqlite_engine: Engine, address: str, side: str) -> None:
    other = _address(sqlite_engine)
    with pytest.raises(SetupMissing, match=f"The {side} is not the address") as refused:
        moving.move(*((address, other) if side == "source" else (other, address)))
    assert "postgresql+psycopg://" in refused.value.remedy
    assert "geheim" not in str(refused.value)


def test_a_source_that_is_not_there_is_not_made(sqlite_engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere" / "laurea.db"
    with pytest.raises(SetupMissing, match=r"not there.*four slashes"):
        moving.move(f"sqlite+pysqlite:///{file}", _address(sqlite_engine))
    assert not file.parent.exists()


@on_postgresql
def test_a_database_of_somebody_else_is_said_so(
    sqlite_engine: Engine, engine: Engine, capsys: pytest.CaptureFixture[str], now: datetime
) -> None:
    _fill(sqlite_engine, now)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE ROLE guest_of_moving LOGIN PASSWORD 'x'"))
        connection.execute(text("CREATE DATABASE not_theirs"))
    try:
        target = engine.url.set(username="guest_of_moving", password="x", database="not_theirs")
        with pytest.raises(SystemExit):
            main(["db", "move", _address(sqlite_engine), target.render_as_string(hide_password=False)])
        told = capsys.readouterr().err
        assert "ALTER DATABASE" in told
        assert "Traceback" not in told
    finally:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("DROP DATABASE not_theirs"))
            connection.execute(text("DROP ROLE guest_of_moving"))
