"""An officer's room: attention, lists, decisions with their trace, release."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

from laurea.store import tables as t
from laurea.store.engine import writing
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place


@pytest.fixture
def officer(browser: Browser, place: Place) -> Browser:
    return browser.sign_in(place, place.officers[0])


def test_needs_attention_names_count_and_page(officer: Browser, place: Place) -> None:
    with writing(place.engine) as connection:
        some = t.applications.c.id.in_(place.applications[:3])
        connection.execute(update(t.applications).where(some).values(state="needs_evidence"))
        connection.execute(update(t.rounds).values(review_until=place.now + timedelta(days=2)))
        connection.execute(t.assignments.delete().where(t.assignments.c.id == 24))
    text = officer.get("/rounds/example-2026").text
    assert "3 applications wait for evidence that is not there yet." in text
    assert "2 places in the imported files could not be used." in text
    assert "23 score sheets are still open; the review period ends on" in text
    assert "1 application has too few jurors." in text
    shown = officer.get("/rounds/example-2026/applications?state=needs_evidence").text
    assert "3 applications" in shown
    assert "1 application" in officer.get("/rounds/example-2026/applications?reviews=missing").text
    assert "“4 Nov” is not a moment." in officer.get("/rounds/example-2026/refused").text


def test_round_without_needs_says_so(officer: Browser, place: Place) -> None:
    with writing(place.engine) as connection:
        connection.execute(t.refused_rows.delete())
    assert "Nothing. The round goes on by itself." in officer.get("/rounds/example-2026").text


def test_search_finds_names_and_takes_signs_literally(officer: Browser) -> None:
    base = "/rounds/example-2026/applications"
    assert "Sounds of the market" in officer.get(f"{base}?q=sounds").text
    assert "Nothing matches." in officer.get(f"{base}?q=%25").text
    assert officer.get(f"{base}?side=99").status == 200
    assert officer.get(f"{base}?side=x").status == 400
    assert officer.get(f"{base}?state=nonsense").status == 200


def test_decisions_are_not_shown_before_they_are_proposed(officer: Browser) -> None:
    assert "There are no decisions yet." in officer.get("/rounds/example-2026/decisions").text
    assert "There is nothing to release yet." in officer.get("/rounds/example-2026/release").text


def test_proposed_decision_shows_its_trace_with_citations(officer: Browser, place: Place) -> None:
    seeding.fill(place, 1.0, settle=True)
    overview = officer.get("/rounds/example-2026").text
    assert "12 proposed decisions are ready to be released." in overview
    page = officer.get(f"/rounds/example-2026/applications/{place.applications[0]}").text
    for clause in place.ruleset.eligibility:
        assert clause.says["en"] in page
    assert page.count("Our own example") >= len(place.ruleset.eligibility) + 2
    assert "proposed, not released" in page
    assert "Aygün Məmmədova" in page


def test_release_shows_consequences_and_does_exactly_them(officer: Browser, place: Place) -> None:
    seeding.fill(place, 1.0, settle=True)
    digest = place.value(select(t.rounds.c.digest))
    granted = place.value(select(func.count()).where(t.decisions.c.granted))
    page = officer.get("/rounds/example-2026/release").text
    assert "Release these 12 decisions?" in page
    assert f'<b class="num">{granted}</b> label' in page
    assert officer.post("/rounds/example-2026/release", {"digest": "0" * 64}).status == 409
    assert place.value(select(func.count()).select_from(t.grants)) == 0
    assert officer.get("/results/example-2026").status == 404
    officer.get("/rounds/example-2026/release")
    assert officer.post("/rounds/example-2026/release", {"digest": digest}).address == "/rounds/example-2026"
    assert place.value(select(func.count()).select_from(t.grants)) == granted
    assert place.value(select(func.count()).where(t.messages.c.kind == "decision")) == 12
    assert "decisions of this round were released" in officer.get("/rounds/example-2026/release").text
    assert "12 letters" in officer.get("/rounds/example-2026/outbox").text


def test_two_officers_release_at_once_and_one_wins(browsers: Callable[[], Browser], place: Place) -> None:
    seeding.fill(place, 1.0, settle=True)
    digest = place.value(select(t.rounds.c.digest))
    both = [browsers().sign_in(place, officer) for officer in place.officers[:2]]
    for one in both:
        one.get("/rounds/example-2026/release")
    start = threading.Barrier(2)
    answers: list[int] = []

    def press(one: Browser) -> None:
        start.wait()
        answer = one.client.post(
            "/rounds/example-2026/release", data={"_csrf": one.token, "digest": digest}, follow_redirects=False
        )
        answers.append(answer.status_code)

    threads = [threading.Thread(target=press, args=(one,)) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [303, 409]
    assert place.value(select(func.count()).where(t.audit.c.event == "decisions_released")) == 1
    assert place.value(select(func.count()).where(t.messages.c.kind == "decision")) == 12


def test_another_authority_sees_nothing(browser: Browser, place: Place) -> None:
    browser.sign_in(place, place.officers[2])
    assert "Example label" not in browser.get("/rounds").text
    for path in ("", "/applications", "/decisions", "/release", "/outbox", "/refused"):
        assert browser.get(f"/rounds/example-2026{path}").status == 404
    for path in ("/release", "/advance"):
        assert browser.post(f"/rounds/example-2026{path}", {"digest": "x"}).status == 404


def test_outbox_never_shows_what_a_letter_says(officer: Browser, place: Place) -> None:
    with writing(place.engine) as connection:
        connection.execute(
            insert(t.messages).values(
                authority_id=1, round_id=place.round_id, key="k", message_id="m", kind="decision",
                person_id=place.jurors[0], address="hidden@example.org", language="az", subject="a secret subject",
                content=b"a secret text", state="failed", reply="550 no such mailbox", not_before=place.now,
                created_at=place.now,
            )
        )  # fmt: skip
    text = officer.get("/rounds/example-2026/outbox?state=failed").text
    assert "550 no such mailbox" in text
    assert "secret" not in text
    assert "hidden@example.org" not in text
    assert "1 letter could not be delivered." in officer.get("/rounds/example-2026").text


def test_continue_now_moves_the_round_on(officer: Browser, place: Place) -> None:
    seeding.fill(place, 1.0)
    officer.get("/rounds/example-2026")
    officer.post("/rounds/example-2026/advance")
    assert "12 proposed decisions are ready to be released." in officer.text


def test_query_budget_of_lists_does_not_grow(
    officer: Browser, place: Place, count_queries: Callable[[], list[str]]
) -> None:
    seeding.fill(place, 1.0, settle=True)
    seen = count_queries()
    base = "/rounds/example-2026"
    pages = (base, f"{base}/applications", f"{base}/decisions", f"{base}/outbox", f"{base}/refused", "/rounds")
    for path in (*pages, f"{base}/applications/1", f"{base}/release"):
        officer.get(path)
        seen.clear()
        assert officer.get(path).status == 200
        assert len(seen) <= 12, (path, seen)
