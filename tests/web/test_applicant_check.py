"""The check of one's own case before applying."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from litestar import Litestar
from sqlalchemy import func, select

from laurea.store import tables as t
from tests.web import calling, seeding
from tests.web.calling import CODE, GOOD
from tests.web.conftest import Browser
from tests.web.seeding import Place

CLAUSE = re.compile(r'<li class="(\w+)"><span class="mark".*?<p>(.*?) <span class="chip', re.DOTALL)
SCREENED = ("in_time", "first_two", "finished", "consent_given", "partners_enough", "hours_enough")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = seeding.seed(tmp_path)
    calling.open_round(found)
    yield found
    found.engine.dispose()


def verdict(browser: Browser) -> dict[str, str]:
    """Every clause on the page with its look: good, bad or mute."""
    return {says: look for look, says in CLAUSE.findall(browser.text)}


def test_start_page_leads_to_the_round_that_is_open(browser: Browser, place: Place) -> None:
    assert f'href="/apply/{CODE}"' in browser.get("/").text
    assert "/apply/example-2026" not in browser.text  # with its jurors


def test_unanswered_is_unknown_and_every_clause_names_its_source(browser: Browser, place: Place) -> None:
    page = browser.get(f"/apply/{CODE}")
    looks = verdict(page)
    assert looks["The project has ended."] == "mute"
    assert looks["The application came in time."] == "good"
    assert len(looks) == len(SCREENED)
    assert page.text.count('href="https://example.org/rules"') == len(SCREENED)
    assert "not everything is known" in page.text


def test_answers_are_judged_by_the_rules(browser: Browser, place: Place) -> None:
    browser.get(f"/apply/{CODE}")
    met = browser.post(f"/apply/{CODE}", {**GOOD, "fact.earlier": "0"})
    assert set(verdict(met).values()) == {"good"}
    assert "the rules are met" in met.text
    failed = browser.post(f"/apply/{CODE}", {**GOOD, "fact.earlier": "2", "fact.hours": "1"})
    looks = verdict(failed)
    assert [says for says, look in looks.items() if look == "bad"] == [
        "Only the first two applications of a person count.", "At least 1.5 hours a week.",
    ]  # fmt: skip
    assert "the rules are not met" in failed.text


def test_check_answers_in_the_readers_language(browser: Browser, place: Place) -> None:
    browser.get(f"/apply/{CODE}?lang=lv")
    page = browser.post(f"/apply/{CODE}", {"fact.stage": "running"})
    assert verdict(page)["Projekts ir beidzies."] == "bad"
    assert "not met" not in page.text


def test_value_that_cannot_be_read_is_named_at_its_field_and_kept(browser: Browser, place: Place) -> None:
    browser.get(f"/apply/{CODE}")
    page = browser.post(
        f"/apply/{CODE}", {**GOOD, "fact.hours": "a lot", "row.partners.0.joined_on": "spring"}
    )  # fmt: skip
    assert 'value="a lot"' in page.text
    assert 'value="spring"' in page.text
    assert page.text.count('aria-invalid="true"') == 2
    assert verdict(page)["At least 1.5 hours a week."] == "mute"


def test_list_grows_without_scripts_and_can_be_said_to_be_empty(browser: Browser, place: Place) -> None:
    browser.get(f"/apply/{CODE}")
    assert browser.text.count('class="item"') == 1
    grown = browser.post(f"/apply/{CODE}", {**GOOD, "more": "partners"})
    assert grown.text.count('class="item"') == 4
    assert 'value="Scuola Manzoni"' in grown.text
    none = browser.post(f"/apply/{CODE}", {"none.partners": "1"})
    assert verdict(none)["At least 2 partner schools took part."] == "bad"


def test_nothing_of_a_check_is_stored(browser: Browser, place: Place) -> None:
    def everything() -> list[int]:
        return [place.value(select(func.count()).select_from(table)) for table in t.metadata.sorted_tables]

    before = everything()
    browser.get(f"/apply/{CODE}")
    browser.post(f"/apply/{CODE}", {**GOOD, "fact.earlier": "0"})
    assert everything() == before


def test_htmx_gets_the_verdict_alone(browser: Browser, place: Place, count_queries: Callable[[], list[str]]) -> None:
    browser.get(f"/apply/{CODE}")
    seen = count_queries()
    part = browser.post(f"/apply/{CODE}", GOOD, headers={"hx-request": "true"})
    assert "<html" not in part.text
    assert 'id="verdict"' in part.text
    assert len(seen) <= 2, seen


def test_round_that_is_not_open_is_closed_or_unknown(app: Litestar, browser: Browser, place: Place) -> None:
    calling.change(place, t.rounds, closes_at=place.now - timedelta(days=1))
    late = browser.get(f"/apply/{CODE}")  # its rules have a window of their own: they say what late means
    assert late.status == 200
    assert "The round has closed" in late.text
    calling.change(place, t.rounds, opens_at=place.now + timedelta(days=1), closes_at=place.now + timedelta(days=2))
    early, unknown = browser.get(f"/apply/{CODE}"), browser.get("/apply/nothing")
    assert early.status == unknown.status == 404
    assert early.text == unknown.text
    assert browser.get("/apply/example-2026").status == 404  # reviewing: no longer a call


def test_round_without_a_window_of_its_own_says_that_it_closed(browser: Browser, place: Place) -> None:
    calling.change(place, t.rounds, closes_at=place.now - timedelta(days=1), routed_at=None)
    answer = browser.get("/apply/example-2026")
    assert answer.status == 409
    assert "took applications until" in answer.text
