"""What a round does by itself, on its page: what it waits for, which step fails, why, and the button that retries."""

from __future__ import annotations

from html import unescape

import pytest
from sqlalchemy import func, select, update

from laurea import steps
from laurea.errors import LaureaError
from laurea.store import failures
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place

ROOM = "/rounds/example-2026"


@pytest.fixture
def officer(browser: Browser, place: Place) -> Browser:
    return browser.sign_in(place, place.officers[0])


def break_sources(place: Place) -> None:
    """One application has not been asked about, and nobody said where its source is."""
    with writing(place.engine) as connection:
        one = t.applications.c.id == place.applications[0]
        connection.execute(update(t.applications).where(one).values(gathered_at=None))


def mend_sources(place: Place) -> None:
    with writing(place.engine) as connection:
        connection.execute(update(t.applications).values(gathered_at=place.now))


def kept(place: Place) -> list[failures.Failure]:
    with reading(place.engine) as connection:
        return failures.of_round(connection, place.round_id)


def test_a_failing_step_is_told_with_its_reason_and_can_be_retried(officer: Browser, place: Place) -> None:
    break_sources(place)
    text = officer.get(ROOM).text
    assert "cannot be asked" not in text
    text = officer.post(f"{ROOM}/advance").text
    assert officer.status == 200
    assert text.count("The sources of evidence cannot be asked.") == 2  # what needs attention, and below
    failure = kept(place)[0]
    assert "no address is set for it" in failure.says
    assert f"{failure.says} {failure.remedy}" in unescape(text)
    assert "Tried 1 time since" in text
    assert "Try again now" in text
    assert "Tried 2 times since" in officer.post(f"{ROOM}/advance").text
    mend_sources(place)
    text = officer.post(f"{ROOM}/advance").text
    assert "cannot be asked" not in text
    assert "Continue now" in text
    assert kept(place) == []


def test_a_step_that_succeeds_takes_its_failure_along(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    seeding.fill(place, 1.0)

    def broken(*_a: object, **_k: object) -> None:
        raise RuntimeError("secret of the house")

    step = steps.Step(steps.SETTLE, place.round_id)
    with monkeypatch.context() as patched:
        patched.setattr("laurea.steps.settle.settle", broken)
        for _ in range(3):
            with pytest.raises(RuntimeError, match="secret"):
                steps.perform(place.engine, step, settings=place.settings, now=place.now)
    failure = kept(place)[0]
    assert (failure.step, failure.tries, failure.says, failure.error) == ("settle", 3, "", "RuntimeError")
    lines = select(func.count()).where(t.audit.c.event == "step_failed")
    assert place.value(lines) == 1  # once, not at every try
    steps.perform(place.engine, step, settings=place.settings, now=place.now)
    assert kept(place) == []


def test_an_error_of_ours_is_told_without_its_words(
    officer: Browser, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeding.fill(place, 1.0)

    def broken(*_a: object, **_k: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr("laurea.steps.settle.settle", broken)
    officer.get(ROOM)
    text = officer.post(f"{ROOM}/advance").text
    assert "The decisions cannot be worked out." in text
    assert "An error on our side (RuntimeError)." in text
    assert "secret of the house" not in text


def test_a_failure_that_is_no_longer_due_goes(place: Place) -> None:
    break_sources(place)
    with pytest.raises(LaureaError):
        steps.advance(place.engine, place.round_id, settings=place.settings, now=place.now)
    assert len(kept(place)) == 1
    mend_sources(place)
    steps.advance(place.engine, place.round_id, settings=place.settings, now=place.now)
    assert kept(place) == []


def test_the_page_says_what_the_round_waits_for(officer: Browser, place: Place) -> None:
    assert "The round waits for 24 score sheets; then the decisions are worked out." in officer.get(ROOM).text
    seeding.fill(place, 1.0)
    assert "All score sheets are in. The decisions are worked out next." in officer.get(ROOM).text
    seeding.fill(place, 1.0, settle=True)
    assert "They wait for you to release them." in officer.get(ROOM).text


def test_where_the_officer_routes_the_page_promises_no_jurors(officer: Browser, place: Place) -> None:
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(screened_at=None, routed_at=None, routed_by_hand=True))
    text = officer.get(ROOM).text
    assert "The sources are asked and the applications checked; who reviews what waits for your plan." in text
    assert "given to jurors" not in text
