"""Several score sheets beside each other: criteria, totals, how far they are apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from laurea.store.meetings import SheetSeen
from laurea.web import rubric
from rules.plan import Plan
from rules.terms import decimal_text


@dataclass(frozen=True)
class SheetTable:
    """Rows of criteria with each sheet's mark, marked where they differ; `apart` is the gap between the totals."""

    rows: tuple[tuple[str, tuple[str, ...], bool], ...]
    totals: tuple[str, ...]
    comments: tuple[tuple[int, str], ...]  # number of the sheet from 1, and its words
    apart: str

    @property
    def sheets(self) -> int:
        return len(self.totals)


def table(plan: Plan, sheets: Sequence[SheetSeen], language: str) -> SheetTable:
    """The sheets of one application as a table, in the order given."""
    rows = []
    for line in rubric.lines(plan, language):
        marks = tuple(one.marks.get(line.id, "") for one in sheets)
        rows.append((line.title, marks, len(set(marks)) > 1))
    totals = [rubric.tally(plan, one.marks, language).total for one in sheets]
    known = [Fraction(one) for one in totals if one is not None]
    apart = (decimal_text(max(known) - min(known)) or "") if len(known) > 1 else ""
    comments = tuple((number, one.comment) for number, one in enumerate(sheets, 1) if one.comment.strip())
    return SheetTable(tuple(rows), tuple(one or "" for one in totals), comments, apart)
