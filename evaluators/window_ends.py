"""The ends of a window as thresholds: the last moments outside it, and the first and last ones inside.

An end is as wide as it is written: of `2024-06-30T23:59` the whole minute is the end, of `2024-06-30` the whole day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from evaluators.papers import Papers
from evaluators.reading import read
from rules import moments
from rules.nodes import Node
from rules.ruleset import RuleSet, Window
from rules.syntax import parse


@dataclass(frozen=True)
class End:
    """One end of a window: `opens` or `closes`. `of`: the moment tested; `text`: the end as the file has it."""

    clause: str
    block: str
    end: str
    of: Node
    text: str
    window: Window

    @property
    def name(self) -> str:
        """What is measured, and with what."""
        return f"{self.window.of} against {self.end} {self.text}"

    def sides(self, papers: Papers) -> set[str]:
        """Whether the moment of an application is just before the end, at it, or just after it."""
        found, width = self._begins(papers)
        moment = read(self.of, papers)
        if found is None or not isinstance(moment, datetime):
            return set()
        place = {"below": -width, "at": timedelta(), "above": width}
        zone = found.tzinfo
        for side, apart in place.items():
            first, after = ((found + one).replace(tzinfo=zone).astimezone(UTC) for one in (apart, apart + width))
            if first <= moment < after:
                return {side}
        return set()

    def moment(self, side: str, papers: Papers) -> datetime | None:
        """The moment of a side that lies nearest to the line between inside and outside, on the clock of the place."""
        found, width = self._begins(papers)
        if found is None:
            return None
        second = timedelta(seconds=1)
        at = found if self.end == "opens" else found + width - second
        return {"below": found - second, "at": at, "above": found + width}[side]

    def _begins(self, papers: Papers) -> tuple[datetime | None, timedelta]:
        """When the end begins on the clock of the place, and how long it lasts; None while a policy is open."""
        text = self._constant(papers, self.text) if moments.is_name(self.text) else self.text
        zone = self.window.zone if "/" in self.window.zone else self._constant(papers, self.window.zone)
        if text is None or zone is None:
            return None, timedelta()
        return moments.local(text).replace(tzinfo=ZoneInfo(zone)), moments.width(text)

    def _constant(self, papers: Papers, name: str) -> str | None:
        value: Any = papers.constants.get(name, None if "." in name else name)
        return None if value is None else str(value).replace(" ", "T")


def ends(ruleset: RuleSet) -> Iterator[End]:
    """The ends of all windows, in the order of the file."""
    for block, clauses in ruleset.blocks():
        for clause in clauses:
            for key in ("opens", "closes"):
                text = getattr(clause.window, key, None)
                if clause.window is not None and text is not None:
                    yield End(clause.id, block, key, parse(clause.window.of), text, clause.window)
