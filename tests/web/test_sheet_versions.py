"""Earlier versions of a score sheet: what differs, restoring, and who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import func, select, update

from laurea.store import tables as t
from laurea.store.engine import writing
from tests.web.conftest import Browser
from tests.web.seeding import Place
from tests.web.test_jury import FULL, marks, opened


def rewritten(browser: Browser, place: Place) -> int:
    """A sheet with three versions: empty, a first text, a second text."""
    assignment = opened(browser, place)
    browser.post(f"/sheets/{assignment}/save", {"version": "1", "mark.teaching": "3", "comment": "the first text"})
    again = {"version": "2", "over": "1", "mark.teaching": "1", "mark.data": "2", "comment": "the second text"}
    browser.post(f"/sheets/{assignment}/save", again)
    return assignment


def version(place: Place, assignment: int) -> int:
    found: int = place.value(select(t.sheets.c.version).where(t.sheets.c.assignment_id == assignment))
    return found


def test_history_shows_what_differs_from_what_stands(browser: Browser, place: Place) -> None:
    assignment = rewritten(browser, place)
    text = browser.get(f"/sheets/{assignment}/history").text
    cards = text.split('<li class="card')[1:]
    assert len(cards) == 3
    assert "the second text" in cards[0]
    assert "The others are compared with this one." in cards[0]
    assert '<td>Teaching idea</td><td class="num">3</td><td class="num">1</td>' in cards[1]
    assert '<td>Data protection</td><td class="num">–</td><td class="num">2</td>' in cards[1]
    assert "the first text" in cards[1]
    other = browser.get(f"/sheets/{assignment}/history?beside=2").text.split('<li class="card')[1:]
    assert '<td>Teaching idea</td><td class="num">1</td><td class="num">3</td>' in other[0]
    assert "The others are compared with this one." in other[1]


def test_restoring_makes_a_new_version_and_keeps_what_stood(browser: Browser, place: Place) -> None:
    assignment = rewritten(browser, place)
    browser.get(f"/sheets/{assignment}/history")
    browser.post(f"/sheets/{assignment}/restore", {"number": "2", "version": "3"})
    assert browser.address == f"/sheets/{assignment}"
    assert ">the first text</textarea>" in browser.text
    assert version(place, assignment) == 4
    assert marks(place, assignment) == {"teaching": "3"}
    kept = select(t.sheet_versions.c.comment).order_by(t.sheet_versions.c.version.desc()).limit(1)
    assert place.value(kept) == "the second text"
    assert place.value(select(func.count()).where(t.audit.c.event == "sheet_restored")) == 1
    browser.post(f"/sheets/{assignment}/restore", {"number": "3", "version": "4"})
    assert marks(place, assignment) == {"teaching": "1", "data": "2"}


def test_restoring_over_a_sheet_that_moved_on_is_refused(browser: Browser, place: Place) -> None:
    assignment = rewritten(browser, place)
    browser.post(f"/sheets/{assignment}/save", {"version": "3", "comment": "a third text"})
    answer = browser.post(f"/sheets/{assignment}/restore", {"number": "2", "version": "3"})
    assert answer.status == 409
    assert place.value(select(t.sheets.c.comment)) == "a third text"
    for number in ("9", "-1", "x", ""):
        assert browser.post(f"/sheets/{assignment}/restore", {"number": number, "version": "4"}).status == 404


def test_nobody_else_sees_or_restores_a_version(browsers: Callable[[], Browser], place: Place) -> None:
    assignment = rewritten(browsers(), place)
    other = browsers()
    other.sign_in(place, place.jurors[2])
    assert other.get(f"/sheets/{assignment}/history").status == 404
    assert other.post(f"/sheets/{assignment}/restore", {"number": "1", "version": "3"}).status == 404
    undeclared = place.assignments(place.jurors[2])[0]
    assert other.get(f"/sheets/{undeclared}/history").status == 404
    office = browsers()
    office.sign_in(place, place.officers[0])
    assert office.get(f"/sheets/{assignment}/history").status == 404


def test_a_finished_sheet_is_read_but_not_restored(browser: Browser, place: Place) -> None:
    assignment = rewritten(browser, place)
    browser.post(f"/sheets/{assignment}", {**FULL, "version": "3", "comment": "handed in", "do": "submit"})
    assert "Let this one stand again" not in browser.get(f"/sheets/{assignment}/history").text
    assert browser.post(f"/sheets/{assignment}/restore", {"number": "1", "version": "4"}).status == 409
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(review_until=place.now - timedelta(minutes=1)))
    assert browser.get(f"/sheets/{assignment}/history").status == 200


def test_what_was_submitted_stays_among_the_versions_when_the_sheet_is_reopened(browser: Browser, place: Place) -> None:
    assignment = opened(browser, place)
    browser.post(f"/sheets/{assignment}", {**FULL, "version": "1", "comment": "as handed in", "do": "submit"})
    browser.post(f"/sheets/{assignment}/reopen")
    number = str(version(place, assignment))
    browser.post(f"/sheets/{assignment}/save", {"version": number, "over": "1", "comment": "changed afterwards"})
    assert "as handed in" in browser.get(f"/sheets/{assignment}/history").text
    assert (
        browser.post(f"/sheets/{assignment}/restore", {"number": number, "version": str(int(number) + 1)}).status == 200
    )
    assert marks(place, assignment)["overall"] == "80"
