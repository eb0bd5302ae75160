"""Figures of child lists from running sums are those of a group_by, with unknown items and without any."""

from __future__ import annotations

from random import Random

import polars as pl
import pytest

from evaluators.children import with_list
from evaluators.columns import worded
from rules.compiler import ChildPlan
from rules.lists import AGGREGATES

KINDS = {"any": False, "true": 0, "unknown": 0, "sum": 0, "max": None}


def figures(rows: list[int], values: list[int | None], order: list[int]) -> pl.DataFrame:
    items = pl.DataFrame(
        {"_row": [rows[n] for n in order], "v": [values[n] for n in order]}, {"_row": pl.UInt32, "v": pl.Int64}
    )
    applications = pl.DataFrame({"_row": range(6)}, {"_row": pl.UInt32})
    child = ChildPlan()
    for kind, empty in KINDS.items():
        value = pl.col("v") if kind in ("sum", "max") else pl.col("v") > 0
        child.columns.append(value.alias(kind))
        child.aggregates.append(AGGREGATES[kind](pl.col(kind)).alias(kind))
        child.kinds[kind], child.fills[kind] = kind, empty
    return with_list(applications.lazy(), applications["_row"], items, child).collect().select("_row", *KINDS)


@pytest.mark.parametrize("seed", range(20))
def test_items_in_order_and_out_of_order_give_the_same_figures(seed):
    chance = Random(seed)
    rows = sorted(chance.choice([0, 1, 3, 4]) for _ in range(chance.randrange(12)))
    values = [chance.choice([None, -1, 0, 2, 2**62]) if seed % 2 else chance.choice([-1, 2]) for _ in rows]
    backwards = list(reversed(range(len(rows))))
    assert figures(rows, values, list(range(len(rows)))).equals(figures(rows, values, backwards))


def test_a_list_without_items_has_the_figures_of_an_empty_list():
    row = figures([0], [2], [0]).row(5, named=True)
    assert row == {"_row": 5} | KINDS


@pytest.mark.parametrize("numbers", [[], [None], [5, None, 7, 5], [-3, 0], [10**7, 10**7 + 5], [0, 10**12, None]])
def test_each_number_gets_its_word(numbers):
    column = pl.Series(numbers, dtype=pl.Int64)
    assert worded(column, str).to_list() == [None if one is None else str(one) for one in numbers]
