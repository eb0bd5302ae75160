"""The made-up people of a rehearsal have names that can be theirs."""

from __future__ import annotations

import numpy as np
import pytest

from laurea.cli.demo import people, scenes

DRAW = np.random.default_rng(1)


@pytest.mark.parametrize(
    ("language", "woman", "man"), [("az", "Hüseynova", "Hüseynov"), ("lv", "Balode", "Balodis"), ("ka", "", "")]
)
def test_surname_goes_with_the_first_name(language: str, woman: str, man: str) -> None:
    pool = people.pool(language, "")
    names = {people.person(pool, DRAW) for _ in range(4_000)}
    assert not set(pool.women) & set(pool.men)
    for name in names:
        given, family = name.split()
        pair = next(one for one in pool.family if family in one.split("/")).split("/")
        assert family == (pair[0] if given in pool.women else pair[-1]), name
    if woman:
        assert {woman, man} <= {name.split()[1] for name in names}


def test_towns_of_latvia_and_georgia_stand_in_the_genitive_before_their_school() -> None:
    for language, towns in (
        ("lv", {"Ventspils": "Ventspils", "Cēsis": "Cēsu", "Tukums": "Tukuma", "Daugavpils": "Daugavpils"}),
        ("ka", {"თბილისი": "თბილისის", "მცხეთა": "მცხეთის", "ახალციხე": "ახალციხის"}),
    ):
        pool = people.pool(language, "")
        for town, before in towns.items():
            assert town in pool.places
            assert people.school(pool, town, 7, DRAW).startswith(f"{before} ")
    assert set(people.pool("lv", "").of_place) <= set(people.pool("lv", "").places)


def test_every_country_of_the_european_round_has_schools_of_its_own() -> None:
    owners: dict[str, set[str]] = {}
    for country in scenes.SCHOOL_COUNTRIES:
        pool = people.pool(scenes.LANGUAGE_OF.get(country, "en"), country)
        assert min(len(pool.women), len(pool.men), len(pool.family), len(pool.places)) >= 2, country
        assert all("{place}" in school and "{n}" in school for school in pool.school), country
        for town in pool.places:
            owners.setdefault(town, set()).add(country)
    assert {town: owned for town, owned in owners.items() if len(owned) > 1} == {}
