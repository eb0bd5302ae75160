"""What the scores of a round say, in sentences an officer can read out. Pure: from `Scored` to text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from evaluators.cutline import Cut
from evaluators.scoring import Line, Scored
from laurea.documents.drawing import short
from laurea.documents.plots import NORMAL_90

NAMED = 8  # how many a sentence names
_METHODS = {
    "mean": "the mean of its scores",
    "median": "the median of its scores",
    "trimmed": "the mean of its scores without the highest and the lowest (of two, their mean)",
    "adjusted": "the mean of its scores, corrected for how severe each juror was on the applications judged in common",
    "weighted": "the mean of its scores, corrected for how severe each juror was on the applications judged in common, "
    "where the scores of reliable jurors count more",
}


@dataclass(frozen=True)
class Section:
    """A heading and the sentences below it. `key` is sheets, cut, third, adjustment, severity or agreement."""

    key: str
    title: str
    sentences: tuple[str, ...]


def sections(scored: Scored) -> list[Section]:
    """All that is to be said, in the order in which it is read."""
    found = [Section("sheets", "The sheets", (_sheets(scored), _method(scored)))]
    if scored.line is not None:
        found.append(Section("cut", "The cut line", tuple(_cut(scored, scored.line))))
    if scored.third:
        found.append(Section("third", "Where a further review helps most", tuple(_third(scored))))
    return [
        *found,
        Section("adjustment", "Whether to correct for severity", tuple(_adjustment(scored))),
        Section("severity", "How severe each juror was", tuple(_severity(scored))),
        Section("agreement", "How far jurors agree", (scored.agreement.words, *_components(scored))),
    ]


def jurors(scored: Scored) -> list[dict[str, Any]]:
    """The jurors, the widest apart first: juror_id, severity, se, sheets, spread, fit, `says` (what stands out)."""
    table = scored.calibration.jurors.sort(
        pl.col("severity").abs(), "juror_id", descending=[True, False], nulls_last=True
    )
    return [row | {"says": _stands_out(row)} for row in table.iter_rows(named=True)]


def named(names: Sequence[str], most: int = NAMED) -> str:
    """Names in a sentence: a, b and c; or a, b and 5 more."""
    if len(names) > most:
        return f"{', '.join(names[: most - 1])} and {len(names) - most + 1:,} more"
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def counted(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _sheets(scored: Scored) -> str:
    table, seats = scored.applications, scored.calibration.jurors
    sheets = table["sheets"]
    each, load = _range(sheets.to_list()), _range(seats["sheets"].to_list())
    said = f"{counted(int(sheets.sum()), 'sheet')} on {counted(table.height, 'application')} by "
    said += f"{counted(seats.height, 'juror')}: {each} an application, {load} a juror."
    marks = scored.calibration.criteria
    if marks.height:
        noun = "criterion" if marks.height == 1 else "criteria"
        said += f" A sheet's score is the mean of its marks for {marks.height} {noun}."
    return said


def _range(numbers: list[int]) -> str:
    least, most = min(numbers), max(numbers)
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def _method(scored: Scored) -> str:
    said = f"Each application has {_METHODS[scored.used]}."
    if scored.method == "advised" and scored.calibration.refused is not None:
        said += " It cannot be corrected for jurors' severity (see below)."
    elif scored.method == "advised":
        said += " That is what these sheets themselves support (see below)."
    return said


def _components(scored: Scored) -> list[str]:
    found = scored.calibration.components
    if found is None:
        return []
    said = (
        f"Scores differ by {short(found.application)} points between applications, by {short(found.juror)} between "
        f"severe and generous jurors, and by {short(found.noise)} for other reasons (standard deviations)."
    )
    return [said]


def _severity(scored: Scored) -> list[str]:
    refused = scored.calibration.refused
    if refused is not None:
        return ["This cannot be said, for the reason given above."]
    rows = jurors(scored)
    clear = [row for row in rows if _clear(row)]
    if not clear:
        return ["No juror can be told from the others: every 90% interval holds zero.", *_unsteady(rows)]
    stricter = [_one(row) for row in clear if row["severity"] > 0]
    kinder = [_one(row) for row in clear if row["severity"] < 0]
    jury = counted(len(rows), "juror")
    said = [f"{len(clear)} of {jury} can be told from the others (the 90% interval leaves out zero)."]
    if stricter:
        said.append(f"Stricter than others on the same applications: {named(stricter, 5)}.")
    if kinder:
        said.append(f"More generous: {named(kinder, 5)}.")
    return [*said, *_unsteady(rows)]


def _one(row: dict[str, Any]) -> str:
    return f"{row['juror_id']} ({signed_interval(row).lstrip('+−')} points)"


def _clear(row: dict[str, Any]) -> bool:
    return bool(abs(row["severity"]) > NORMAL_90 * row["se"] > 0)


def _unsteady(rows: list[dict[str, Any]]) -> list[str]:
    found = sorted((row for row in rows if _hard_to_foretell(row)), key=lambda row: -row["fit"])
    if not found:
        return []
    who = named([row["juror_id"] for row in found])
    return [f"Harder to foretell than jurors of this round usually are (fit well above 1): {who}."]


def _hard_to_foretell(row: dict[str, Any]) -> bool:
    return row["fit"] is not None and row["fit"] > 1 + 3 * math.sqrt(2 / row["sheets"])


def _stands_out(row: dict[str, Any]) -> str:
    if row["severity"] is None:
        return ""
    said = []
    if _clear(row):
        said.append("stricter" if row["severity"] > 0 else "more generous")
    if _hard_to_foretell(row):
        said.append("hard to foretell")
    if row["spread"] is not None and row["sheets"] >= 10 and not 0.5 < row["spread"] < 2:
        said.append("uses little of the scale" if row["spread"] <= 0.5 else "uses much of the scale")
    return ", ".join(said)


def _adjustment(scored: Scored) -> list[str]:
    refused, advice = scored.calibration.refused, scored.calibration.advice
    if refused is not None:
        said = [f"Scores cannot be corrected. {refused.reason}"]
        if len(refused.bridges) > 1:  # of one the reason has said it all
            pairs = [f"{one} with {other}" for one, other in refused.pairs]
            said.append(f"Jurors who must share an application: {named(pairs, 20)}.")
        return said
    said = [advice.reason]
    if scored.method == "weighted" and scored.used == "adjusted":
        said.append("Jurors are no more unequally reliable than chance makes them: all scores weigh the same.")
    if scored.used in ("adjusted", "weighted") and scored.used != advice.best and scored.method == scored.used:
        said.append(f"The {scored.used} scores are used all the same, because --method {scored.used} prescribes them.")
    if scored.used in ("mean", "median", "trimmed") and advice.adjust:
        said.append(f"The {scored.used} is used all the same, because --method {scored.used} prescribes it.")
    return said


def _cut(scored: Scored, line: Line) -> list[str]:
    table = scored.applications
    if line.places is None:
        passed = table.filter(pl.col("score") >= line.at).height
        whole = counted(table.height, "application")
        said = [f"The threshold is {short(line.at or 0.0)} points: {passed:,} of {whole} reach it."]
    else:
        share = _share(line.cut, table.height)
        there = "There is" if line.places == 1 else "There are"
        said = [f"{there} {counted(line.places, 'place')} for {counted(table.height, 'application')}{share}."]
        if line.cut.places is not None and line.cut.places > table.height:
            asked, whole = counted(line.cut.places, "place"), counted(table.height, "application")
            said = [f"{asked} would be more than there are applications: each of the {whole} has one."]
        if line.at is None:
            return [*said, "So there is no line between any two of them."]
        said.append(f"The line lies at {short(line.at)} points, between the last place and the first without one.")
    if line.tied:
        tied = f"{len(line.tied):,} applications have the very score of the last place, and not all of them a place"
        said.append(f"{tied}: {named(line.tied)}.")
    if table["band"].null_count():
        return [*said, scored.unsure]
    count = {band: table.filter(pl.col("band") == band).height for band in ("above", "open", "below")}
    said.append(
        f"With a probability of 95% or more {_belong(count['above'])} above it and {_belong(count['below'])} below; "
        f"{count['open']:,} cannot be told apart there."
    )
    if scored.unsure:
        said.append(scored.unsure)
    if count["open"]:
        said.append(
            "Between these the scores do not decide: what happens to them is the rules' to say, such as a further "
            "review, a tie-break, or a lot with a recorded seed."
        )
    return said


def _share(cut: Cut, applications: int) -> str:
    """The share the places were counted from, and how it was rounded where it had to be."""
    if cut.share is None:
        return ""
    how = {"up_to": "down", "nearest": "to the nearest", "at_least": "up"}[cut.rounding]
    rounded = "" if (cut.share * applications).denominator == 1 else f", rounded {how}"
    return f" ({float(cut.share) * 100:.4g}% of them{rounded})"


def _belong(number: int) -> str:
    return {0: "none belongs", 1: "1 belongs"}.get(number, f"{number:,} belong")


def _third(scored: Scored) -> list[str]:
    whole = sum(gain for _, gain in scored.third)
    reviews = "One further review" if len(scored.third) == 1 else f"One further review of each of {len(scored.third)}"
    who = named([name for name, _ in scored.third], 20)
    spared = f"{reviews} is expected to spare {short(whole)} wrong decisions in all."
    return [spared, f"They stand near the line and are uncertain: {who}."]


def signed_interval(row: dict[str, Any]) -> str:
    """A severity with its 90 % interval, or a dash."""
    if row["severity"] is None:
        return "–"
    wide = NORMAL_90 * row["se"]
    digits = max(0, 1 - math.floor(math.log10(wide))) if wide > 0 else 2  # two that say something, in both figures
    severity = round(row["severity"], digits) + 0.0
    return f"{severity:+.{digits}f} ± {wide:.{digits}f}".replace("-", "−")
