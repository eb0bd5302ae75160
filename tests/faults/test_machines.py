"""Several machines: compose.yaml's layout in network namespaces, a worker cut off in mid-chunk, two portals."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, make_url, select

from laurea import statute
from laurea.actions import deliver, import_jury
from laurea.cli.demo import papers, play, scenes, scores, world
from laurea.cli.demo.papers import World
from laurea.cli.demo.run import ROOT
from laurea.cli.demo.stage import REGISTER
from laurea.settings import Settings
from laurea.steps import advance
from laurea.store import claims, invariants, migrate, rounds
from laurea.store import tables as t
from laurea.store.engine import open_engine, reading
from tests.faults.visitors import VERSION, Visitor
from tests.tools.loading import tool

layouts = tool("machines")
pytestmark = [
    pytest.mark.faults, pytest.mark.slow, pytest.mark.postgres,
    pytest.mark.skipif("LAUREA_MACHINES" not in os.environ, reason="minutes of starting servers: make machines"),
]  # fmt: skip
SCALE, CHUNK, LEASE = 0.06, 8, 3.0
SCENE = world.shrunk(scenes.NQL, SCALE)
PATIENCE = 200.0


class Programme:
    """The moment everybody lives at, and what the deeds of a rehearsal need beside it."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.clock, self.settings = folder / "clock", settings
        self.engine = open_engine(settings.url)
        migrate.upgrade(self.engine)

    def go_to(self, moment: datetime) -> datetime:
        self.clock.write_text(moment.isoformat())
        return moment

    def opened(self, files: World) -> int:
        """The round is open and has its files."""
        round_id = play.open_scene(self.engine, SCENE, ROOT)
        play.bring_in(self, self.engine, SCENE, files, round_id)  # type: ignore[arg-type]
        return round_id

    def count(self, query: Any) -> int:
        with reading(self.engine) as connection:
            return int(connection.execute(query).scalar_one())

    def drawn(self, files: World, round_id: int) -> dict[int, list[dict[str, Any]]]:
        """The sheets that are waited for, each as its rows, by assignment."""
        a = t.assignments.c
        query = (
            select(a.id, t.applications.c.ref, t.jurors.c.ref)
            .join(t.applications, t.applications.c.id == a.application_id)
            .join(t.jurors, t.jurors.c.id == a.juror_id)
            .where(t.applications.c.round_id == round_id, a.state == "open")
            .order_by(t.applications.c.ref, t.jurors.c.ref)
        )
        with reading(self.engine) as connection:
            plan = statute.plan_of(connection, rounds.round_by_id(connection, round_id))
            found = {(paper, juror): number for number, paper, juror in connection.execute(query).tuples()}
        sheets: dict[int, list[dict[str, Any]]] = {number: [] for number in found.values()}
        for row in scores.draw_sheets(list(found), plan, files.truth, SCENE.seed):
            sheets[found[row["application_id"], row["juror_id"]]].append(row)
        return sheets

    def marked(self, sheets: dict[int, list[dict[str, Any]]], path: Path, round_id: int) -> None:
        """These sheets come in by file, and the review period ends."""
        now = self.go_to(SCENE.review_until)
        rows = [{**row, "submitted_at": now.isoformat()} for rows in sheets.values() for row in rows]
        papers.write_table(path, ("application_id", "juror_id", "criterion", "points", "submitted_at"), rows)
        import_jury.import_sheets(
            self.engine, round_id, path, actor=play.officer(self.engine, SCENE, now), now=now
        )  # fmt: skip

    def digest(self, round_id: int) -> str | None:
        with reading(self.engine) as connection:
            return rounds.round_by_id(connection, round_id).digest


