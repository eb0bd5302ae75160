"""What the clauses ask of a child list, for all applications at once.

The items of a list stand in the order of their applications. So counts, sums and any() need no grouping: a running sum
over all items, read where each application's items end, gives them. What needs the items together is grouped.
"""

from __future__ import annotations

from collections.abc import Mapping
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
        table = table.with_columns(_running(values, {name: child.kinds[name] for name in running}, ends))
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


def _running(values: pl.DataFrame, kinds: Mapping[str, str], ends: Any) -> list[pl.Series]:
    """One figure an application of each column of its items; `ends` is where each application's items end.

    All columns go through Polars together: for one application, a call costs more than its columns.
    """
    items, figures = [], []
    for name, kind in kinds.items():
        column, true, unknown = pl.col(name), pl.col(f"true {name}"), pl.col(f"unknown {name}")
        gaps = kind != "true" and values[name].null_count() > 0
        if kind == "sum":
            items.append(column.cast(pl.Int64).fill_null(0))
            figures.append(column)
            continue
        if kind != "unknown":
            items.append(column.cast(pl.Boolean).fill_null(value=False).alias(f"true {name}"))
        if gaps:
            items.append(column.is_null().alias(f"unknown {name}"))
        if kind == "unknown":
            figures.append((unknown if gaps else pl.lit(0, dtype=pl.Int64)).alias(name))
        elif kind == "true":
            figures.append(true.alias(name))
        elif gaps:
            figures.append(pl.when((true == 0) & (unknown > 0)).then(None).otherwise(true > 0).alias(name))
        else:
            figures.append((true > 0).alias(name))
    sums = {one.name: _sums(one, ends) for one in values.select(items).get_columns()}
    one_a_row = pl.DataFrame({"_row": np.arange(len(ends)), **sums})  # gives constants their length
    return one_a_row.select("_row", *figures).get_columns()[1:]


def _sums(column: pl.Series, ends: Any) -> Any:
    """The sum of each application's items: the running sum at its last item less that of the one before.

    The running sum may leave 64 bits and wrap around; the difference of two is exact all the same.
    """
    kind = np.uint32 if column.dtype == pl.Boolean else np.int64
    total = np.zeros(len(column) + 1, dtype=kind)
    np.cumsum(column.to_numpy(), out=total[1:], dtype=kind)
    return np.diff(total[ends], prepend=kind(0)).astype(np.int64)
