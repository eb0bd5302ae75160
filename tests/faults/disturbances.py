"""Ways to disturb a round that need a name."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from laurea.store import tables as t
from laurea.store.engine import reading
from tests.faults.forge import Forged
from tests.faults.school import School


@contextmanager
def meanwhile(deed: Callable[[threading.Event], None]) -> Iterator[threading.Event]:
    """Something that goes on beside a phase until it is over; what goes wrong in it is raised."""
    over, wrong = threading.Event(), []

    def run() -> None:
        try:
            deed(over)
        except BaseException as error:  # noqa: BLE001 - raised below
            wrong.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield over
    finally:
        over.set()
        thread.join(600)
    if wrong:
        raise wrong[0]


def count(round_: School, query: object) -> int:
    """One figure out of the records."""
    with round_.place.engine() as engine, reading(engine) as connection:
        return int(connection.execute(query).scalar_one())  # type: ignore[call-overload]


class Twice(School):
    """Everything is done by two at once: two officers' commands, two clocks, two people who release."""

    chance = random.Random(3)

    def do(self, what: str, start: Callable[[], Forged], done: Callable[..., bool]) -> None:
        self.disturbed = True
        if what not in ("the database is made", "an officer is let in", "the round is opened"):
            first, second = start(), start()
            if self.chance.random() < 0.5:  # one of them stands still for a while, wherever it is, and goes on
                time.sleep(self.chance.random())
                first.signal(signal.SIGSTOP)
                second.ended(2.0)
                first.signal(signal.SIGCONT)
            ended = [first.wait(600), second.wait(600)]
            assert 0 in ended, (what, ended, first.tail())
        super().do(what, start, done)

    def release(self) -> None:
        def officer(_over: threading.Event) -> None:
            one = self.visitor()
            one.until(lambda: one.sign_in(self.scene.owner.officer_email))
            one.release(self.scene.code)

        self.place.go_to(self.scene.released_at)
        self.place.portal()
        with meanwhile(officer):
            super().release()


class Direct(School):
    """Without Prefect: `laurea round advance` and `laurea post`, killed in the middle, then run again and again."""

    chance = random.Random(11)

    def turns(self, done: Callable[..., bool]) -> None:
        self.disturbed = True
        for words in (("round", "advance", self.scene.code), ("post",)):
            for _ in range(3):
                one = self.place.command(*words)
                if not one.ended(self.chance.uniform(0.02, 0.6)):
                    one.kill()
            ended = self.place.command(*words)
            assert ended.wait(600) == 0, ended.tail()
        before = self._audit()
        assert self.place.command("round", "advance", self.scene.code).wait(600) == 0
        assert self._audit() == before  # there was nothing left to do
        assert self.looks(done)

    def _audit(self) -> int:
        return count(self, select(func.count()).select_from(t.audit))


def without_room(round_: School, name: str, room: int) -> list[str]:
    """The phase's first process, where no file may become larger than the largest one is and `room` bytes more."""
    place, scene, files = round_.place, round_.scene, round_.world
    size = max(path.stat().st_size for path in place.folder.glob("laurea.db*"))
    log = place.folder / f"full-{name[:6]}-{room}.log"
    told: dict[str, Any] = {"fsize": size + room}
    if name == "import":
        place.go_to(scene.closes_at + timedelta(days=2))
        words = ["round", "import", scene.code, "--applications", str(files.applications)]
        words += [word for child, path in files.children.items() for word in ("--children", f"{child}={path}")]
        told |= {"laurea": words}
    else:
        place.go_to({"settle": scene.review_until, "letters": scene.released_at}.get(name, place.moment()))
        told |= {"flow": "clockwork"}
    one = place.stand.forge.start(name, told, place.environment(), log)
    one.wait(600)
    return [one.tail()]


def judge_alone(round_: School) -> list[str]:
    """The records hold no contradiction, though they do not hold everything yet."""
    round_.place.database.sound(round_.place.folder)
    found = [round_.place.command(*words) for words in (("db", "check"), ("audit", "check"))]
    return [one.tail() for one in found if one.wait(120)]
