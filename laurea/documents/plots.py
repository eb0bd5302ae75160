"""Plots as SVG text, drawn here and not in the browser: values in, one `<svg>` out, with no script and no style sheet.

Places across are per cent and sizes are pixels, so a plot fills a wide page and a telephone with letters of one size.
Lines and letters take the colour of the text around them (`currentColor`) and the few other colours are of middle
brightness, so that light and dark pages can both be read; shapes repeat what colours say. Each plot has a title and a
description that says its figures in words. `key` makes its ids unique on a page: letters, digits and hyphens.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from laurea.documents import drawing as draw
from laurea.documents.drawing import BAD, CALM, GOOD, SOFT, WARN, short, signed

NORMAL_90 = 1.6449  # a 90 % interval is this many standard errors wide on either side
MOST_JURORS = 40
MOST_APPLICATIONS = 150


@dataclass(frozen=True)
class Severity:
    """One juror: how many points lower than others on the same applications, its standard error, how many sheets."""

    juror: str
    severity: float
    error: float
    sheets: int


@dataclass(frozen=True)
class Standing:
    """One application: score and standard error in points (error None: unknown); band is above, open, below or ""."""

    application: str
    rank: int
    score: float
    error: float | None
    band: str


def severity(jurors: Sequence[Severity], key: str = "severity") -> str:
    """Each juror's severity with its 90 % interval, the widest first; only MOST_JURORS are shown, and it says so.

    Raises ValueError for figures that are not finite.
    """
    draw.finite(value for one in jurors for value in (one.severity, one.error))
    shown = sorted(jurors, key=lambda one: (-abs(one.severity), one.juror))[:MOST_JURORS]
    reach = max([abs(one.severity) + NORMAL_90 * one.error for one in shown], default=0.0) or 1.0
    left, right, top, row = 31.0, 97.0, 26, 22
    bottom = top + row * len(shown)
    across = draw.across(-reach, reach, left, right)
    parts = list(draw.ticks_across(-reach, reach, across, top - 6, bottom))
    parts.append(draw.line(across(0), top - 6, across(0), bottom, "stroke='currentColor' stroke-width='1.5'"))
    for number, one in enumerate(shown):
        y = top + row * number + row // 2
        wide = NORMAL_90 * one.error
        clear = abs(one.severity) > wide
        colour = (BAD if one.severity > 0 else CALM) if clear else "currentColor"
        says = f"{one.juror}: {signed(one.severity)} ± {short(wide)} points, {one.sheets} sheets"
        ends = across(one.severity - wide), across(one.severity + wide)
        fill = colour if clear else "none"
        bar = draw.line(ends[0], y, ends[1], y, f"stroke='{colour}' stroke-width='2'")
        parts.append(
            f"<g><title>{draw.safe(says)}</title>"
            f"<text x='{left - 2:.2f}%' y='{y + 4}' text-anchor='end'>{draw.safe(draw.brief(one.juror))}</text>"
            f"{bar}"
            f"<circle cx='{across(one.severity):.2f}%' cy='{y}' r='4.5' fill='{fill}' stroke='{colour}' "
            "stroke-width='2'/></g>"
        )
    parts.append(draw.text(left, 15, "← more generous", "start", SOFT))
    parts.append(draw.text(right, 15, "stricter →", "end", SOFT))
    parts.append(draw.text(right, bottom + 36, "points of difference", "end", SOFT))
    clear_ones = sum(abs(one.severity) > NORMAL_90 * one.error for one in shown)
    described = (
        f"{len(shown)} of {len(jurors)} jurors, the widest apart first, each with a 90 % interval. "
        f"Filled and coloured: {clear_ones} whose interval leaves out nought."
    )
    if shown:
        described += f" Widest: {shown[0].juror}, {signed(shown[0].severity)} points."
    return draw.frame(key, "How severe each juror was", described, bottom + 46, parts)


def cut_line(standings: Sequence[Standing], line: float | None, key: str = "cut-line") -> str:
    """Scores by rank with their 90 % intervals and the cut line; of many, MOST_APPLICATIONS evenly by rank.

    Raises ValueError for figures that are not finite.
    """
    draw.finite(value for one in standings for value in (one.score, one.error or 0.0))
    order = sorted(standings, key=lambda one: (-one.score, one.application))
    shown = [order[place] for place in draw.spread(len(order), MOST_APPLICATIONS)]
    reach = [edge for one in shown for edge in _ends(one)] + ([line] if line is not None else [])
    low, high = min(reach, default=0.0), max(reach, default=1.0)
    top, bottom = 30, 330
    down = draw.down(low, high, top, bottom)
    left, right = 11.0, 98.0
    parts = list(draw.ticks_down(low, high, down, left, right))
    step = (right - left) / max(1, len(shown))
    radius, thin = (4.0, 1.5) if len(shown) <= 80 else (2.5, 0.75)
    bars: list[str] = []
    dots: list[str] = []
    for number, one in enumerate(shown):
        x = left + step * (number + 0.5)
        ends = _ends(one)
        says = f"{one.application}: rank {one.rank}, {short(one.score)} points" + (f", {one.band}" if one.band else "")
        colour = {"above": GOOD, "open": WARN}.get(one.band, "currentColor")
        bars.append(
            draw.line(x, down(ends[0]), x, down(ends[1]), f"stroke='{colour}' stroke-width='{thin}' opacity='.7'")
        )
        hint = f"<title>{draw.safe(says)}</title>"
        dots.append(f"<g>{hint}{draw.mark(x, down(one.score), radius, one.band)}</g>")
    parts += [*bars, *dots]  # no interval over a dot
    if line is not None:
        y = down(line)
        dashed = f"stroke='{BAD}' stroke-width='2' stroke-dasharray='6 4'"
        parts.append(draw.line(left, y, right, y, dashed))
        parts.append(draw.text(right, y - 6, f"cut line {short(line)}", "end", "fill='currentColor' font-weight='600'"))
    parts.append(draw.text(left, 16, "points", "start", SOFT))
    if shown:
        parts.append(draw.text(left, bottom + 20, f"rank {shown[0].rank}", "start", SOFT))
        parts.append(draw.text(right, bottom + 20, f"rank {shown[-1].rank:,}", "end", SOFT))
        if len(shown) < len(order):
            every = f"one of {len(order) / len(shown):,.0f} is shown"
            parts.append(draw.text((left + right) / 2, bottom + 20, every, "middle", SOFT))
    bands = {one.band for one in shown}
    for band, words, x in (("above", "above", left), ("open", "cannot be told apart", 33.0), ("below", "below", 81.0)):
        if band in bands:
            parts += [
                draw.mark(x + 1, bottom + 40, 4.0, band),
                draw.text(x + 1, bottom + 44, words, "start", "dx='10'"),
            ]
    count = Counter(one.band for one in standings)
    described = f"{len(shown)} of {len(standings):,} applications by rank, each score with a 90 % interval."
    if line is not None:
        described += f" The cut line lies at {short(line)} points."
    if count["open"] or count["above"]:
        described += f" {count['above']} stand clearly above it, {count['open']} cannot be told apart there, "
        described += f"{count['below']} stand clearly below."
    return draw.frame(key, "Scores around the cut line", described, bottom + 54, parts)


def agreement(marks: Sequence[tuple[float, float]], key: str = "agreement") -> str:
    """First against second mark of each application; the larger a dot, the more applications stand there.

    Raises ValueError for figures that are not finite.
    """
    draw.finite(value for pair in marks for value in pair)
    values = [value for pair in marks for value in pair]
    low, high = min(values, default=0.0), max(values, default=1.0)
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    left, right, top, bottom = 14.0, 95.0, 34, 334
    across, down = draw.across(low, high, left, right), draw.down(low, high, top, bottom)
    parts = list(draw.ticks_down(low, high, down, left, right))
    parts += draw.ticks_across(low, high, across, top, bottom)
    parts.append(draw.line(left, bottom, right, top, "stroke='currentColor' stroke-dasharray='4 4' opacity='.6'"))
    cells = 30 / (high - low)
    # Marks off a coarse scale are gathered in a grid of 30 by 30, so that a dot is always a number of applications.
    gathered = Counter((round((one - low) * cells), round((two - low) * cells)) for one, two in marks)
    lattice = len({value for pair in marks for value in pair}) <= 31
    counted: Mapping[tuple[float, float], int] = (
        Counter(marks) if lattice else {(low + a / cells, low + b / cells): n for (a, b), n in gathered.items()}
    )
    most = max(counted.values(), default=1)
    for (one, two), number in sorted(counted.items(), key=lambda item: -item[1]):
        radius = max(3.0, 13 * math.sqrt(number / max(most, 9)))
        noun = "application" if number == 1 else "applications"
        says = f"first mark {short(one)}, second {short(two)}: {number} {noun}"
        parts.append(
            f"<circle cx='{across(one):.2f}%' cy='{down(two):.1f}' r='{radius:.1f}' fill='{CALM}' fill-opacity='.55' "
            f"stroke='{CALM}'><title>{draw.safe(says)}</title></circle>"
        )
    parts.append(draw.text(left, 18, "second mark", "start", SOFT))
    parts.append(draw.text(right, bottom + 38, "first mark", "end", SOFT))
    same = sum(one == two for one, two in marks)
    described = f"{len(marks)} applications with two marks; {same} times both are equal, as on the dashed line."
    return draw.frame(key, "First against second mark", described, bottom + 48, parts)


def loads(histogram: Mapping[int, int], key: str = "loads", what: str = "applications") -> str:
    """How many jurors have how many `what`: `histogram` maps a load to the number of jurors with it.

    Raises ValueError for a negative load or number.
    """
    if any(load < 0 or number < 0 for load, number in histogram.items()):
        raise ValueError("Loads and numbers of jurors are not negative.")
    full = {load: number for load, number in histogram.items() if number}
    first, last = min(full, default=0), max(full, default=0)
    wide = max(1, math.ceil((last - first + 1) / 24))
    count = (last - first) // wide + 1
    bars = [0] * count
    for load, number in full.items():
        bars[(load - first) // wide] += number
    left, right, top, bottom = 11.0, 98.0, 30, 170
    highest = max([*bars, 1])
    down = draw.down(0, highest, top, bottom)
    parts = list(draw.ticks_down(0, highest, down, left, right, whole=True))
    step = (right - left) / count
    every = max(1, math.ceil(count / 12))
    for number, bar in enumerate(bars):
        start = first + number * wide
        named = str(start) if wide == 1 else f"{start} to {start + wide - 1}"
        x = left + step * number
        says = f"{bar} {'juror' if bar == 1 else 'jurors'} with {named} {what}"
        parts.append(
            f"<rect x='{x + step * 0.1:.2f}%' y='{down(bar):.1f}' width='{step * 0.8:.2f}%' "
            f"height='{bottom - down(bar):.1f}' fill='{CALM}'><title>{draw.safe(says)}</title></rect>"
        )
        if number % every == 0:
            parts.append(draw.text(x + step / 2, bottom + 18, str(start), "middle"))
    parts.append(draw.text(left, 16, "jurors", "start", SOFT))
    parts.append(draw.text(right, bottom + 38, what, "end", SOFT))
    jurors = sum(full.values())
    described = f"{jurors} jurors with {first} to {last} {what} each."
    return draw.frame(key, "How the work is shared", described, bottom + 48, parts)


def _ends(one: Standing) -> tuple[float, float]:
    wide = NORMAL_90 * (one.error or 0.0)
    return one.score - wide, one.score + wide
