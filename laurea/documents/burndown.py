"""How many score sheets are still to come, day by day, and where the pace of the last days leads; as SVG text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from laurea.documents import drawing as draw
from laurea.documents.drawing import BAD, CALM, SOFT, WARN

MOST_POINTS = 120


@dataclass(frozen=True)
class Expected:
    """When all will be in: as likely before as after `middle`, mostly from `early` to `late`; None: out of sight."""

    early: datetime
    middle: datetime | None
    late: datetime | None


@dataclass(frozen=True)
class Words:
    """What the drawing says: title, description, axis, names of its lines, and the first and last day as written."""

    title: str
    described: str
    left: str
    due: str
    today: str
    first: str
    last: str


def burndown(
    submitted: Sequence[datetime], left: int, *, began: datetime, now: datetime, due: datetime, until: datetime,
    expected: Expected | None, words: Words, key: str = "burn-down",
) -> str:  # fmt: skip
    """Sheets to come from `began` to `until`; `submitted` in order, `left` are still out now."""
    whole = len(submitted) + left
    wide = max((until - began).total_seconds(), 1.0)
    left_edge, right, top, bottom = 9.0, 97.0, 34, 204
    across = draw.across(0, wide, left_edge, right)
    down = draw.down(0, whole or 1, top, bottom)

    def x(moment: datetime) -> float:
        return across(min(max((moment - began).total_seconds(), 0.0), wide))

    parts = list(draw.ticks_down(0, whole or 1, down, left_edge, right, whole=True))
    parts.append(draw.text(left_edge, 14, words.left, "start", SOFT))
    if began <= due <= until:
        parts.append(
            draw.line(x(due), top - 6, x(due), bottom, f"stroke='{BAD}' stroke-width='2' stroke-dasharray='6 4'")
        )
        anchor = "end" if x(due) > 60 else "start"
        parts.append(draw.text(x(due), top - 12, words.due, anchor, "font-weight='600'"))
    if expected is not None:
        thin = f"stroke='{WARN}' stroke-width='1' stroke-dasharray='2 3'"
        thick = f"stroke='{WARN}' stroke-width='2' stroke-dasharray='5 4'"
        for end, how in ((expected.early, thin), (expected.late, thin), (expected.middle, thick)):
            over = end is not None and end <= until
            share = 1.0 if over else 0.0 if end is None else (until - now) / (end - now)
            stop = end if end is not None and over else until
            parts.append(draw.line(x(now), down(left), x(stop), down(left * (1 - share)), how))
    shown = [(began, whole)]
    shown += [(submitted[place], whole - place - 1) for place in draw.spread(len(submitted), MOST_POINTS)]
    shown.append((now, left))
    for (before, high), (after, low) in pairwise(shown):
        parts.append(draw.line(x(before), down(high), x(after), down(low), f"stroke='{CALM}' stroke-width='2.5'"))
    parts.append(
        f"<circle cx='{x(now):.2f}%' cy='{down(left):.1f}' r='4.5' fill='{CALM}'>"
        f"<title>{draw.safe(words.today)}</title></circle>"
    )
    parts.append(draw.text(left_edge, bottom + 18, words.first, "start"))
    parts.append(draw.text(right, bottom + 18, words.last, "end"))
    return draw.frame(key, words.title, words.described, bottom + 30, parts)