def undisturbed(folder: Path, files: World) -> str | None:
    """The digest of the same round on one machine, without Prefect."""
    settings = Settings(workspace=folder, sources={REGISTER: (files.folder / "register.jsonl").as_uri()})
    alone = Programme(folder, settings)
    round_id = alone.opened(files)
    for moment in (SCENE.review_until, None):
        now = datetime.fromisoformat(alone.clock.read_text())
        advance(alone.engine, round_id, settings=settings, now=now)
        if moment:
            alone.marked(alone.drawn(files, round_id), folder / "sheets.csv", round_id)
    alone.engine.dispose()
    return alone.digest(round_id)


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if reason := layouts.refused():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("machines")
    (folder / "worlds").mkdir()
    given = dict.fromkeys(layouts.NEEDED, "4f1c9be2a7d04c3e8f5b6a7190d2e3c4")
    described = layouts.layout(given)
    described["services"]["outside"] = {
        "command": [sys.executable, "-m", "laurea.cli.demo.outside", str(folder / "worlds"), "25", "80", "0.0.0.0"],
        "networks": ["front"],
    }
    trial = {
        "LAUREA_CHUNK": str(CHUNK), "LAUREA_LEASE": str(LEASE), "LAUREA_CLOCK_FILE": str(folder / "clock"),
        "LAUREA_CLOCK_EVERY": "86400", "LAUREA_SHOW_LINKS": "true", "LAUREA_SMTP_URL": "smtp://outside:25",
        "LAUREA_SOURCES": f'{{"{REGISTER}": "http://outside:80/"}}', "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PREFECT_LOGGING_LEVEL": "WARNING",
    }  # fmt: skip
    for told in described["services"].values():
        if "LAUREA_WORKSPACE" in told.get("environment", {}):
            told["environment"] = {**told["environment"], **trial}
    made = layouts.Machines(described, folder, prefix=f"l{os.getpid() % 100000}", net=200 + os.getpid() % 50)
    try:
        made.connect()
        yield made
    finally:
        made.close()


def asking(machines: Any) -> set[str]:
    """The machines whose questions wait unread at the register."""
    listed = f"ip netns exec {machines.namespace('outside')} ss -Hnt state established sport :80"
    rows = subprocess.run(listed.split(), check=True, capture_output=True, text=True).stdout.splitlines()
    waiting = {peer.rpartition(":")[0] for unread, _, _, peer, *_ in map(str.split, rows) if int(unread)}
    return {name for name in machines.services if machines.address(name) in waiting}


def until(reached: Callable[[], object], what: str) -> None:
    ends = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < ends, what
        time.sleep(0.05)


class Engineer:
    """Whoever asks the engine for flows."""

    def __init__(self, machines: Any) -> None:
        secret = machines.services["engine"]["environment"]["PREFECT_SERVER_API_AUTH_STRING"]
        self.client = httpx.Client(
            base_url=f"http://{machines.address('engine')}:4200/api/",
            headers={"Authorization": f"Basic {b64encode(secret.encode()).decode()}"},
            trust_env=False,
            timeout=60,
        )

    def order(self, flow: str, **parameters: object) -> str:
        path = f"deployments/name/{flow}/laurea"
        until(lambda: self.client.get(path).status_code == 200, "no worker has come")
        number = self.client.get(path).json()["id"]
        made = self.client.post(f"deployments/{number}/create_flow_run", json={"parameters": parameters})
        return str(made.raise_for_status().json()["id"])

    def done(self, run: str) -> bool:
        state = self.client.get(f"flow_runs/{run}").json()["state"]
        assert state["type"] not in ("FAILED", "CRASHED", "CANCELLED"), state
        return bool(state["type"] == "COMPLETED")


