"""The flow process is killed at three moments of a School round: same decisions, and nobody is written to twice."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from laurea.cli.demo import play, scenes, world
from laurea.cli.demo.run import ROOT
from laurea.cli.demo.stage import Stage
from laurea.store import invariants, outbox, rounds
from laurea.store import tables as t
from laurea.store.engine import reading

pytestmark = [pytest.mark.faults, pytest.mark.slow]
SCALE = float(os.environ.get("LAUREA_FAULTS_SCALE", "0.1"))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path / "stage")
    try:
        made.wait_for_prefect(lambda _seconds: None)
        yield made
    finally:
        made.close()


def kill_when(stage: Stage, flow: str, reached: Callable[[], bool], **order: int) -> None:
    """Order a flow and kill its process the moment something has become true."""
    desk = stage.open_desk()
    stage.send(flow, **order)
    deadline = time.monotonic() + 120
    while not reached():
        assert desk.process.poll() is None, desk.log.read_text()[-2000:]
        assert time.monotonic() < deadline, "the moment to kill never came"
        time.sleep(0.002)
    os.kill(desk.process.pid, signal.SIGKILL)
    desk.process.wait()


def test_killed_three_times_ends_as_undisturbed(stage: Stage) -> None:
    stage.settings = stage.settings.model_copy(update={"chunk": 100})
    engine = stage.open()
    files = world.build(scenes.SCHOOL, stage.worlds / "school", scale=SCALE)
    calm = dataclasses.replace(world.shrunk(scenes.SCHOOL, SCALE), code="calm")
    undisturbed = play.play(stage, engine, calm, files, ROOT, lambda _what: None)

    rough = dataclasses.replace(calm, code="rough")
    round_id = play.open_scene(engine, rough, ROOT)
    play.bring_in(stage, engine, rough, files, round_id)
    applications, messages = t.applications.c, t.messages.c

    def asked() -> int:
        query = select(func.count()).where(applications.round_id == round_id, applications.gathered_at.is_not(None))
        return count(query)

    def count(query: object) -> int:
        with reading(engine) as connection:
            return int(connection.execute(query).scalar_one())  # type: ignore[call-overload]

    kill_when(stage, "advance_round", lambda: asked() > 0, round_id=round_id)
    in_the_middle = asked()
    stage.order("advance_round", round_id=round_id)
    play.mark(stage, engine, rough, files, round_id)

    stage.go_to(rough.review_until)
    began = time.monotonic()
    kill_when(stage, "advance_round", lambda: time.monotonic() - began > 4.5, round_id=round_id)
    stage.order("advance_round", round_id=round_id)
    play.finish(stage, engine, rough, round_id)

    def sent() -> int:
        return count(select(func.count()).where(messages.round_id == round_id, messages.state == "sent"))

    before = sent()
    kill_when(stage, "deliver_post", lambda: sent() > before)
    stage.order("deliver_post")

    with reading(engine) as connection:
        digests = {rounds.round_by_code(connection, code).digest for code in ("calm", "rough")}
        letters = outbox.state_counts(connection, round_id)
        assert invariants.broken(connection) == []
    taken = Counter(re.findall(r"message-id=(\S+)", (stage.worlds / "relay.log").read_text()))
    assert in_the_middle > 0
    assert len(digests) == 1
    assert set(letters) == {"sent"}
    assert max(taken.values()) == 1
    assert len(taken) == sum(letters.values()) + undisturbed.figures["messages_queued"]
