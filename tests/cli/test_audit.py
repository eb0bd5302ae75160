"""`laurea audit`: what was written stays as it was written, and who changes it is found out."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, func, select, text, update

from laurea import anchors, ledger
from laurea.settings import Settings
from laurea.store import migrate, rounds
from laurea.store import tables as t
from laurea.store.engine import open_engine, reading, writing
from tests.web import seeding

Say = Callable[..., tuple[int, str, str]]
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """A round with thirty lines of audit, in the workspace that the command line is told of."""
    url = f"sqlite+pysqlite:///{tmp_path / 'workspace' / 'laurea.db'}"
    found = open_engine(url)
    migrate.upgrade(found)
    place = seeding.seed(tmp_path / "workspace", database_url=url)
    place.engine.dispose()
    for number in range(30):
        with writing(found) as connection:
            ledger.record(
                connection, authority_id=1, round_id=place.round_id if number % 3 else None, actor=ledger.CLOCK,
                event=ledger.Event.SHEET_SUBMITTED, subject=f"application:{number}", now=NOW,
                details={"points": number},
            )  # fmt: skip
    return found


def unguarded(engine: Engine, statement: object) -> None:
    """What somebody does who has the file in their hands."""
    with engine.begin() as connection:
        for deed in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER IF EXISTS audit_no_{deed}"))
        connection.execute(statement)  # type: ignore[call-overload]


def test_what_was_changed_is_named_line_by_line(laurea: Say, engine: Engine) -> None:
    code, told, _ = laurea("audit", "check")
    assert (code, told) == (0, "Every line of 2 chains fits its seal.")
    rng = random.Random(5)
    changed = sorted(rng.sample(range(2, 31), 3))
    for number in changed:
        unguarded(engine, update(t.audit).where(t.audit.c.id == number).values(details={"points": -1}))
    with reading(engine) as connection:
        where = connection.execute(select(t.audit.c.chain, t.audit.c.number).where(t.audit.c.id.in_(changed))).all()
    code, told, _ = laurea("audit", "check", "--json")
    assert code == 1
    assert {(one["chain"], one["line"]) for one in json.loads(told)} == {tuple(one) for one in where}


def test_a_line_taken_out_is_named(laurea: Say, engine: Engine) -> None:
    with reading(engine) as connection:
        last = connection.execute(select(func.max(t.audit.c.id))).scalar_one()
    unguarded(engine, delete(t.audit).where(t.audit.c.id == last - 4))
    code, told, _ = laurea("audit", "check")
    assert code == 1
    assert "are missing" in told


def test_lines_cut_off_at_the_end_are_found_by_the_head_that_was_kept(
    laurea: Say, engine: Engine, tmp_path: Path
) -> None:
    kept = tmp_path / "head.jwt"
    assert laurea("audit", "head", "AZ", "-o", kept)[0] == 0
    assert laurea("audit", "check", "--head", kept)[0] == 0
    with writing(engine) as connection:  # what comes later is no fault
        ledger.record(
            connection, authority_id=1, actor=ledger.CLOCK, event=ledger.Event.SIGNED_IN, subject="person:1", now=NOW
        )
    assert laurea("audit", "check", "--head", kept)[0] == 0
    unguarded(engine, delete(t.audit).where(t.audit.c.id > 27))
    assert laurea("audit", "check")[0] == 0  # nothing in the records alone betrays it
    code, told, _ = laurea("audit", "check", "--head", kept)
    assert code == 1
    assert "ends before this line" in told


def test_a_head_that_was_touched_or_is_none_is_refused(laurea: Say, engine: Engine, tmp_path: Path) -> None:
    kept = tmp_path / "head.jwt"
    laurea("audit", "head", "AZ", "-o", kept)
    head, claims, signature = kept.read_text().strip().split(".")
    middle = len(claims) // 2
    other = claims[:middle] + ("A" if claims[middle] != "A" else "B") + claims[middle + 1 :]
    for wrong in (f"{head}.{other}.{signature}", "", "a.b.c", f"{head}.{claims}"):
        kept.write_text(wrong)
        code, _, told = laurea("audit", "check", "--head", kept)
        assert code != 0
        assert "no head of an audit" in told
    kept.write_bytes(b"\xff\xfe")
    assert "no head of an audit" in laurea("audit", "check", "--head", kept)[2]
    assert "cannot be read" in laurea("audit", "check", "--head", tmp_path / "none.jwt")[2]


def test_a_head_of_another_house_is_called_foreign(laurea: Say, engine: Engine, tmp_path: Path) -> None:
    elsewhere = Settings(workspace=tmp_path / "elsewhere", public_url="https://elsewhere.example")
    kept = tmp_path / "head.jwt"
    with reading(engine) as connection:
        office = rounds.authority(connection, "AZ")
        kept.write_text(anchors.head(connection, office, settings=elsewhere, now=NOW))
        assert "(foreign)" in laurea("audit", "check", "--head", kept)[2]
        ours = elsewhere.model_copy(update={"public_url": Settings().public_url})  # our address, and no key of ours
        kept.write_text(anchors.head(connection, office, settings=ours, now=NOW))
        assert "(foreign)" in laurea("audit", "check", "--head", kept)[2]
    laurea("audit", "head", "AZ", "-o", tmp_path / "own.jwt")  # now there is a key of this name, and it is another
    assert "(tampered)" in laurea("audit", "check", "--head", kept)[2]


def test_the_clock_writes_one_head_a_day_for_each_authority_with_lines(engine: Engine, tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path / "workspace")
    with reading(engine) as connection:
        assert anchors.write_daily(connection, settings=settings, now=NOW) == 1
        assert anchors.write_daily(connection, settings=settings, now=NOW) == 0
        late = NOW.replace(hour=21)  # in Baku the next day has begun
        assert anchors.write_daily(connection, settings=settings, now=late) == 1
        (_, faults) = anchors.against(
            connection, (settings.workspace / "heads" / "AZ" / "2026-11-23.jwt").read_text(), settings=settings
        )
    assert faults == []
    assert sorted(path.name for path in (settings.workspace / "heads").rglob("*")) == [
        "2026-11-22.jwt",
        "2026-11-23.jwt",
        "AZ",
    ]
