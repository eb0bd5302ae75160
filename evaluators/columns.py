"""How columns are made quickly: plans run, words chosen by number and not as texts row by row."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

_FEW = 2_000
_HANDFUL = 100  # numbers that are put into words sooner one by one
_DENSE = 4_000_000  # a table of more entries than this is not worth it


def collect(table: pl.LazyFrame, count: int) -> pl.DataFrame:
    """Run a plan over `count` applications; for a few, finding what could be shared costs more than it saves."""
    if count < _FEW:
        return table.collect(optimizations=pl.QueryOptFlags.none())
    return table.collect()


def first_of(cases: Sequence[tuple[pl.Expr, str]]) -> pl.Expr:
    """The word beside the first condition that holds, as an Enum of all the words; null where none does."""
    kind = pl.Enum(list(dict.fromkeys(word for _, word in cases)))
    if not cases:
        return pl.lit(None, dtype=kind)
    (condition, first), *rest = cases
    found = pl.when(condition).then(pl.lit(first, dtype=kind))
    for other, word in rest:
        found = found.when(other).then(pl.lit(word, dtype=kind))  # type: ignore[assignment]
    return found


def worded(column: pl.Series, word: Callable[[int], str]) -> pl.Series:
    """The word of each whole number of a column; each number is put into words once."""
    if len(column) < _HANDFUL:
        return pl.Series([None if one is None else word(one) for one in column.to_list()], dtype=pl.String)
    least, most = column.min(), column.max()
    if not isinstance(least, int) or not isinstance(most, int):
        return pl.Series([None], dtype=pl.String).new_from_index(0, len(column))
    if most - least >= _DENSE:
        words = {number: word(number) for number in column.unique().to_list() if number is not None}
        return column.replace_strict(words, default=None, return_dtype=pl.String)
    first = 0 if least >= 0 and most < _DENSE else least
    places = column - first if first else column
    there = np.zeros(most - first + 1, dtype=np.bool_)
    there[places.drop_nulls().to_numpy()] = True
    numbers = np.flatnonzero(there)
    each = np.zeros(len(there), dtype=np.uint32)
    each[numbers] = np.arange(len(numbers), dtype=np.uint32)
    table = pl.Series([word(first + number) for number in numbers.tolist()], dtype=pl.String).gather(pl.Series(each))
    return table.gather(places)
