"""The one place that reads the time.

Everything below takes `now` as an argument. A rehearsal sets `LAUREA_CLOCK_FILE` to a file that holds an
ISO time: all processes of that rehearsal then live at that moment.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path


def now() -> datetime:
    """The present moment, in UTC."""
    file = os.environ.get("LAUREA_CLOCK_FILE")
    if file:
        return datetime.fromisoformat(Path(file).read_text().strip()).astimezone(UTC)
    return datetime.now(UTC)
