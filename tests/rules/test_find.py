"""Editions are found by award, country, authority and day; both ends of a period count."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from rules import library
from rules.errors import RuleSetError
from rules.library import find, load_text

TEXT = """\
award: prize
edition: "{edition}"
title: A prize
{more}
sources: {{call: {{title: The call, mark: F}}}}
in_force: {{starts: {starts}, ends: {ends}, cite: call}}
facts: {{a: {{type: bool, meaning: x, supplied_by: officer, for_information: true}}}}
outcomes: [{{id: won, title: Won, otherwise: true}}]
"""
EDITIONS = [
    ("common", "", "2020-01-01", "2020-12-31"),
    ("next", "", "2021-01-01", "2021-12-31"),
    ("north", "country: GB\nauthority: The North", "2020-01-01", "2020-12-31"),
    ("south", "country: GB\nauthority: {en: The South, lv: Dienvidi}", "2020-01-01", "2020-12-31"),
    ("lv", "country: LV", "2020-01-01", "2020-06-30"),
    ("everywhere", "authority: The Whole", "2022-01-01", "2022-12-31"),
    ("ee", "authority: The Whole\ncountry: EE", "2022-01-01", "2022-12-31"),
]


@pytest.fixture(autouse=True)
def shelf(monkeypatch):
    texts = {one[0]: TEXT.format(edition=one[0], more=one[1], starts=one[2], ends=one[3]) for one in EDITIONS}
    monkeypatch.setattr(library, "_files", lambda: (Path("prize", name) for name in texts))
    monkeypatch.setattr(library, "_kept", lambda path: load_text(texts[path.name], "x.yaml"))


@pytest.mark.parametrize(
    ("country", "on", "authority", "edition"),
    [
        (None, date(2020, 12, 31), None, "common"),
        (None, date(2021, 1, 1), None, "next"),
        ("LV", date(2020, 6, 30), None, "lv"),
        ("LV", date(2020, 7, 1), None, "common"),
        ("GB", date(2020, 5, 1), "The North", "north"),
        ("GB", date(2020, 5, 1), "Dienvidi", "south"),
        ("LV", date(2020, 5, 1), "Somebody else", "lv"),
        ("EE", date(2022, 5, 1), "The Whole", "ee"),
        ("LV", date(2022, 5, 1), "The Whole", "everywhere"),
    ],
)
def test_the_edition_in_force_is_found(country, on, authority, edition):
    assert find("prize", country, on, authority).edition == edition


@pytest.mark.parametrize(
    ("country", "on", "says"),
    [("GB", date(2020, 5, 1), "Name the authority"), (None, date(2019, 12, 31), "No edition")],
)
def test_none_or_several_are_refused(country, on, says):
    with pytest.raises(RuleSetError, match=says):
        find("prize", country, on)
