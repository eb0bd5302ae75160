"""`laurea demo`, as a newcomer runs it, on small rounds: what it promises holds for each of them."""

from __future__ import annotations

import contextlib
import json
import mailbox
import os
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from laurea.cli.demo import scenes
from laurea.cli.demo.run import ROOT
from laurea.store import invariants
from laurea.store.engine import open_engine, reading
from rules.library import named

pytestmark = pytest.mark.slow
FIELDS = [
    "award", "edition", "applications", "refused_rows", "eligible", "ineligible", "needs_evidence", "assigned",
    "sheets", "proposed", "released", "granted", "messages_queued", "messages_delivered", "seconds",
]  # fmt: skip


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> tuple[Path, dict[str, Any]]:
    workspace = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [sys.executable, "-m", "laurea", "demo", "--once", "--json", "--scale", "0.04", "--workspace", str(workspace)],
        capture_output=True,
        text=True,
        timeout=400,
        env={**os.environ, "LAUREA_DATA": str(shared_data), "LAUREA_LOGS": "json"},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return workspace, json.loads(done.stdout)


def by_scene(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    lines = {f"{line['award']}/{line['edition']}": line for line in answer["rounds"]}
    return {
        s.name: lines[named(str(ROOT / s.rule_set) if s.kind == "panel" else s.rule_set).key] for s in scenes.SCENES
    }


def test_each_round_tells_its_figures(rehearsed: tuple[Path, dict[str, Any]]) -> None:
    rounds = rehearsed[1]["rounds"]
    assert len(rounds) == 5
    for line in rounds:
        assert list(line) == FIELDS
        assert line["applications"] == line["eligible"] + line["ineligible"] + line["needs_evidence"]
        assert line["proposed"] == line["released"] == line["eligible"] + line["ineligible"]
        assert 0 < line["granted"] <= line["eligible"]


def test_every_eligible_application_gets_all_its_reviews(rehearsed: tuple[Path, dict[str, Any]]) -> None:
    for name, line in by_scene(rehearsed[1]).items():
        scene = next(s for s in scenes.SCENES if s.name == name)
        reviews = {"projects": 0, "panel": 3}.get(scene.kind, int(scene.policies.get("reviews", 0)))
        assert line["assigned"] == line["sheets"] == line["eligible"] * reviews, name


def test_every_letter_is_delivered_and_nobody_is_written_to_twice(rehearsed: tuple[Path, dict[str, Any]]) -> None:
    workspace, answer = rehearsed
    queued = sum(line["messages_queued"] for line in answer["rounds"])
    assert all(line["messages_queued"] == line["messages_delivered"] for line in answer["rounds"])
    taken = Counter(re.findall(r"message-id=(\S+)", (workspace / "worlds" / "relay.log").read_text()))
    with sqlite3.connect(workspace / "laurea.db") as records:
        kept = dict(records.execute("select message_id, state from messages"))
    assert set(taken) == set(kept)
    assert set(kept.values()) == {"sent"}
    assert set(taken.values()) == {1}
    assert len(taken) >= queued > 100
    with contextlib.closing(mailbox.mbox(workspace / "worlds" / "letters.mbox")) as box:
        assert len(box) == len(taken)
        assert {letter.get_content_type() for letter in box} == {"multipart/alternative"}


def test_no_letter_to_anybody_else_names_a_juror(rehearsed: tuple[Path, dict[str, Any]]) -> None:
    workspace, _ = rehearsed
    with contextlib.closing(sqlite3.connect(workspace / "laurea.db")) as db:
        jury = db.execute("SELECT p.name, p.email, j.ref FROM jurors j JOIN people p ON p.id = j.person_id").fetchall()
        others = {row[0] for row in db.execute("SELECT name FROM people WHERE role <> 'juror'")}
        held = db.execute(
            "SELECT m.kind, m.content FROM messages m JOIN people p ON p.id = m.person_id WHERE p.role <> 'juror'"
        ).fetchall()
    telling = {one for row in jury for one in (row[0], row[1]) if one not in others}
    telling |= {row[2] for row in jury if len(row[2]) > 3 and not row[2].isdigit()}
    assert len(telling) > 20
    assert len([kind for kind, _ in held if kind == "decision"]) > 20
    wanted = re.compile("|".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in sorted(telling)))
    for kind, content in held:
        message = message_from_bytes(content, policy=policy.default)
        parts = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
        found = wanted.search("\n".join([*map(str, message.values()), *parts]))
        assert found is None, (kind, found)


def test_wrong_rows_are_kept_with_place_and_remedy(rehearsed: tuple[Path, dict[str, Any]]) -> None:
    with sqlite3.connect(rehearsed[0] / "laurea.db") as records:
        rows = records.execute("select file, row, field, problem, remedy from refused_rows").fetchall()
    assert len(rows) > 10
    for file, row, field, problem, remedy in rows:
        assert file
        assert row
        assert field or "The row has" in problem
        assert remedy


def test_records_of_the_rehearsal_do_not_contradict_each_other(rehearsed: tuple[Path, dict[str, Any]]) -> None:
    with reading(open_engine(f"sqlite+pysqlite:///{rehearsed[0] / 'laurea.db'}")) as connection:
        assert invariants.broken(connection) == []


def test_prefect_tasks_grow_with_chunks(rehearsed: tuple[Path, dict[str, Any]]) -> None:
    applications = sum(line["applications"] for line in rehearsed[1]["rounds"])
    assert applications > 300
    assert rehearsed[1]["prefect_tasks"] < 40


def test_logs_of_the_clock_name_nobody(rehearsed: tuple[Path, dict[str, Any]]) -> None:
    with sqlite3.connect(rehearsed[0] / "laurea.db") as records:
        people = [row[0] for row in records.execute("select email from people")]
    said = "".join(
        path.read_text(errors="replace") for path in (rehearsed[0] / "logs").glob("*.log") if path.name != "relay.log"
    )
    assert people
    assert not [email for email in people if email in said]
    clock = [json.loads(line) for line in (rehearsed[0] / "logs" / "clock.log").read_text().splitlines()]
    assert "step" in {line["event"] for line in clock}
    assert all(set(line) >= {"time", "level", "logger", "event"} for line in clock)
