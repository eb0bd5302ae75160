"""A day on which clocks are put on or back: the moments of a timetable are read so that nobody loses an hour."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from laurea.cli import typed


@pytest.mark.parametrize(
    ("zone", "text", "begins", "ends"),
    [
        ("Europe/Riga", "2026-10-25T03:30", (0, 30), (1, 30)),  # comes twice: first in summer time, then in winter time
        ("Atlantic/Azores", "2026-10-25T00:30", (0, 30), (1, 30)),
        ("Europe/Riga", "2026-03-29T03:30", (0, 30), (1, 30)),  # does not come: 02:30 and 04:30 are what it can mean
        ("Asia/Tbilisi", "2026-10-25T05:30", (1, 30), (1, 30)),  # no clock is changed there
        ("Europe/Riga", "2026-10-25T03:30+02:00", (1, 30), (1, 30)),  # said which one
    ],
)
def test_an_hour_that_comes_twice_ends_late(
    zone: str, text: str, begins: tuple[int, int], ends: tuple[int, int]
) -> None:
    day = datetime.fromisoformat(text[:10]).replace(tzinfo=UTC)
    read = [typed.moment("--closes", text, ZoneInfo(zone), end=end) for end in (False, True)]
    assert read == [day.replace(hour=hour, minute=minute) for hour, minute in (begins, ends)]


def test_a_day_of_25_hours_has_all_of_them() -> None:
    zone = ZoneInfo("Europe/Riga")
    opens, closes = (typed.moment("--day", "2026-10-25", zone, end=end) for end in (False, True))
    assert (closes - opens).total_seconds() == 25 * 3600 - 1
