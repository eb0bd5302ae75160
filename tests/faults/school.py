"""The School round of the rehearsal, phase after phase, through the doors that people use; any phase may be repeated.

A phase is done when the records say so, never because a process ended well: who was disturbed looks, and does it again.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import ColumnElement, Table, func, select
from sqlalchemy.exc import OperationalError

from laurea import statute
from laurea.cli.demo import papers, scenes, scores, world
from laurea.cli.demo.papers import World
from laurea.store import rounds
from laurea.store import tables as t
from laurea.store.engine import Connection, reading
from tests.faults.forge import Forged
from tests.faults.stand import Installation
from tests.faults.visitors import Visitor

AT_THE_PORTAL = 3  # jurors who mark on the portal; the marks of the others come by file
SHEETS_EACH = 4
MOST_TURNS = 25
PATIENCE = 600.0
Found = TypeVar("Found")


@dataclass
class School:
    """One playing of the round; `process` is what is at work now, `disturbed` whether anything was killed yet."""

    place: Installation
    scene: scenes.Scene
    world: World
    process: Forged | None = None
    under_way: str = ""
    disturbed: bool = False
    mended: Callable[[], None] = lambda: None  # called before something is done again
    again: list[str] = field(default_factory=list)
    kept: dict[int, str] = field(default_factory=dict)  # what the portal said it has: state by assignment
    answers: list[int] = field(default_factory=list)  # of the portal, with 500 and above
    at_portal: bool = False
    visitors: list[Visitor] = field(default_factory=list)

    # -- how a deed is done ---------------------------------------------------------------------------------------

    def do(self, what: str, start: Callable[[], Forged], done: Callable[[Connection], bool]) -> None:
        """Have a process do something until the records say that it is done."""
        for attempt in range(MOST_TURNS):
            if attempt:
                self.mended()
                self.again.append(what)
            self.under_way = what
            self.process = process = start()
            code = process.wait(PATIENCE)
            self.process = None
            assert code == 0 or self.disturbed, f"{what} ended with {code}: {process.tail()}"
            if code < 0:
                self.mended()
            if self.looks(done):
                return
            assert self.disturbed, f"{what} changed nothing: {process.tail()}"
        raise AssertionError(f"{what} was not done in {MOST_TURNS} attempts: {self.place.log.read_text()[-3000:]}")

    def looks(self, question: Callable[[Connection], Found]) -> Found:
        """Ask the records; where their server has just been lost, when it is there again."""
        for left in range(MOST_TURNS, -1, -1):
            try:
                with self.place.engine() as engine, reading(engine) as connection:
                    return question(connection)
            except OperationalError:
                if not self.disturbed or not left:
                    raise
                self.mended()
                time.sleep(0.5)
        raise AssertionError

    def turns(self, done: Callable[[Connection], bool]) -> None:
        """Turns of the clock until the records say that it is done; half an hour passes from one to the next."""

        def turn() -> Forged:
            if self.again:
                self.place.go_to(self.place.moment() + timedelta(minutes=30))
            return self.place.turn()

        self.again.clear()
        self.do("a turn of the clock", turn, done)

    def record(self, connection: Connection) -> rounds.RoundRecord:
        return rounds.round_by_code(connection, self.scene.code)

    # -- the phases -----------------------------------------------------------------------------------------------

    def open(self) -> None:
        """The operator makes the records, lets the officer in and opens the round."""
        scene, owner, place = self.scene, self.scene.owner, self.place
        place.go_to(scene.opens_at)
        of = ["--authority", owner.code, "--authority-name", owner.name, "--timezone", owner.timezone]
        days = {"opens": scene.opens_at, "closes": scene.closes_at, "review-until": scene.review_until}
        words = [word for name, moment in days.items() for word in (f"--{name}", moment.isoformat())]
        words += [word for pair in scene.policies.items() for word in ("--policy", "=".join(pair))]
        words += [word for one in scene.languages for word in ("--language", one)]
        words += ["--award-on", scene.award_on.isoformat(), "--seed", str(scene.seed), "--title", scene.title]

        def known(table: Table, what: ColumnElement[bool]) -> Callable[[Connection], bool]:
            return lambda connection: _count(connection, table, what) > 0

        def ready(connection: Connection) -> bool:
            return connection.engine.dialect.has_table(connection, "rounds")

        officer = [owner.officer_email, "--name", owner.officer, "--language", owner.language]
        self.do("the database is made", lambda: place.command("db", "upgrade"), ready)
        is_officer = known(t.people, t.people.c.email == owner.officer_email)
        self.do("an officer is let in", lambda: place.command("officer", *officer, *of), is_officer)
        opened = known(t.rounds, t.rounds.c.code == scene.code)
        rules = [scene.code, "--rules", scene.rule_set]
        self.do("the round is opened", lambda: place.command("round", "open", *rules, *of, *words), opened)

    def bring_in(self) -> None:
        """The officer imports every file, two days after the deadline."""
        self.place.go_to(self.scene.closes_at + timedelta(days=2))
        files, counts = self.world, self.world.counts
        words = ["--applications", str(files.applications), "--jurors", str(files.jurors)]
        words += ["--conflicts", str(files.conflicts)]
        words += [word for name, path in files.children.items() for word in ("--children", f"{name}={path}")]

        def there(connection: Connection) -> bool:
            return _count(connection, t.jurors) >= counts["jurors"] and bool(_count(connection, t.conflicts))

        self.do("files are imported", lambda: self.place.command("round", "import", self.scene.code, *words), there)

    def route(self) -> None:
        """The clock asks the register, screens, routes, and sends the letters of that."""
        self.turns(lambda connection: self.record(connection).routed_at is not None and _all_sent(connection))

    def mark(self) -> None:
        """Some jurors mark on the portal, at the same time; the sheets of all others come in a file."""
        now = self.place.go_to(self.scene.review_until - timedelta(days=1))
        by_juror, rest = self.looks(self._sheets)

        def juror(email: str, sheets: dict[int, dict[str, str]]) -> None:
            visitor = self.visitor()
            visitor.until(lambda: visitor.sign_in(email))
            for assignment, marks in sheets.items():
                visitor.until(lambda a=assignment, m=marks: visitor.mark(a, m, self._note))  # type: ignore[misc]

        with self._portal("jurors mark on the portal"), ThreadPoolExecutor(AT_THE_PORTAL) as together:
            for ended in [together.submit(juror, email, sheets) for email, sheets in by_juror.items()]:
                ended.result()
        path = papers.write_table(
            self.place.worlds / "sheets.csv",
            ("application_id", "juror_id", "criterion", "points", "submitted_at"),
            [{**row, "submitted_at": now.isoformat()} for row in rest],
        )
        words = ("round", "import", self.scene.code, "--sheets", str(path))
        self.do(
            "sheets are imported",
            lambda: self.place.command(*words),
            lambda connection: not _count(connection, t.assignments, t.assignments.c.state.not_in(("submitted",))),
        )

    def settle(self) -> None:
        """The clock settles the round."""
        self.place.go_to(self.scene.review_until)
        self.turns(lambda connection: self.record(connection).proposed_at is not None)

    def release(self) -> None:
        """The officer looks at the decisions on the portal and releases them."""
        self.place.go_to(self.scene.released_at)
        visitor, code = self.visitor(), self.scene.code

        def deed() -> None:
            visitor.sign_in(self.scene.owner.officer_email)
            visitor.release(code)

        with self._portal("the officer releases on the portal"):
            visitor.until(deed)
        assert self.looks(lambda connection: self.record(connection).released_at is not None)

    def send(self) -> None:
        """The clock sends the letters."""
        self.turns(_all_sent)

    # -- what they need -------------------------------------------------------------------------------------------

    def visitor(self) -> Visitor:
        self.visitors.append(Visitor(self.place.settings.public_url, self.answers))
        return self.visitors[-1]

    def close(self) -> None:
        """Everybody goes home."""
        for one in self.visitors:
            one.client.close()

    def _portal(self, what: str) -> _AtPortal:
        return _AtPortal(self, what)

    def _note(self, assignment: int, state: str) -> None:
        self.kept[assignment] = state

    def lost(self) -> list[int]:
        """Sheets that the portal said it has, and that are not in the records."""
        with self.place.engine() as engine, reading(engine) as connection:
            rows = connection.execute(select(t.assignments.c.id, t.assignments.c.state)).tuples()
            stands = dict(rows.all())
        ranks = {"open": 0, "draft": 1, "submitted": 2}
        return [one for one, state in dict(self.kept).items() if ranks.get(stands.get(one, ""), 0) < ranks[state]]

    def _sheets(self, connection: Connection) -> tuple[dict[str, dict[int, dict[str, str]]], list[dict[str, str]]]:
        """The marks of those at the portal, by their address and assignment, and the rows of all others."""
        plan = statute.plan_of(connection, self.record(connection))
        a, j, p = t.assignments.c, t.jurors.c, t.people.c
        query = (
            select(a.id, t.applications.c.ref, j.ref, p.email)
            .join(t.applications, t.applications.c.id == a.application_id)
            .join(t.jurors, j.id == a.juror_id)
            .join(t.people, p.id == j.person_id)
            .order_by(a.id)
        )
        given = {(ref, juror): (number, email) for number, ref, juror, email in connection.execute(query).tuples()}
        marks: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        drawn = scores.draw_sheets(given, plan, self.world.truth, self.scene.seed)
        for row in drawn:
            marks[row["application_id"], row["juror_id"]][row["criterion"]] = row["points"]
        chosen = sorted({juror for _, juror in given})[:AT_THE_PORTAL]
        by_juror: dict[str, dict[int, dict[str, str]]] = defaultdict(dict)
        taken = set()
        for pair, (number, email) in given.items():
            if pair[1] in chosen and len(by_juror[email]) < SHEETS_EACH:
                by_juror[email][number] = marks[pair]
                taken.add(pair)
        return by_juror, [row for row in drawn if (row["application_id"], row["juror_id"]) not in taken]


class _AtPortal:
    """While people are at the portal, it is the process at work."""

    def __init__(self, school: School, what: str) -> None:
        self.school, self.what = school, what

    def __enter__(self) -> None:
        self.school.under_way, self.school.at_portal = "the portal starts", True
        for left in range(MOST_TURNS, 0, -1):
            try:
                self.school.place.portal()
                break
            except AssertionError:
                if not self.school.disturbed or left == 1:
                    raise
                self.school.mended()
        self.school.under_way = self.what

    def __exit__(self, *_: object) -> None:
        self.school.at_portal = False


PHASES: dict[str, Callable[[School], None]] = {
    "open": School.open,
    "import": School.bring_in,
    "gather, screen, route": School.route,
    "mark": School.mark,
    "settle": School.settle,
    "release": School.release,
    "letters": School.send,
}


def prepare(folder: Path, scale: float) -> tuple[scenes.Scene, World]:
    """The files of the round, made up once for every playing of it."""
    return world.shrunk(scenes.SCHOOL, scale), world.build(scenes.SCHOOL, folder, scale=scale)


def _count(connection: Connection, table: Table, *where: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one())


def _all_sent(connection: Connection) -> bool:
    m = t.messages.c
    return not _count(connection, t.messages, m.kind != "sign_in", m.state.in_(("due", "sending", "held")))
