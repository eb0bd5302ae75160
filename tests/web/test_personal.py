"""The pages of personal data: an officer finds, hands out, corrects and erases; everybody takes what is their own."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update

from laurea.actions import retain
from laurea.store import tables as t
from laurea.store.engine import writing
from tests.web.conftest import Browser
from tests.web.seeding import NAMES, Place


@pytest.fixture
def officer(browsers: Callable[[], Browser], place: Place) -> Browser:
    return browsers().sign_in(place, place.officers[0])


def person(place: Place, role: str, name: str = "") -> int:
    p = t.people.c
    query = select(p.id).where(p.role == role, p.authority_id == 1, p.name == name if name else p.id > 0)
    return int(place.value(query.order_by(p.id).limit(1)))


def test_an_officer_finds_people_of_their_own_office_alone(officer: Browser, place: Place) -> None:
    assert "Personal data" in officer.get("/rounds").text
    assert NAMES[0] not in officer.get("/personal").text
    found = officer.get("/personal", params={"q": NAMES[0].split()[0]})
    assert (found.status, NAMES[0] in found.text) == (200, True)
    assert "Nobody here is called so." in officer.get("/personal?q=Ilze").text
    assert officer.get(f"/personal/people/{place.officers[2]}").status == 404
    for deed in ("export", "correct", "anonymise"):
        assert officer.post(f"/personal/people/{place.officers[2]}/{deed}", {"reason": "asked"}).status == 404


def test_nobody_else_comes_in(browsers: Callable[[], Browser], place: Place) -> None:
    juror = browsers().sign_in(place, place.jurors[0])
    for address in ("/personal", f"/personal/people/{place.jurors[0]}"):
        assert juror.get(address).status == 404
    assert juror.post("/personal/keep", {"keep": "letters", "days": "9"}).status == 404
    assert browsers().get("/personal").address == "/sign-in"


def test_everybody_takes_what_is_their_own(browsers: Callable[[], Browser], place: Place) -> None:
    visitor = browsers()
    assert "not set: nothing is erased" not in visitor.get("/personal-data").text
    visitor.get("/sign-in")
    assert visitor.post("/personal-data/export").status == 404
    applicant = person(place, "applicant")
    mine = browsers().sign_in(place, applicant)
    assert "not set: nothing is erased" in mine.get("/personal-data").text
    answer = mine.client.post("/personal-data/export", data={"_csrf": mine.token})
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        data = json.loads(packed.read("data.json"))
        assert packed.read("read-me.txt").decode().startswith("This is everything the records hold of you.")
    assert data["people"] == [applicant]
    assert data["tables"]["people"][0]["name"]
    line = place.value(select(t.audit.c.actor).where(t.audit.c.event == "person_exported"))
    assert line == f"person:{applicant}"


def test_a_name_is_corrected_and_somebody_made_anonymous_in_two_steps(officer: Browser, place: Place) -> None:
    number = person(place, "juror", NAMES[0])
    room = f"/personal/people/{number}"
    officer.get(room)
    data = {"name": "Aygün M.", "email": "aygun@example.org", "was_name": NAMES[0], "was_email": "juror1@example.org"}
    assert "It is corrected." in officer.post(f"{room}/correct", data).text
    assert officer.post(f"{room}/correct", data).status == 409
    shown = officer.get(f"{room}/anonymise")
    assert "Nothing is done yet." in shown.text
    assert "A round of theirs is not released yet" in shown.text
    assert officer.post(f"{room}/anonymise", {"reason": "asked"}).status == 409
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(released_at=place.now - timedelta(days=1)))
        connection.execute(update(t.messages).values(state="cancelled"))
    assert officer.get(f"{room}/anonymise").status == 200
    assert officer.post(f"{room}/anonymise", {"reason": "because"}).status == 422
    assert officer.post(f"{room}/anonymise", {"reason": "asked"}).address == room
    assert f"#{number}" in officer.text
    assert place.value(select(t.people.c.email).where(t.people.c.id == number)).endswith("@erased.invalid")
    assert officer.get(f"{room}/anonymise").status == 404
    own = officer.get(f"/personal/people/{place.officers[0]}/anonymise").text
    assert "Nobody makes themselves anonymous." in own


def test_days_are_set_listed_and_confirmed(officer: Browser, place: Place) -> None:
    officer.get("/personal")
    assert officer.post("/personal/keep", {"keep": "files", "days": "x", "version": "0"}).status == 422
    officer.get("/personal")
    assert officer.post("/personal/keep", {"keep": "files", "days": "30", "version": "0"}).address == "/personal"
    assert 'value="30"' in officer.text
    assert officer.post("/personal/keep", {"keep": "files", "days": "40", "version": "0"}).status == 409
    with writing(place.engine) as connection:
        connection.execute(update(t.refused_rows).values(refused_at=place.now - timedelta(days=90)))
    officer.get("/personal")
    officer.post("/personal/list")
    assert "waits for an officer" in officer.text
    number = place.value(select(t.erasure_lists.c.id))
    assert officer.post(f"/personal/lists/{number}", {"version": "9"}).status == 409
    officer.get("/personal")
    officer.post(f"/personal/lists/{number}", {"version": "1"})
    assert "confirmed" in officer.text
    assert retain.carry_out(place.engine, 1, settings=place.settings, now=place.now) == {"files": 2}
    assert "done" in officer.get("/personal").text


def test_pages_of_emptied_records_open(officer: Browser, browsers: Callable[[], Browser], place: Place) -> None:
    """What was erased is shown as nothing, not as a fault."""
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(released_at=place.now - timedelta(days=90)))
    for keep in ("applicants", "jurors", "comments", "evidence", "letters", "files", "drafts"):
        officer.get("/personal")
        officer.post("/personal/keep", {"keep": keep, "days": "1", "version": "0"})
    with writing(place.engine) as connection:
        connection.execute(
            update(t.people).where(t.people.c.role != "officer").values(created_at=place.now - timedelta(days=99))
        )
        connection.execute(update(t.messages).values(state="sent", sent_at=place.now - timedelta(days=50)))
    officer.post("/personal/list")
    officer.get("/personal")
    officer.post(f"/personal/lists/{place.value(select(t.erasure_lists.c.id))}", {"version": "1"})
    done = retain.carry_out(place.engine, 1, settings=place.settings, now=place.now + timedelta(days=2))
    assert (done["applicants"], done["jurors"]) == (12, 4)
    room = "/rounds/example-2026"
    for address in (
        room, f"{room}/applications", f"{room}/applications/{place.applications[0]}", f"{room}/outbox",
        f"{room}/refused", f"{room}/jurors", f"{room}/jurors/1", f"{room}/unknown", "/personal?q=%23",
        "/figures", "/evidence",
    ):  # fmt: skip
        assert (address, officer.get(address).status) == (address, 200)
        assert NAMES[0] not in officer.text
    letter = place.value(select(t.messages.c.id).limit(1))
    assert officer.get(f"{room}/outbox/{letter}").status in (200, 404)


def test_an_officer_signs_somebody_out_everywhere(
    officer: Browser, browsers: Callable[[], Browser], place: Place
) -> None:
    here, there = (browsers().sign_in(place, place.jurors[0]) for _ in range(2))
    waiting = urlsplit(place.link(place.jurors[0])).path
    officer.get(f"/personal/people/{place.jurors[0]}")
    assert "Sign them out everywhere" in officer.text
    assert officer.post(f"/personal/people/{place.jurors[0]}/sign-out").status == 200
    for browser in (here, there):
        assert browser.get("/juror").address == "/sign-in"
    stale = browsers()
    stale.get(waiting)
    assert stale.post(waiting).status == 410
    a = t.audit.c
    told = place.value(select(a.actor).where(a.event == "sessions_ended", a.subject == f"person:{place.jurors[0]}"))
    assert told == f"person:{place.officers[0]}"
    assert officer.post(f"/personal/people/{place.officers[2]}/sign-out").status == 404  # of another office
    assert browsers().sign_in(place, place.jurors[1]).post(f"/personal/people/{place.jurors[2]}/sign-out").status == 404
