"""Bars as SVG text, one row a thing: its name, and below it a bar with its figure for each of one or two series.

Drawn like the plots (`laurea.documents.plots`): per cent across, pixels down, letters and axes in the colour around
them. The second series is an outline, so that nobody needs the colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from laurea.documents import drawing as draw
from laurea.documents.drawing import CALM, GOOD

MOST_ROWS = 40
_LEFT, _RIGHT = 0.3, 86.0
_NAME, _BAR, _GAP = 20, 13, 12


@dataclass(frozen=True)
class Bar:
    """One row: a name, a whole number a series, and each number as it is written in the reader's language."""

    name: str
    values: tuple[int, ...]
    says: tuple[str, ...]


def bars(rows: Sequence[Bar], series: Sequence[str], *, key: str, title: str, described: str) -> str:
    """The rows in the order they are given, MOST_ROWS of them; `series` names the values of each row.

    Raises ValueError where a row has another number of values than there are series, or a negative one.
    """
    if any(len(row.values) != len(series) or len(row.says) != len(series) or min(row.values) < 0 for row in rows):
        raise ValueError("Every row needs one number a series, and none may be negative.")
    shown = rows[:MOST_ROWS]
    across = draw.across(0, max((value for row in shown for value in row.values), default=0) or 1, _LEFT, _RIGHT)
    parts: list[str] = []
    y = 4.0
    if len(series) > 1:
        for number, name in enumerate(series):
            parts.append(_bar(_LEFT, y, 14, number))
            parts.append(draw.text(_LEFT, y + 11, name, "start", "dx='22'"))
            y += _NAME
        y += 6
    for row in shown:
        parts.append(draw.text(0, y + 13, row.name, "start"))
        y += _NAME
        for number, (value, says) in enumerate(zip(row.values, row.says, strict=True)):
            parts.append(_bar(_LEFT, y, f"{across(value) - _LEFT:.2f}%", number))
            parts.append(draw.text(across(value), y + 11, says, "start", "dx='7'"))
            y += _BAR + 3
        y += _GAP - 3
    return draw.frame(key, title, described, y, parts)


def _bar(x: float, y: float, width: float | str, series: int) -> str:
    how = f"fill='{CALM}'" if series == 0 else f"fill='none' stroke='{GOOD}' stroke-width='2'"
    top, high = (y, _BAR) if series == 0 else (y + 1, _BAR - 2)
    return f"<rect x='{x:.2f}%' y='{top:.1f}' width='{width}' height='{high}' {how}/>"
