"""Jurors type while a round runs beside them, small: the whole of it is benchmarks/load.py."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_nothing_fails_and_nothing_is_lost_while_a_round_runs() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "load.py"), "--quick", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["SQLite: savings"] > 20
    assert told["SQLite: requests failed"] == told["SQLite: updates lost"] == 0
    assert told["SQLite: decisions of the round beside"] == 60
    assert told["SQLite: its letters left behind"] == 0
