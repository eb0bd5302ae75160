"""Applying: from the address to an application of the round."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from laurea.store import tables as t
from laurea.store.invariants import broken
from tests.web import calling, seeding
from tests.web.calling import CODE, GOOD
from tests.web.conftest import Browser
from tests.web.seeding import Place

HEADING: dict[str, object] = {"unit_name": "Rivers that talk", "unit_ref": "P-77", "institution": "Lyceum No. 1"}
LINK = re.compile(r'href="http://[^/]+(/enter/[\w-]+)"')


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = seeding.seed(tmp_path)
    calling.open_round(found)
    yield found
    found.engine.dispose()


def come(browser: Browser, address: str = "newcomer@example.org", name: str = "Nino Newcomer") -> str:
    """A newcomer comes by mail link and begins; gives the address of the draft."""
    enter(browser, address, f"/apply/{CODE}/start")
    if browser.address.endswith("/start"):
        browser.post(f"/apply/{CODE}/begin", {"name": name})
    assert browser.address.startswith("/drafts/")
    return browser.address


def enter(browser: Browser, address: str, path: str) -> None:
    browser.get(path)
    found = LINK.search(browser.post(path, {"email": address}).text)
    assert found
    browser.get(found.group(1))
    browser.post(found.group(1))


def version(browser: Browser) -> str:
    found = re.search(r'name="version"[^>]*value="(\d+)"', browser.text)
    assert found
    return found.group(1)


def write(browser: Browser, draft: str, **more: object) -> Browser:
    browser.get(draft)
    return browser.post(draft, {**HEADING, **GOOD, "version": version(browser), **more})


def hand_in(browser: Browser, draft: str) -> str:
    write(browser, draft)
    browser.get(f"{draft}/summary")
    browser.post(f"{draft}/summary", {"version": version(browser)})
    assert browser.address.startswith("/my/")
    return browser.address


def test_newcomer_applies_and_the_round_has_an_application_with_its_provenance(browser: Browser, place: Place) -> None:
    status = hand_in(browser, come(browser))
    row = calling.rows(place, select(t.applications).where(t.applications.c.unit_name == "Rivers that talk"))[0]
    assert (row.state, row.unit_ref, row.country, row.institution) == ("submitted", "P-77", "AZ", "Lyceum No. 1")
    assert row.facts == {"stage": "finished", "finished_on": "2026-06-20", "consent": "true", "hours": "2.5"}
    assert [one["school"] for one in row.children["partners"]] == ["Sākumskola Ausma", "Scuola Manzoni"]
    said = {one.fact: (one.kind, one.after) for one in calling.rows(place, select(t.statements))}
    assert said["hours"] == ("typed", "2.5")
    assert set(said) == {"stage", "finished_on", "consent", "hours", "partners"}
    page = browser.get(status).text
    assert "typed by Nino Newcomer" in page
    kinds = {one.kind for one in calling.rows(place, select(t.messages.c.kind))}
    assert kinds == {"sign_in", "received"}
    with place.engine.connect() as connection:
        assert broken(connection) == []


def test_known_and_unknown_addresses_get_the_same_answer(browsers: Callable[[], Browser], place: Place) -> None:
    texts = []
    for address in ("applicant1@example.org", "nobody-yet@example.org"):
        browser = browsers()
        browser.get(f"/apply/{CODE}/start")
        text = browser.post(f"/apply/{CODE}/start", {"email": address}).text
        texts.append(re.sub(rf"{address}|/enter/[\w-]+|\s+|value=\"\w+\"", "", text))
    assert texts[0] == texts[1]


def test_address_is_a_name_only_until_its_owner_says_theirs(browser: Browser, place: Place) -> None:
    enter(browser, "newcomer@example.org", f"/apply/{CODE}/start")
    who = select(t.people.c.name).where(t.people.c.email == "newcomer@example.org")
    assert place.value(who) == "newcomer@example.org"
    assert 'name="name"' in browser.text
    browser.post(f"/apply/{CODE}/begin", {"name": "  Nino   Newcomer "})
    assert place.value(who) == "Nino Newcomer"


def test_beginning_twice_gives_the_same_draft_until_it_is_handed_in(browser: Browser, place: Place) -> None:
    draft = come(browser)
    browser.post(f"/apply/{CODE}/begin", {"name": ""})
    assert browser.address == draft
    hand_in(browser, draft)
    browser.get(f"/apply/{CODE}/start")
    assert browser.address == f"/apply/{CODE}/start"  # a further application is another draft


def test_imported_applicant_comes_in_by_the_same_address(browser: Browser, place: Place) -> None:
    before = place.value(select(func.count()).select_from(t.people))
    enter(browser, "APPLICANT1@example.org", f"/apply/{CODE}/start")
    assert place.value(select(func.count()).select_from(t.people)) == before
    assert "Rivers that remember" in browser.get("/my").text


def test_autosave_keeps_what_was_typed_also_what_cannot_be_read(
    browser: Browser, place: Place, count_queries: Callable[[], list[str]]
) -> None:
    draft = come(browser)
    browser.get(draft)
    given = {**HEADING, "version": version(browser), "fact.hours": "a lot", "row.partners.0.school": "One"}
    browser.post(f"{draft}/save", given)
    assert 'id="saved"' in browser.text
    seen = count_queries()
    again = browser.post(f"{draft}/save", {**given, "version": version(browser), "fact.stage": "running"})
    assert again.status == 200
    assert len(seen) <= 4, seen
    row = calling.rows(place, select(t.application_drafts))[0]
    assert row.facts == {"hours": "a lot", "stage": "running"}
    assert row.children == {"partners": [{"school": "One"}]}
    assert "This is not a number" in browser.get(draft).text


def test_unreadable_answer_or_missing_name_stops_handing_in_and_says_where(browser: Browser, place: Place) -> None:
    draft = come(browser)
    write(browser, draft, **{"fact.hours": "many", "unit_name": ""})
    page = browser.get(f"{draft}/summary").text
    assert f'href="{draft}#q-hours"' in page
    assert "The name of the project or school is missing." in page
    assert browser.post(f"{draft}/summary", {"version": version(browser)}).status == 422
    assert place.value(select(func.count()).where(t.applications.c.unit_name == "Rivers that talk")) == 0


def test_summary_says_what_the_rules_would_say(browser: Browser, place: Place) -> None:
    draft = come(browser)
    write(browser, draft, **{"fact.hours": "1"})
    page = browser.get(f"{draft}/summary").text
    assert "the rules are not met" in page
    browser.post(f"{draft}/summary", {"version": version(browser)})
    assert browser.address.startswith("/my/")  # it may still be handed in: the round decides


def test_two_people_write_one_draft_and_neither_overwrites_the_other(
    browsers: Callable[[], Browser], place: Place
) -> None:
    first, second = browsers(), browsers()
    draft = come(first)
    first.get(draft)
    first.post(f"{draft}/people", {"email": "colleague@example.org"})
    letter = calling.rows(place, select(t.messages).where(t.messages.c.kind == "invited"))
    assert [one.address for one in letter] == ["colleague@example.org"]
    assert draft in letter[0].content.decode("utf-8", "replace").replace("=\r\n", "")
    enter(second, "colleague@example.org", "/sign-in")
    second.get(draft)
    seen = version(second)
    write(first, draft)
    theirs = second.post(draft, {"unit_name": "Another name", "version": seen, "fact.stage": "running"})
    assert theirs.status == 409
    assert 'value="Another name"' in theirs.text
    assert "Rivers that talk" in theirs.text
    assert "Nino Newcomer" in theirs.text
    second.post(draft, {"unit_name": "Another name", "version": version(theirs), "over": "1"})
    assert place.value(select(t.application_drafts.c.heading)) == {"unit_name": "Another name"}
    kept = [one.content["heading"].get("unit_name") for one in calling.rows(place, select(t.draft_versions))]
    assert "Rivers that talk" in kept
    part = first.post(f"{draft}/save", {"unit_name": "Third", "version": "1"})
    assert part.status == 409
    assert 'id="elsewhere"' in part.text


def test_both_see_the_application_that_one_handed_in(browsers: Callable[[], Browser], place: Place) -> None:
    first, second = browsers(), browsers()
    draft = come(first)
    first.get(draft)
    first.post(f"{draft}/people", {"email": "colleague@example.org"})
    first.get(draft)
    first.post(f"{draft}/people", {"email": "Colleague@example.org"})  # known already: not told again
    enter(second, "colleague@example.org", "/sign-in")
    status = hand_in(second, draft)
    assert first.get(status).status == 200
    assert first.get(draft).address == status
    told = calling.rows(place, select(t.messages.c.kind, t.messages.c.address).where(t.messages.c.kind != "sign_in"))
    assert sorted(map(tuple, told)) == [
        ("invited", "colleague@example.org"), ("received", "colleague@example.org"),
        ("received", "newcomer@example.org"),
    ]  # fmt: skip
    owner = select(t.people.c.email).join(t.applications, t.applications.c.applicant_id == t.people.c.id)
    assert place.value(owner.where(t.applications.c.unit_name == "Rivers that talk")) == "newcomer@example.org"


def test_others_find_nothing(browsers: Callable[[], Browser], place: Place) -> None:
    mine = browsers()
    draft = come(mine)
    status = hand_in(mine, draft)
    other_draft = come(browsers(), "third@example.org", "Third")
    readers = {"stranger": browsers(), "juror": browsers(), "officer": browsers()}
    come(readers["stranger"], "stranger@example.org", "Stranger")
    readers["juror"].sign_in(place, place.jurors[0])
    readers["officer"].sign_in(place, place.officers[0])
    for who, browser in readers.items():
        unknown = browser.get("/my/AAAAAAAAAAAAAAAAAAAAAA")
        for path in (draft, f"{draft}/summary", status, other_draft):
            answer = browser.get(path)
            assert (who, path, answer.status) == (who, path, 404)
            assert answer.text == unknown.text
        browser.get("/")
        for path in (draft, f"{draft}/save", f"{draft}/people", f"{draft}/summary", f"{status}/say"):
            given = {"email": "x@example.org", "fact": "", "kind": "comment", "says": "x", "version": "1"}
            answer = browser.post(path, given)
            assert (who, path, answer.status) == (who, path, 404)
    assert browsers().get(draft).address == "/sign-in"
    for path in (draft, status):
        key = path.rsplit("/", 1)[1]
        assert not key.isdigit()
        assert len(key) >= 20


def test_round_that_closed_takes_no_draft_and_keeps_it_readable(browser: Browser, place: Place) -> None:
    draft = come(browser)
    write(browser, draft)
    calling.change(place, t.rounds, closes_at=place.now - timedelta(minutes=1), routed_at=place.now)
    page = browser.get(draft)
    assert "no longer takes applications" in page.text
    assert 'value="Rivers that talk"' in page.text
    seen = version(page)
    assert browser.post(f"{draft}/save", {"unit_name": "Late", "version": seen}).status == 409
    assert browser.post(f"{draft}/summary", {"version": seen}).status == 409


def test_late_application_is_taken_where_the_rules_judge_lateness(browser: Browser, place: Place) -> None:
    draft = come(browser)
    write(browser, draft)
    calling.change(
        place, t.rounds, closes_at=place.now - timedelta(hours=1),
        parameters={"last_moment": (place.now - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")},
    )  # fmt: skip
    page = browser.get(f"{draft}/summary").text
    assert "The round has closed" in page
    assert re.search(r'<li class="bad">.{0,80}</span>\s*<div><p>The application came in time', page, re.DOTALL)
    browser.post(f"{draft}/summary", {"version": version(browser)})
    assert browser.address.startswith("/my/")


def test_letters_and_audit_hold_no_more_than_they_need(browser: Browser, place: Place) -> None:
    hand_in(browser, come(browser))
    events = calling.rows(place, select(t.audit).where(t.audit.c.event == "application_handed_in"))
    assert [(one.round_id, one.details) for one in events] == [(2, {})]
    assert "newcomer" not in repr([tuple(one) for one in events]).lower()
