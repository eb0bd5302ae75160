"""Calendars: the days on which nobody works in a country, by its holidays and weekend, from FIRST to LAST."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache
from typing import Any

FIRST, LAST = 2000, 2050
WEEKENDS_ONLY = "none"


def is_calendar(text: str) -> bool:
    """Whether working days can be counted for this: a country or a part of it (ISO 3166), or `none`: weekends only."""
    if text == WEEKENDS_ONLY:
        return True
    country, _, part = text.partition("-")
    if not re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", text) or country not in _countries():
        return False
    return not part or part in _parts(country)


@cache
def _parts(country: str) -> frozenset[str]:
    from holidays import list_supported_countries

    return frozenset(list_supported_countries(include_aliases=False).get(country, ()))


@cache
def _countries() -> frozenset[str]:
    from holidays.registry import COUNTRIES

    return frozenset(code for entry in COUNTRIES.values() for code in entry[1:] if len(code) == 2)


@cache
def days_off(calendar: str) -> tuple[date, ...]:
    """Every day from FIRST to LAST on which nobody works in that country, in order."""
    country: Any = None
    weekend, extra = {5, 6}, set()
    if calendar != WEEKENDS_ONLY:
        from holidays import country_holidays

        code, _, part = calendar.partition("-")
        country = country_holidays(code, subdiv=part or None, years=range(FIRST, LAST + 1))
        weekend, extra = set(country.weekend), set(country.weekend_workdays)
    found = []
    day = date(FIRST, 1, 1)
    while day.year <= LAST:
        if (day.weekday() in weekend and day not in extra) or (country is not None and dict.__contains__(country, day)):
            found.append(day)
        day += timedelta(days=1)
    return tuple(found)
