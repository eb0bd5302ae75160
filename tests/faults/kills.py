"""Kills at random moments over the whole School round; `python -m tests.faults.kills 200` prints the table.

First the round is played undisturbed. Then it is played again and again, with some kills in each
playing: moments are drawn uniformly over the time that a whole round takes, one process is ended on the spot at each,
and the people and the clock of the round go on as they would. At its end each playing must have come to what the
undisturbed one came to; where it has not, all its kills count as not survived.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise

from sqlalchemy import func, select

from laurea.store import tables as t
from laurea.store.engine import reading
from tests.faults import databases, judge, table
from tests.faults.arena import NAMES, Arena, arena
from tests.faults.databases import Cluster
from tests.faults.school import PHASES, School

WORK = "what is at work"
VICTIMS = {WORK: 14, "the relay": 2, "Prefect's server": 2, "Prefect and its history": 1, "the database server": 4}
"""Who is killed, by weight; where the records are a file there is no server of them."""
EACH = 5  # kills in one playing
MOST_BAD = 10  # playings that came to something else: then it is no use to go on


@dataclass(eq=False)
class Kill:
    """One process ended, and what was going on."""

    phase: str
    after: float  # seconds into the phase
    victim: str
    under_way: str = ""
    stood: str = ""  # what the records held then


@dataclass
class Playing:
    """One playing of the round with kills in it, and what came of it."""

    number: int
    database: str
    planned: list[Kill]
    kills: list[Kill] = field(default_factory=list)  # those that came about
    seconds: float = 0.0
    letters: int = 0
    decided: list[str] = field(default_factory=list)  # how it differs from the undisturbed round
    post: list[str] = field(default_factory=list)  # letters that did not arrive exactly once
    broken: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not (self.decided or self.post or self.broken)


class Killer(threading.Thread):
    """Does the kills of one phase, each at its moment, and brings servers back as a supervisor would."""

    def __init__(self, arena: Arena, round_: School, playing: Playing, phase: str, chance: random.Random) -> None:
        super().__init__(daemon=True)
        self.arena, self.round, self.playing, self.chance = arena, round_, playing, chance
        self.planned = sorted((k for k in playing.planned if k.phase == phase), key=lambda kill: kill.after)
        self.over = threading.Event()
        self.whole = threading.Event()  # nothing is down that an operator would have to start
        self.error: BaseException | None = None
        self.whole.set()
        round_.mended = lambda: self.whole.wait(600) and None

    def run(self) -> None:
        began = time.monotonic()
        try:
            for kill in self.planned:
                if self.over.wait(max(0.0, kill.after - (time.monotonic() - began))):
                    return
                if kill.victim != WORK:  # else whoever does it again would wait for what is waited for here
                    self.whole.clear()
                try:
                    self._kill(kill)
                finally:
                    self.whole.set()
        except BaseException as error:  # noqa: BLE001 - told by the one who waits
            self.error = error

    def end(self) -> None:
        """The phase is over. Raises what went wrong."""
        self.over.set()
        self.join(900)
        if self.error:
            raise self.error

    def hand_on(self, took: float) -> None:
        """Kills whose moment the phase did not last to come in the next one, if there is one."""
        follows = dict(pairwise(NAMES))
        for kill in self.planned:
            if kill not in self.playing.kills and kill.phase in follows:
                kill.phase, kill.after = follows[kill.phase], max(0.0, kill.after - took)

    def _kill(self, kill: Kill) -> None:
        round_, stand = self.round, self.arena.stand
        round_.disturbed = True
        kill.under_way = round_.under_way
        up: Callable[[], None] | None = None
        if kill.victim == "the relay":
            round_.place.services["relay"].kill()
            up = round_.place.outside
        elif kill.victim.startswith("Prefect"):
            assert stand.prefect
            stand.prefect.kill()
            if kill.victim.endswith("history"):
                stand.prefect_forgets()
            up = stand.prefect_up
        elif kill.victim == "the database server":
            round_.place.server().kill()
            up = round_.place.server().start
        elif not self._at_work(kill):
            return
        self.playing.kills.append(kill)
        kill.stood = stood(round_) if "database" not in kill.victim else "not to be asked"
        if up:
            time.sleep(self.chance.choice((0.0, 0.3, 1.0)))
            up()

    def _at_work(self, kill: Kill) -> bool:
        round_ = self.round
        while not self.over.is_set():
            one = round_.place.services.get("portal") if round_.at_portal else round_.process
            if one is not None and one.signal(signal.SIGKILL):
                kill.victim, kill.under_way = one.name, round_.under_way
                if round_.at_portal:
                    one.ended(60)
                    with suppress(AssertionError):  # it was still starting: who waits for it starts it again
                        round_.place.portal()
                return True
            time.sleep(0.001)
        return False


def stood(round_: School) -> str:
    """How far the records are, in figures."""
    a, m = t.applications.c, t.messages.c
    try:
        with round_.place.engine() as engine, reading(engine) as connection:
            asked = connection.execute(select(func.count()).where(a.gathered_at.is_not(None))).scalar_one()
            handed = select(func.count()).where(t.assignments.c.state == "submitted")
            states = Counter(dict(connection.execute(select(m.state, func.count()).group_by(m.state)).tuples().all()))
            sheets = connection.execute(handed).scalar_one()
    except Exception as error:  # noqa: BLE001 - a figure for the table, no more
        return f"no records yet ({type(error).__name__})"
    return f"{asked} asked, {sheets} sheets, letters {states['sent']}+{states['sending']}/{states.total()}"


def play(arena: Arena, number: int, seed: int, most: int) -> Playing:
    """Play the whole round once, with up to `most` kills in it."""
    chance = random.Random(f"{seed}:{number}")
    database = arena.databases[number % len(arena.databases)]
    weights = VICTIMS if isinstance(database, Cluster) else {k: w for k, w in VICTIMS.items() if "database" not in k}
    drawn = [arena.draw(chance, database) for _ in range(most)]
    victims = chance.choices(list(weights), list(weights.values()), k=most)
    found = Playing(number, database.name, [Kill(*one, who) for one, who in zip(drawn, victims, strict=True)])
    began = time.monotonic()
    try:
        with arena.playing(f"playing-{number}", database) as round_:
            for name, phase in PHASES.items():
                killer = Killer(arena, round_, found, name, chance)
                so_far, started = len(found.kills), time.monotonic()
                killer.start()
                try:
                    phase(round_)
                finally:
                    killer.end()
                took = time.monotonic() - started
                if len(found.kills) == so_far:
                    arena.times[database.name, name].append(took)
                killer.hand_on(took)
            _judge(arena, round_, found)
    except Exception as error:  # noqa: BLE001 - a line of the table, and the run goes on
        found.broken.append(f"{type(error).__name__}: {error}"[:2500])
        arena.stand.prefect_up()
    found.seconds = time.monotonic() - began
    if found.good:
        shutil.rmtree(arena.folder / f"playing-{number}")
    return found


def _judge(arena: Arena, round_: School, found: Playing) -> None:
    found.decided = judge.decided_otherwise(round_, arena.calm)
    found.post, found.letters = judge.delivered(round_)
    found.broken = judge.broken(round_)
    if all(kill.victim != "the relay" for kill in found.kills):
        found.post += [f"{one} was taken {n} times" for one, n in judge.in_the_boxes(round_).items() if n > 1]


def run(
    kills: int, *, scale: float, seed: int, postgresql: bool, at_once: int, tell: Callable[[str], None]
) -> list[Playing]:
    """So many kills, in as many playings as that takes, some of them at once; each is told when it is over."""
    played: list[Playing] = []
    arenas: list[Arena] = []
    lock = threading.Lock()
    begun = 0

    def planned() -> int:
        return sum(len(one.kills) for one in played)

    def work() -> None:
        nonlocal begun
        with arena(scale, postgresql=postgresql) as made:
            with lock:
                arenas.append(made)
                times = ", ".join(f"{phase} {made.times['SQLite', phase][0]:.1f} s" for phase in NAMES)
                letters = made.calm.letters.total()
                tell(f"undisturbed: {times}; {letters} letters, digest {made.calm.digest[:12]}")
            while True:
                with lock:
                    left = kills - planned()
                    if left <= 0:
                        return
                    begun += 1
                    number = begun
                found = play(made, number, seed, min(EACH, left))
                with lock:
                    found.kills = found.kills[: max(0, kills - planned())]
                    for line in table.rows(found, planned() + 1):
                        tell(line)
                    played.append(found)
                    if sum(not one.good for one in played) > MOST_BAD:
                        return

    tell(table.row(table.HEAD))
    threads = [threading.Thread(target=work, daemon=True) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except KeyboardInterrupt:
        for one in arenas:
            one.close()
        raise SystemExit(130) from None
    return played


def main() -> None:
    """The command."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("kills", type=int, nargs="?", default=200)
    words.add_argument("--scale", type=float, default=0.02, help="how much of the School round's size")
    words.add_argument("--seed", type=int, default=2026)
    words.add_argument("--at-once", type=int, default=1, help="rounds played at the same time, each on its own servers")
    words.add_argument("--sqlite", action="store_true", help="on SQLite alone")
    given = words.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    played = run(
        given.kills,
        scale=given.scale,
        seed=given.seed,
        postgresql=not given.sqlite and not databases.MISSING,
        at_once=given.at_once,
        tell=lambda line: print(line, flush=True),
    )
    raise SystemExit(table.summary(played, given.kills))


if __name__ == "__main__":
    main()
