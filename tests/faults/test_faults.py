"""The School round disturbed: at random and named moments, its disk full, its servers away, everybody there twice.

Each round here is played by real processes on real servers, and must come to what the undisturbed round comes to: the
same decisions, the same bundle but for moments, every letter once. `make faults` does many more kills, and all of this.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, func, select, text

from laurea.store import tables as t
from tests.faults import arena as arenas
from tests.faults import databases, judge, kills, table
from tests.faults.arena import Arena
from tests.faults.disturbances import Direct, Twice, count, judge_alone, meanwhile, without_room
from tests.faults.school import PHASES, School

pytestmark = [pytest.mark.faults, pytest.mark.slow]
SCALE = float(os.environ.get("LAUREA_FAULTS_SCALE", "0.02"))
ALL = bool(os.environ.get("LAUREA_FAULTS"))
longer = pytest.mark.skipif(not ALL, reason="`make faults` runs it")
on_postgresql = pytest.mark.skipif(bool(databases.MISSING), reason=databases.MISSING)


@pytest.fixture(scope="module")
def arena() -> Iterator[Arena]:
    with arenas.arena(SCALE, postgresql=not databases.MISSING) as made:
        yield made


def came_to_the_same(arena: Arena, round_: School) -> None:
    """The judgement of every round here."""
    faults = judge.decided_otherwise(round_, arena.calm)
    letters, taken = judge.delivered(round_)
    found = "\n".join([*faults, *letters, *judge.broken(round_)])
    print(found)
    assert not found, found
    assert taken > 50


@pytest.mark.parametrize("number", [1, 2])
def test_ten_kills_at_random_moments(arena: Arena, number: int) -> None:
    """Five on each database; `make faults KILLS=200` is the same with more of them."""
    struck = 0
    for turn in range(10):  # a round is over before its last moments where the undisturbed one was played beside others
        found = kills.play(arena, number + 2 * turn, seed=7, most=5 - struck)
        for line in table.rows(found, number * 5 - 4 + struck):
            print(line)
        assert found.good, [*found.decided, *found.post, *found.broken]
        struck += len(found.kills)
        if struck >= 4:
            break
    assert struck >= 4


@longer
def test_killed_between_chunks_and_between_letters(arena: Arena) -> None:
    """Named moments: when the first chunk was asked about and others were not, and when some letters have left."""
    seen: list[tuple[str, int]] = []

    def kill_when(name: str, figure: Callable[[], int], least: int) -> Callable[[threading.Event], None]:
        def watch(over: threading.Event) -> None:
            while not over.is_set():
                one = round_.process
                if one is not None and (found := figure()) >= least:
                    round_.disturbed = True
                    if one.signal(signal.SIGKILL):
                        seen.append((name, found))
                        return
                time.sleep(0.002)

        return watch

    with arena.playing("named", arena.databases[0]) as round_:

        def asked() -> int:
            return count(round_, select(func.count()).where(t.applications.c.gathered_at.is_not(None)))

        def sent() -> int:
            return (round_.place.worlds / "relay.log").read_text().count("message-id=")

        for name, phase in PHASES.items():
            watched = {"gather, screen, route": (asked, 1), "letters": (sent, sent() + 7 if name == "letters" else 0)}
            if name in watched:
                with meanwhile(kill_when(name, *watched[name])):
                    phase(round_)
            else:
                phase(round_)
        came_to_the_same(arena, round_)
    assert [name for name, _ in seen] == ["gather, screen, route", "letters"]
    assert seen[0][1] < 108  # the others were still to be asked about


@pytest.mark.parametrize(
    "which", [pytest.param(0, marks=longer), pytest.param(1, marks=on_postgresql)], ids=["SQLite", "PostgreSQL"]
)
def test_two_officers_and_two_clocks_at_once(arena: Arena, which: int) -> None:
    with arena.playing(f"twice-{which}", arena.databases[which], Twice) as round_:
        for phase in PHASES.values():
            phase(round_)
        came_to_the_same(arena, round_)
        assert not round_.answers  # nobody saw an error of the portal
        _, *traces = round_.place.log.read_text().split("Traceback")
        assert not traces, traces[0][-4000:]  # nor an error in words that are not for people


@longer
@on_postgresql
def test_database_restarted_in_mid_transaction(arena: Arena) -> None:
    """`pg_ctl restart -m immediate` once in each phase, while a transaction that has written is open."""
    hits: list[str] = []
    with arena.playing("restarted", arena.databases[-1]) as round_:
        server = round_.place.server()
        for name, phase in PHASES.items():

            def restart(over: threading.Event, name: str = name) -> None:
                engine = create_engine(server.url(database="postgres"), isolation_level="AUTOCOMMIT")
                open_ = text("SELECT count(backend_xid) FROM pg_stat_activity WHERE datname = 'laurea'")
                with engine.connect() as connection:
                    while not over.is_set():
                        if connection.execute(open_).scalar_one():
                            round_.disturbed = True
                            round_.mended = lambda: time.sleep(1)
                            hits.append(name)
                            break
                        time.sleep(0.0005)
                engine.dispose()
                if name in hits:
                    server.immediate()

            if name == "open":
                phase(round_)
                continue
            with meanwhile(restart):
                phase(round_)
        came_to_the_same(arena, round_)
        print(f"restarted in {', '.join(hits)}; the portal answered {round_.answers}")
        assert len(hits) >= 5
        assert set(round_.answers) <= {503}


@longer
def test_disk_full_in_every_phase(arena: Arena) -> None:
    """No file may grow beyond a size that is too small for the phase; then there is room again."""
    told: list[str] = []
    with arena.playing("full", arena.databases[0]) as round_:
        for name, phase in PHASES.items():
            if name in (
                "open",
                "mark",
                "release",
            ):  # the others show what a full disk does to commands and to the clock
                phase(round_)
                continue
            round_.disturbed = True
            for room in (4_096, 65_536):
                told += without_room(round_, name, room)
                assert not (wrong := judge_alone(round_)), wrong
            phase(round_)
        came_to_the_same(arena, round_)
    assert any("disk" in one for one in told), told


@longer
def test_clock_on_the_wall_stumbles(arena: Arena) -> None:
    """While the clock works the time jumps back by an hour and ahead by an hour, again and again."""
    with arena.playing("stumbling", arena.databases[0]) as round_:
        place = round_.place

        def stumble(over: threading.Event) -> None:
            chance, last = random.Random(1), None
            while not over.wait(0.03):
                now = place.moment()
                last = now if last is None or abs(now - last) > timedelta(hours=1) else last
                place.go_to(last + timedelta(minutes=chance.choice((-60, 0, 60))))

        for name, phase in PHASES.items():
            if name in ("gather, screen, route", "letters"):
                round_.disturbed = True
                with meanwhile(stumble):
                    phase(round_)
            else:
                phase(round_)
        came_to_the_same(arena, round_)


@longer
def test_prefect_lost_for_an_hour_and_its_history_wiped(arena: Arena) -> None:
    """Turns while its server is away come to nothing; an hour later a server that knows nothing is there."""
    stand = arena.stand
    with arena.playing("forgotten", arena.databases[0]) as round_:
        for name, phase in PHASES.items():
            if name in ("gather, screen, route", "settle", "letters"):
                round_.disturbed = True
                assert stand.prefect
                stand.prefect.kill()
                stand.prefect_forgets()
                if name == "settle":
                    round_.place.go_to(round_.scene.review_until)
                assert round_.place.turn().wait(600) != 0
                round_.place.go_to(round_.place.moment() + timedelta(hours=1))
                stand.prefect_up()
            phase(round_)
        came_to_the_same(arena, round_)


@longer
def test_round_advance_killed_and_run_again_and_again(arena: Arena) -> None:
    with arena.playing("direct", arena.databases[-1], Direct) as round_:
        for phase in PHASES.values():
            phase(round_)
        came_to_the_same(arena, round_)
