"""The sender is killed at random moments: every reader gets one letter, or the letter is listed as uncertain.

LAUREA_LETTERS sets how many letters (`make faults-post` sends 5,000); who got what is counted in the receiving server.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from laurea.actions import bounces
from laurea.actions.deliver import deliver
from laurea.settings import Settings
from laurea.store import tables as t
from laurea.store.engine import Engine, reading, writing
from tests.faults import outboxes, postfix
from tests.notifications.scripted import Script, serving

pytestmark = [pytest.mark.faults, pytest.mark.slow]
LETTERS = int(os.environ.get("LAUREA_LETTERS", "400"))
NUMBERS = range(LETTERS)
KILLS = 3
SENDER = """
from laurea import clock
from laurea.actions.deliver import deliver
from laurea.settings import Settings
from laurea.store.engine import open_engine

settings = Settings()
engine = open_engine(settings.url)
while deliver(engine, settings=settings, now=clock.now(), limit=500):
    pass
"""


def sender(settings: Settings, **others: str) -> subprocess.Popen[bytes]:
    """What `laurea post` does, in a process of its own, without the second that the command line takes to start."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("LAUREA_")}
    env |= {"LAUREA_WORKSPACE": str(settings.workspace), "LAUREA_SMTP_URL": settings.smtp_url}
    env |= {"LAUREA_MAIL_FROM": settings.mail_from, "LAUREA_RELAY_GRACE": str(settings.relay_grace), **others}
    if settings.relay_log is not None:
        env["LAUREA_RELAY_LOG"] = str(settings.relay_log)
    return subprocess.Popen([sys.executable, "-c", SENDER], env=env, stdout=subprocess.DEVNULL)


def killed_at(started: subprocess.Popen[bytes], reached: Callable[[], bool]) -> None:
    """SIGKILL the moment something has become true."""
    ends = time.monotonic() + 120
    while not reached():
        assert started.poll() is None, "the sender ended before it could be killed"
        assert time.monotonic() < ends, "the moment to kill never came"
        time.sleep(0.001)
    os.kill(started.pid, signal.SIGKILL)
    started.wait()


def states(engine: Engine) -> dict[str, str]:
    """The state of each letter, by its reader's address."""
    with reading(engine) as connection:
        return dict(connection.execute(select(t.messages.c.address, t.messages.c.state)).tuples().all())


