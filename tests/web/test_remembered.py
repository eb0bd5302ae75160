"""Whom the gate remembers: nobody is believed whom the records no longer know, and nobody is asked for twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from sqlalchemy import Engine, delete, insert, select, update

from laurea import clock
from laurea.actions import sheet as deeds
from laurea.entering import Signed, Stranger
from laurea.marking import Draft, Saved
from laurea.store import pages_people
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from laurea.web.gate import REMEMBERED, enter
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place


@pytest.fixture
def place(tmp_path: Path, engine: Engine) -> Iterator[Place]:
    """On both databases: over a network, pages are answered together."""
    url = engine.url.render_as_string(hide_password=False)
    found = seeding.seed(tmp_path, applications=4, jurors=2, reviews=2, database_url=url)
    yield found
    found.engine.dispose()


@pytest.fixture
def sheet(browser: Browser, place: Place) -> int:
    """A juror has opened a sheet and saved it twice: from now on the gate remembers who that is."""
    found = place.assignments(place.jurors[0])[0]
    browser.sign_in(place, place.jurors[0], f"/sheets/{found}")
    browser.post(f"/sheets/{found}/declare", {"kind": "none"})
    for version in (1, 2):
        assert save(browser, found, version).status == 200
    return found


def save(browser: Browser, sheet: int, version: int, **more: str) -> Browser:
    return browser.post(f"/sheets/{sheet}/save", {"version": str(version), "comment": f"text {version}", **more})


def stands(place: Place, sheet: int) -> str:
    return str(place.value(select(t.sheets.c.comment).where(t.sheets.c.assignment_id == sheet)))


def change(place: Place, statement: Any) -> None:
    """As another portal, or the office, does it: this process learns nothing of it."""
    with writing(place.engine) as connection:
        connection.execute(statement)


ENDS: dict[str, Callable[[int], Any]] = {
    "signed out": lambda _: delete(t.sessions),
    "too old": lambda _: update(t.sessions).values(expires_at=clock.now()),
    "not used for long": lambda _: update(t.sessions).values(seen_at=clock.now() - timedelta(hours=3)),
    "account ended": lambda person: update(t.people).where(t.people.c.id == person).values(ended_at=clock.now()),
    "another token": lambda _: update(t.sessions).values(csrf="another"),
}


@pytest.mark.parametrize("how", ENDS)
def test_a_session_that_ended_elsewhere_saves_nothing(browser: Browser, place: Place, sheet: int, how: str) -> None:
    change(place, ENDS[how](place.jurors[0]))
    assert save(browser, sheet, 3).status == 403
    assert stands(place, sheet) == "text 2"


@pytest.mark.parametrize("how", [one for one in ENDS if one != "another token"])
@pytest.mark.parametrize("page", ["/juror/example-2026", "/sheets/{sheet}"])
def test_a_session_that_ended_elsewhere_reads_nothing(
    browser: Browser, place: Place, sheet: int, how: str, page: str
) -> None:
    path = page.format(sheet=sheet)
    assert browser.get(path).address == path
    change(place, ENDS[how](place.jurors[0]))
    assert browser.get(path).address == "/sign-in"
    assert "Rivers that remember" not in browser.text


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_an_idle_session_is_over_for_whom_the_gate_remembers_too(
    browser: Browser, place: Place, sheet: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.get("/juror/example-2026")
    start = clock.now()
    at(monkeypatch, start + timedelta(hours=2, minutes=1))
    assert save(browser, sheet, 3).status == 403
    assert [browser.get(path).address for path in ("/juror/example-2026", f"/sheets/{sheet}", "/account")] == [
        "/sign-in"
    ] * 3
    assert stands(place, sheet) == "text 2"


def test_who_goes_on_working_stays_signed_in_and_that_is_written_down(
    browser: Browser, place: Place, sheet: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, written = clock.now(), set()
    for turn in range(40):  # four hours
        at(monkeypatch, start + turn * timedelta(minutes=6))
        assert save(browser, sheet, 3 + turn).status == 200
        written.add(place.value(select(t.sessions.c.seen_at)))
    assert len(written) == 40


def test_nobody_is_refused_for_what_is_only_remembered(browser: Browser, place: Place) -> None:
    """An officer who finds nothing there looks as a juror, stops, and looks again: the cookie is the same."""
    browser.sign_in(place, place.officers[0])
    room = "/juror/example-2026"
    for _ in range(2):
        assert browser.get(room).status == 404
        browser.get(f"/view/{place.jurors[0]}")
        browser.post(f"/view/{place.jurors[0]}")
        assert (browser.get(room).status, browser.get(room).status) == (200, 200)
        browser.post("/view/stop")
    assert browser.get(room).status == 404


def test_an_error_names_nobody_whom_the_records_were_not_asked_for(browser: Browser, place: Place, sheet: int) -> None:
    name = str(place.value(select(t.people.c.name).where(t.people.c.id == place.jurors[0])))
    assert name in browser.get(f"/sheets/{sheet}").text
    token = browser.token
    change(place, delete(t.sessions))
    wrong = browser.get(f"/sheets/{sheet}?conflict=maybe")
    assert (wrong.status, name in wrong.text) == (400, False)
    refused = save(browser, sheet, 3, _csrf="wrong")
    assert (refused.status, name in refused.text, token in refused.text) == (403, False, False)


def test_somebody_else_behind_the_same_cookie_gets_their_own(browser: Browser, place: Place, sheet: int) -> None:
    browser.get(f"/sheets/{sheet}")
    change(place, update(t.sessions).values(person_id=place.jurors[1]))
    assert browser.get(f"/sheets/{sheet}").status == 404
    assert save(browser, sheet, 3).status == 404
    assert stands(place, sheet) == "text 2"
    other = place.assignments(place.jurors[1])[0]
    assert browser.get(f"/sheets/{other}").status == 200


def test_what_changed_about_a_person_shows_at_once(browser: Browser, place: Place, sheet: int) -> None:
    assert 'lang="en"' in browser.get("/juror/example-2026").text
    change(place, update(t.people).where(t.people.c.id == place.jurors[0]).values(language="lv", name="Māra Ozola"))
    answer = save(browser, sheet, 3)
    assert (answer.status, stands(place, sheet)) == (200, "text 3")
    assert "Saglabāts" in answer.text
    assert "Māra Ozola" in browser.get("/juror/example-2026").text
    assert '<html lang="lv"' in browser.text


def test_a_wrong_token_and_another_role_are_refused_as_ever(browser: Browser, place: Place, sheet: int) -> None:
    assert save(browser, sheet, 3, _csrf="wrong").status == 403
    change(place, update(t.people).where(t.people.c.id == place.jurors[0]).values(role="applicant"))
    assert save(browser, sheet, 3).status == 404
    assert browser.get(f"/sheets/{sheet}").status == 404
    assert stands(place, sheet) == "text 2"


def test_nobody_is_asked_for_twice(browser: Browser, sheet: int, count_queries: Callable[[], list[str]]) -> None:
    seen = count_queries()
    asks: list[Callable[[], Browser]] = [lambda: save(browser, sheet, 3), lambda: browser.get("/juror/example-2026")]
    for ask in asks:
        seen.clear()
        assert ask().status == 200
        assert sum("sessions" in one for one in seen) == 1, seen


def test_a_stranger_in_a_lot_is_refused_alone(place: Place) -> None:
    signed = {}
    for number, person in enumerate(place.jurors):
        sheet = place.assignments(person)[0]
        deeds.declare(place.engine, person_id=person, assignment_id=sheet, kind=None, now=place.now)
        later = place.now + timedelta(hours=8)
        given = {"person_id": person, "csrf": f"c{number}", "created_at": place.now, "expires_at": later}
        change(place, insert(t.sessions).values(token_digest=f"d{number}", seen_at=place.now, browser="", **given))
        with reading(place.engine) as connection:
            found = pages_people.session(connection, f"d{number}", place.now)
        assert found is not None
        signed[sheet] = Draft(person, sheet, {}, "mine", 1, place.now, signed=Signed(f"d{number}", found))
    change(place, delete(t.sessions).where(t.sessions.c.token_digest == "d1"))
    first, second = deeds.save_sheets(place.engine, list(signed.values()))
    assert isinstance(first, Saved)
    assert isinstance(second, Stranger)
    assert [stands(place, sheet) for sheet in signed] == ["mine", ""]


def test_the_memory_is_bounded(browser: Browser, app: Litestar, place: Place) -> None:
    app.state.remembered.update({str(number): None for number in range(REMEMBERED)})
    browser.sign_in(place, place.jurors[0], "/juror/example-2026")
    browser.get("/juror/example-2026")
    assert len(app.state.remembered) == 1


def test_no_room_has_another_gate_in_place_of_this_one(app: Litestar) -> None:
    """A hook nearer to a handler would take the place of the application's."""
    rooms = [handler for route in app.routes if isinstance(route, HTTPRoute) for handler in route.route_handlers]
    assert len(rooms) > 200
    assert {handler.resolve_before_request() for handler in rooms if handler.fn.__module__.startswith("laurea")} == {
        enter
    }
    foreign = {handler.fn.__module__ for handler in rooms if handler.resolve_before_request() is not enter}
    assert not foreign, foreign
