"""The flows against a real Prefect server: driven through their own process, as an installation does."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import update

from laurea.cli.demo import play, scenes, world
from laurea.cli.demo.run import ROOT
from laurea.cli.demo.stage import Stage
from laurea.errors import LaureaError
from laurea.store import outbox, rounds
from laurea.store import tables as t
from laurea.store.engine import Engine, reading, writing

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(tmp_path_factory.mktemp("stage"))
    made.settings = made.settings.model_copy(update={"chunk": 20})
    try:
        made.wait_for_prefect(lambda _seconds: None)
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def engine(stage: Stage) -> Engine:
    return stage.open()


def content(stage: Stage) -> dict[str, list[tuple[object, ...]]]:
    with sqlite3.connect(stage.workspace / "laurea.db") as records:
        names = [row[0] for row in records.execute("select name from sqlite_master where type = 'table' order by 1")]
        return {name: records.execute(f"select * from {name} order by 1").fetchall() for name in names}


def test_clock_does_what_is_due_and_then_nothing(stage: Stage, engine: Engine) -> None:
    files = world.build(scenes.NQL, stage.worlds / "nql", scale=0.06)
    scene = world.shrunk(scenes.NQL, 0.06)
    round_id = play.open_scene(engine, scene, ROOT)
    play.bring_in(stage, engine, scene, files, round_id)
    with reading(engine) as connection:
        waiting = len(content(stage)["applications"])
        assert rounds.round_by_id(connection, round_id).routed_at is None

    first = stage.order("clockwork")
    chunks = -(-waiting // 20)
    with reading(engine) as connection:
        letters = sum(outbox.state_counts(connection).values())
        assert rounds.round_by_id(connection, round_id).routed_at is not None
        assert outbox.state_counts(connection) == {"sent": letters}
    assert first["tasks"] == chunks + 3 + -(-letters // 20)  # beside the steps: the head of the audit is signed

    before = content(stage)
    assert stage.order("clockwork")["tasks"] == 0
    assert stage.order("advance_round", round_id=round_id)["tasks"] == 0
    assert stage.order("gather_evidence", round_id=round_id)["tasks"] == 0
    assert stage.order("deliver_post")["tasks"] == 0
    assert stage.order("renew")["tasks"] == 0
    assert content(stage) == before


def test_reminder_goes_once_to_each_juror_with_open_reviews(stage: Stage, engine: Engine) -> None:
    with reading(engine) as connection:
        record = rounds.all_rounds(connection)[0]
    before = len(content(stage)["messages"])
    stage.go_to(record.review_until)
    told = stage.order("remind")["tasks"]
    assert told > 0
    assert stage.order("remind")["tasks"] == 0
    assert len(content(stage)["messages"]) == before + told


def test_flow_that_fails_says_why_and_the_desk_stays_open(stage: Stage) -> None:
    with pytest.raises(LaureaError, match="no round with the number 999"):
        stage.order("advance_round", round_id=999)
    assert stage.order("deliver_post")["tasks"] >= 0


def test_nothing_beside_the_records_names_anybody(stage: Stage) -> None:
    """Logs, Prefect's records and results, arguments of processes, the audit: numbers alone, after a journey."""
    people = {str(word) for row in content(stage)["people"] for word in row[2:4]} - {""}
    assert len(people) > 20
    held = ("worlds", "outbox")  # the files that came in, and the letters
    places = [path for path in stage.workspace.rglob("*") if path.is_file()]
    places = [one for one in places if one.relative_to(stage.workspace).parts[0] not in held]
    looked = {one: one.read_bytes() for one in places if not one.name.startswith("laurea.db")}
    names = {one.name for one in looked}
    assert any(name.endswith(".log") for name in names)
    assert any(name.startswith("prefect.db") for name in names)
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it ended meanwhile
            looked[command] = command.read_bytes()
    looked[Path("audit")] = repr(content(stage)["audit"]).encode()
    told = [(str(path), word) for path, text in looked.items() for word in people if word.encode() in text]
    assert told == []


def test_clock_turns_by_itself(stage: Stage, engine: Engine) -> None:
    """The schedule of an installation: nobody orders anything, and what is due is done."""
    with writing(engine) as connection:
        connection.execute(update(t.messages).values(state="due", sent_at=None))
    stage.settings = stage.settings.model_copy(update={"clock_every": 5})
    stage.go_on()
    stage.start_clock()
    deadline = time.monotonic() + 400  # on a machine with other work
    while True:
        with reading(engine) as connection:
            states = outbox.state_counts(connection)
        if set(states) == {"sent"} or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    assert set(states) == {"sent"}
    wrong = re.findall(r"^[\w.]+(?:Error|Exception)\b.*", stage.prefect.log.read_text(), re.MULTILINE)
    assert [line for line in wrong if "database is locked" not in line] == []  # its own history, tried again
    with sqlite3.connect(stage.workspace / "prefect" / "prefect.db") as history:
        told = {row[0] for row in history.execute("select distinct event from events")}
    assert "prefect.flow-run.Completed" in told
    assert "prefect.flow-run.heartbeat" not in told  # at whose end a run would wait for a second
