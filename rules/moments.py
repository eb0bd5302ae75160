"""Days, zones and windows as a rule set writes them, in the law's own precision."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_LOCAL = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?)?")
_STEP = {10: timedelta(days=1), 16: timedelta(minutes=1), 19: timedelta(seconds=1)}


def local(text: str) -> datetime:
    """A local moment written as 2024-02-29, 2024-02-29T23:59 or with seconds. Raises ValueError."""
    if not _LOCAL.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text)


def width(text: str) -> timedelta:
    """How long a local moment lasts as it is written: a day, a minute or a second."""
    return _STEP[len(text)]


def bounds(opens: str | None, closes: str | None, zone: str) -> tuple[datetime | None, datetime | None]:
    """First moment inside and first moment after, in UTC. What is written to the minute or day includes all of it."""
    place = ZoneInfo(zone)
    start = local(opens).replace(tzinfo=place).astimezone(UTC) if opens else None
    if closes is None:
        return start, None
    after = local(closes) + width(closes)
    return start, after.replace(tzinfo=place).astimezone(UTC)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(text: str) -> bool:
    """Whether this names a time zone, such as Europe/Brussels."""
    return text == "UTC" or ("/" in text and text in _zones())


def is_date(text: str) -> bool:
    """Whether this is a day of the calendar, written 2024-02-29."""
    try:
        return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def is_local(text: str) -> bool:
    """Whether this is a day or a local time, written 2024-02-29 or 2024-02-29T23:59."""
    try:
        return bool(local(text))
    except ValueError:
        return False


def is_day(text: str) -> bool:
    """Whether this is a day of any year, written 08-01 (29 February is not in every year)."""
    try:
        return bool(re.fullmatch(r"\d{2}-\d{2}", text)) and bool(date.fromisoformat(f"2023-{text}"))
    except ValueError:
        return False


def is_name(text: str) -> bool:
    """Whether an end of a window is the name of a parameter or policy, and not a local time."""
    return bool(re.fullmatch(r"[a-z][a-z0-9_.]*", text, re.ASCII))
