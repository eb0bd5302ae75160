"""An applicant in a real browser. Each test is named after the behaviour it holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from laurea.store import tables as t
from tests.browser.serving import Portal, free_port
from tests.web import calling, seeding
from tests.web.calling import CODE
from tests.web.seeding import Place

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = seeding.seed(tmp_path, port=free_port())
    calling.open_round(found)
    yield found
    found.engine.dispose()


def come(page: Page, address: str = "newcomer@example.org", *, to: str = f"/apply/{CODE}/start") -> None:
    """Through the mailed link to the draft."""
    page.goto(to)
    page.locator("[name=email]").fill(address)
    page.locator("main .primary").click()
    page.locator("main .primary").click()
    page.locator("main .primary").click()
    if page.locator("[name=name]").count():
        page.locator("[name=name]").fill("Nino Newcomer")
        page.locator("main .primary").click()
    expect(page).to_have_url(re.compile("/drafts/"))


def heading(place: Place) -> str:
    found: dict[str, str] = place.value(select(t.application_drafts.c.heading))
    return found.get("unit_name", "")


def test_check_answers_while_one_chooses_and_says_nothing_to_the_address(visit: Visit, place: Place) -> None:
    page = visit()
    page.goto(f"/apply/{CODE}")
    page.locator("[name='fact.stage']").select_option("running")
    expect(page.locator("#verdict .verdict")).to_contain_text("the rules are not met")
    page.locator("[name='fact.hours']").fill("a lot")
    expect(page.locator("#problem-hours")).to_be_visible()
    assert page.url.endswith(f"/apply/{CODE}")


def test_check_works_without_scripts(visit: Visit, place: Place) -> None:
    page = visit(javascript=False)
    page.goto(f"/apply/{CODE}")
    page.locator("[name='fact.consent'][value=false]").check()
    page.locator("form .primary").click()
    expect(page.locator("#verdict .verdict")).to_contain_text("the rules are not met")
    expect(page.locator("[name='fact.consent'][value=false]")).to_be_checked()


def test_application_is_written_and_handed_in_without_scripts(visit: Visit, place: Place) -> None:
    page = visit(javascript=False)
    come(page)
    page.locator("[name=unit_name]").fill("Without scripts")
    page.locator("[name='row.partners.0.school']").fill("One")
    page.locator("button[name=more]").click()
    expect(page.locator(".item")).to_have_count(3)
    page.locator("#submit").click()
    page.locator("main .primary.big").click()
    expect(page.locator("h1")).to_have_text("Without scripts")
    expect(page.locator(".timeline [aria-current]")).to_contain_text("Handed in")


def test_draft_is_saved_within_two_seconds(visit: Visit, place: Place) -> None:
    page = visit()
    come(page)
    page.clock.install()  # two seconds of the page's own clock: a busy machine is slow, not wrong
    page.reload()
    page.locator("[name=unit_name]").fill("saved by itself")
    with page.expect_response("**/save", timeout=30_000):
        page.clock.run_for(2000)
    expect(page.locator("#saved")).to_contain_text("Saved ")
    assert heading(place) == "saved by itself"


def test_draft_is_never_lost_when_the_server_dies_and_comes_back(visit: Visit, place: Place, mortal: Portal) -> None:
    page = visit()
    come(page)
    draft = page.url
    page.locator("[name=unit_name]").fill("Typed before the crash")
    expect(page.locator("#saved")).to_contain_text("Saved ")
    mortal.kill()
    page.locator("[name='fact.story']").fill("And while the server was away.")
    page.locator("[name='fact.consent'][value=true]").check()
    expect(page.locator("#saved")).to_contain_text("kept on this device")
    mortal.start()
    page.goto(draft)
    expect(page.locator("[name='fact.story']")).to_have_value("And while the server was away.")
    expect(page.locator("[name='fact.consent'][value=true]")).to_be_checked()
    expect(page.locator("#saved")).to_contain_text("Saved ")
    kept = place.value(select(t.application_drafts.c.facts))
    assert kept == {"story": "And while the server was away.", "consent": "true"}
    expect(page.locator("#verdict .verdict")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_row_added_after_typing_keeps_what_was_typed(visit: Visit, place: Place) -> None:
    page = visit()
    come(page)
    page.locator("[name='row.partners.0.school']").fill("Typed at once")
    page.locator("button[name=more]").click()
    expect(page.locator(".item")).to_have_count(3)
    expect(page.locator("[name='row.partners.0.school']")).to_have_value("Typed at once")
    page.wait_for_timeout(1500)
    expect(page.locator("#elsewhere .card")).to_have_count(0)
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_two_people_on_one_draft_are_refused_with_both_texts_kept(visit: Visit, place: Place) -> None:
    first, second = visit(), visit()
    come(first)
    draft = first.url
    first.locator("#people [name=email]").fill("colleague@example.org")
    first.locator("#people button").click()
    expect(first.locator(".people li")).to_have_count(2)
    second.goto("/sign-in")
    second.locator("[name=email]").fill("colleague@example.org")
    for _ in range(3):
        second.locator("main .primary").click()
    second.goto(draft)
    first.locator("[name=unit_name]").fill("What Nino wrote")
    expect(first.locator("#saved")).to_contain_text("Saved ")
    second.locator("[name=unit_name]").fill("What the colleague wrote")
    expect(second.locator("#elsewhere .card")).to_contain_text("What Nino wrote")
    expect(second.locator("#elsewhere .card")).to_contain_text("Nino Newcomer")
    expect(second.locator("[name=unit_name]")).to_have_value("What the colleague wrote")
    assert heading(place) == "What Nino wrote"
    second.locator("[data-do=keep-mine]").click()
    expect(second.locator("#saved")).to_contain_text("Saved ")
    assert heading(place) == "What the colleague wrote"
    versions = select(t.draft_versions.c.content).order_by(t.draft_versions.c.version.desc()).limit(1)
    assert place.value(versions)["heading"]["unit_name"] == "What Nino wrote"
