"""Several offices in one installation: each sees its own, and of the others only what they handed over to it."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from sqlalchemy import func, insert, or_, select

from evaluators.permissions import Role, Scope
from laurea.actions import hand_over, open_round, tokens
from laurea.store import handovers
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from tests.web import offices
from tests.web.conftest import Browser
from tests.web.offices import CODES, OFFICES, TITLES, Year

OWN, THEIRS = f"/rounds/{CODES['ge']}", f"/rounds/{CODES['lv']}"
CENTRAL = f"/rounds/{CODES['css']}"


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Year:
    """Labels are handed over, taken in, and the lists are out."""
    found = offices.seed(tmp_path_factory.mktemp("offices"))
    offices.up(found)
    return found


@pytest.fixture
def place(seeded: Year, tmp_path: Path) -> Iterator[Year]:
    found = offices.copied(seeded, tmp_path / "workspace")
    yield found
    found.engine.dispose()


@pytest.fixture
def georgian(browser: Browser, place: Year) -> Browser:
    return browser.sign_in(place, place.officer["ge"])


def rooms(app: Litestar, method: str) -> list[str]:
    """The addresses of every room for officers, and of everything for programs, that answer to a method."""
    return sorted(
        route.path_format
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for one in route.route_handlers
        if method in one.http_methods and (one.opt.get("role") == Role.OFFICER or one.opt.get("scope"))
    )


def first(place: Year, table: Any, *conditions: Any) -> int:
    return int(place.value(select(func.min(table.c.id)).where(*conditions)))


def theirs(place: Year) -> dict[str, int]:
    """What is the Latvian office's, by the name addresses call it; a hand-over and a person among them."""
    here = place.round_of("lv")
    tables = {"application_id": t.applications, "juror_id": t.jurors, "assignment_id": t.assignments}
    mine = {name: first(place, table, table.c.round_id == here.id) for name, table in tables.items()}
    received = first(place, t.handovers, t.handovers.c.to_authority == here.authority_id)
    return {**mine, "number": received, "item": mine["application_id"], "juror": mine["juror_id"]}


def filled(path: str, **values: object) -> str:
    """An address with its places filled; what is not named is 1, or x where it is a word."""
    words = ("{name}", "{kind}", "{deed}")
    return "/".join(
        str(values.get(part[1:-1], "x" if part in words else 1)) if part.startswith("{") else part
        for part in path.split("/")
    )


def records(place: Year, office: str) -> str:
    """A digest of everything that belongs to an office."""
    authority = place.round_of(office).authority_id
    found = hashlib.sha256()
    with reading(place.engine) as connection:
        for table in t.metadata.sorted_tables:
            mine = [
                table.c[name] == authority
                for name in ("authority_id", "from_authority", "to_authority")
                if name in table.c
            ]
            if mine:
                query = select(table).where(or_(*mine)).order_by(*table.primary_key.columns)
                found.update(repr([tuple(row) for row in connection.execute(query)]).encode())
    return found.hexdigest()


def test_no_room_opens_to_another_office(app: Litestar, georgian: Browser, place: Year) -> None:
    before, their = records(place, "lv"), theirs(place)
    walked = 0
    for method, ask in (("GET", georgian.get), ("POST", georgian.post)):
        for path in rooms(app, method):
            if "{" not in path or path.startswith("/api"):
                continue
            for code in {CODES["lv"], CODES["css"]} if "{code" in path else {""}:
                address = filled(path, code=code, **their)
                assert (address, ask(address).status) == (address, 404)
                walked += 1
    assert walked > 60
    assert records(place, "lv") == before


def test_an_own_round_does_not_open_what_is_in_another(app: Litestar, georgian: Browser, place: Year) -> None:
    their = theirs(place)
    mixed = [
        path for path in rooms(app, "GET") if "{code" in path and path.count("{") > 1 and not path.startswith("/api")
    ]
    assert mixed
    letter = first(place, t.messages, t.messages.c.round_id == place.rounds["lv"])
    for path in mixed:
        address = filled(path, code=CODES["ge"], **their | ({"number": letter} if "/outbox/" in path else {}))
        assert (address, georgian.get(address).status) == (address, 404)


