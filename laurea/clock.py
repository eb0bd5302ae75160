"""The one place that reads the time.

Everything below takes `now` as an argument. A rehearsal sets `LAUREA_CLOCK_FILE` to a file that holds an
ISO time: all processes of that rehearsal then live at that moment.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present moment, in UTC."""
    file = os.environ.get("LAUREA_CLOCK_FILE")
    if file:
        return datetime.fromisoformat(Path(file).read_text().strip()).astimezone(UTC)
    return datetime.now(UTC)


def meant(local: datetime, zone: ZoneInfo, *, end: bool = False) -> datetime:
    """The moment, in UTC, that a time on the clocks of a zone means.

    Where clocks are put back an hour comes twice: what begins in it begins in the first, what ends (`end`) ends in the
    second. Of an hour that is left out both readings are near, and the same is done.
    """
    both = [local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return max(both) if end else min(both)
