"""What the engine's processes write where the log is JSON: lines like the portal's, with ids and nobody's words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from laurea.cli.processes import engine_logs, prefect_environment

SAYING = """
import logging
import flows.clockwork
logging.getLogger("flows.clockwork").info("turn", extra={"tasks": 3})
logging.getLogger("laurea.post").warning("The mailbox for reports does not answer: %s", "TimeoutError")
runs = logging.getLogger("prefect.task_runs")
try:
    raise ValueError("Nino nino@example.org")
except ValueError as error:
    runs.exception("Task run failed with exception: %r - Retries are exhausted", error)
    runs.error(f'Finished in state Failed("Task run encountered an exception ValueError: {error}")')
    runs.error(f"Crash detected! {error}")
"""


def test_runs_write_lines_with_ids_alone(tmp_path: Path) -> None:
    env = os.environ | prefect_environment(tmp_path, 1, "json")
    done = subprocess.run(
        [sys.executable, "-c", SAYING], env=env, capture_output=True, text=True, timeout=120, check=True
    )
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(one["level"], one["logger"], one["event"]) for one in told] == [
        ("info", "flows.clockwork", "turn"),
        ("warning", "laurea.post", "The mailbox for reports does not answer: TimeoutError"),
        ("error", "prefect.task_runs", "Task run failed with exception"),
        ("error", "prefect.task_runs", "Finished in state Failed"),
        ("error", "prefect.task_runs", "Crash detected"),
    ]
    assert (told[0]["tasks"], told[2]["error"]) == (3, "ValueError")
    assert "nino" not in done.stderr.lower()


def test_text_leaves_the_engine_its_own_form() -> None:
    assert engine_logs("text") == {}
