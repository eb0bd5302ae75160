"""Working days as expressions, counted by a calendar; unknown where the calendar does not reach."""

from __future__ import annotations

import polars as pl

from rules.calendars import FIRST, LAST, days_off


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
    """How many working days lie after `start`, up to and including `end`; below zero where `end` comes first."""
    days = [_known(day).dt.offset_by("1d") for day in (start, end)]
    first, last = pl.min_horizontal(days), pl.max_horizontal(days)
    found = pl.business_day_count(first, last, week_mask=(True,) * 7, holidays=days_off(calendar)).cast(pl.Int64)
    return pl.when(days[0] <= days[1]).then(found).when(days[0] > days[1]).then(-found)
