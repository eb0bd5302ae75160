"""The label's editions follow one another without a gap, and each country's own edition comes before the common one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from rules.errors import RuleSetError
from rules.library import editions, find, named

AWARD = "etwinning-nql"
COUNTRIES = sorted({key.country for key in editions() if key.award == AWARD and key.country})


@pytest.mark.parametrize("country", [None, *COUNTRIES])
def test_every_day_has_exactly_one_edition(country):
    own = {
        day
        for key in editions()
        if key.award == AWARD and (force := named(str(key)).in_force) is not None
        for end in (force.starts, force.ends)
        if end is not None
        for day in (end - timedelta(days=1), end, end + timedelta(days=1))
    }
    assert own
    for day in sorted(own):
        assert find(AWARD, country, day).country in (None, country)


@pytest.mark.parametrize(
    ("country", "day", "edition"),
    [
        ("LV", date(2013, 12, 31), "nql-a"),
        ("LV", date(2014, 1, 1), "nql-b"),
        ("GB", date(2014, 6, 1), "nql-gb-2014"),
        ("GB", date(2015, 1, 1), "nql-b"),
        ("LV", date(2019, 10, 31), "nql-b"),
        ("LV", date(2019, 11, 1), "nql-c"),
        ("LV", date(2021, 7, 31), "nql-c"),
        ("LV", date(2021, 8, 1), "nql-d"),
        ("LV", date(2022, 7, 31), "nql-d"),
        ("LV", date(2022, 8, 1), "nql-e"),
        ("LV", date(2025, 12, 31), "nql-e"),
        ("LV", date(2026, 1, 1), "nql-f"),
        ("CZ", date(2020, 6, 16), "nql-cz-2020"),
        ("IT", date(2018, 7, 1), "nql-it-2018"),
        ("IT", date(2022, 6, 1), "nql-it-2022"),
        ("IT", date(2022, 9, 1), "nql-e"),
        ("DE", date(2023, 1, 25), "nql-e"),
        ("DE", date(2023, 1, 26), "nql-de-2023"),
        ("PL", date(2023, 4, 28), "nql-pl-2022"),
        ("ES", date(2023, 12, 31), "nql-es-2023"),
        ("ES", date(2024, 1, 1), "nql-es-2024"),
        ("ES", date(2026, 1, 1), "nql-es-2024"),
        ("DE", date(2026, 1, 1), "nql-de-2023"),
        ("PL", date(2026, 1, 1), "nql-f"),
        ("RS", date(2016, 5, 1), "nql-rs-2016"),
        ("RS", date(2024, 8, 30), "nql-rs-2024"),
        ("GE", date(2017, 5, 1), "nql-ge-2017"),
    ],
)
def test_the_edition_of_a_country_and_a_day(country, day, edition):
    assert find(AWARD, country, day).edition == edition


def test_an_edition_of_another_country_is_not_taken():
    assert find(AWARD, "LV", date(2023, 4, 28)).country is None
    with pytest.raises(RuleSetError):
        find("no-such-award", "LV", date(2023, 4, 28))
