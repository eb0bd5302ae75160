"""Officers see when the clock last ran, and are warned when it stands still."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from flows import clockwork as turning
from laurea import clock
from laurea.cli import doctor
from laurea.store import migrate, turns
from laurea.store.engine import open_engine, reading, writing
from tests.web.conftest import Browser
from tests.web.seeding import Place


def test_rounds_and_round_tell_when_the_clock_ran_and_warn_when_it_does_not(browser: Browser, place: Place) -> None:
    browser.sign_in(place, place.officers[0])
    assert "The clock has never run here" in browser.get("/rounds").text
    now = clock.now()
    for ago, says in (
        (timedelta(seconds=20), "The clock ran within the last minute."),
        (timedelta(minutes=2, seconds=5), "The clock last ran 2 minutes ago."),
        (timedelta(minutes=9), "The clock has not run since"),
    ):
        with writing(place.engine) as connection:
            turns.note(connection, now - ago, now - ago + timedelta(seconds=1))
        for path in ("/rounds", "/rounds/example-2026"):
            text = browser.get(path).text
            assert says in text
            assert ("laurea doctor" in text) == (ago > timedelta(minutes=5))


def test_a_long_turn_and_a_slow_clock_are_not_late() -> None:
    now = clock.now()
    begun = turns.Turn(now - timedelta(minutes=6), None)
    assert begun.late(now, 60)
    assert not begun.late(now, 120)  # five turns of two minutes
    assert not turns.Turn(now - timedelta(minutes=30), now - timedelta(minutes=1)).late(now, 60)
    broken_off = turns.Turn(now - timedelta(minutes=6), now - timedelta(minutes=30))
    assert broken_off.late(now, 60)


def test_a_turn_is_noted_when_it_begins_and_when_it_ends(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[turns.Turn | None] = []

    def send_all_due() -> int:
        with reading(place.engine) as connection:
            seen.append(turns.last(connection))
        return 0

    for name, value in (
        ("engine", lambda: place.engine), ("settings", lambda: place.settings), ("run_steps", lambda _id: 0),
        ("send_all_due", send_all_due), ("remind_round", lambda _id: 0), ("sign_audit", lambda: 0),
    ):  # fmt: skip
        monkeypatch.setattr(turning, name, value)
    turning.clockwork.fn()
    with reading(place.engine) as connection:
        done = turns.last(connection)
    assert seen[0] is not None
    assert seen[0].ended_at is None
    assert done is not None
    assert done.ended_at is not None
    assert done.ended_at >= done.began_at == seen[0].began_at


def test_doctor_tells_of_the_clock(tmp_path: Path, place: Place) -> None:
    settings = place.settings.model_copy(update={"workspace": tmp_path / "other"})
    engine = open_engine(settings.url)
    migrate.upgrade(engine)
    now = clock.now()

    def told() -> tuple[str, str]:
        check = next(one for one in doctor.examine(settings) if one.name == "Clock")
        return check.state, check.remedy

    assert told()[0] == "note"
    for ago, state in ((timedelta(minutes=1), "ok"), (timedelta(hours=1), "note")):
        with writing(engine) as connection:
            turns.note(connection, now - ago, now - ago)
        assert told()[0] == state
        assert bool(told()[1]) == (state == "note")
    engine.dispose()
