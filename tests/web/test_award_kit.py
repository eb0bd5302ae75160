"""The award kit of a released round: what lies in whose parcel, where it is, who is asked where to send it."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
from sqlalchemy import func, select, update

from laurea import clock
from laurea.store import tables as t
from laurea.store.engine import writing
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place
from tests.web.test_certificates import let_go

ROOM = "/rounds/example-2026"
KIT = {
    "version": "0", "name.0": "Plaque", "quantity.0": "1", "engraving.0": "{holder} · {year}",
    "outcome.0": "label", "name.1": "  ", "name.2": "Flag", "quantity.2": "2",
}  # fmt: skip
ALL = {"all": "1", "q": "", "state": "", "region": "*", "address": ""}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = seeding.seed(tmp_path)
    seeding.fill(found, 1.0, settle=True)
    let_go(found)
    yield found
    found.engine.dispose()


@pytest.fixture
def office(browser: Browser, place: Place) -> Browser:
    """An officer with the kit declared."""
    browser.sign_in(place, place.officers[0])
    browser.get(f"{ROOM}/kit")
    assert browser.post(f"{ROOM}/kit", KIT).status == 200
    return browser


def grants(place: Place) -> list[object]:
    with place.engine.connect() as connection:
        query = select(t.grants, t.applications.c.ref).join(t.applications).order_by(t.applications.c.ref)
        return list(connection.execute(query))


def text_of(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    return " ".join(" ".join(one.get_textpage().get_text_range().split()) for one in document)


def shipping(browser: Browser, query: str = "") -> list[dict[str, str]]:
    answer = browser.client.get(f"{ROOM}/kit/files/shipping.csv?{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text)))


def events(place: Place) -> list[str]:
    with place.engine.connect() as connection:
        return list(connection.execute(select(t.audit.c.event).order_by(t.audit.c.id)).scalars())


def addressed(browser: Browser, number: str, address: str = "School No. 6\nAZ1000 Bakı", version: int = 0) -> None:
    data = {"version": str(version), "address": address, "state": "to_send", "note": ""}
    assert browser.post(f"{ROOM}/parcels/{number}", data).status == 200


def test_kit_is_there_after_the_release_and_for_its_officer_alone(place: Place, browsers) -> None:
    officer, juror, stranger = browsers(), browsers(), browsers()
    paths = [f"{ROOM}/{one}" for one in ("kit", "ceremonies", "kit/files/labels.pdf", "bundles/covers.zip")]
    for one, person in ((officer, place.officers[0]), (juror, place.jurors[0]), (stranger, place.officers[2])):
        one.sign_in(place, person)
    assert {officer.client.get(path).status_code for path in paths} == {200}
    for one in (juror, stranger):
        assert {one.client.get(path).status_code for path in paths} == {404}
        assert one.post(f"{ROOM}/kit/parcels", {**ALL, "do": "sent"}).status == 404
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(released_at=None))
    assert {officer.client.get(path).status_code for path in paths} == {404}


def test_shipping_list_says_who_gets_what_with_which_words(office: Browser, place: Place) -> None:
    rows = shipping(office)
    assert [row["application_id"] for row in rows] == [one.ref for one in grants(place)]
    first = rows[0]
    assert (first["Plaque"], first["Flag"]) == ("1", "2")
    assert first["Plaque: engraving"] == f"{first['holder']} · 2026"
    assert first["address"] == ""
    book = office.client.get(f"{ROOM}/kit/files/shipping.xlsx")
    assert zipfile.ZipFile(io.BytesIO(book.content)).namelist()
    assert events(place).count("kit_set") == 1


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"engraving.0": "{points}"}, "{points}"),
        ({"quantity.0": "0"}, "at least one piece"),
        ({"outcome.0": "no_label"}, "no such outcome"),
        ({"name.0": "x" * 121}, "too long a text"),
    ],
)
def test_kit_that_cannot_be_is_refused_with_what_was_typed(
    browser: Browser, place: Place, wrong: dict[str, str], says: str
) -> None:
    browser.sign_in(place, place.officers[0])
    browser.get(f"{ROOM}/kit")
    assert browser.post(f"{ROOM}/kit", {**KIT, **wrong}).status == 422
    assert says in browser.text
    assert 'value="Flag"' in browser.text
    assert place.value(select(func.count()).select_from(t.kits)) == 0


def test_two_officers_do_not_overwrite_each_others_kit(office: Browser, place: Place) -> None:
    assert office.post(f"{ROOM}/kit", {**KIT, "version": "1", "name.0": "Medal"}).status == 200
    assert office.post(f"{ROOM}/kit", {**KIT, "version": "1", "name.0": "Cup"}).status == 409
    office.get(f"{ROOM}/kit")
    assert 'value="Medal"' in office.text


def test_nothing_is_sent_without_an_address_and_what_was_sent_stands_still(office: Browser, place: Place) -> None:
    held = grants(place)
    addressed(office, held[0].number)
    assert office.post(f"{ROOM}/kit/parcels", {**ALL, "do": "sent", "note": "AZ-Post 7"}).status == 200
    assert "1 parcel was changed." in office.text
    assert held[1].ref in office.text
    states = {row["application_id"]: row["state"] for row in shipping(office)}
    assert [states[one.ref] for one in held[:2]] == ["sent", "to_send"]
    office.post(f"{ROOM}/kit", {**KIT, "version": "1", "name.0": "Medal"})
    rows = shipping(office)
    assert (rows[0]["Plaque"], rows[0]["Medal"]) == ("1", "")
    assert (rows[1]["Plaque"], rows[1]["Medal"]) == ("", "1")
    assert rows[0]["note"] == "AZ-Post 7"
    office.post(f"{ROOM}/kit/parcels", {"number": held[0].number, "do": "returned"})
    today = place.now.astimezone(ZoneInfo("Asia/Baku")).date()
    assert shipping(office, "state=returned")[0]["since"] == today.isoformat()
    office.post(f"{ROOM}/kit/parcels", {"number": held[0].number, "do": "to_send"})
    assert shipping(office)[0]["Medal"] == "1"
    assert events(place).count("parcel_marked") == 3


def test_a_parcel_somebody_else_changed_is_left_alone(office: Browser, place: Place) -> None:
    number = grants(place)[0].number
    addressed(office, number)
    data = {"version": "0", "address": "Elsewhere", "state": "sent", "note": ""}
    assert office.post(f"{ROOM}/parcels/{number}", data).status == 409
    assert shipping(office)[0]["address"] == "School No. 6\nAZ1000 Bakı"
    too_long = {**data, "version": "1", "address": "\n".join("line" for _ in range(9))}
    assert office.post(f"{ROOM}/parcels/{number}", too_long).status == 422
    assert office.post(f"{ROOM}/parcels/{number}", {**data, "version": "1", "address": " \u200b "}).status == 200


def test_withdrawn_labels_get_no_parcel(office: Browser, place: Place) -> None:
    held = grants(place)[0]
    with writing(place.engine) as connection:
        connection.execute(update(t.grants).where(t.grants.c.id == held.id).values(withdrawn_at=place.now))
    assert held.ref not in {row["application_id"] for row in shipping(office)}
    assert office.get(f"{ROOM}/parcels/{held.number}").status == 404
    assert office.get(f"{ROOM}/parcels/{held.number}/letter").status == 404


def test_address_out_of_the_application_is_used_until_another_is_written(office: Browser, place: Place) -> None:
    held = grants(place)[0]
    with writing(place.engine) as connection:
        one = t.applications.c.id == held.application_id
        facts = connection.execute(select(t.applications.c.facts).where(one)).scalar_one()
        connection.execute(update(t.applications).where(one).values(facts=facts | {"founder_one": "Registered 1"}))
    assert office.post(f"{ROOM}/kit", {**KIT, "version": "1", "address_fact": "founder_one"}).status == 200
    assert shipping(office)[0]["address"] == "Registered 1"
    data = {"version": "0", "address": "Registered 1", "state": "to_send", "note": "x"}
    office.post(f"{ROOM}/parcels/{held.number}", data)
    assert place.value(select(t.parcels.c.address)) == ""  # it stays the application's
    office.post(f"{ROOM}/parcels/{held.number}", {**data, "version": "1", "address": "New street 2"})
    assert shipping(office)[0]["address"] == "New street 2"


def test_labels_are_drawn_for_known_addresses_with_the_sheet_begun(office: Browser, place: Place) -> None:
    held = grants(place)
    addressed(office, held[0].number, "Mr <b>Əli</b> Məmmədov\nქუჩა 4")
    answer = office.client.get(f"{ROOM}/kit/files/labels.pdf?skip=13")
    assert answer.headers["content-disposition"] == 'attachment; filename="example-2026-labels.pdf"'
    found = text_of(answer.content)
    assert "Mr <b>Əli</b> Məmmədov" in found
    assert "ქუჩა 4" in found
    assert held[1].ref not in found
    addressed(office, held[1].number, "Robot street 🤖")
    page = office.get(f"{ROOM}/kit/files/labels.pdf")
    assert page.status == 422
    assert held[1].ref in page.text


def test_letter_goes_to_the_head_of_the_institution_in_the_holders_language(office: Browser, place: Place) -> None:
    held = grants(place)[0]
    with writing(place.engine) as connection:
        connection.execute(update(t.people).where(t.people.c.id == held.person_id).values(language="az"))
    path = f"{ROOM}/parcels/{held.number}/letter"
    found = text_of(office.client.get(path).content)
    assert "Təbrik edirik" in found
    assert "Plaque, 2 × Flag" in found
    assert "Congratulations" in text_of(office.client.get(f"{path}?language=en").content)
    bundle = zipfile.ZipFile(io.BytesIO(office.client.get(f"{ROOM}/bundles/covers.zip").content))
    assert "Təbrik edirik" in text_of(bundle.read(f"cover-{held.number}.pdf"))
    assert len(bundle.namelist()) == len(grants(place)) + 1


def asked(office: Browser, place: Place, number: str) -> str:
    office.post(f"{ROOM}/kit/parcels", {"number": number, "do": "ask"})
    assert office.status == 200
    return place.value(select(t.parcels.c.key).where(t.parcels.c.key.is_not(None)))


def test_a_holder_answers_by_link_and_opening_it_changes_nothing(office: Browser, place: Place, browsers) -> None:
    held = grants(place)[0]
    key, guest = asked(office, place, held.number), browsers()
    for _ in range(2):
        assert guest.get(f"/parcel/{key}").status == 200
    assert shipping(office)[0]["address"] == ""
    assert guest.post(f"/parcel/{key}", {"address": "  "}).status == 422
    assert guest.post(f"/parcel/{key}", {"address": "Street 1\n\nBakı"}).status == 200
    assert shipping(office)[0]["address"] == "Street 1\nBakı"
    assert guest.post(f"/parcel/{key}", {"address": "Street 2"}).status == 200  # a slip can be mended
    assert events(place).count("address_given") == 2
    letters = select(t.messages.c.content).where(t.messages.c.kind == "fact_asked")
    assert place.value(letters)
    office.post(f"{ROOM}/kit/parcels", {"number": held.number, "do": "ask"})
    with place.engine.connect() as connection:
        assert len(connection.execute(letters).all()) == 1  # one letter a day
    office.post(f"{ROOM}/kit/parcels", {"number": held.number, "do": "sent"})
    assert guest.get(f"/parcel/{key}").status == 410
    assert guest.post(f"/parcel/{key}", {"address": "Street 3"}).status == 410
    assert guest.get("/parcel/" + "x" * 22).status == 410


def test_a_link_ends_after_thirty_days(
    office: Browser, place: Place, browsers, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    key, guest = asked(office, place, grants(place)[0].number), browsers()
    later = clock.now() + timedelta(days=30, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert guest.get(f"/parcel/{key}").status == 410


def test_filters_find_by_word_state_region_and_address(office: Browser, place: Place) -> None:
    held = grants(place)
    addressed(office, held[0].number)
    with writing(place.engine) as connection:
        one = t.applications.c.id == held[1].application_id
        connection.execute(update(t.applications).where(one).values(region=""))
    every = [one.ref for one in held]
    assert [row["application_id"] for row in shipping(office, "address=known")] == [held[0].ref]
    assert [row["application_id"] for row in shipping(office, "region=")] == [held[1].ref]
    assert len(shipping(office, "state=to_send&region=*")) == len(every)
    assert shipping(office, "q=nobody-has-this") == []
    assert [row["application_id"] for row in shipping(office, f"q={held[2].ref}")] == [held[2].ref]
    assert office.get(f"{ROOM}/kit?address=missing&side=99").status == 200
    assert office.post(f"{ROOM}/kit/parcels", {"do": "sent"}).status == 422
    assert office.post(f"{ROOM}/kit/parcels", {**ALL, "do": "burn"}).status == 404
