"""One step of a round in a process of its own, for benchmarks/round.py: `_round.py FOLDER STEP [PART PARTS]`.

Prints seconds, CPU seconds and MB as JSON. What the clock does runs as a flow with the house's own tasks, one a chunk;
what an officer does runs without Prefect, as from the portal. With PART of PARTS a process takes its share of chunks.
`whole` does everything at once, for benchmarks/load.py.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from _common import peak_megabytes

sys.path[0] = str(Path(__file__).resolve().parents[1])  # `rules` is our room, not the benchmark beside this one

from laurea import clock, collector, statute, steps  # noqa: E402
from laurea.actions import deliver, import_jury, imports, release  # noqa: E402
from laurea.cli.demo import papers, play, scenes, scores, world  # noqa: E402
from laurea.settings import Settings  # noqa: E402
from laurea.store import applications, juries, migrate, outbox, rounds  # noqa: E402
from laurea.store.engine import open_engine, reading  # noqa: E402

REGISTER = "esep-register"
LOAD = 90  # reviews a juror has room for; two thirds of it are needed
FLOWS = (steps.GATHER, steps.SCREEN, steps.ROUTE, steps.SETTLE, "deliver")


def scene_of(size: int) -> scenes.Scene:
    """The round of schools of the rehearsal with three reviews, at any size."""
    base = scenes.SCHOOL
    times = size / base.applications
    mess = replace(
        base.mess,
        unknown_to_register=0,  # nobody waits for evidence: the round goes from end to end
        ineligible={kind: round(number * times) for kind, number in base.mess.ineligible.items()},
    )
    bench = {tongue: max(9, round(number * times)) for tongue, number in base.jurors.items()}
    return replace(
        base, applications=size, jurors=bench, load=(0, LOAD), mess=mess, teachers=round(base.teachers * times),
        policies={**base.policies, "reviews": "3"},
    )  # fmt: skip


class Round:
    """The round that lies in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.settings = folder, Settings()
        self.engine = open_engine(self.settings.url)
        self.state: dict[str, Any] = json.loads((folder / "round.json").read_text(encoding="utf-8"))
        self.scene, self.id = scene_of(self.state["size"]), self.state.get("id", 0)

    def go_to(self, moment: datetime) -> None:
        """The moment that every process of this round lives at."""
        (self.folder / "clock").write_text(moment.isoformat(), encoding="utf-8")

    def by(self) -> dict[str, Any]:
        """The officer, and when."""
        return {"actor": play.officer(self.engine, self.scene, clock.now()), "now": clock.now()}

    def open(self) -> None:
        """The round opened, and its world drawn; nobody's time is taken."""
        self.go_to(self.scene.opens_at)
        migrate.upgrade(self.engine)
        found = world.build(self.scene, self.folder / "world")
        self.id = self.state["id"] = play.open_scene(self.engine, self.scene, self.folder)
        self.state["truth"] = found.truth
        (self.folder / "round.json").write_text(json.dumps(self.state), encoding="utf-8")
        self.go_to(self.scene.closes_at + timedelta(days=2))

    def bring(self) -> None:
        """Applications, jurors and conflicts from their files."""
        files = self.folder / "world"
        imports.import_applications(self.engine, self.id, files / "applications.csv", {}, **self.by())
        import_jury.import_jurors(self.engine, self.id, files / "jurors.csv", **self.by())
        import_jury.import_conflicts(self.engine, self.id, files / "conflicts.csv", **self.by())

    def draw(self) -> None:
        """What jurors think, written into a file; nobody's time is taken."""
        self.go_to(self.scene.review_until - timedelta(days=1))
        with reading(self.engine) as connection:
            plan = statute.plan_of(connection, rounds.round_by_id(connection, self.id))
            refs = {a.id: a.ref for a in applications.load(connection, self.id)}
            jury = {juror.id: juror.ref for juror in juries.jurors(connection, self.id)}
            pairs = [(refs[a.application_id], jury[a.juror_id]) for a in juries.assignments(connection, self.id)]
        rows = scores.draw_sheets(pairs, plan, self.state["truth"], self.scene.seed)
        columns = ("application_id", "juror_id", "criterion", "points", "submitted_at")
        stamp = {"submitted_at": clock.now().isoformat()}
        papers.write_table(self.folder / "sheets.csv", columns, [{**row, **stamp} for row in rows])

    def sheets(self) -> None:
        """Every sheet from that file, as an office takes in sheets that were filled elsewhere."""
        import_jury.import_sheets(self.engine, self.id, self.folder / "sheets.csv", **self.by())
        self.go_to(self.scene.review_until + timedelta(hours=1))

    def release(self) -> None:
        """The decisions released, their letters written."""
        self.go_to(self.scene.released_at)
        with reading(self.engine) as connection:
            digest = rounds.round_by_id(connection, self.id).digest or ""
        release.release(self.engine, self.id, expected_digest=digest, settings=self.settings, **self.by())

    def flow(self, kind: str, part: int, parts: int) -> int:
        """What the clock does: every step of a kind that is due, or this process's share of its chunks."""
        from flows import desk  # Prefect, which officers' processes do without

        if kind == "deliver":
            return desk.send_all_due()
        now = clock.now()
        due = [one for one in steps.due(self.engine, self.id, settings=self.settings, now=now) if one.kind == kind]
        for one in due[part::parts]:
            desk.gather_chunk(self.id, list(one.ids)) if one.ids else desk.do_step(self.id, kind)
        return len(due)

    def whole(self) -> None:
        """The whole round in this process, without Prefect, as `laurea round advance` does it."""
        self.open()
        self.bring()
        self.advance()
        self.draw()
        self.sheets()
        self.advance()
        self.release()
        while sum(deliver.deliver(self.engine, settings=self.settings, now=clock.now()).values()):
            pass

    def advance(self) -> None:
        steps.advance(self.engine, self.id, settings=self.settings, now=clock.now())

    def look(self) -> dict[str, int]:
        """How far the round has come."""
        with reading(self.engine) as connection:
            states = applications.state_counts(connection, self.id)
            letters = outbox.due_count(connection, clock.now())
        return {**states, "letters due": letters}


def main(folder: Path, step: str, part: int = 0, parts: int = 1) -> None:
    """Do a step, and print what it took."""
    one = Round(folder)
    deed: Callable[[], object] = getattr(one, "bring" if step == "import" else step, lambda: None)
    if step in FLOWS:
        from prefect import flow

        named = flow(name=step)(one.flow)
        deed = lambda: named(step, part, parts)  # noqa: E731
        import flows.desk  # noqa: F401  # its import is not the step's time
    collector.settled()  # as in every process of the house
    before, wall, cpu = peak_megabytes(), time.perf_counter(), time.process_time()
    deed()
    told = {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    print(json.dumps({**told, "before": before, "most": peak_megabytes(), "stands": one.look()}))
    one.engine.dispose()


if __name__ == "__main__":
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "ERROR")
    main(Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:]))
