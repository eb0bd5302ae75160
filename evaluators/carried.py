"""What a new round carries over from the last one that may be stale: dates nobody changed, and years that are past."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rules.ruleset import RuleSet, say
from rules.words import LANGUAGES

_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_DATED = ("date", "moment")  # kinds of values that name a year; a day of the year stays right
_OUTSIDE = ("sources", "notes", "in_force", "award", "edition")  # where it stands and since when, not what it asks
_SILENT = ("cite", "seen", "note", "address")


class Flag(StrEnum):
    """Why a value may be stale."""

    UNCHANGED = "unchanged"  # a date that is still last time's
    OLD_YEAR = "old year"  # it names a year of the last round, or an earlier one


@dataclass(frozen=True)
class Said:
    """A sentence or figure of an edition that names a past year; `place` is its path in the file."""

    place: str
    text: str


def flag(kind: str, before: str, value: str, last_year: int) -> Flag | None:
    """Whether a value carried into a new round may be stale. `last_year` is the last of the round before."""
    if kind in _DATED and value and value == before:
        return Flag.UNCHANGED
    return Flag.OLD_YEAR if old_years(value, last_year) else None


def old_years(text: str, last_year: int) -> list[int]:
    """The years a text names that are not after `last_year`."""
    return [int(year) for year in _YEAR.findall(text) if int(year) <= last_year]


def said(ruleset: RuleSet, last_year: int, language: str = "en") -> list[Said]:
    """What an edition itself says of past years: figures, conditions, questions and titles, not its sources."""
    data = {name: part for name, part in ruleset.document.data.items() if name not in _OUTSIDE}
    return [Said(".".join(path), text) for path, text in _texts(data, language) if old_years(text, last_year)]


def _texts(part: Any, language: str, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(part, dict):
        if part and set(part) <= {*LANGUAGES}:
            yield path, say(part, language)
            return
        for name, one in part.items():
            if name not in _SILENT:
                yield from _texts(one, language, (*path, str(name)))
    elif isinstance(part, list):
        for number, one in enumerate(part, start=1):
            named = str(one["id"]) if isinstance(one, dict) and "id" in one else str(number)
            yield from _texts(one, language, (*path, named))
    elif part is not None and not isinstance(part, bool):
        yield path, str(part)


def later(text: str, years: int, last_year: int) -> str:
    """A text with every past year moved on: `Label 2025/2026` becomes `Label 2026/2027`.

    Only years near the last round are moved; one long past is no part of its name.
    """

    def move(found: re.Match[str]) -> str:
        year = int(found[0])
        return str(year + years) if last_year - 1 <= year <= last_year + 1 else found[0]

    return _YEAR.sub(move, text)