def test_a_program_of_one_office_finds_nothing_of_another(app: Litestar, browser: Browser, place: Year) -> None:
    every = [scope.value for scope in Scope]
    _, token = tokens.give(
        place.engine, place.rounds["ge"], name="Test", scopes=every, days=9, actor=place.actor("ge"), now=place.now
    )
    signed = {"authorization": f"Bearer {token}"}
    paths = [path for path in rooms(app, "GET") if path.startswith("/api") and "{code" in path]
    assert paths
    for path in paths:
        for code in (CODES["lv"], CODES["css"]):
            assert browser.get(filled(path, code=code), headers=signed).status == 404
    assert browser.get(f"/api/v1/rounds/{CODES['ge']}", headers=signed).status == 200


def test_pages_lists_searches_and_files_name_nothing_of_another_office(
    app: Litestar, georgian: Browser, place: Year
) -> None:
    words = [*TITLES["lv"], CODES["lv"], offices.PEOPLE["lv"], "LV-0", "juror-lv@", "Teacher LV"]
    addresses = [filled(path, code=CODES["ge"]) for path in rooms(app, "GET") if not path.startswith("/api")]
    addresses += [f"{OWN}/applications?q={word}" for word in ("Amber", "country:LV")]
    tables = ("applications", "sheets", "marks", "decisions", "messages", "jurors", "assignments")
    addresses += [f"{OWN}/exports/{name}.csv" for name in tables] + [f"{OWN}/exports/round.xlsx"]
    with reading(place.engine) as connection:
        every = handovers.of_authority(connection, place.round_of("ge").authority_id)
    addresses += [f"/handovers/{one.id}{end}" for one in every for end in ("", "/rows.csv")]
    held = ""
    for address in addresses:
        answer = georgian.client.get(address)
        text = answer.text
        if answer.content[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
                text = "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
        held += text
        assert [(address, word) for word in words if word in text.replace(f"q={word}", "")] == []
    assert all(title in held for title in TITLES["ge"]), "the walk reaches the office's own"


def test_more_than_the_places_are_refused_with_the_clause_and_nothing_is_kept(georgian: Browser, place: Year) -> None:
    number = place.value(
        select(t.handovers.c.id).where(
            t.handovers.c.kind == "list", t.handovers.c.to_authority == place.round_of("ge").authority_id
        )
    )
    page = georgian.get(f"/handovers/{number}")
    assert "2 places" in page.text
    for sure in ({}, {"sure": "yes"}):
        refused = georgian.post(f"/handovers/{number}/nominate", {"project": ["P1", "P2", "P3"], **sure})
        assert refused.status == 422
        assert "You chose 3 projects, and there are only 2 places." in refused.text
        assert "of which up to 25 % are nominated" in refused.text
        assert "esep-eql4" in refused.text
    barred = georgian.post(f"/handovers/{number}/nominate", {"project": ["P6"], "sure": "yes"})
    assert barred.status == 422
    assert "These cannot be nominated: Tea hills." in barred.text
    assert "in at least 2 different countries" in barred.text
    assert georgian.post(f"/handovers/{number}/nominate", {"project": ["P99"], "sure": "yes"}).status == 404
    assert place.value(select(func.count()).where(t.handovers.c.kind == "nominations")) == 0


def test_the_central_officer_sees_who_released_what_and_who_is_silent(
    browsers: Callable[[], Browser], place: Year
) -> None:
    central = browsers().sign_in(place, place.officer["css"])
    page = central.get(f"{CENTRAL}/handovers").text
    assert "by Nino Kapanadze" in page
    assert page.count("nothing sent") == 2  # nobody has nominated yet
    number = first(place, t.handovers, t.handovers.c.kind == "labels_and_scores")
    shown = central.get(f"/handovers/{number}").text
    assert "Nino Kapanadze" in shown  # released and handed over
    assert all(title in shown for title in TITLES["ge"])


def test_attention_says_what_to_take_in_and_to_hand_over(browsers: Callable[[], Browser], place: Year) -> None:
    georgian, central = (browsers().sign_in(place, place.officer[office]) for office in ("ge", "css"))
    assert "asks which projects you nominate" in georgian.get("/rounds").text
    number = first(
        place,
        t.handovers,
        t.handovers.c.kind == "list",
        t.handovers.c.to_authority == place.round_of("ge").authority_id,
    )
    georgian.get(f"/handovers/{number}")
    georgian.post(f"/handovers/{number}/nominate", {"project": ["P1"], "sure": "yes"})
    assert "asks which projects you nominate" not in georgian.get("/rounds").text
    assert "The nominations of 1 office are not taken in yet." in central.get(CENTRAL).text
    offices.down(place)
    assert "do not have the decisions" not in central.get(CENTRAL).text


def test_labels_go_only_to_a_central_office(georgian: Browser, place: Year) -> None:
    georgian.get(f"{OWN}/handovers")
    for code in (OFFICES["lv"].code, OFFICES["ge"].code):
        assert georgian.post(f"{OWN}/handovers/labels", {"to": code}).status == 422
    assert place.value(select(func.count()).where(t.handovers.c.kind == "labels_and_scores")) == 2


def test_somebody_with_tasks_in_two_offices_is_in_one_at_a_time(browsers: Callable[[], Browser], place: Year) -> None:
    second = open_round.ensure_officer(
        place.engine, OFFICES["lv"], name="Nino Kapanadze", email="GE@example.org", language="en", now=place.now
    )
    officer = browsers().sign_in(place, place.officer["ge"])
    assert "Another office" in officer.get("/rounds").text
    assert officer.get(THEIRS).status == 404
    officer.get("/offices")
    assert officer.post("/offices", {"person": place.officer["css"]}).status == 404
    assert "Georgian Office" in officer.get("/offices").text
    assert officer.post("/offices", {"person": second}).address == "/rounds"
    assert "Latvian Office" in officer.text
    assert officer.get(THEIRS).status == 200
    assert officer.get(OWN).status == 404
    assert place.value(select(func.count()).select_from(t.sessions)) == 1  # the first one has ended
    signed_in = select(func.count()).where(t.audit.c.event == "signed_in", t.audit.c.actor == f"person:{second}")
    assert place.value(signed_in) == 1


def test_letters_name_the_office_where_somebody_has_several(browser: Browser, place: Year) -> None:
    def letters() -> list[bytes]:
        with reading(place.engine) as connection:
            query = select(t.messages.c.content).where(t.messages.c.kind == "sign_in").order_by(t.messages.c.id)
            return list(connection.execute(query).scalars())

    place.link(place.officer["ge"])
    assert b"Georgian Office" not in letters()[-1]
    open_round.ensure_officer(
        place.engine, OFFICES["lv"], name="Nino Kapanadze", email="ge@example.org", language="en", now=place.now
    )
    place.link(place.officer["ge"])
    assert {name for name in (b"Georgian Office", b"Latvian Office") for one in letters()[-2:] if name in one} == {
        b"Georgian Office", b"Latvian Office",
    }  # fmt: skip


def test_an_officer_of_one_office_has_no_other_to_go_to(georgian: Browser) -> None:
    assert "Another office" not in georgian.get("/rounds").text
    assert "Go there" not in georgian.get("/offices").text


def test_a_hand_over_of_old_shows_without_what_goes_with_it(georgian: Browser, place: Year) -> None:
    values = {
        "from_authority": place.round_of("css").authority_id, "to_authority": place.round_of("ge").authority_id,
        "kind": "labels_and_scores", "label": "labels.csv", "digest": "0" * 64, "handed_at": place.now,
        "rows": [{"project_id": "P1", "title": "", "country": "GE", "score": "61/3"}],
    }  # fmt: skip
    with writing(place.engine) as connection:
        connection.execute(insert(t.handovers).values(**values))
    number = place.value(select(func.max(t.handovers.c.id)))
    assert "20.3333" in georgian.get(f"/handovers/{number}").text
    assert "labels.csv" in georgian.get("/handovers").text
    assert hand_over.SOURCE  # the source that facts of a central round name
