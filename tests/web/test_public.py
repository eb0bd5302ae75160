"""What everybody may read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from laurea.actions import release
from laurea.ledger import Actor
from laurea.store import tables as t
from laurea.store.engine import writing
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = seeding.seed(tmp_path)
    seeding.fill(found, 1.0, settle=True)
    digest = found.value(select(t.rounds.c.digest))
    release.release(
        found.engine, found.round_id, actor=Actor.person(found.officers[0]), expected_digest=digest,
        settings=found.settings, now=found.now,
    )  # fmt: skip
    yield found
    found.engine.dispose()


def test_results_name_holders_and_nobody_else(browser: Browser, place: Place) -> None:
    text = browser.get("/results/example-2026").text
    a, d = t.applications.c, t.decisions.c
    with place.engine.connect() as connection:
        rows = connection.execute(select(a.unit_name, d.granted).join(t.decisions, d.application_id == a.id)).all()
    assert {granted for _, granted in rows} == {True, False}
    for name, granted in rows:
        assert (name, f"<b>{name}</b>" in text) == (name, granted)
    assert "points" not in text
    assert "Example label 2026" in browser.get("/").text


def test_private_and_withdrawn_labels_are_not_listed(browser: Browser, place: Place) -> None:
    ids = [place.value(select(t.grants.c.id).order_by(t.grants.c.id).offset(n).limit(1)) for n in (0, 1)]
    with writing(place.engine) as connection:
        connection.execute(update(t.grants).where(t.grants.c.id == ids[0]).values(public=False))
        connection.execute(update(t.grants).where(t.grants.c.id == ids[1]).values(withdrawn_at=place.now))
    total = place.value(select(t.grants.c.id).order_by(t.grants.c.id.desc()).limit(1))
    assert f"{total - 2} holders" in browser.get("/results/example-2026").text


def test_certificate_says_valid_later_expired_or_withdrawn(browser: Browser, place: Place) -> None:
    number = place.value(select(t.grants.c.number).limit(1))
    today = place.now.date()
    for change, word in (
        ({"valid_from": today}, "Valid"),
        ({"valid_from": today + timedelta(days=9)}, "Valid from"),
        ({"valid_from": date(2020, 1, 1), "valid_until": today - timedelta(days=1)}, "Expired on"),
        ({"withdrawn_at": place.now}, "Withdrawn on"),
    ):
        with writing(place.engine) as connection:
            connection.execute(update(t.grants).values(**change))
        page = browser.get(f"/certificates/{number}")
        assert page.status == 200
        assert word in page.text.split('class="stamp">')[1].split("</p>")[0]


def test_unknown_numbers_get_one_neutral_page(browser: Browser, place: Place) -> None:
    number = place.value(select(t.grants.c.number).limit(1))
    pages = [browser.get(f"/certificates/{wrong}") for wrong in ("x", number[:-1], number + "A")]
    texts = {page.text for page in (browser.get(f"/certificates/{w}") for w in ("x", number[:-1], number.swapcase()))}
    assert len(texts) == 1
    assert {page.status for page in pages} == {404}


def test_unreleased_round_does_not_exist_in_public(browser: Browser, place: Place) -> None:
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(released_at=None))
    released = browser.get("/results/example-2026")
    unknown = browser.get("/results/nothing")
    assert released.status == unknown.status == 404
    assert released.text == unknown.text


def test_number_form_leads_to_the_certificate(browser: Browser, place: Place) -> None:
    number = place.value(select(t.grants.c.number).limit(1))
    assert browser.get(f"/certificates?number=+{number}+").address == f"/certificates/{number}"
    assert browser.get("/certificates?number=..%2F..").status == 200
