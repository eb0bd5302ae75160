"""The functions of the language, compiled: days, years, working days, the larger and the smaller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import polars as pl

from rules import lists, working_days
from rules.functions import STEPS
from rules.values import LIMIT, Num, Val, Value, a_num, a_val, absolute, divides, grown, largest, smallest

_OFFSETS = {"years": "y", "months": "mo", "weeks": "w", "days": "d"}
_FARTHEST = 400_000  # days; a step beyond it leaves the calendar


_TIMES: Mapping[str, tuple[int, ...]] = {  # how often the expression of a function names each of its values, at most
    **dict.fromkeys(STEPS, (1, 6)),
    **dict.fromkeys(("working_days_after", "working_days_before"), (4, 36, 1)),
    "abs": (6,),
    "day_in": (6, 1),
    "multiple_of": (3, 6),
    "school_year": (4, 1),
    "working_days_between": (16, 16, 1),
}


def call(name: str, values: list[Value]) -> Value:
    """The value of a function of the language."""
    found = _call(name, values)
    assert isinstance(found, Num | Val)
    sizes = [one.size for one in values if isinstance(one, Num | Val)]
    times = _TIMES.get(name, (2,) * len(sizes))
    return replace(found, size=max(found.size, grown(sum(a * b for a, b in zip(times, sizes, strict=True)))))


def _call(name: str, values: list[Value]) -> Value:
    if name == "date":
        text = pl.select(a_val(values[0]).expr).item()
        return Val(pl.lit(date.fromisoformat(text)), "date")
    if name in ("max", "min"):
        if isinstance(values[0], Val):
            return Val(lists.of_dates(name, [a_val(one).expr for one in values]), "date")
        return (largest if name == "max" else smallest)([a_num(one) for one in values])
    if name == "abs":
        return absolute(a_num(values[0]))
    if name == "multiple_of":
        return Val(divides(a_num(values[1]), a_num(values[0])), "bool")
    if name == "day_in":
        return Val(lists.day_in(a_num(values[0]), pl.select(a_val(values[1]).expr).item()), "date")
    first = a_val(values[0]).expr
    if name == "days_between":
        return Num.of((a_val(values[1]).expr - first).dt.total_days(), 1, LIMIT)
    if name == "year":
        return Num.of(first.dt.year().cast(pl.Int64), 1, LIMIT)
    if name == "day_of":
        zone = pl.select(a_val(values[1]).expr).item()
        return Val(first.dt.convert_time_zone(zone or "UTC").dt.date(), "date")
    if name == "school_year":
        start = pl.select(a_val(values[1]).expr).item()
        if start is None:
            return Num.unknown()
        month, day = (int(part) for part in start.split("-"))
        begun = (first.dt.month() > month) | ((first.dt.month() == month) & (first.dt.day() >= day))
        return Num.of(first.dt.year().cast(pl.Int64) - (~begun).cast(pl.Int64), 1, LIMIT)
    if name == "end_of_month":
        return Val(first.dt.month_end(), "date")
    if name == "end_of_year":
        return Val(first.dt.truncate("1y").dt.offset_by("1y").dt.offset_by("-1d"), "date")
    if name in ("next_working_day", "working_days_between"):
        return _working(name, values)
    return _step(name, first, a_num(values[1]), values[2:])


def _working(name: str, values: list[Value]) -> Value:
    calendar = pl.select(a_val(values[-1]).expr).item()
    first = a_val(values[0]).expr
    if name == "next_working_day":
        day = pl.lit(None, dtype=pl.Date) if calendar is None else working_days.first_from(first, calendar)
        return Val(day, "date")
    if calendar is None:
        return Num.unknown()
    return Num.of(working_days.between(first, a_val(values[1]).expr, calendar), 1, LIMIT)


def _step(name: str, first: pl.Expr, count: Num, more: list[Value]) -> Val:
    """The day a number of years, months, weeks, days or working days away."""
    span, _, way = name.rpartition("_")
    sign = -1 if way == "before" else 1
    steps = (count.known // count.unit) * sign
    steps = pl.when(steps.abs() < _FARTHEST).then(steps)
    amount = pl.select(steps).item() if not count.known.meta.root_names() else steps
    if amount is None:
        return Val(pl.lit(None, dtype=pl.Date), "date")
    if span == "working_days":
        calendar = pl.select(a_val(more[0]).expr).item()
        day = pl.lit(None, dtype=pl.Date) if calendar is None else working_days.shifted(first, amount, calendar)
        return Val(day, "date")
    by = f"{amount}{_OFFSETS[span]}" if isinstance(amount, int) else pl.format(f"{{}}{_OFFSETS[span]}", amount)
    return Val(first.dt.offset_by(by), "date")
