"""Plots as SVG text, drawn here and not in the browser: values in, one `<svg>` out, with no script and no style sheet.

Places across are per cent and sizes are pixels, so a plot fills a wide page and a telephone with letters of one size.
Lines and letters take the colour of the text around them (`currentColor`) and the few other colours are of middle
brightness, so that light and dark pages can both be read; shapes repeat what colours say. Each plot has a title and a
description that says its figures in words. `key` makes its ids unique on a page: letters, digits and hyphens. `words`
are those of another language.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from laurea.documents import drawing as draw
from laurea.documents.drawing import BAD, CALM, GOOD, SOFT, WARN, short, signed
from laurea.documents.plot_words import ENGLISH, Words

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


def severity(jurors: Sequence[Severity], key: str = "severity", words: Words = ENGLISH) -> str:
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
        says = words.of_juror.format(
            juror=one.juror, severity=signed(one.severity), wide=short(wide), sheets=one.sheets
        )
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
    parts.append(draw.text(left, 15, words.generous, "start", SOFT))
    parts.append(draw.text(right, 15, words.stricter, "end", SOFT))
    parts.append(draw.text(right, bottom + 36, words.difference, "end", SOFT))
    clear_ones = sum(abs(one.severity) > NORMAL_90 * one.error for one in shown)
    described = [words.jurors_shown.format(shown=len(shown), all=len(jurors)), words.jurors_clear.format(n=clear_ones)]
    if shown:
        described.append(words.widest.format(juror=shown[0].juror, severity=signed(shown[0].severity)))
    return draw.frame(key, words.severity, " ".join(described), bottom + 46, parts)


def cut_line(standings: Sequence[Standing], line: float | None, key: str = "cut-line", words: Words = ENGLISH) -> str:
    """Scores by rank with their 90 % intervals and the cut line; of many, MOST_APPLICATIONS evenly by rank.

    Raises ValueError for figures that are not finite.
    """
    draw.finite(value for one in standings for value in (one.score, one.error or 0.0))
    order = sorted(standings, key=lambda one: (-one.score, one.application))
    shown = [order[place] for place in draw.spread(len(order), MOST_APPLICATIONS)]
    reach = [edge for one in shown for edge in _ends(one)] + ([line] if line is not None else [])
    low, high = min(reach, default=0.0), max(reach, default=1.0)
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    top, bottom = 30, 330
    down = draw.down(low, high, top, bottom)
    left, right = 11.0, 98.0
    parts = list(draw.ticks_down(low, high, down, left, right))
    step = (right - left) / max(1, len(shown))
    radius, thin = (4.0, 1.5) if len(shown) <= 80 else (2.5, 0.75)
    named = {"above": words.above, "open": words.open, "below": words.below}
    bars: list[str] = []
    dots: list[str] = []
    for number, one in enumerate(shown):
        x = left + step * (number + 0.5)
        ends = _ends(one)
        says = words.of_application.format(application=one.application, rank=one.rank, points=short(one.score))
        says += f", {named[one.band]}" if one.band else ""
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
        parts.append(
            draw.text(  # on the left: there the dots stand far above the line
                left, y - 6, words.line_at.format(points=short(line)), "start", "fill='currentColor' font-weight='600'"
            )
        )
    parts.append(draw.text(left, 16, words.points, "start", SOFT))
    if shown:
        parts.append(draw.text(left, bottom + 20, words.rank.format(rank=shown[0].rank), "start", SOFT))
        parts.append(draw.text(right, bottom + 20, words.rank.format(rank=f"{shown[-1].rank:,}"), "end", SOFT))
        if len(shown) < len(order):
            every = words.one_of.format(n=f"{len(order) / len(shown):,.0f}")
            parts.append(draw.text((left + right) / 2, bottom + 20, every, "middle", SOFT))
    bands = {one.band for one in shown}
    for band, x in (("above", left), ("open", 33.0), ("below", 81.0)):
        if band in bands:
            parts += [
                draw.mark(x + 1, bottom + 40, 4.0, band),
                draw.text(x + 1, bottom + 44, named[band], "start", "dx='10'"),
            ]
    count = Counter(one.band for one in standings)
    described = [words.applications_shown.format(shown=len(shown), all=f"{len(standings):,}")]
    if line is not None:
        described.append(words.lies_at.format(points=short(line)))
    if count["open"] or count["above"]:
        described.append(words.bands.format(above=count["above"], open=count["open"], below=count["below"]))
    return draw.frame(key, words.cut_line, " ".join(described), bottom + 54, parts)


def agreement(marks: Sequence[tuple[float, float]], key: str = "agreement", words: Words = ENGLISH) -> str:
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
        form = words.of_marks_one if number == 1 else words.of_marks
        says = form.format(first=short(one), second=short(two), n=number)
        parts.append(
            f"<circle cx='{across(one):.2f}%' cy='{down(two):.1f}' r='{radius:.1f}' fill='{CALM}' fill-opacity='.55' "
            f"stroke='{CALM}'><title>{draw.safe(says)}</title></circle>"
        )
    parts.append(draw.text(left, 18, words.second, "start", SOFT))
    parts.append(draw.text(right, bottom + 38, words.first, "end", SOFT))
    same = sum(one == two for one, two in marks)
    described = words.marks_shown.format(n=len(marks), same=same)
    return draw.frame(key, words.agreement, described, bottom + 48, parts)


def loads(histogram: Mapping[int, int], key: str = "loads", what: str | None = None, words: Words = ENGLISH) -> str:
    """How many jurors have how many `what`: `histogram` maps a load to the number of jurors with it.

    Raises ValueError for a negative load or number.
    """
    if any(load < 0 or number < 0 for load, number in histogram.items()):
        raise ValueError("Loads and numbers of jurors are not negative.")
    what = words.applications if what is None else what
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
        named = str(start) if wide == 1 else words.to.format(first=start, last=start + wide - 1)
        x = left + step * number
        says = (words.of_load_one if bar == 1 else words.of_load).format(n=bar, load=named, what=what)
        parts.append(
            f"<rect x='{x + step * 0.1:.2f}%' y='{down(bar):.1f}' width='{step * 0.8:.2f}%' "
            f"height='{bottom - down(bar):.1f}' fill='{CALM}'><title>{draw.safe(says)}</title></rect>"
        )
        if number % every == 0:
            parts.append(draw.text(x + step / 2, bottom + 18, str(start), "middle"))
    parts.append(draw.text(left, 16, words.jurors, "start", SOFT))
    parts.append(draw.text(right, bottom + 38, what, "end", SOFT))
    jurors = sum(full.values())
    described = words.loads_shown.format(all=jurors, first=first, last=last, what=what)
    return draw.frame(key, words.loads, described, bottom + 48, parts)


def _ends(one: Standing) -> tuple[float, float]:
    wide = NORMAL_90 * (one.error or 0.0)
    return one.score - wide, one.score + wide
