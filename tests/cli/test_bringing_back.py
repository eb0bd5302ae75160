"""`laurea round restore`, and `laurea restore` of a backup older than what was erased."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from laurea.actions import anonymise, sheet
from laurea.cli import round_restore
from laurea.ledger import SYSTEM
from laurea.store import migrate
from laurea.store import tables as t
from laurea.store.engine import open_engine, reading, writing
from tests.web import seeding
from tests.web.seeding import Place

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def place(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A small round on each database, which the command is given; it lives two hours after its moment."""
    url = engine.url.render_as_string(hide_password=False)
    found = seeding.seed(tmp_path / "workspace", database_url=url, applications=3, jurors=3)
    monkeypatch.setattr(round_restore, "engine_of", lambda _settings: found.engine)
    monkeypatch.setenv("LAUREA_CLOCK_FILE", str(tmp_path / "clock"))
    (tmp_path / "clock").write_text((found.now + timedelta(hours=2)).isoformat())
    yield found
    found.engine.dispose()


def comment(place: Place, assignment: int) -> str:
    return str(place.value(select(t.sheets.c.comment).where(t.sheets.c.assignment_id == assignment)))


def test_a_round_is_restored_only_as_it_was_looked_at(laurea: Say, place: Place) -> None:
    juror = place.jurors[0]
    mine = place.assignments(juror)[0]
    who = {"person_id": juror, "assignment_id": mine}
    sheet.declare(place.engine, kind=None, now=place.now, **who)
    sheet.save_sheet(place.engine, marks={}, comment="as it was", version=1, now=place.now, **who)
    then = place.now + timedelta(minutes=10)
    late = place.now + timedelta(hours=1)
    sheet.save_sheet(place.engine, marks={}, comment="a slip", version=2, over=True, now=late, **who)
    asked = ("round", "restore", "example-2026", "--at", then.isoformat(), "--only", "sheets")

    code, said, _ = laurea(*asked, "--preview", "--json")
    told = json.loads(said)
    assert (code, told["restored"], [one["what"] for one in told["changes"]]) == (0, False, ["sheets"])
    assert "a slip" not in said  # what jurors write is not shown to the office while they work
    assert comment(place, mine) == "a slip"

    reason = ("--reason", "Two sheets were mixed up")
    code, _, error = laurea(*asked, *reason, "--looked-at", "0" * 64)
    assert (code, "changed since" in error, comment(place, mine)) == (1, True, "a slip")
    code, _, error = laurea(*asked, "--looked-at", told["looked_at"])
    assert (code, comment(place, mine)) == (1, "a slip"), error  # without a reason

    code, said, error = laurea(*asked, *reason, "--looked-at", told["looked_at"], "--officer", "officer1@example.org")
    assert (code, "1 thing stands as on" in said) == (0, True), error
    assert comment(place, mine) == "as it was"
    actor = place.value(select(t.audit.c.actor).where(t.audit.c.event == "round_restored"))
    assert actor == f"person:{place.officers[0]}"
    assert json.loads(laurea(*asked, "--preview", "--json")[1])["changes"] == []


def test_a_moment_that_is_none_and_a_round_that_is_not_there_are_told(laurea: Say, place: Place) -> None:
    assert laurea("round", "restore", "example-2026", "--at", "yesterday", "--preview")[0] == 1
    code, _, error = laurea("round", "restore", "nowhere", "--at", "2026-01-01T09:00", "--preview")
    assert (code, "nowhere" in error) == (1, True)


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Place]:
    """An installation on SQLite with three applications, the round not released."""
    url = f"sqlite+pysqlite:///{tmp_path / 'workspace' / 'laurea.db'}"
    engine = open_engine(url)
    migrate.upgrade(engine)
    engine.dispose()
    found = seeding.seed(tmp_path / "workspace", database_url=url, applications=3)
    yield found
    found.engine.dispose()


def test_a_backup_names_nobody_again_who_was_erased_since(
    laurea: Say, installed: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = tmp_path / "old.zip", tmp_path / "new.zip"
    assert laurea("backup", old)[0] == 0
    assert json.loads((tmp_path / "erased.json").read_text())["people"] == []
    free, applicant = installed.officers[1], installed.value(select(t.applications.c.applicant_id).limit(1))
    p = t.people.c
    with reading(installed.engine) as connection:
        before = dict(connection.execute(select(p.id, p.name).where(p.id.in_([free, applicant]))).tuples().all())
    with writing(installed.engine) as connection:  # the round is over, so that the applicant can be erased …
        connection.execute(update(t.rounds).values(released_at=installed.now))
        connection.execute(update(t.messages).values(state="sent"))
    for one in (free, applicant):
        anonymise.anonymise(
            installed.engine, one, 1, "asked", settings=installed.settings, actor=SYSTEM, now=installed.now
        )
    assert laurea("backup", new)[0] == 0
    assert [one["person"] for one in json.loads((tmp_path / "erased.json").read_text())["people"]] == [free, applicant]
    assert not [name for name in before.values() if name in (tmp_path / "erased.json").read_text()]

    monkeypatch.setenv("LAUREA_WORKSPACE", str(tmp_path / "elsewhere"))
    listed = tmp_path / "erased.json"
    moved = tmp_path / "moved" / "old.zip"
    moved.parent.mkdir()
    moved.write_bytes(old.read_bytes())
    code, _, error = laurea("restore", moved)
    assert (code, "no list of who was made anonymous" in error) == (1, True)
    assert not (tmp_path / "elsewhere" / "laurea.db").exists()  # nothing was restored
    code, said, error = laurea("restore", moved, "--erased", listed)  # … but in the backup it is not
    assert (code, f"Made anonymous again: #{free}." in said) == (1, True), error
    assert f"#{applicant} is named again. A round of theirs is not released yet" in error
    restored = open_engine(f"sqlite+pysqlite:///{tmp_path / 'elsewhere' / 'laurea.db'}")
    with reading(restored) as connection:
        after = dict(connection.execute(select(p.id, p.name).where(p.id.in_([free, applicant]))).tuples().all())
    restored.dispose()
    assert (after[free], after[applicant]) == (f"#{free}", before[applicant])


def test_a_number_used_again_is_left_alone_and_a_list_that_is_none_is_refused(
    laurea: Say, installed: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "old.zip"
    assert laurea("backup", old)[0] == 0
    listed = tmp_path / "erased.json"
    other = {"person": installed.officers[1], "known_since": "2020-01-01T00:00:00+00:00"}
    told = json.loads(listed.read_text())
    listed.write_text(json.dumps(told | {"people": [other]}))
    monkeypatch.setenv("LAUREA_WORKSPACE", str(tmp_path / "elsewhere"))
    code, said, error = laurea("restore", old)
    assert (code, "anonymous again" in said) == (0, False), error
    for text in ("", "[]", '{"form": 2, "people": []}', '{"form": 1, "people": [{}]}'):
        listed.write_text(text)
        monkeypatch.setenv("LAUREA_WORKSPACE", str(tmp_path / f"again-{len(text)}"))
        code, _, error = laurea("restore", old)
        assert (code, "is no list" in error) == (1, True)
    code, _, error = laurea("restore", old, "--without-list")
    assert code == 0, error
