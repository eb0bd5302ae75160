"""Workbooks and Parquet files are opened for the first time in a process of its own, with limits.

Their readers are programs in Rust that end the whole process where a hostile file makes them (a cell in the last corner
of a sheet, a count that is not true). Such a file ends a child; what the child could read to its end is read here.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from laurea.errors import BadInput, Refusal

SECONDS = 60
_REMEDY = "Save it again, or send it as “CSV UTF-8”."


def check(path: Path) -> None:
    """Have a child read a file to its end. Raises BadInput where it does not survive that."""
    command = [sys.executable, "-m", "laurea.sources.opening", str(path)]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=2 * SECONDS, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        done = -1
    if done:
        says = f"The file {path.name} cannot be read; nothing of it was kept."
        raise BadInput(says, [Refusal(path.name, None, "", "It is damaged, or takes too much memory.", _REMEDY)])
