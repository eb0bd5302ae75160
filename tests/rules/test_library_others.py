"""National competitions and comparable schemes: the edition in force is found; published cases stand beside rules."""

from __future__ import annotations

import re
from datetime import date

import pytest

from rules.errors import RuleSetError
from rules.library import LIBRARY, find

PUBLISHED = [
    *("C02", "C05", "C08", "C11", "C14", "C17", "X02", "X05", "X08", "X11", "X14", "X17", "X20", "X23", "X26", "X29"),
    *("X32", "X35", "X38", "X41"),
]


@pytest.fixture(scope="module")
def written():
    return "".join(path.read_text(encoding="utf-8") for path in LIBRARY.glob("*/*.cases.yaml"))


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_case_stands_beside_a_rule_set(written, name):
    assert re.search(rf"^  - id: {name}(-|$)", written, re.MULTILINE)


@pytest.mark.parametrize(
    ("award", "country", "on", "edition"),
    [
        ("az-creative-project", "AZ", date(2021, 12, 15), "az-mc-2021"),
        ("az-creative-project", "AZ", date(2022, 11, 30), "az-mc-2022"),
        ("pl-national-prizes", "PL", date(2025, 1, 15), "pl-2025"),
        ("pl-national-prizes", "PL", date(2024, 7, 31), "pl-2024"),
        ("de-national-prize", "DE", date(2012, 12, 31), "de-2012"),
        ("de-national-prize", "DE", date(2013, 1, 1), "de"),
        ("athena-swan-grace", "GB", date(2013, 12, 31), "as-old"),
        ("athena-swan-grace", "GB", date(2014, 1, 1), "as-grace"),
        ("hreir", "GB", date(2025, 1, 1), "uk"),
        ("hreir", "FR", date(2025, 1, 1), "eu-hrs4r"),
        ("eco-schools-green-flag", "FI", date(2025, 1, 1), "eco-fi"),
    ],
)
def test_the_edition_in_force_is_found(award, country, on, edition):
    assert find(award, country, on).edition == edition


def test_two_authorities_of_one_country_must_be_told_apart():
    with pytest.raises(RuleSetError, match="More than one edition"):
        find("eco-schools-green-flag", "GB", date(2025, 1, 1))


def test_no_edition_is_in_force_between_two_calls():
    with pytest.raises(RuleSetError, match="No edition"):
        find("az-creative-project", "AZ", date(2022, 6, 1))
