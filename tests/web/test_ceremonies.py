"""Ceremonies: called, invited to by region, answered by link, changed and cancelled; their calendars, their order."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pypdfium2
import pytest
from icalendar import Calendar
from sqlalchemy import select, update

from laurea import clock
from laurea.store import tables as t
from laurea.store.engine import writing
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place
from tests.web.test_certificates import let_go

ROOM = "/rounds/example-2026/ceremonies"
FORM = {
    "title": "Award day", "place": "Nizami Cinema\nBakı", "programme": "10:30 Doors\n11:00 Awards",
    "begins": "2031-01-20T11:00", "ends": "2031-01-20T14:00", "timezone": "Asia/Baku", "until": "2031-01-10",
}  # fmt: skip
FAR = "Gəncə-Daşkəsən"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = seeding.seed(tmp_path)
    seeding.fill(found, 1.0, settle=True)
    let_go(found)
    with writing(found.engine) as connection:
        away = t.applications.c.id.in_(found.applications[::3])
        connection.execute(update(t.applications).where(away).values(region=FAR))
    yield found
    found.engine.dispose()


@pytest.fixture
def office(browser: Browser, place: Place) -> Browser:
    """An officer who called a ceremony."""
    browser.sign_in(place, place.officers[0])
    browser.get(ROOM)
    assert browser.post(ROOM, FORM).address == f"{ROOM}/1"
    return browser


def holders(place: Place, region: str | None = None) -> set[int]:
    with place.engine.connect() as connection:
        query = select(t.grants.c.person_id).join(t.applications)
        where = [] if region is None else [t.applications.c.region == region]
        return set(connection.execute(query.where(*where)).scalars())


def guests(place: Place) -> list[object]:
    with place.engine.connect() as connection:
        return list(connection.execute(select(t.guests).order_by(t.guests.c.id)))


def letters(place: Place) -> list[object]:
    with place.engine.connect() as connection:
        c = t.messages.c
        return list(connection.execute(select(c.subject, c.content, c.person_id).where(c.kind == "ceremony")))


def entry(browser: Browser, key: str) -> tuple[str, object]:
    answer = browser.client.get(f"/invitation/{key}/ceremony.ics")
    assert answer.status_code == 200
    whole = Calendar.from_ical(answer.text)
    assert answer.headers["content-type"] == f"text/calendar; method={whole['method']}; charset=utf-8"
    return str(whole["method"]), next(iter(whole.walk("VEVENT")))


def test_holders_of_a_region_are_invited_once_and_answer_by_link(office: Browser, place: Place, browsers) -> None:
    assert letters(place) == []  # nobody is invited before the officer looked
    assert office.post(f"{ROOM}/1", {**FORM, "version": "1", "do": "change", "regions": [FAR]}).status == 200
    office.post(f"{ROOM}/1", {"do": "invite"})
    assert {one.person_id for one in guests(place)} == holders(place, FAR) < holders(place)
    office.post(f"{ROOM}/1", {"do": "invite"})
    assert len(letters(place)) == len(guests(place))
    one, guest = guests(place)[0], browsers()
    sent = next(each for each in letters(place) if each.person_id == one.person_id)
    body = message_from_bytes(sent.content, policy=policy.default).get_body(("plain",)).get_content()
    for says in ("Award day", "20 January 2031, 11:00 (Baku, UTC+4)", "10:30 Doors", f"/invitation/{one.key}"):
        assert says in body
    for _ in range(2):
        assert guest.get(f"/invitation/{one.key}").status == 200
    assert guests(place)[0].comes is None  # opening it changes nothing
    assert guest.post(f"/invitation/{one.key}", {"comes": ""}).status == 422
    assert guest.post(f"/invitation/{one.key}", {"comes": "yes", "people": "0"}).status == 422
    answer = {"comes": "yes", "people": "3", "sounds": "fa-REED", "says": "<b>With pleasure</b>"}
    assert guest.post(f"/invitation/{one.key}", answer).status == 200
    assert "Your answer is kept: you come." in guest.text
    told = office.get(f"{ROOM}/1").text
    assert "&lt;b&gt;With pleasure" in told
    assert "(3 people)" in told
    assert guest.post(f"/invitation/{one.key}", {"comes": "no"}).status == 200  # it can be changed
    assert (guests(place)[0].comes, guests(place)[0].people) == (False, 1)
    with place.engine.connect() as connection:
        query = select(t.audit.c.actor).where(t.audit.c.event == "guest_replied")
        assert set(connection.execute(query).scalars()) == {f"person:{one.person_id}"}


def test_change_and_cancellation_reach_guests_and_their_calendars(office: Browser, place: Place, browsers) -> None:
    office.post(f"{ROOM}/1", {"do": "invite"})
    invited, key, guest = len(guests(place)), guests(place)[0].key, browsers()
    method, before = entry(guest, key)
    assert (method, int(before["sequence"])) == ("PUBLISH", 0)
    assert before["dtstart"].dt == datetime(2031, 1, 20, 7, tzinfo=UTC)
    office.post(f"{ROOM}/1", {**FORM, "version": "1", "do": "change", "programme": "Later"})
    assert len(letters(place)) == invited  # the programme alone disturbs nobody
    office.post(f"{ROOM}/1", {**FORM, "version": "2", "do": "change", "begins": "2031-01-20T12:00"})
    assert len(letters(place)) == 2 * invited
    assert letters(place)[-1].subject == "New date or place: Award day"
    _, after = entry(guest, key)
    assert (str(after["uid"]), int(after["sequence"])) == (str(before["uid"]), 1)
    assert after["dtstart"].dt == datetime(2031, 1, 20, 8, tzinfo=UTC)
    assert office.post(f"{ROOM}/1", {**FORM, "version": "1", "do": "change"}).status == 409
    assert office.post(f"{ROOM}/1", {"version": "3", "do": "cancel"}).status == 200
    method, last = entry(guest, key)
    assert (method, int(last["sequence"]), str(last["status"])) == ("CANCEL", 2, "CANCELLED")
    assert len(letters(place)) == 3 * invited
    assert "This ceremony was cancelled." in guest.get(f"/invitation/{key}").text
    guest.get("/sign-in")  # the page without a form has no token
    assert guest.post(f"/invitation/{key}", {"comes": "yes"}).status == 409
    for deed in ("invite", "cancel", "change"):
        assert office.post(f"{ROOM}/1", {**FORM, "version": "4", "do": deed}).status == 409


def test_answers_end_on_their_day_and_the_link_a_day_after_the_ceremony(
    office: Browser, place: Place, browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.post(f"{ROOM}/1", {"do": "invite"})
    key, guest = guests(place)[0].key, browsers()
    over = datetime(2031, 1, 20, 10, tzinfo=UTC)  # 14:00 in Baku
    for now, looks, answers in (
        (datetime(2031, 1, 10, 19, 59, tzinfo=UTC), 200, 200),
        (datetime(2031, 1, 10, 20, 1, tzinfo=UTC), 200, 409),
        (over + timedelta(days=1, minutes=-1), 200, 409),
        (over + timedelta(days=1), 410, 410),
    ):
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        assert guest.get(f"/invitation/{key}").status == looks
        assert guest.client.get(f"/invitation/{key}/ceremony.ics").status_code == looks
        assert guest.post(f"/invitation/{key}", {"comes": "yes", "people": "1"}).status == answers
    assert guest.get("/invitation/" + "x" * 22).status == 410


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "}, {"place": ""}, {"begins": "soon"}, {"begins": "2020-01-20T11:00", "ends": "2020-01-20T12:00"},
        {"ends": "2031-01-20T10:00"}, {"ends": "2031-03-20T10:00"}, {"timezone": "Baku"},
        {"timezone": "../../etc/passwd"}, {"timezone": "Europe/Riga", "begins": "2031-03-30T03:30"},
        {"until": ""}, {"regions": "Nowhere"}, {"programme": "x" * 4001},
    ],
)  # fmt: skip
def test_a_ceremony_that_cannot_be_is_refused(office: Browser, wrong: dict[str, str]) -> None:
    later = {"ends": "2031-03-30T09:00", "until": "2031-03-01"} if wrong.get("timezone") == "Europe/Riga" else {}
    assert office.post(ROOM, {**FORM, **later, **wrong}).status == 422
    assert "Award day" in office.text or not wrong.get("title", "x").strip()
    assert office.get(f"{ROOM}/2").status == 404


def test_order_is_by_region_and_name_with_how_a_name_is_read(office: Browser, place: Place) -> None:
    office.post(f"{ROOM}/1", {"do": "invite"})
    first = guests(place)[0]
    noted = {"comes": "yes", "people": "2", "sounds": "a-li-YEV"}
    assert office.post(f"{ROOM}/1/guests/{first.id}", noted).status == 200
    assert office.post(f"{ROOM}/1/guests/{first.id}", {**noted, "people": "500"}).status == 422
    assert office.post(f"{ROOM}/1/guests/999", noted).status == 404
    document = pypdfium2.PdfDocument(office.client.get(f"{ROOM}/1/files/order.pdf").content)
    text = " ".join(one.get_textpage().get_text_range() for one in document)
    assert "read: a-li-YEV" in text
    assert text.index("Abşeron") < text.index(FAR)
    with place.engine.connect() as connection:
        a, g = t.applications.c, t.grants.c
        query = select(g.holder).join(t.applications, a.id == g.application_id).order_by(a.region, g.holder)
        found = [text.index(holder) for holder in connection.execute(query).scalars()]
    assert found == sorted(found)
    rows = list(csv.DictReader(io.StringIO(office.client.get(f"{ROOM}/1/files/guests.csv").text)))
    assert {row["comes"] for row in rows} == {"true", ""}
    assert office.client.get(f"{ROOM}/1/files/guests.xlsx").status_code == 200
    assert office.get(f"{ROOM}/1/files/guests.pdf").status == 404
