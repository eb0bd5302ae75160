"""What the clauses ask of a child list, for all applications at once.

The items of a list stand in the order of their applications. So counts, sums and any() need no grouping: a running sum
over all items, read where each application's items end, gives them. What needs the items together is grouped.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from rules.compiler import ChildPlan

_RUNNING = ("any", "true", "unknown", "sum")  # of an empty list: false or 0, which a running sum gives by itself


def with_list(table: pl.LazyFrame, rows: pl.Series, items: pl.DataFrame, child: ChildPlan) -> pl.LazyFrame:
    """Adds what the plan's clauses need of one child list. `rows` is `_row` of the applications, in their order."""
    if not child.aggregates:
        return table
    fetched = items.lazy()
    if child.fetches:
        own = table.select("_row", *sorted(child.fetches))
        fetched = fetched.join(own, on="_row", how="left", maintain_order="left")
    found = fetched.select("_row", *child.columns)
    running = [name for name, kind in child.kinds.items() if kind in _RUNNING] if _in_order(rows, items) else []
    if running:
        values = found.select("_row", *running).collect()  # `_row` gives constants their length
        ends = np.cumsum(np.bincount(items["_row"].to_numpy(), minlength=len(rows)))
        table = table.with_columns(_running(values[name], child.kinds[name], ends) for name in running)
    grouped = [one for one in child.aggregates if one.meta.output_name() not in running]
    if not grouped:
        return table
    each = found.group_by("_row").agg(*grouped, pl.lit(value=True).alias("has items"))
    table = table.join(each, on="_row", how="left", maintain_order="left")
    return table.with_columns(
        pl.when("has items").then(pl.col(name)).otherwise(pl.lit(child.fills[name])).alias(name)
        for name in (one.meta.output_name() for one in grouped)
    ).drop("has items")


def _in_order(rows: pl.Series, items: pl.DataFrame) -> bool:
    """Whether the applications are numbered as they stand, and the items stand in the same order."""
    return items["_row"].is_sorted() and rows.equals(pl.int_range(len(rows), dtype=pl.UInt32, eager=True))


def _running(column: pl.Series, kind: str, ends: Any) -> pl.Series:
    """One figure an application of a column of its items; `ends` is where each application's items end."""
    name, known = column.name, not column.null_count()
    if kind == "sum":
        return _sums(name, column.cast(pl.Int64).fill_null(0), np.int64, ends)
    unknown = pl.Series(name, [0], dtype=pl.Int64).new_from_index(0, len(ends))
    if not known and kind != "true":
        unknown = _sums(name, column.is_null(), np.uint32, ends)
    if kind == "unknown":
        return unknown
    true = _sums(name, column.cast(pl.Boolean).fill_null(value=False), np.uint32, ends)
    if kind == "true":
        return true
    some = true > 0
    return some if known else some.set(~some & (unknown > 0), None)


def _sums(name: str, column: pl.Series, kind: Any, ends: Any) -> pl.Series:
    """The sum of each application's items: the running sum at its last item less that of the one before.

    The running sum may leave 64 bits and wrap around; the difference of two is exact all the same.
    """
    total = np.zeros(len(column) + 1, dtype=kind)
    np.cumsum(column.to_numpy(), out=total[1:], dtype=kind)
    return pl.Series(name, np.diff(total[ends], prepend=kind(0)).astype(np.int64))