def test_a_worker_cut_off_in_mid_chunk_changes_nothing(machines: Any, tmp_path: Path) -> None:
    machines.start("outside", "tables", "engine")
    files = world.build(scenes.NQL, machines.folder / "worlds" / "nql", scale=SCALE)
    expected = undisturbed(tmp_path, files)
    machines.start()
    told = machines.services["portal-1"]["environment"]
    url = make_url(told["LAUREA_DATABASE_URL"]).set(host=machines.address("database"))
    settings = Settings(
        workspace=machines.folder / "workspace", database_url=url.render_as_string(hide_password=False),
        secret=told["LAUREA_SECRET"], public_url=told["LAUREA_PUBLIC_URL"],
        smtp_url=f"smtp://{machines.address('outside')}:25",
    )  # fmt: skip
    here, engineer = Programme(machines.folder, settings), Engineer(machines)
    round_id = here.opened(files)
    asked = select(func.count()).where(t.applications.c.round_id == round_id)
    waiting = here.count(asked)
    outside = machines.children["outside"].process
    outside.send_signal(signal.SIGSTOP)  # the register lets everybody wait

    run = engineer.order("clockwork")
    # A claim alone is too early: who finds nothing left of it when the links are up again has nothing to refuse.
    until(lambda: asking(machines) >= {"worker-1", "worker-2"}, "nobody came to help")
    _, lost, _ = claims.living(here.engine, round_id)[-1]
    assert lost in ("worker-1", "worker-2")
    machines.cut(lost)
    outside.send_signal(signal.SIGCONT)
    until(lambda: not here.count(asked.where(t.applications.c.gathered_at.is_(None))), "the chunk was not taken over")
    machines.mend(lost)
    log = machines.children[lost].log
    until(lambda: "done elsewhere" in log.read_text(), f"{lost} never came back")
    until(lambda: engineer.done(run), "the round did not go on")

    audit = select(t.audit.c.details).where(t.audit.c.event == "evidence_gathered")
    with reading(here.engine) as connection:
        chunks = [one["asked"] for one in connection.execute(audit).scalars()]
    assert len(chunks) == -(-waiting // CHUNK)
    assert sum(chunks) == waiting

    sheets = here.drawn(files, round_id)
    _saved_on_one_handed_in_on_the_other(machines, here, sheets)
    here.marked(sheets, tmp_path / "rest.csv", round_id)
    advance(here.engine, round_id, settings=settings, now=SCENE.review_until)
    assert here.digest(round_id) == expected
    play.finish(here, here.engine, SCENE, round_id)  # type: ignore[arg-type]
    deliver.deliver(here.engine, settings=settings, now=SCENE.released_at)

    with reading(here.engine) as connection:
        assert invariants.broken(connection) == []
        letters = connection.execute(select(t.messages.c.message_id, t.messages.c.state)).tuples().all()
    taken = Counter(re.findall(r"message-id=(\S+)", (machines.folder / "worlds" / "relay.log").read_text()))
    assert {state for _, state in letters} == {"sent"}
    assert taken == Counter({number: 1 for number, _ in letters})
    engineer.client.close()
    here.engine.dispose()


def _saved_on_one_handed_in_on_the_other(
    machines: Any, here: Programme, sheets: dict[int, list[dict[str, Any]]]
) -> None:
    """A juror signs in and saves on one portal, and hands in on the other with the same session."""
    here.go_to(SCENE.review_until.replace(hour=9))
    number = min(sheets)
    path, words = f"/sheets/{number}", "Written on the first portal."
    fields = {f"mark.{row['criterion']}": row["points"] for row in sheets.pop(number)} | {"comment": words}
    query = (
        select(t.people.c.email)
        .join(t.jurors, t.jurors.c.person_id == t.people.c.id)
        .join(t.assignments, t.assignments.c.juror_id == t.jurors.c.id)
        .where(t.assignments.c.id == number)
    )
    with reading(here.engine) as connection:
        email = connection.execute(query).scalar_one()
    first, second = (Visitor(f"http://{machines.address(name)}:8780", []) for name in ("portal-1", "portal-2"))
    first.until(lambda: first.sign_in(email))  # it may still be starting
    if not VERSION.search(first.get(path)):
        first.post(f"{path}/declare", {"kind": "none"})

    def sent(visitor: Visitor, do: str) -> None:
        version = VERSION.search(visitor.get(path))
        assert version
        visitor.post(path, {**fields, "version": version.group(1), "do": do})

    sent(first, "save")
    for cookie in first.client.cookies.jar:
        second.client.cookies.set(cookie.name, cookie.value or "")
    assert words in second.until(lambda: second.get(path))
    sent(second, "submit")
    handed_in = t.assignments.c.state == "submitted"
    assert here.count(select(func.count()).where(t.assignments.c.id == number, handed_in)) == 1
    for visitor in (first, second):
        visitor.client.close()


def test_only_workers_reach_the_engine(machines: Any) -> None:
    machines.start("database", "engine", "portal-1", "worker-1")
    try_it = "import socket, sys; socket.create_connection((sys.argv[1], 4200), timeout=5)"

    def reaches(service: str, address: str) -> bool:
        asked = machines.run(service, [sys.executable, "-c", try_it, address], f"{service}-reaches")
        return bool(asked.process.wait() == 0)

    assert reaches("worker-1", "engine")
    assert not reaches("portal-1", "engine")
    assert not reaches("portal-1", machines.address("engine"))
    answer = httpx.post(f"http://{machines.address('engine')}:4200/api/deployments/filter", trust_env=False, timeout=30)
    assert answer.status_code == 401
