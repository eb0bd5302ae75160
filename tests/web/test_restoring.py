"""An officer's page of earlier states: seen before anything is done, blind while jurors work, not after a release."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from laurea.store import tables as t
from laurea.store.engine import writing
from tests.web.conftest import Browser
from tests.web.seeding import Place
from tests.web.test_jury import marks, opened

PAGE = "/rounds/example-2026/restore"


@pytest.fixture
def officer(browsers: Callable[[], Browser], place: Place) -> Browser:
    return browsers().sign_in(place, place.officers[0])


def two_versions(browser: Browser, place: Place) -> int:
    """A sheet that said something else an hour ago."""
    assignment = opened(browser, place)
    browser.post(f"/sheets/{assignment}/save", {"version": "1", "mark.teaching": "3", "comment": "the first text"})
    again = {"version": "2", "over": "1", "mark.teaching": "1", "mark.data": "2", "comment": "the second text"}
    browser.post(f"/sheets/{assignment}/save", again)
    with writing(place.engine) as connection:
        early = update(t.sheet_versions).where(t.sheet_versions.c.version < 3)
        connection.execute(early.values(saved_at=place.now - timedelta(hours=2)))
    return assignment


def asked(place: Place, **kinds: str) -> dict[str, str]:
    at = (place.now - timedelta(hours=1)).replace(tzinfo=None).isoformat() + "+00:00"
    return {"at": at, **(kinds or {"sheets": "1", "assignments": "1"})}


def test_what_would_change_is_seen_first_and_marks_stay_hidden_while_jurors_work(
    browser: Browser, officer: Browser, place: Place
) -> None:
    assignment = two_versions(browser, place)
    page = officer.get(PAGE, params=asked(place)).text
    assert "Score sheets: <b>1</b>" in page
    assert "the first text" not in page
    assert "the second text" not in page
    assert "3 entries differ; they are shown once decisions are proposed" in page
    assert marks(place, assignment) == {"teaching": "1", "data": "2"}
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(proposed_at=place.now))
    page = officer.get(PAGE, params=asked(place)).text
    assert "<b>the first text</b>" in page
    assert "Teaching idea" in page
    digest = page.partition('name="digest" value="')[2].partition('"')[0]
    officer.post(PAGE, {**asked(place), "digest": digest, "reason": ""})
    assert officer.status == 422
    assert "It is not said why" in officer.text
    officer.post(PAGE, {**asked(place), "digest": digest, "reason": "Two sheets were mixed up."})
    assert officer.address == PAGE
    assert "Two sheets were mixed up." in officer.text
    assert marks(place, assignment) == {"teaching": "3"}
    assert place.value(select(func.count()).where(t.audit.c.event == "round_restored")) == 1
    assert place.value(select(t.rounds.c.proposed_at).where(t.rounds.c.id == place.round_id)) is None


def test_what_changed_since_it_was_looked_at_is_refused_and_shown_anew(
    browser: Browser, officer: Browser, place: Place
) -> None:
    assignment = two_versions(browser, place)
    page = officer.get(PAGE, params=asked(place)).text
    digest = page.partition('name="digest" value="')[2].partition('"')[0]
    browser.get(f"/sheets/{assignment}")
    browser.post(f"/sheets/{assignment}/save", {"version": "3", "mark.teaching": "4", "comment": "newer"})
    for mark in (digest, ""):
        officer.post(PAGE, {**asked(place), "digest": mark, "reason": "Because."})
        assert officer.status == 409
        assert "Something has changed since you looked at it" in officer.text
    assert marks(place, assignment) == {"teaching": "4"}


def test_after_the_release_the_deeds_for_it_are_named_and_nothing_can_be_posted(officer: Browser, place: Place) -> None:
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(proposed_at=place.now, released_at=place.now))
    page = officer.get(PAGE, params=asked(place)).text
    assert officer.status == 409
    assert "/heard" in page
    assert "/terms" in page
    assert 'name="reason"' not in page
    assert officer.post(PAGE, {**asked(place), "digest": "x", "reason": "Because."}).status == 404


def test_odd_questions_are_answered(officer: Browser, place: Place) -> None:
    for wrong in ({"at": "soon"}, {"at": "2026-01-01T00:00"}, {**asked(place), "some": "AZ-9"}, {"at": "9" * 40}):
        given = {"sheets": "1", **wrong}
        assert officer.get(PAGE, params=given).status in (409, 422), wrong
    assert officer.get(PAGE).status == 200
