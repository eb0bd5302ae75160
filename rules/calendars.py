"""Working days: computed from a country's public holidays and its weekend, for any year of FIRST to LAST."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache
from typing import Any

import polars as pl

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


def _known(day: pl.Expr) -> pl.Expr:
    """The day, where the calendar reaches; unknown elsewhere."""
    return pl.when(day.dt.year().is_between(FIRST + 1, LAST - 1)).then(day)


def shifted(day: pl.Expr, amount: pl.Expr | int, calendar: str) -> pl.Expr:
    """The n-th working day after `day` (before it, where the amount is negative), `day` itself not counted."""
    every, off = (True,) * 7, days_off(calendar)
    steps = pl.lit(amount, dtype=pl.Int32) if isinstance(amount, int) else amount.cast(pl.Int32)
    steps = pl.when(steps.abs() < 2_500).then(steps)
    ahead = _known(day).dt.add_business_days(steps, week_mask=every, holidays=off, roll="backward")
    back = _known(day).dt.add_business_days(steps, week_mask=every, holidays=off, roll="forward")
    return pl.when(steps >= 0).then(ahead).otherwise(back)


def first_from(day: pl.Expr, calendar: str) -> pl.Expr:
    """The day itself when it is a working day, or the first one after it."""
    return _known(day).dt.add_business_days(0, week_mask=(True,) * 7, holidays=days_off(calendar), roll="forward")


def between(start: pl.Expr, end: pl.Expr, calendar: str) -> pl.Expr:
    """How many working days lie after `start`, up to and including `end`."""
    return pl.business_day_count(
        _known(start).dt.offset_by("1d"), _known(end).dt.offset_by("1d"), week_mask=(True,) * 7,
        holidays=days_off(calendar),
    ).cast(pl.Int64)  # fmt: skip
