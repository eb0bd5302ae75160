"""Who looked at whose data: every page and file that names somebody leaves a line, and nobody else's page does."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.testing import TestClient
from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from evaluators.permissions import Role
from evaluators.personal import Keep, Policy
from laurea.actions import tokens
from laurea.ledger import SYSTEM
from laurea.store import looks, retention
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from tests.web.conftest import Browser
from tests.web.seeding import NAMES, Place

NAMES_NOBODY = {  # what of officers' and programs' pages needs no line, because it tells of nobody but the reader
    "/account/code", "/account/second-factor", "/evidence", "/figures", "/figures/{name:str}", "/handovers", "/offices",
    "/personal/looks", "/rounds", "/rounds/{code:str}/ceremonies",
    "/rounds/{code:str}/handovers", "/rounds/{code:str}/import", "/rounds/{code:str}/import.csv",
    "/rounds/{code:str}/letters/templates", "/rounds/{code:str}/letters/templates/{kind:str}/{language:str}",
    "/rounds/{code:str}/meetings", "/rounds/{code:str}/meetings/{number:int}/screen",
    "/rounds/{code:str}/meetings/{number:int}/screen/now", "/rounds/{code:str}/next", "/rounds/{code:str}/other-rules",
    "/rounds/{code:str}/outbox/rules", "/rounds/{code:str}/programs", "/rounds/{code:str}/release",
    "/api/v1/rounds/{code:str}",
}  # fmt: skip


@pytest.fixture
def officer(browsers: Callable[[], Browser], place: Place) -> Browser:
    return browsers().sign_in(place, place.officers[0])


def lines(place: Place) -> list[tuple[Any, ...]]:
    c = t.looks.c
    query = select(c.place, c.reader_id, c.token_id, c.round_id, c.person_id, c.application_id).order_by(c.id)
    with reading(place.engine) as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_every_page_of_officers_and_programs_notes_whom_it_names_or_names_nobody(portal: Litestar) -> None:
    """Where this fails: a new page has `@noted(…)` in place of `@in_thread`, or stands in NAMES_NOBODY."""
    noted, bare = {}, set()
    for route in portal.routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
            if "GET" in handler.http_methods and (
                handler.opt.get("role") is Role.OFFICER or handler.opt.get("program")
            ):
                of = getattr(handler.fn, "noted", None)
                noted |= {route.path: of} if of else {}
                bare |= set() if of else {route.path}
    assert bare == NAMES_NOBODY
    assert set(noted.values()) == looks.WHOSE
    assert len(noted) > 40


def test_a_page_about_somebody_leaves_a_line_and_one_that_is_not_there_leaves_none(
    officer: Browser, place: Place
) -> None:
    me, juror, application = place.officers[0], place.jurors[0], place.applications[0]
    j = t.jurors.c
    seat = place.value(select(j.id).where(j.person_id == juror))
    grown = [
        (f"/personal/people/{juror}", ("personal/people", me, None, None, juror, None)),
        (f"/personal/people/{juror}/anonymise", ("personal/people/anonymise", me, None, None, juror, None)),
        (
            f"/rounds/example-2026/applications/{application}",
            ("applications", me, None, place.round_id, None, application),
        ),
        (f"/rounds/example-2026/jurors/{seat}", ("jurors", me, None, place.round_id, juror, None)),
        ("/rounds/example-2026/applications?q=rivers", ("applications", me, None, place.round_id, None, None)),
        ("/rounds/example-2026/exports/applications.csv", ("exports", me, None, place.round_id, None, None)),
        (f"/personal?q={NAMES[0][:4]}", ("personal", me, None, None, None, None)),
    ]
    for address, _ in grown:
        assert officer.get(address).status == 200, address
    assert lines(place) == [line for _, line in grown]
    for address in (
        f"/personal/people/{place.officers[2]}", "/personal/people/99999", "/rounds/example-2026/applications/99999",
        "/rounds/nowhere/applications",
    ):  # fmt: skip
        assert officer.get(address).status == 404
    assert len(lines(place)) == len(grown)


def test_jurors_and_applicants_write_no_lines(browsers: Callable[[], Browser], place: Place) -> None:
    juror = browsers().sign_in(place, place.jurors[0])
    applicant = browsers().sign_in(place, place.value(select(func.min(t.applications.c.applicant_id))))
    for browser, address in ((juror, "/juror"), (juror, f"/sheets/{place.assignments(place.jurors[0])[0]}"),
                             (applicant, "/my")):  # fmt: skip
        assert browser.get(address).status == 200
    assert lines(place) == []


def test_a_program_leaves_lines_too(app: Litestar, place: Place) -> None:
    number, token = tokens.give(
        place.engine, place.round_id, name="Register", scopes=["read"], days=3, actor=SYSTEM, now=place.now
    )
    with TestClient(app, base_url=place.settings.public_url) as client:
        asked = {"authorization": f"Bearer {token}"}
        assert client.get("/api/v1/rounds/example-2026/applications", headers=asked).status_code == 200
        assert client.get("/api/v1/rounds/example-2026/results", headers=asked).status_code == 409
    assert lines(place) == [("api/v1/rounds/applications", None, number, place.round_id, None, None)]


def test_where_the_line_cannot_be_written_nothing_is_shown(officer: Browser, place: Place) -> None:
    with writing(place.engine) as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON looks BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
    answer = officer.get(f"/rounds/example-2026/applications/{place.applications[0]}")
    assert answer.status in (500, 503)
    assert "Rivers that remember" not in answer.text


def test_the_office_sees_its_own_lines_and_the_person_theirs(
    officer: Browser, browsers: Callable[[], Browser], place: Place
) -> None:
    juror, application = place.jurors[0], place.applications[0]
    officer.get(f"/personal/people/{juror}")
    officer.get("/rounds/example-2026/jurors")
    officer.get(f"/rounds/example-2026/applications/{application}")
    everything = officer.get("/personal/looks")
    assert everything.text.count("<tr><td>") == 3
    assert officer.get(f"/personal/looks?person={juror}").text.count("<tr><td>") == 1
    assert (
        officer.get(f"/personal/looks?application={application}").text.count("<tr><td>") == 2
    )  # and its round's lists
    assert officer.get("/personal/looks?code=nowhere").text.count("<tr><td>") == 0
    assert officer.get(f"/personal/looks?person={10**12}").status == 400
    other = browsers().sign_in(place, place.officers[2])
    assert other.get("/personal/looks").text.count("<tr><td>") == 0
    assert browsers().sign_in(place, juror).get("/personal/looks").status == 404
    packed = officer.client.post(f"/personal/people/{juror}/export", data={"_csrf": officer.token})
    told = json.loads(zipfile.ZipFile(io.BytesIO(packed.content)).read("data.json"))["tables"]["looks"]
    assert [(one["place"], one["reader_id"], one["person_id"]) for one in told] == [
        ("personal/people", "officer", "you")
    ]


@pytest.fixture
def kept(engine: Engine, now: Any) -> Engine:
    """Records with one line of looks, of two offices each."""
    with writing(engine) as connection:
        for number, code in ((1, "N"), (2, "S")):
            connection.execute(insert(t.authorities).values(id=number, code=code, name=code, timezone="UTC"))
            looks.add(connection, "office", number, authority_id=number, place="calendar", now=now)
    return engine


def test_lines_are_only_added_and_go_with_their_time_alone(kept: Engine, now: Any) -> None:
    c = t.looks.c
    with pytest.raises(DBAPIError, match="only ever added"), writing(kept) as connection:
        connection.execute(update(t.looks).values(place="elsewhere"))
    with pytest.raises(DBAPIError, match="set no time"), writing(kept) as connection:
        connection.execute(delete(t.looks))
    later = now.replace(year=now.year + 2)
    with writing(kept) as connection:
        assert retention.empty(connection, 1, Keep.LOOKS, later, 10) == (0, [])  # no days are set
        retention.set_policy(connection, 1, Keep.LOOKS, Policy(365), None, now)
        assert retention.count(connection, 1, Keep.LOOKS, now) == 0
        assert retention.count(connection, 1, Keep.LOOKS, later) == 1
        assert retention.empty(connection, 1, Keep.LOOKS, later, 10) == (1, [])
        assert connection.execute(select(c.authority_id)).scalars().all() == [2]


def test_lines_about_whoever_is_made_anonymous_stay_as_numbers(officer: Browser, place: Place) -> None:
    other = place.officers[1]
    officer.get(f"/personal/people/{other}")
    officer.post(f"/personal/people/{other}/anonymise", {"reason": "asked"})
    assert place.value(select(t.people.c.name).where(t.people.c.id == other)) == f"#{other}"
    assert ("personal/people", place.officers[0], None, None, other, None) in lines(place)
