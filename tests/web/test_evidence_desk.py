"""The evidence desk's pages: an export is sent, looked at, taken in or left; who took part in what."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.web.conftest import Browser
from tests.web.seeding import Place

ONE = "unit_id,teacher_id,last_active_on,name\nS1,T1,2026-01-05,Aygün\nS1,T2,2026-02-05,Rəşad\n"
TWO = "unit_id,teacher_id,last_active_on,name\nS1,T1,2026-03-05,Aygün\nS2,T3,yesterday,Nigar\n"


@pytest.fixture
def officer(browser: Browser, place: Place) -> Browser:
    return browser.sign_in(place, place.officers[0])


def send(officer: Browser, text: str, kind: str = "teachers", name: str = "teachers.csv") -> str:
    officer.get("/evidence")
    officer.post("/evidence/files", {"kind": kind}, files={"file": (name, text.encode())})
    return officer.address


def test_an_export_is_looked_at_then_taken_in_and_the_next_one_shows_its_differences(officer: Browser) -> None:
    address = send(officer, ONE)
    assert re.fullmatch(r"/evidence/files/\d+", address)
    assert "Nothing of this file counts yet." in officer.text
    assert "new: 2" in officer.text
    officer.post(f"{address}/take")
    assert "taken in" in officer.text
    again = send(officer, TWO)
    text = officer.text
    for word in ("changed: 1", "gone: 1", "new: 1", "2026-01-05", "2026-03-05", "last_active_on", "“yesterday”"):
        assert word in text
    officer.post(f"{again}/leave")
    assert "The file was left; nothing changed." in officer.text
    assert "Rows" in officer.text
    assert officer.post(f"{again}/take").status == 409


def test_a_file_that_cannot_be_read_says_so_and_keeps_the_choice(officer: Browser) -> None:
    send(officer, "a|b\n1|2\n", "events", "events.csv")
    assert officer.status == 422
    assert "Nothing was taken in." in officer.text
    assert '<option value="events" selected>' in officer.text
    officer.post("/evidence/files", {"kind": "events"})
    assert officer.status in (400, 422)


def test_nobody_else_finds_the_desk_or_a_file_of_another_office(browsers: Callable[[], Browser], place: Place) -> None:
    address = send(browsers().sign_in(place, place.officers[0]), ONE)
    other = browsers().sign_in(place, place.officers[2])
    assert "teachers.csv" not in other.get("/evidence").text
    assert other.get(address).status == 404
    assert other.post(f"{address}/take").status == 404
    juror = browsers().sign_in(place, place.jurors[0])
    assert juror.get("/evidence").status == 404
    assert juror.get("/evidence/participations").status == 404
    assert browsers().get("/evidence").address == "/sign-in"


def test_a_participation_is_written_down_shown_and_taken_back(officer: Browser) -> None:
    officer.get("/evidence/participations")
    typed = {"unit_id": "S1", "person": "Aygün M.", "what": "Media course", "held_on": "2026-02-01", "hours": "6"}
    officer.post("/evidence/participations", {**typed, "hours": "six", "proof": "https://a.example/list"})
    assert officer.status == 422
    assert 'value="Media course"' in officer.text
    officer.post("/evidence/participations", typed)
    assert "Written down." in officer.text
    assert "Media course" in officer.get("/evidence/participations?unit=S1").text
    assert "Media course" not in officer.get("/evidence/participations?unit=S2").text
    officer.post("/evidence/participations", typed)
    assert "written down already" in officer.text
    number = re.search(r"/participations/(\d+)/withdraw", officer.text)
    assert number
    officer.post(f"/evidence/participations/{number[1]}/withdraw")
    assert "Taken back." in officer.text
    assert "Media course" not in officer.text


def test_a_form_without_its_token_sends_nothing(officer: Browser) -> None:
    files = {"file": ("teachers.csv", ONE.encode())}
    assert officer.post("/evidence/files", {"kind": "teachers", "_csrf": "wrong"}, files=files).status == 403
    assert "teachers.csv" not in officer.get("/evidence").text