def moments(seed: int) -> list[int]:
    """After how many more letters the sender is killed each time."""
    draw = random.Random(seed)
    return [draw.randint(1, max(1, LETTERS // 5)) for _ in range(KILLS)]


@pytest.fixture
def relay() -> Iterator[postfix.Postfix]:
    if postfix.MISSING:
        pytest.skip(postfix.MISSING)
    with postfix.running() as running:
        yield running


@pytest.mark.parametrize("log", [True, False], ids=["with the relay's log", "without it"])
def test_killed_three_times_before_a_real_postfix(relay: postfix.Postfix, tmp_path: Path, log: bool) -> None:
    settings = outboxes.settings_in(tmp_path, smtp_url=relay.url, relay_log=relay.log if log else None, relay_grace=1.0)
    engine = outboxes.fill(settings, LETTERS)
    for more in moments(LETTERS + log):
        before = relay.taken()
        killed_at(sender(settings), lambda before=before, more=more: relay.taken() >= before + more)
    assert sender(settings).wait(300) == 0
    relay.settled()
    got, found = relay.read(), states(engine)
    everybody = {outboxes.address_of(number) for number in NUMBERS}
    uncertain = {address for address, state in found.items() if state == "uncertain"}
    print(f"{LETTERS} letters, {KILLS} kills: {Counter(found.values())}, arrived {sum(got.values())}")
    assert set(found) == everybody
    assert Counter(found.values()) == Counter({"sent": LETTERS - len(uncertain), "uncertain": len(uncertain)})
    assert set(got) <= everybody
    assert max(got.values()) == 1
    assert everybody - set(got) <= uncertain
    assert len(uncertain) <= (0 if log else KILLS * settings.mail_connections)


def test_killed_three_times_before_a_relay_with_every_fault(tmp_path: Path) -> None:
    """Greylisting, drops before and after the content, refusals, slowness, few connections."""
    asked: Counter[int] = Counter()

    def answer(phase: str, number: int) -> str | None:
        if phase == "connect":
            return "421 4.7.0 no more connections for you" if number > 4 else None
        if phase == "RCPT":
            asked[number] += 1
            if number % 7 == 0 and asked[number] == 1:
                return "451 4.7.1 greylisted, come back later"
            if number % 11 == 0:
                return "550 5.1.1 nobody of that name"
            if number % 13 == 0 and asked[number] == 1:
                return "drop"
        if phase == "DATA" and number % 17 == 0 and asked[number] == 1:
            return "drop"
        if phase == "content" and number % 19 == 0:
            return "drop"
        return "slow" if phase == "content" and number % 23 == 0 else None

    clock = tmp_path / "clock"
    settings = outboxes.settings_in(tmp_path / "workspace", smtp_url="", relay_grace=0.0)
    engine = outboxes.fill(settings, LETTERS)
    now = outboxes.WRITTEN
    with serving(Script(answer, ("PIPELINING",))) as (script, port):
        settings = settings.model_copy(update={"smtp_url": f"smtp://127.0.0.1:{port}"})
        for more in moments(7):
            now += timedelta(minutes=10)
            clock.write_text(now.isoformat())
            started, before = sender(settings, LAUREA_CLOCK_FILE=str(clock)), len(script.stored)
            killed_at(started, lambda before=before, more=more: len(script.stored) >= before + more)
        for _ in range(12):
            now += timedelta(hours=5)
            while deliver(engine, settings=settings, now=now, limit=500):
                pass
    stored, found = Counter(script.stored), states(engine)
    print(f"{LETTERS} letters, {KILLS} kills: {Counter(found.values())}, stored {sum(stored.values())}")
    assert set(found.values()) <= {"sent", "failed", "uncertain"}
    for number in NUMBERS:
        state, times = found[outboxes.address_of(number)], stored[number]
        assert times <= 1, number
        assert {"sent": times == 1, "failed": times == 0, "uncertain": True}[state], (number, state, times)
        assert (number % 11 == 0 and number % 7 != 0) <= (state == "failed")
        if state == "uncertain" and number % 19:
            asked["uncertain"] += 1
    assert asked["uncertain"] <= KILLS * settings.mail_connections


def test_a_letter_that_a_real_postfix_sends_back_stops_the_address(relay: postfix.Postfix, tmp_path: Path) -> None:
    settings = outboxes.settings_in(
        tmp_path,
        smtp_url=relay.url,
        bounces_to="bounces@laurea.example",
        bounces_from=f"maildir:{relay.reports}",
    )
    engine, now = outboxes.fill(settings, 2), outboxes.WRITTEN + timedelta(hours=1)
    outboxes.put(engine, [2, 3], address="nobody@gone.example")
    with writing(engine) as connection:
        later = t.messages.c.key == "received:LV:3"
        connection.execute(update(t.messages).where(later).values(not_before=now + timedelta(hours=1)))
    assert deliver(engine, settings=settings, now=now) == {"sent": 3}
    ends = time.monotonic() + 30
    while not (relay.reports / "new").is_dir() or not list((relay.reports / "new").iterdir()):
        assert time.monotonic() < ends, relay.log.read_text()[-2000:]
        time.sleep(0.1)
    assert bounces.take_in(engine, settings=settings, now=now) == {"hard": 1}
    assert not deliver(engine, settings=settings, now=now + timedelta(hours=2))
    with reading(engine) as connection:
        rows = connection.execute(select(t.messages.c.state, t.messages.c.reply).order_by(t.messages.c.id)).all()
    assert [row.state for row in rows] == ["sent", "sent", "bounced", "held"]
    assert rows[2].reply.startswith("5.1.1 ")
