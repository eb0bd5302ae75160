"""What is carried over from last year's round is flagged where it may be stale, and nowhere else."""

from __future__ import annotations

import pytest

from evaluators.carried import Flag, flag, later, old_years, said
from rules.library import load_text

RULES = """\
award: prize
edition: "2025"
title: {en: Prize 2025, lv: Balva 2025}
sources: {house: {title: Rules of 2024, mark: OWN, address: "https://example.org/2024"}}
facts:
  fits: {type: bool, meaning: Finished by 2025, supplied_by: applicant}
  more: {type: bool, meaning: More than 20250 pages, supplied_by: applicant}
parameters:
  last_day: {type: date, value: 2025-08-31, cite: house (page 2025)}
  most: {type: int, value: 1800, cite: house}
eligibility: [{id: fitting, says: It fits the year 2031., cite: house, require: fits}]
outcomes:
  - {id: won, title: Won in 2024, when: eligibility, grants: true, letter: granted}
  - {id: lost, title: Lost, otherwise: true, letter: not_granted}
"""


@pytest.mark.parametrize(
    ("kind", "before", "value", "found"),
    [
        ("date", "2025-12-15", "2025-12-15", Flag.UNCHANGED),
        ("date", "2027-01-15", "2027-01-15", Flag.UNCHANGED),  # still last time's, though it is to come
        ("date", "2025-12-15", "2025-12-16", Flag.OLD_YEAR),
        ("date", "2025-12-15", "2026-12-15", None),
        ("moment", "2025-01-01T10:00", "2026-01-01T10:00", None),
        ("day", "09-01", "09-01", None),
        ("text", "Label 2025", "Label 2025", Flag.OLD_YEAR),
        ("text", "Label 2025", "Label 2024/2026", Flag.OLD_YEAR),
        ("text", "Label 2025", "Label 2026", None),
        ("int", "15", "15", None),
        ("int", "2025", "2025", Flag.OLD_YEAR),
        ("text", "x", "12025 and 20251", None),
    ],
)
def test_value_is_flagged_where_it_may_be_stale(kind: str, before: str, value: str, found: Flag | None) -> None:
    assert flag(kind, before, value, 2025) is found


def test_years_of_a_text() -> None:
    assert old_years("from 1999 to 2025, then 2026", 2025) == [1999, 2025]


def test_edition_tells_what_it_says_of_past_years_in_the_readers_words() -> None:
    found = {one.place: one.text for one in said(load_text(RULES, "r.yaml"), 2025, "lv")}
    assert found == {
        "title": "Balva 2025",
        "facts.fits.meaning": "Finished by 2025",
        "parameters.last_day.value": "2025-08-31",
        "outcomes.won.title": "Won in 2024",
    }


def test_names_move_on_and_long_past_years_stay() -> None:
    assert later("Label 2025/2026, since 2005", 1, 2025) == "Label 2026/2027, since 2005"
    assert later("az-nql-2025", 1, 2025) == "az-nql-2026"
