"""The strokes of a plot: axes, marks, letters and the frame, as SVG text. See `plots` for how they are used."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from html import escape

GOOD, WARN, BAD, CALM = "#2b8a5f", "#b7791f", "#b8493d", "#3b7fb8"
SOFT = "opacity='.75'"
Place = Callable[[float], float]


def across(low: float, high: float, left: float, right: float) -> Place:
    """From values to per cent of the width."""
    return lambda value: left + (value - low) / ((high - low) or 1.0) * (right - left)


def down(low: float, high: float, top: float, bottom: float) -> Place:
    """From values to pixels, the highest on top."""
    return lambda value: bottom - (value - low) / ((high - low) or 1.0) * (bottom - top)


def ticks(low: float, high: float, *, about: int = 5, whole: bool = False) -> list[float]:
    """Round figures between two values: multiples of 1, 2 or 5 times a power of ten."""
    rough = ((high - low) or 1.0) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(one * power for one in (1, 2, 5, 10) if one * power >= rough * 0.999)
    if whole:
        step = max(1.0, step)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def ticks_across(low: float, high: float, at: Place, top: float, bottom: float) -> Iterator[str]:
    """Lines downwards with their figures below."""
    for value in ticks(low, high):
        yield line(at(value), top, at(value), bottom, "stroke='currentColor' opacity='.15'")
        yield text(at(value), bottom + 17, _figure(value), "middle")


def ticks_down(low: float, high: float, at: Place, left: float, right: float, *, whole: bool = False) -> Iterator[str]:
    """Lines across with their figures on the left."""
    for value in ticks(low, high, whole=whole):
        yield line(left, at(value), right, at(value), "stroke='currentColor' opacity='.15'")
        yield text(left - 1.5, at(value) + 4, _figure(value), "end")


def _figure(value: float) -> str:
    return "0" if abs(value) < 1e-12 else f"{value:.6g}".replace("-", "−")


def line(x1: float, y1: float, x2: float, y2: float, how: str) -> str:
    """A line between two points: per cent across, pixels down."""
    return f"<line x1='{x1:.2f}%' y1='{y1:.1f}' x2='{x2:.2f}%' y2='{y2:.1f}' {how}/>"


def text(x: float, y: float, words: str, anchor: str, how: str = "") -> str:
    """Words that start, end or have their middle at a point."""
    return f"<text x='{x:.2f}%' y='{y:.1f}' text-anchor='{anchor}' {how}>{safe(words)}</text>"


def mark(x: float, y: float, size: float, band: str) -> str:
    """A filled dot above the line, a square where it is open, a ring below, so that nobody needs the colours."""
    if band == "open":
        return (
            f"<rect x='{x:.2f}%' y='{y - size:.1f}' width='{2 * size}' height='{2 * size}' "
            f"transform='translate(-{size} 0)' fill='{WARN}'/>"
        )
    fill, stroke = (GOOD, GOOD) if band == "above" else ("none", "currentColor")
    return f"<circle cx='{x:.2f}%' cy='{y:.1f}' r='{size}' fill='{fill}' stroke='{stroke}' stroke-width='1.5'/>"


def frame(key: str, title: str, described: str, height: float, parts: Iterable[str]) -> str:
    """The whole plot."""
    if not key or not all(one.isalnum() or one == "-" for one in key):
        raise ValueError(f"{key!r} cannot stand in an id: use letters, digits and hyphens.")
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' role='img' aria-labelledby='{key}-title {key}-desc' width='100%' "
        f"height='{height:.0f}' font-family='system-ui, sans-serif' font-size='13' fill='currentColor'>"
        f"<title id='{key}-title'>{safe(title)}</title><desc id='{key}-desc'>{safe(described)}</desc>"
        f"{''.join(parts)}</svg>"
    )


def safe(words: str) -> str:
    """Words as they may stand between tags or in quotation marks."""
    return escape("".join(one for one in words if one.isprintable()), quote=True)


def brief(name: str, longest: int = 11) -> str:
    """A name that fits beside a row on a telephone: its beginning and its end, which is where numbers differ."""
    if len(name) <= longest:
        return name
    end = (longest - 1) // 2
    return f"{name[: longest - 1 - end]}…{name[-end:]}"


def short(value: float) -> str:
    """A figure of points as people write it: two places, fewer where it is large, more where it is small."""
    size = abs(value)
    rounded = f"{value:.2f}" if size >= 0.095 else f"{value:.2g}"
    if size >= 99.95:
        rounded = f"{value:.0f}"
    elif size >= 9.995:
        rounded = f"{value:.1f}"
    return "0" if abs(float(rounded)) < 1e-12 else rounded.replace("-", "−")


def signed(value: float) -> str:
    """The same with its sign."""
    said = short(value)
    return said if said == "0" or said.startswith("−") else f"+{said}"


def finite(values: Iterable[float]) -> None:
    """Raises ValueError where a figure is not finite: it would have no place."""
    if not all(math.isfinite(one) for one in values):
        raise ValueError("A figure that is not finite cannot be drawn.")


def spread(count: int, most: int) -> list[int]:
    """The places of at most `most` of `count` things: all, or the first, the last and as many evenly between."""
    if count <= most:
        return list(range(count))
    return [round(place * (count - 1) / (most - 1)) for place in range(most)]
