"""Behaviour 23: an officer sees the portal as a juror or an applicant does, changes nothing, and stops in a click."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from sqlalchemy import insert, select, update

from evaluators.permissions import Field, Phase, Role, sees, viewer_sees
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from laurea.web import field_words
from tests.web import calling, seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place
from tests.web.test_gate import address, routes

LEAVES = {"/view/stop", "/sign-out"}
COMMENT = "Words of the juror alone"


def rows(place: Place) -> dict[str, list[Any]]:
    with reading(place.engine) as connection:
        return {one.name: [tuple(row) for row in connection.execute(select(one))] for one in t.metadata.sorted_tables}


def looking(browser: Browser, place: Place, person: int) -> Browser:
    browser.sign_in(place, place.officers[0])
    browser.get(f"/view/{person}")
    assert browser.status == 200
    return browser.post(f"/view/{person}")


def marked(place: Place) -> int:
    """A sheet of the first juror with marks and a comment; the assignment."""
    mine = place.assignments(place.jurors[0])[0]
    sheet = {"authority_id": 1, "round_id": place.round_id, "assignment_id": mine, "saved_at": place.now}
    with writing(place.engine) as connection:
        connection.execute(insert(t.sheets).values(**sheet, marks={"teaching": "4"}, comment=COMMENT))
        connection.execute(update(t.assignments).where(t.assignments.c.id == mine).values(state="draft"))
    return mine


def test_see_it_as_they_see_it_and_stop_in_one_click(browser: Browser, place: Place) -> None:
    juror = place.jurors[0]
    looking(browser, place, juror)
    assert browser.address == "/juror/example-2026"
    assert "Aygün Məmmədova sees it, and can change nothing." in browser.text
    assert browser.get("/rounds/example-2026").status == 404  # a juror has no such page
    browser.get("/juror/example-2026")
    browser.post("/view/stop")
    assert (browser.address, browser.status) == (f"/view/{juror}", 200)
    assert "can change nothing." not in browser.text.partition("<main")[0]
    assert browser.get("/rounds/example-2026").status == 200


def test_it_stands_in_the_audit_with_the_officer_as_actor(browser: Browser, place: Place) -> None:
    looking(browser, place, place.jurors[1])
    line = calling.rows(place, select(t.audit).where(t.audit.c.event == "viewed_as"))
    assert [(one.actor, one.subject) for one in line] == [(f"person:{place.officers[0]}", f"person:{place.jurors[1]}")]


@pytest.mark.parametrize("who", ["juror", "applicant"])
def test_no_write_passes_while_viewing(app: Litestar, browser: Browser, place: Place, who: str) -> None:
    marked(place)
    applicant = place.value(select(t.applications.c.applicant_id).limit(1))
    looking(browser, place, place.jurors[0] if who == "juror" else applicant)
    before = rows(place)
    posts = [
        (method, route.path_format)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if not handler.opt.get("program")
        for method in handler.http_methods - {"GET", "HEAD", "OPTIONS"}
    ]
    assert len(posts) > 30
    for method, path in posts:
        if path not in LEAVES:
            filled = re.sub(r"\{\w+\}", "1", address(path.replace("{number}", "1"), place))
            answer = browser.client.request(
                method, filled, data={"_csrf": browser.token, "comment": "x"}, follow_redirects=False
            )
            assert (path, answer.status_code) == (path, 403)
            assert "Nothing was changed: you are looking at the portal as somebody else." in answer.text
    assert rows(place) == before


@pytest.mark.parametrize("who", ["juror", "applicant"])
def test_viewing_leaves_no_mark_of_the_person(app: Litestar, browser: Browser, place: Place, who: str) -> None:
    """Nothing was opened, declared or seen by them, whatever page is looked at."""
    marked(place)
    applicant = place.value(select(t.applications.c.applicant_id).limit(1))
    looking(browser, place, place.jurors[0] if who == "juror" else applicant)
    before, seen = rows(place), 0
    for method, path, room in routes(app):
        if method == "GET" and room in (None, Role(who)):
            seen += browser.client.get(address(path, place)).status_code == 200
    assert seen > 6
    assert rows(place) == before


def test_only_officers_of_the_same_authority_look_and_only_at_jurors_and_applicants(
    browsers: Callable[[], Browser], place: Place
) -> None:
    juror, foreign, officer = browsers(), browsers(), browsers()
    juror.sign_in(place, place.jurors[1])
    foreign.sign_in(place, place.officers[2])
    officer.sign_in(place, place.officers[0])
    nobody = foreign.get("/view/999999").text
    for who, whom in ((juror, place.jurors[0]), (foreign, place.jurors[0]), (officer, place.officers[1])):
        who.get("/")
        assert who.get(f"/view/{whom}").status == 404
        assert who.post(f"/view/{whom}").status == 404
        assert who.get("/juror/example-2026").status == (200 if who is juror else 404)
    assert foreign.get(f"/view/{place.jurors[0]}").text == nobody


def test_who_looks_as_a_juror_cannot_look_further_from_there(browser: Browser, place: Place) -> None:
    looking(browser, place, place.jurors[0])
    assert browser.get(f"/view/{place.jurors[1]}").status == 404
    assert browser.post(f"/view/{place.jurors[1]}").status == 403


def test_the_persons_conflicts_hide_the_application_from_the_officer_who_looks(browser: Browser, place: Place) -> None:
    mine = place.assignments(place.jurors[0])[0]
    with writing(place.engine) as connection:
        row = connection.execute(select(t.assignments).where(t.assignments.c.id == mine)).one()
        connection.execute(
            insert(t.conflicts).values(
                authority_id=1, application_id=row.application_id, juror_id=row.juror_id, kind="family",
                source="declared", declared_at=place.now,
            )
        )  # fmt: skip
    looking(browser, place, place.jurors[0])
    for path in ("", "/paper", "/history", "/joint"):
        assert browser.get(f"/sheets/{mine}{path}").status == 404


def test_marks_stay_hidden_from_officers_who_look_while_jurors_work(browser: Browser, place: Place) -> None:
    mine = marked(place)
    looking(browser, place, place.jurors[0])
    pages = [browser.get(path).text for path in (f"/sheets/{mine}", "/juror/example-2026/table")]
    assert [COMMENT in text for text in pages] == [False, False]
    assert "The marks stay hidden from you until decisions are proposed." in pages[0]
    assert "Rivers that remember" in pages[0]
    assert browser.get(f"/sheets/{mine}/history").status == 404
    calling.change(place, t.rounds, proposed_at=place.now)
    pages = [browser.get(path).text for path in (f"/sheets/{mine}", "/juror/example-2026/table")]
    assert [COMMENT in text for text in pages] == [True, True]
    assert browser.get(f"/sheets/{mine}/history").status == 200


def test_what_an_applicant_has_not_handed_in_stays_theirs(browser: Browser, place: Place) -> None:
    person = place.value(select(t.applications.c.applicant_id).limit(1))
    number = calling.open_round(place)
    draft = {"authority_id": 1, "round_id": number, "key": "d" * 22, "heading": {"unit_name": "Not yet"}, "facts": {}}
    draft |= {"children": {}, "typed": {}, "begun_by": person, "begun_at": place.now, "saved_by": person}
    with writing(place.engine) as connection:
        made = insert(t.application_drafts).values(**draft, saved_at=place.now).returning(t.application_drafts.c.id)
        joined = {"authority_id": 1, "person_id": person, "joined_at": place.now}
        connection.execute(insert(t.application_members).values(**joined, draft_id=connection.execute(made).scalar()))
    looking(browser, place, person)
    assert browser.address == "/my"
    assert "Not yet" not in browser.text
    assert browser.get("/drafts/" + "d" * 22).status == 404
    assert browser.get("/drafts/" + "d" * 22 + "/summary").status == 404


def test_the_page_before_says_what_they_see_in_this_phase(browser: Browser, place: Place) -> None:
    browser.sign_in(place, place.officers[0])
    browser.get(f"/view/{place.jurors[0]}")
    words = field_words.fields(str)
    seen, closed = browser.text.split("They do not see")
    for field in Field:
        where = seen if field in sees(Role.JUROR, Phase.REVIEWING) else closed
        assert words[field] in where
    assert seen.count("hidden from you until later") == len(
        sees(Role.JUROR, Phase.REVIEWING) - viewer_sees(Role.JUROR, Phase.REVIEWING)
    )


def test_whoever_looks_sees_no_more_than_officers_do() -> None:
    assert Field.OWN_SHEET not in viewer_sees(Role.JUROR, Phase.REVIEWING)
    assert Field.OWN_SHEET in viewer_sees(Role.JUROR, Phase.DECIDING)
    for role in (Role.JUROR, Role.APPLICANT):
        for at in Phase:
            assert viewer_sees(role, at) <= sees(role, at)


def test_the_juror_page_leads_there(browser: Browser, place: Place) -> None:
    seeding.fill(place, 0.2)
    browser.sign_in(place, place.officers[0])
    seat = place.value(select(t.jurors.c.id).where(t.jurors.c.person_id == place.jurors[0]))
    assert f'href="/view/{place.jurors[0]}"' in browser.get(f"/rounds/example-2026/jurors/{seat}").text
    applicant = place.value(select(t.applications.c.applicant_id).where(t.applications.c.id == place.applications[0]))
    text = browser.get(f"/rounds/example-2026/applications/{place.applications[0]}").text
    assert f'href="/view/{applicant}"' in text
