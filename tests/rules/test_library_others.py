"""National competitions and comparable schemes: the edition in force is found, or what to add is said."""

from __future__ import annotations

from datetime import date

import pytest

from rules.errors import RuleSetError
from rules.library import editions, find, named


@pytest.mark.parametrize(
    ("award", "country", "on", "edition"),
    [
        ("az-creative-project", "AZ", date(2021, 12, 15), "az-mc-2021"),
        ("az-creative-project", "AZ", date(2021, 12, 16), "az-mc-2021"),
        ("az-creative-project", "AZ", date(2022, 11, 4), "az-mc-2022"),
        ("az-creative-project", "AZ", date(2022, 11, 30), "az-mc-2022"),
        ("az-creative-project", "AZ", date(2022, 12, 1), "az-mc-2022"),
        ("pl-national-prizes", "PL", date(2025, 1, 15), "pl-2025"),
        ("pl-national-prizes", "PL", date(2025, 1, 16), "pl-2025"),
        ("pl-national-prizes", "PL", date(2024, 7, 31), "pl-2024"),
        ("pl-national-prizes", "PL", date(2024, 8, 1), "pl-2025"),
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


@pytest.mark.parametrize("key", [str(key) for key in editions()])
def test_every_edition_is_found_on_its_first_and_on_its_last_day(key):
    ruleset = named(key)
    force = ruleset.in_force
    authority = next(iter(ruleset.authority.values())) if ruleset.authority else None
    days = {day for day in (force.starts, force.ends) if day} if force else {date(2025, 1, 1)}
    for day in days:
        assert find(ruleset.award, ruleset.country, day, authority).key == key


@pytest.mark.parametrize(
    ("authority", "edition"), [("Eco-Schools England", "eco-en"), ("Eco-Schools Northern Ireland", "eco-ni")]
)
def test_two_authorities_of_one_country_are_told_apart(authority, edition):
    assert find("eco-schools-green-flag", "GB", date(2025, 1, 1), authority).edition == edition


@pytest.mark.parametrize("authority", [None, "Somebody else"])
def test_where_they_are_not_told_apart_the_authorities_are_named(authority):
    with pytest.raises(RuleSetError, match="More than one edition") as caught:
        find("eco-schools-green-flag", "GB", date(2025, 1, 1), authority)
    (problem,) = caught.value.problems
    assert "Eco-Schools England" in problem.remedy
    assert "Eco-Schools Northern Ireland" in problem.remedy


def test_no_edition_is_in_force_between_two_calls():
    with pytest.raises(RuleSetError, match="No edition"):
        find("az-creative-project", "AZ", date(2022, 6, 1))
