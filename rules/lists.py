"""What can be asked of a list of numbers or dates, exactly and with unknown items kept apart.

Over the items of a child list the figures come from aggregates (one pass over all applications' items); the criteria of
a rubric are few and always the same, so they are written out one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce

import polars as pl

from rules.syntax import ExpressionError
from rules.values import (
    LARGEST,
    LIMIT,
    Each,
    Num,
    Rows,
    TooLarge,
    Val,
    Value,
    arithmetic,
    choose_num,
    counted,
    largest,
    smallest,
)

CRITERIA = "criteria"
_MANY = 10_000  # items of one list that a sum is safe for
_MEAN = 2_520 * 100  # means of up to ten items are whole in it; others keep their order

Aggregate = Callable[[str, pl.Expr, str, bool | int | None], pl.Expr]

AGGREGATES: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "any": lambda source: source.any(ignore_nulls=False),
    "true": lambda source: source.sum().cast(pl.Int64),
    "unknown": lambda source: source.is_null().sum().cast(pl.Int64),
    "kinds": lambda source: source.drop_nulls().n_unique().cast(pl.Int64),
    "sum": lambda source: source.sum(),
    "max": lambda source: source.max(),
    "min": lambda source: source.min(),
    "lower middle": lambda source: _middle(source, lower=True),
    "upper middle": lambda source: _middle(source, lower=False),
}


def _middle(source: pl.Expr, *, lower: bool) -> pl.Expr:
    known = source.drop_nulls().sort()
    place = (known.len() - 1) // 2 if lower else known.len() // 2
    return known.get(pl.when(known.len() > 0).then(place).cast(pl.Int64), null_on_oob=True)


def of_items(name: str, rows: Rows, aggregate: Aggregate) -> Num | Val:
    """sum, max, min, mean, median or spread of the values of a child list."""
    where = pl.lit(True) if rows.where is None else rows.where
    maybe = where.fill_null(True)
    certain = where.fill_null(False)
    value = rows.value
    if isinstance(value, Val):
        unsure = aggregate(rows.name, maybe & (value.expr.is_null() | ~certain), "true", 0)
        found = aggregate(rows.name, pl.when(certain).then(value.expr), name, None)
        return Val(pl.when(unsure == 0).then(found), value.kind)
    assert isinstance(value, Num)
    if name == "spread":
        return arithmetic("-", of_items_num("max", rows, aggregate), of_items_num("min", rows, aggregate))
    if name == "sum":
        return _sum(rows, value, certain, maybe, aggregate)
    if name in ("max", "min"):
        return _end(name, rows, value, certain, maybe, aggregate)
    unsure = aggregate(rows.name, maybe & (value.known.is_null() | ~certain), "true", 0)
    known = pl.when(certain).then(value.known)
    if name == "median":
        parts = [aggregate(rows.name, known, f"{side} middle", None) for side in ("lower", "upper")]
        return Num.of(pl.when(unsure == 0).then(parts[0] + parts[1]), value.unit * 2, _within(value.bound * 2))
    whole, count = aggregate(rows.name, known, "sum", 0), aggregate(rows.name, certain, "true", 0)
    count = pl.when(count > 0).then(count)
    rest = (whole % count) * _MEAN
    figure = 2 * ((whole // count) * _MEAN + rest // count) + (rest % count != 0).cast(pl.Int64)
    return Num.of(pl.when(unsure == 0).then(figure), value.unit * _MEAN * 2, _within(value.bound * _MEAN * 2))


def of_items_num(name: str, rows: Rows, aggregate: Aggregate) -> Num:
    """The same, of a list of numbers."""
    found = of_items(name, rows, aggregate)
    assert isinstance(found, Num)
    return found


def _sum(rows: Rows, value: Num, certain: pl.Expr, maybe: pl.Expr, aggregate: Aggregate) -> Num:
    bound = _within(value.bound * _MANY)
    absent = aggregate(rows.name, maybe & value.low.is_null(), "true", 0)
    absent += aggregate(rows.name, maybe & value.high.is_null(), "true", 0)
    perhaps = maybe & ~certain
    low = pl.when(certain).then(value.low).when(perhaps).then(pl.min_horizontal(value.low, 0))
    high = pl.when(certain).then(value.high).when(perhaps).then(pl.max_horizontal(value.high, 0))
    ends = [pl.when(absent == 0).then(aggregate(rows.name, end, "sum", 0)) for end in (low, high)]
    return Num(ends[0], ends[1], value.unit, bound, exact=False)


def _end(name: str, rows: Rows, value: Num, certain: pl.Expr, maybe: pl.Expr, aggregate: Aggregate) -> Num:
    """The largest or smallest; items that are unknown leave the other end open."""
    near, far = (value.low, value.high) if name == "max" else (value.high, value.low)
    sure = aggregate(rows.name, pl.when(certain).then(near), name, None)
    unsure = aggregate(rows.name, maybe & far.is_null(), "true", 0)
    utmost = aggregate(rows.name, pl.when(maybe).then(far), name, None)
    some = aggregate(rows.name, certain, "true", 0)
    utmost = pl.when((unsure == 0) & (some > 0)).then(utmost)
    low, high = (sure, utmost) if name == "max" else (utmost, sure)
    return Num(low, high, value.unit, value.bound, exact=False)


def of_criteria(name: str, target: Each) -> Value:
    """size, sum, max, min or spread over the criteria."""
    wheres = [where for _, where, _ in target.items]
    if name == "size":
        return counted(wheres)
    values = [value for _, _, value in target.items if isinstance(value, Num)]
    if len(values) != len(wheres) or name not in ("sum", "max", "min", "spread"):
        raise ExpressionError(
            0, f"{name}() cannot be asked of the criteria.", "Ask for sum(), max(), min() or spread()."
        )
    nothing = Num.literal(0, 1)
    if name == "sum":
        return reduce(
            lambda a, b: arithmetic("+", a, b), (choose_num(w, v, nothing) for w, v in zip(wheres, values, strict=True))
        )
    if name == "spread":
        return arithmetic("-", _ends("max", wheres, values), _ends("min", wheres, values))
    return _ends(name, wheres, values)


def _ends(name: str, wheres: list[pl.Expr], values: list[Num]) -> Num:
    floor = Num.literal(-LIMIT if name == "max" else LIMIT, 1)
    chosen = [choose_num(where, value, floor) for where, value in zip(wheres, values, strict=True)]
    found = (largest if name == "max" else smallest)(chosen)
    some = pl.any_horizontal(where.fill_null(False) for where in wheres)  # of none at all nothing is known
    ends = [pl.when(some).then(end) for end in (found.low, found.high)]
    return Num(ends[0], ends[1], found.unit, found.bound, exact=False, size=found.size)


def of_dates(name: str, days: list[pl.Expr]) -> pl.Expr:
    """The later or earlier of several days; unknown where one is."""
    ends = pl.max_horizontal(days) if name == "max" else pl.min_horizontal(days)
    return pl.when(pl.all_horizontal(day.is_not_null() for day in days)).then(ends)


def day_in(year: Num, day: str | None) -> pl.Expr:
    """A day of the year in a given year; unknown where the year is."""
    if day is None:
        return pl.lit(None, dtype=pl.Date)
    whole = year.known // year.unit
    whole = pl.when(whole.is_between(1, 9_999)).then(whole)
    return pl.date(whole, int(day[:2]), int(day[3:]))


def _within(bound: int) -> int:
    if bound > LARGEST:
        raise TooLarge
    return bound
