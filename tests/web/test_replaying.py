"""An appeal through the pages: filed, judged again by somebody fresh who sees nothing of others, taken over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import select

from laurea.store import tables as t
from laurea.web.app import state_of
from tests.web import appealing, filing
from tests.web.clients import beside
from tests.web.conftest import Browser
from tests.web.seeding import Place

Open = Callable[[int], Browser]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = appealing.released(tmp_path, marks=appealing.LOW | {"overall": "3"})
    yield found
    found.engine.dispose()


@pytest.fixture
def enter(app: Litestar, place: Place) -> Iterator[Open]:
    """Browsers of people who signed in."""
    with TestClient(app, base_url=place.settings.public_url) as first:
        yield lambda person: Browser(beside(first)).sign_in(place, person)


def applicant(place: Place, number: int = 0) -> tuple[int, str]:
    a = t.applications.c
    query = select(a.applicant_id).where(a.id == place.applications[number])
    key = select(a.key).where(a.id == place.applications[number])
    return place.value(query), place.value(key)


def test_an_appeal_from_its_filing_to_the_corrected_label(place: Place, enter: Open) -> None:
    person, key = applicant(place)
    filing.attach(place, place.applications[0], ("a.png", filing.picture("PNG")))
    theirs = enter(person)
    page = theirs.get(f"/my/{key}/appeal").text
    assert 'name="contested" value="teaching"' in page
    assert 'name="contested" value="two_countries"' in page
    assert 'value="pass"' not in page  # the rules repeat no gate
    words = {"says": "zqwords: the idea was overlooked.", "contested": "teaching", "do": "file"}
    theirs.post(f"/my/{key}/appeal", words)
    assert theirs.status == 200, theirs.text[:300]
    number = place.value(select(t.appeals.c.id))
    assert place.value(select(t.appeals.c.contested)) == ["teaching"]

    office = enter(place.officers[0])
    room = f"/rounds/example-2026/appeals/{number}"
    assert room in office.get("/rounds/example-2026/heard").text
    page = office.get(room).text
    assert 'value="teaching" checked' in page
    assert "J01" not in page.partition('name="juror"')[2].partition("</select>")[0]
    office.post(room, {"do": "ask", "contested": "nothing"})
    assert office.status == 422
    office.post(room, {"do": "ask", "contested": "teaching"})
    assert "(J03) was asked" in office.text

    fresh = enter(place.jurors[2])
    assert "An appeal has been filed." in fresh.get("/juror/example-2026").text
    task = place.value(select(t.replays.c.id))
    page = fresh.get(f"/again/{task}").text
    assert "mark.teaching" not in page
    assert "Parents agreed" not in page  # nothing of what is in it before the juror declared
    assert fresh.get(f"/again/{task}/files/1/1").status == 404
    fresh.post(f"/again/{task}", {"do": "declare", "kind": "none"})
    page = fresh.text
    assert 'name="mark.teaching"' in page
    assert f'<img src="/again/{task}/files/1/1"' in page
    assert fresh.client.get(f"/again/{task}/files/1/1").headers["content-type"] == "image/webp"
    assert "mark.results" not in page
    for secret in ("zqwords", "No label", 'value="2" checked'):
        assert secret not in page
    for other in (place.jurors[0], place.jurors[3]):
        assert enter(other).get(f"/again/{task}").status == 404
        assert enter(other).get(f"/again/{task}/files/1/1").status == 404
    fresh.post(f"/again/{task}", {"do": "mark", "version": "2", "mark.teaching": ""})
    assert fresh.status == 422
    fresh.post(f"/again/{task}", {"do": "mark", "version": "2", "mark.teaching": "4", "comment": "It is clear."})
    assert "You submitted this sheet." in fresh.text

    page = office.get(room).text
    assert "<td>Points</td><td>12</td><td><b>16</b></td>" in page
    assert "<td>Outcome</td><td>No label</td><td><b>Label awarded</b></td>" in page
    assert "It is clear." in page
    assert "<td>The points reach 15.</td>" in page  # by the round's own answer
    assert "[not yet decided]" not in page, "the round has answered"
    office.post(room, {"do": "take", "says": "You were right."})
    assert "The decision stands as it was decided again" in office.text
    assert "You were right." in theirs.get(f"/my/{key}").text
    assert appealing.decision(place).granted


def test_another_office_and_other_people_do_not_find_it(place: Place, enter: Open) -> None:
    number = appealing.appealed(place)
    room = f"/rounds/example-2026/appeals/{number}"
    assert enter(place.officers[2]).get(room).status == 404
    assert enter(place.officers[0]).get("/rounds/example-2026/appeals/999").status == 404
    for person in (place.jurors[2], applicant(place)[0]):
        assert enter(person).get(room).status == 404


def test_where_the_rules_do_not_say_the_page_says_so(portal: Litestar, tmp_path: Path) -> None:
    place = appealing.released(tmp_path, lowers=None)
    number = appealing.appealed(place)
    portal.state = state_of(place.settings)
    with TestClient(portal, base_url=place.settings.public_url) as client:
        office = Browser(client).sign_in(place, place.officers[0])
        page = office.get(f"/rounds/example-2026/appeals/{number}").text
    assert "The rules do not say whether an appeal may lower a result." in page
    assert 'value="ask"' not in page
    place.engine.dispose()
