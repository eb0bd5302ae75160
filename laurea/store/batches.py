"""Long lists in pieces that one statement can name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

BATCH = 500  # values; databases bound how many a statement takes
T = TypeVar("T")


def batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in their order, some at a time."""
    for start in range(0, len(values), BATCH):
        yield values[start : start + BATCH]
