"""Certificates to take away: whose, when, in which language, and under a corrected name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import insert, select, update

from laurea.actions import release
from laurea.ledger import Actor
from laurea.store import tables as t
from laurea.store.engine import writing
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place

ROOM = "/rounds/example-2026/certificates"


def let_go(place: Place) -> None:
    """Release the seeded round."""
    release.release(
        place.engine, place.round_id, actor=Actor.person(place.officers[0]),
        expected_digest=place.value(select(t.rounds.c.digest)), settings=place.settings, now=place.now,
    )  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = seeding.seed(tmp_path)
    seeding.fill(found, 1.0, settle=True)
    yield found
    found.engine.dispose()


def first_grant(place: Place) -> object:
    with place.engine.connect() as connection:
        return connection.execute(select(t.grants).order_by(t.grants.c.id).limit(1)).one()


def read(browser: Browser, path: str) -> str:
    """The text of a PDF the portal gives."""
    answer = browser.client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["content-disposition"].startswith('attachment; filename="')
    document = pypdfium2.PdfDocument(answer.content)
    assert len(document) == 1
    return " ".join(document[0].get_textpage().get_text_range().split())


def test_officer_takes_papers_of_a_released_round_only(browser: Browser, place: Place) -> None:
    browser.sign_in(place, place.officers[0])
    assert browser.get(ROOM).status == 404
    assert ROOM not in browser.get("/rounds/example-2026").text
    let_go(place)
    grant = first_grant(place)
    assert f'href="{ROOM}"' in browser.get("/rounds/example-2026").text
    assert grant.holder in browser.get(ROOM).text
    text = read(browser, f"{ROOM}/{grant.number}/certificate")
    assert grant.holder in text
    assert grant.number in text
    assert "სერტიფიკატი" in read(browser, f"{ROOM}/{grant.number}/certificate?language=ka")
    assert "Letter of thanks" in read(browser, f"{ROOM}/{grant.number}/letter")
    for wrong in (f"{grant.number}/poster", "kJ3_9dkLmW0ePq8sTzYxVw/certificate"):
        assert browser.get(f"{ROOM}/{wrong}").status == 404
    assert browser.get(f"{ROOM}?q=no-such-name-anywhere").text.count("<tr") == 0


def test_nobody_else_takes_them(browsers, place: Place) -> None:
    let_go(place)
    paths = (ROOM, f"{ROOM}/{first_grant(place).number}/certificate")
    anyone, juror, stranger = browsers(), browsers(), browsers()
    juror.sign_in(place, place.jurors[0])
    stranger.sign_in(place, place.officers[2])
    for path in paths:
        assert anyone.client.get(path, follow_redirects=False).status_code in (303, 404)
        assert juror.client.get(path).status_code == 404
        assert stranger.client.get(path).status_code == 404


def test_holder_takes_their_own_after_the_release(browser: Browser, place: Place) -> None:
    a = t.applications.c
    with writing(place.engine) as connection:
        wanted = select(t.decisions.c.application_id).where(t.decisions.c.granted).limit(1)
        row = connection.execute(select(a.id, a.applicant_id, a.unit_name).where(a.id.in_(wanted))).one()
        connection.execute(update(t.applications).where(a.id == row.id).values(key="own-key"))
        connection.execute(
            insert(t.application_members).values(
                authority_id=1, application_id=row.id, person_id=row.applicant_id, joined_at=place.now
            )
        )
    browser.sign_in(place, row.applicant_id)
    assert browser.get("/my/own-key/papers/certificate").status == 404
    let_go(place)
    assert "/my/own-key/papers/certificate" in browser.get("/my/own-key").text
    assert row.unit_name in read(browser, "/my/own-key/papers/certificate")
    assert "Sertifikāts" in read(browser, "/my/own-key/papers/certificate?language=lv")
    assert browser.get("/my/other-key/papers/certificate").status == 404
    with writing(place.engine) as connection:
        connection.execute(update(t.grants).values(withdrawn_at=place.now))
    assert browser.get("/my/own-key/papers/certificate").status == 404


def test_corrected_name_keeps_the_number_and_is_told_in_public(browser: Browser, place: Place) -> None:
    let_go(place)
    grant = first_grant(place)
    browser.sign_in(place, place.officers[0])
    browser.get(ROOM)
    browser.post(f"{ROOM}/{grant.number}/name", {"holder": "  Ərəb \u202eşəhəri\n&amp; <b> "})
    assert browser.status == 200
    fresh = first_grant(place)
    assert (fresh.number, fresh.holder) == (grant.number, "Ərəb şəhəri &amp; <b>")
    assert fresh.reissued_at is not None
    text = read(browser, f"{ROOM}/{grant.number}/certificate")
    assert fresh.holder in text
    assert grant.holder not in text
    assert "Reissued with a corrected name" in text
    page = browser.get(f"/certificates/{grant.number}").text
    assert "Reissued on" in page
    assert grant.holder not in page
    with place.engine.connect() as connection:
        line = connection.execute(select(t.audit).where(t.audit.c.event == "certificate_reissued")).one()
        before = connection.execute(select(t.renamings)).one()
    assert (line.actor, line.subject) == (f"person:{place.officers[0]}", f"grant:{grant.id}")
    assert grant.holder not in str(line.details)
    assert (before.before, before.after) == (grant.holder, fresh.holder)


def test_empty_name_other_round_and_withdrawn_label_are_refused(browser: Browser, place: Place) -> None:
    let_go(place)
    grant = first_grant(place)
    browser.sign_in(place, place.officers[0])
    browser.get(ROOM)
    assert browser.post(f"{ROOM}/{grant.number}/name", {"holder": " \u200b "}).status == 422
    assert browser.post(f"{ROOM}/unknown/name", {"holder": "A name"}).status == 404
    with writing(place.engine) as connection:
        connection.execute(update(t.grants).values(withdrawn_at=place.now))
    assert browser.post(f"{ROOM}/{grant.number}/name", {"holder": "A name"}).status == 409
    assert first_grant(place).holder == grant.holder
    assert browser.get(f"{ROOM}/{grant.number}/certificate").status == 404


def test_sign_without_a_font_is_said_and_nothing_is_given(browser: Browser, place: Place) -> None:
    let_go(place)
    with writing(place.engine) as connection:
        connection.execute(update(t.grants).values(holder="Robots 🤖 & manners"))
    browser.sign_in(place, place.officers[0])
    page = browser.get(f"{ROOM}/{first_grant(place).number}/certificate")
    assert page.status == 422
    assert "🤖" in page.text
    assert "U+1F916" in page.text
    assert "Robots" in page.text
