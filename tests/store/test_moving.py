"""Moving an installation from one database to another."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Connection, Engine, Table, func, insert, select, text, update

from laurea.cli import main
from laurea.errors import Conflict
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
