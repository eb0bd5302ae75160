"""Refused rows on a terminal: the same fault in many rows is told a few times, then by its row numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from laurea.errors import Refusal

TOLD = 5
"""So often a fault is told in full before its other rows are only numbered."""


def lines(refusals: Sequence[Refusal]) -> Iterator[str]:
    """A line for each refusal, in order; of many with one remedy in one column the first few, then the rows."""
    same: dict[tuple[str, str, str], list[Refusal]] = defaultdict(list)
    for one in refusals:
        same[one.file, one.field, one.remedy].append(one)
    told: dict[tuple[str, str, str], int] = defaultdict(int)
    for one in refusals:
        key = (one.file, one.field, one.remedy)
        told[key] += 1
        others = same[key][TOLD:]
        if told[key] <= TOLD or len(others) == 1 or one.row is None:
            yield str(one)
        elif told[key] == TOLD + 1:
            rows = ", ".join(str(other.row) for other in others)
            yield f"{one.file}, field {one.field}: the same in {len(others)} more rows: {rows}."
