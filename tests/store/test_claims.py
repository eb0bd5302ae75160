"""Claims on pieces of a round: who has which, when they end, and that nobody writes who was thought lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import OperationalError

from laurea.store import claims, locks, rounds
from laurea.store import tables as t
from laurea.store.engine import fenced, open_engine, reading, writing
from tests.web import seeding

LEASE = 30.0
on_postgresql = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Iterator[seeding.Place]:
    made = seeding.seed(tmp_path, database_url=database_url)
    yield made
    made.engine.dispose()


@pytest.fixture
def elsewhere(database_url: str) -> Iterator[Engine]:
    """Another machine's way to the same records."""
    made = open_engine(database_url)
    yield made
    made.dispose()


def title(place: seeding.Place) -> str:
    return str(place.value(select(t.rounds.c.title).where(t.rounds.c.id == place.round_id)))


def rename(engine: Engine, place: seeding.Place, name: str) -> None:
    with writing(engine) as connection:
        connection.execute(update(t.rounds).where(t.rounds.c.id == place.round_id).values(title=name))


@on_postgresql
def test_everybody_gets_what_nobody_has(place: seeding.Place, elsewhere: Engine) -> None:
    ids = place.applications
    with ExitStack() as kept:

        def take(engine: Engine, step: str, *some: int) -> claims.Claimed | None:
            return kept.enter_context(claims.claimed(engine, place.round_id, step, some, lease=LEASE))

        first = take(place.engine, "gather", *ids[:3])
        second = take(elsewhere, "gather", *ids[:5])
        assert first is not None
        assert first.applications == tuple(ids[:3])
        assert second is not None
        assert second.applications == tuple(ids[3:5])
        assert take(elsewhere, "gather", *ids[:4]) is None
        assert take(elsewhere, "screen") is not None
        assert take(place.engine, "screen") is None
        assert [many for _, _, many in claims.living(elsewhere, place.round_id)] == [3, 2, 0]
    assert claims.living(elsewhere, place.round_id) == []


@on_postgresql
def test_whoever_is_thought_lost_writes_nothing(place: seeding.Place, elsewhere: Engine) -> None:
    with claims.claimed(place.engine, place.round_id, "screen", (), lease=LEASE) as mine:
        assert mine is not None
        rename(mine.engine, place, "in time")
        with writing(elsewhere) as connection:  # the machine is silent for longer than its lease
            connection.execute(update(t.claims).values(until=text("clock_timestamp() - interval '1 second'")))
        with claims.claimed(elsewhere, place.round_id, "screen", (), lease=LEASE) as theirs:
            assert theirs is not None
            rename(theirs.engine, place, "done elsewhere")
            with pytest.raises(claims.ClaimLost):
                rename(mine.engine, place, "too late")
        with pytest.raises(claims.ClaimLost):
            rename(mine.engine, place, "far too late")
    assert title(place) == "done elsewhere"


@on_postgresql
def test_work_goes_on_for_longer_than_a_lease_while_its_machine_speaks(place: seeding.Place, elsewhere: Engine) -> None:
    with claims.claimed(place.engine, place.round_id, "route", (), lease=0.6) as mine:
        assert mine is not None
        with writing(mine.engine):  # a long transaction holds up nothing
            time.sleep(1.5)
        with claims.claimed(elsewhere, place.round_id, "route", (), lease=0.6) as theirs:
            assert theirs is None
        rename(mine.engine, place, "still mine")
    assert title(place) == "still mine"


@on_postgresql
def test_a_killed_worker_gives_its_claim_back_at_once(place: seeding.Place, elsewhere: Engine) -> None:
    with claims.claimed(place.engine, place.round_id, "settle", (), lease=LEASE) as mine:
        assert mine is not None
        with elsewhere.connect() as connection:
            sessions = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"
            connection.execute(text(sessions))
            connection.commit()
        ends = time.monotonic() + 20
        while True:
            with claims.claimed(elsewhere, place.round_id, "settle", (), lease=LEASE) as theirs:
                if theirs is not None:
                    rename(theirs.engine, place, "taken over")
                    break
            assert time.monotonic() < ends
            time.sleep(0.05)
        with pytest.raises(claims.ClaimLost):
            rename(mine.engine, place, "too late")


def test_one_machine_alone_claims_nothing(tmp_path: Path) -> None:
    place = seeding.seed(tmp_path)
    with claims.claimed(place.engine, place.round_id, "gather", [3, 4], lease=LEASE) as mine:
        assert mine == claims.Claimed(place.engine, (3, 4))
        assert claims.living(place.engine, place.round_id) == []
    place.engine.dispose()


def test_a_fence_stops_a_transaction_before_its_first_word(engine: Engine, now: datetime) -> None:
    def refuse(_connection: object) -> None:
        raise claims.ClaimLost("no")

    with pytest.raises(claims.ClaimLost), writing(fenced(engine, refuse)):
        pytest.fail("the transaction began")
    with writing(engine) as connection, reading(fenced(engine, refuse)) as other:
        assert rounds.all_rounds(connection) == rounds.all_rounds(other) == []


def test_one_process_at_a_time_and_the_next_when_it_ends(engine: Engine, tmp_path: Path) -> None:
    other = open_engine(engine.url.render_as_string(hide_password=False))
    with locks.sole(engine, tmp_path, locks.SENDER) as mine:
        assert mine is not None
        mine.prove()
        with locks.sole(other, tmp_path, locks.SENDER) as theirs, locks.sole(other, tmp_path, locks.CLOCK) as another:
            assert theirs is None
            assert another is not None
    with locks.sole(other, tmp_path, locks.SENDER) as theirs:
        assert theirs is not None
    other.dispose()


@on_postgresql
def test_a_sender_whose_session_is_gone_is_told_before_the_next_letter(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "_TRUST", 0.0)
    with locks.sole(engine, tmp_path, locks.SENDER) as mine:
        assert mine is not None
        mine.prove()
        with writing(engine) as connection:
            sessions = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = :key"
            connection.execute(text(sessions), {"key": locks._KEYS[locks.SENDER]})
        with pytest.raises(OperationalError):
            mine.prove()
