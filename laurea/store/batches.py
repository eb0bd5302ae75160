"""Long lists in pieces that one statement can name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

BATCH = 500  # values; databases bound how many a statement takes
T = TypeVar("T")


def batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in their order, some at a time."""
    for start in range(0, len(values), BATCH):
        yield values[start : start + BATCH]


def portions(values: Iterable[T]) -> Iterator[list[T]]:
    """The same for what need not all be at hand."""
    left = iter(values)
    while some := list(islice(left, BATCH)):
        yield some
