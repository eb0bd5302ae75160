"""The editions of the European labels and prizes, found by award, country and day: each edge of their dates."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from rules.errors import RuleSetError
from rules.library import editions, find, named
from rules.words import say

FOUND = [
    ("etwinning-eql", None, "2010-07-31", "eql-0a"),
    ("etwinning-eql", None, "2010-08-01", "eql-0b"),
    ("etwinning-eql", None, "2012-09-30", "eql-0b"),
    ("etwinning-eql", None, "2012-10-01", "eql-1"),
    ("etwinning-eql", "LV", "2017-10-01", "eql-1"),
    ("etwinning-eql", "PL", "2017-10-01", "eql-1-30"),
    ("etwinning-eql", "PL", "2019-01-01", "eql-2"),
    ("etwinning-eql", "DE", "2018-12-31", "eql-1"),
    ("etwinning-eql", "DE", "2023-08-31", "eql-2"),
    ("etwinning-eql", None, "2022-11-08", "eql-2"),
    ("etwinning-eql", None, "2023-09-01", "eql-3"),
    ("etwinning-eql", None, "2024-12-31", "eql-3"),
    ("etwinning-eql", None, "2025-01-01", "eql-4"),
    ("etwinning-school", "TR", "2018-03-01", "esl-2018-2019-tr"),
    ("etwinning-school", "MD", "2018-03-01", "esl-2018-2019"),
    ("etwinning-school", "IT", "2021-02-08", "esl-2021-2022-it"),
    ("etwinning-school", "TR", "2021-02-08", "esl-2021-2022-tr"),
    ("etwinning-school", "LV", "2021-02-08", "esl-2021-2022"),
    ("etwinning-school", "LV", "2022-06-01", "esl-2022"),
    ("etwinning-school", "BG", "2022-10-01", "esl-2023-2024"),
    ("etwinning-school", "PL", "2024-02-28", "esl-2024-2025-pl"),
    ("etwinning-school", "TR", "2024-02-28", "esl-2024-2025"),
    ("etwinning-school", "TR", "2025-01-20", "esl-2025-2026"),
    ("etwinning-prizes", None, "2021-11-29", "pr-21-22"),
    ("etwinning-prizes", None, "2023-06-01", "pr-23"),
    ("etwinning-prizes", None, "2025-12-31", "pr-24-25"),
    ("etwinning-prizes", None, "2026-01-01", "pr-26"),
    ("ite", "FR", "2022-05-30", "ite-2022"),
]


DATED = [str(key) for key in editions() if named(str(key)).in_force]


def found(key: str, day: date, authority: str | None) -> str:
    """The edition in force that day for the award, country and authority of another one; or why there is none."""
    own = named(key)
    try:
        return find(own.award, own.country, day, authority).key
    except RuleSetError as error:
        return str(error)


@pytest.mark.parametrize("key", DATED)
def test_an_edition_is_found_on_its_first_and_on_its_last_day_and_not_beside_them(key: str) -> None:
    own = named(key)
    authority = say(own.authority) if own.authority else None
    a_day = timedelta(days=1)
    assert own.in_force is not None
    starts, ends = own.in_force.starts, own.in_force.ends
    for within in filter(None, (starts, ends)):
        assert found(key, within, authority) == key
        alone = found(key, within, None)
        assert alone == key or (key in alone and "Name the authority" in alone)
    assert starts is None or found(key, starts - a_day, authority) != key
    assert ends is None or found(key, ends + a_day, authority) != key


@pytest.mark.parametrize(("award", "country", "day", "edition"), FOUND)
def test_an_award_has_one_edition_on_a_day(award: str, country: str | None, day: str, edition: str) -> None:
    assert find(award, country, date.fromisoformat(day)).edition == edition


def test_a_call_whose_cut_offs_are_not_published_asks_for_every_one_of_them() -> None:
    ruleset = find("etwinning-school", "TR", date(2026, 3, 1))
    assert ruleset.edition == "esl-2026-2027"
    cut_offs = {"opens", "deadline", "registered_by", "active_since", "active_teachers", "label_from", "label_to"}
    assert cut_offs <= set(ruleset.policies)
    assert set(ruleset.parameters) == {"zone"}


def test_a_year_without_an_edition_has_none() -> None:
    with pytest.raises(RuleSetError, match="No edition"):
        find("etwinning-school", "TR", date(2027, 1, 1))
