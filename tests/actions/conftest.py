"""A small round of the rehearsal's kind, for tests of single deeds: messy files, a jury, a register in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from laurea import ledger, steps
from laurea.actions import import_jury, imports
from laurea.cli.demo import papers, play, scenes, scores, world
from laurea.cli.demo.papers import World
from laurea.cli.demo.run import ROOT
from laurea.cli.demo.scenes import Scene
from laurea.settings import Settings
from laurea.statute import plan_of
from laurea.store import applications, juries, rounds
from laurea.store.engine import reading
from tests import deeds
from tests.web import seeding
from tests.web.seeding import Place


@pytest.fixture(autouse=True)
def _every_deed_leaves_a_line() -> Iterator[None]:
    """Whatever a test does with an action: no transaction of it changes something without a line in the audit."""
    with deeds.watch() as faults:
        yield
    assert {deed: changed for deed, changed in faults.items() if deed not in deeds.SILENT} == {}


@dataclass
class SmallRound:
    """A round in a database, and what an officer would do with it next."""

    engine: Engine
    settings: Settings
    scene: Scene
    world: World
    round_id: int
    actor: ledger.Actor

    @property
    def after_deadline(self) -> datetime:
        return self.scene.closes_at + timedelta(days=2)

    def record(self) -> rounds.RoundRecord:
        with reading(self.engine) as connection:
            return rounds.round_by_id(connection, self.round_id)

    def bring_in(self) -> None:
        """Import every file."""
        assert self.world.applications
        assert self.world.jurors
        assert self.world.conflicts
        common = {"actor": self.actor, "now": self.after_deadline}
        children = dict(self.world.children)
        imports.import_applications(self.engine, self.round_id, self.world.applications, children, **common)
        import_jury.import_jurors(self.engine, self.round_id, self.world.jurors, **common)
        import_jury.import_conflicts(self.engine, self.round_id, self.world.conflicts, **common)

    def advance(self, now: datetime | None = None) -> list[str]:
        """Do what is due, two days after the deadline or at another moment."""
        moment = now or self.after_deadline
        done = steps.advance(self.engine, self.round_id, settings=self.settings, now=moment)
        return [step.kind for step in done]

    def sheets(self, seed: int = 1) -> Path:
        """A file with a finished sheet for every open assignment."""
        with reading(self.engine) as connection:
            plan = plan_of(connection, rounds.round_by_id(connection, self.round_id))
            refs = {a.id: a.ref for a in applications.load(connection, self.round_id)}
            jury = {juror.id: juror.ref for juror in juries.jurors(connection, self.round_id)}
            pairs = [
                (refs[a.application_id], jury[a.juror_id])
                for a in juries.assignments(connection, self.round_id)
                if a.state == "open"
            ]
        rows = scores.draw_sheets(pairs, plan, self.world.truth, seed)
        stamp = self.after_deadline.isoformat()
        columns = ("application_id", "juror_id", "criterion", "points", "submitted_at")
        return papers.write_table(
            self.world.folder / "sheets.csv", columns, [{**row, "submitted_at": stamp} for row in rows]
        )

    def mark(self) -> None:
        """Hand in every open sheet."""
        import_jury.import_sheets(self.engine, self.round_id, self.sheets(), actor=self.actor, now=self.after_deadline)

    def settle(self) -> str:
        """From files to proposed decisions; their digest."""
        self.bring_in()
        self.advance()
        self.mark()
        self.advance(self.scene.review_until)
        digest = self.record().digest
        assert digest
        return digest


def round_on(
    engine: Engine, settings: Settings, folder: Path, scene: Scene = scenes.NQL, scale: float = 0.03
) -> SmallRound:
    """Open a small round; `scene` names which of the rehearsal's rounds it is like."""
    here = world.shrunk(scene, scale)
    files = world.build(scene, folder / scene.name, scale=scale)
    mine = settings.model_copy(
        update={"sources": {"esep-register": f"file://{files.register}"} if files.register else {}}
    )
    round_id = play.open_scene(engine, here, ROOT)
    actor = play.officer(engine, scene, scene.opens_at)
    return SmallRound(engine, mine, here, files, round_id, actor)


@pytest.fixture
def small(engine: Engine, settings: Settings, tmp_path: Path) -> Callable[..., SmallRound]:
    """Open a small round in `engine`, see `round_on`."""

    def make(scene: Scene = scenes.NQL, scale: float = 0.03) -> SmallRound:
        return round_on(engine, settings, tmp_path, scene, scale)

    return make


@pytest.fixture
def place(engine: Engine, tmp_path: Path) -> Iterator[Place]:
    """Four applications with four jurors, two reviews each."""
    url = engine.url.render_as_string(hide_password=False)
    found = seeding.seed(tmp_path, applications=4, jurors=4, database_url=url)
    yield found
    found.engine.dispose()
