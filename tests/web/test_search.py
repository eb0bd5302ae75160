"""One search language: the same words find the same applications on the page, over the API and in files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pytest
from sqlalchemy import insert, update

from laurea.actions import tokens
from laurea.ledger import SYSTEM
from laurea.store import tables as t
from laurea.store.engine import writing
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place

API = "/api/v1/rounds/example-2026"


@pytest.fixture
def decided(place: Place) -> Place:
    """All decided; three applications moved to other countries and regions, one with a sign in its name."""
    seeding.fill(place, 1.0, settle=True)
    with writing(place.engine) as connection:
        for number, values in (
            (0, {"country": "LV", "region": "", "unit_name": "=1+1 100% sure"}),
            (1, {"country": "GE", "region": "Kaxeti"}),
            (2, {"country": None}),
        ):
            which = t.applications.c.id == place.applications[number]
            connection.execute(update(t.applications).where(which).values(**values))
        shaken = insert(t.jurors).values(
            authority_id=1, round_id=place.round_id, person_id=place.jurors[0], ref="J99", languages=["en"],
            expertise=[], max_load=1, region="",
        )  # fmt: skip
        connection.execute(shaken)
    return place


SEARCHES = (
    ("", 12),
    ("market", 1),
    ("sounds market", 1),
    ('"sounds market"', 0),
    ("100%", 1),
    ("%", 1),
    ("country:lv", 1),
    ("country:LV,GE", 2),
    ("-country:LV,GE", 10),
    ("country:none", 1),
    ("region:none", 1),
    ("-region:none", 11),
    ("state:decided -country:LV", 11),
    ("id:2603", 1),
    ("juror:J01", 6),
    ("-juror:J01", 6),
    ("juror:none", 0),
    ("reviews:2 done:>=2", 12),
    ("missing:>0", 0),
    ("points:>=0", 12),
    ("points:<0", 0),
    ("outcome:label", None),
    ("-outcome:label outcome:no_label", None),
    ("rank:none", 12),
    ("group:none", 12),
    ("submitted:>=2000-01-01", 12),
    ("submitted:2000-01-01", 0),
    ("applicant:Aygün", 1),
)


def test_the_same_words_find_the_same_everywhere(browsers: Callable[[], Browser], decided: Place) -> None:
    officer, program = browsers().sign_in(decided, decided.officers[0]), browsers()
    _, token = tokens.give(
        decided.engine, decided.round_id, name="x", scopes=["read", "export", "proposals"], days=1, actor=SYSTEM,
        now=decided.now,
    )  # fmt: skip
    bearer = {"authorization": f"Bearer {token}"}

    def over_api(path: str, words: str) -> set[str]:
        answer = program.client.get(API + path, params={"q": words}, headers=bearer)
        assert answer.status_code == 200, answer.text
        return {item["application_id"] for item in answer.json()["items"]}

    def in_file(address: str, client: Browser, words: str, **headers: str) -> set[str]:
        text = client.client.get(address, params={"q": words}, headers=headers).text
        return {row["application_id"] for row in csv.DictReader(io.StringIO(text))}

    for words, found in SEARCHES:
        first = over_api("/applications", words)
        assert found is None or len(first) == found, words
        assert over_api("/results", words) == first, words
        assert in_file(f"{API}/exports/applications.csv", program, words, **bearer) == first, words
        assert in_file("/rounds/example-2026/exports/sheets.csv", officer, words) == first, words
        for page in ("applications", "decisions"):
            text = officer.client.get(f"/rounds/example-2026/{page}", params={"q": words}).text
            assert set(re.findall(r">(AZ-\d+)</a>", text)) == first, words


def test_a_wrong_word_is_named_and_nothing_is_listed(browsers: Callable[[], Browser], place: Place) -> None:
    officer = browsers().sign_in(place, place.officers[0])
    text = officer.client.get("/rounds/example-2026/applications", params={"q": "colour:red"}).text
    assert "“colour:red”: there is no such field." in text
    assert "AZ-26" not in text
    _, token = tokens.give(place.engine, place.round_id, name="x", scopes=["read"], days=1, actor=SYSTEM, now=place.now)
    answer = browsers().client.get(
        f"{API}/applications", params={"q": "colour:red"}, headers={"authorization": f"Bearer {token}"}
    )
    assert (answer.status_code, answer.json()["refusals"][0]["field"]) == (422, "colour:red")


def test_what_may_not_be_seen_cannot_be_asked(browsers: Callable[[], Browser], place: Place) -> None:
    """A search tells nobody what a page hides: not by rows, and not by their number."""
    seeding.fill(place, 1.0)
    officer = browsers().sign_in(place, place.officers[0])
    for words in ("points:>0", "outcome:none", "-rank:1", "group:x"):
        text = officer.client.get("/rounds/example-2026/applications", params={"q": words}).text
        assert "this is not to be seen yet" in text
        assert "AZ-26" not in text
    seeding.fill(place, 1.0, settle=True)
    _, token = tokens.give(place.engine, place.round_id, name="x", scopes=["read"], days=1, actor=SYSTEM, now=place.now)
    answer = browsers().client.get(
        f"{API}/applications", params={"q": "outcome:label"}, headers={"authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 422
