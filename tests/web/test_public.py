"""What everybody may read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from laurea.actions import release
from laurea.ledger import Actor
from laurea.store import tables as t
from laurea.store.engine import writing
from laurea.store.rounds import keep_rule_set
from rules.library import load_text
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


def test_outcome_is_named_in_the_readers_language(
    browser: Browser, place: Place, count_queries: Callable[[], list[str]]
) -> None:
    named = place.ruleset.text.replace("title: Label awarded", "title: {en: Label awarded, ka: ნიშანი მიენიჭა}")
    digest = load_text(named, "label.yaml").digest
    with writing(place.engine) as connection:
        connection.execute(update(t.grants).values(title="Frozen title"))
        keep_rule_set(
            connection, digest=digest, award="example-label", edition="2026", text=named, now=place.now
        )  # fmt: skip
        connection.execute(update(t.rounds).values(rule_set=digest))
    number = place.value(select(t.grants.c.number).limit(1))
    for path in ("/results/example-2026", f"/certificates/{number}"):
        assert "ნიშანი მიენიჭა" in browser.get(f"{path}?lang=ka").text
        seen = count_queries()
        text = browser.get(f"{path}?lang=en").text
        assert "Label awarded" in text
        assert "Frozen title" not in text
        assert len(seen) <= 5, seen


def test_title_written_with_the_label_stands_where_the_rules_cannot_be_read(browser: Browser, place: Place) -> None:
    with writing(place.engine) as connection:
        connection.execute(update(t.grants).values(title="Frozen title"))
        keep_rule_set(connection, digest="0" * 64, award="old", edition="1", text="of: another time", now=place.now)
        connection.execute(update(t.rounds).values(rule_set="0" * 64))
    number = place.value(select(t.grants.c.number).limit(1))
    for path in ("/results/example-2026", f"/certificates/{number}"):
        assert "Frozen title" in browser.get(path).text


def test_pasted_certificate_address_is_understood(browser: Browser, place: Place) -> None:
    number = place.value(select(t.grants.c.number).limit(1))
    for pasted in (
        f"http://127.0.0.1:8780/certificates/{number}", f"https://example.org/certificates/{number}/?lang=az#top",
        f"<{place.settings.public_url}/certificates/{number}>.", f"example.org/certificates/{number}",
        f"  {number[:9]} {number[9:]}\n", f"Certificate number: {number}", f"“{number}”", f"\u200b{number}\u200b",
    ):  # fmt: skip
        assert browser.get("/certificates", params={"number": pasted}).address == f"/certificates/{number}", pasted
    for odd in ("ü!", "/", "..", "https://example.org/certificates/", "…", "№ 7"):
        page = browser.get("/certificates", params={"number": odd})
        assert (odd, page.status, page.address) == (odd, 200, "/certificates")
        assert "This cannot be the number of a certificate" in page.text
    assert "cannot be the number" not in browser.get("/certificates").text
    assert browser.get("/certificates/%20..%20").status == 404


def test_results_name_the_school_beside_the_project(browser: Browser, place: Place) -> None:
    with writing(place.engine) as connection:
        connection.execute(update(t.applications).values(unit_name="The same name"))
    text = browser.get("/results/example-2026").text
    assert '<span class="soft">School No. 6, Sumqayıt</span>' in text
    assert "The same name" in browser.get("/results/example-2026", params={"q": "sumqay"}).text


def test_gallery_shows_every_released_round_by_country_and_year_without_those_who_opted_out(
    browser: Browser, place: Place, count_queries: Callable[[], list[str]]
) -> None:
    names = [
        name
        for (name,) in place.engine.connect().execute(
            select(t.applications.c.unit_name).join(t.grants, t.grants.c.application_id == t.applications.c.id)
        )
    ]
    seen = count_queries()
    text = browser.get("/gallery").text
    assert len(seen) <= 4, seen
    assert all(f"<b>{name}</b>" in text for name in names)
    assert browser.get("/gallery?country=LV").text.count("<b>") == 0
    assert browser.get("/gallery?year=2026").text.count("<b>") == len(names)
    assert browser.get("/gallery?year=2019").text.count("<b>") == 0
    assert browser.get("/gallery?year=99999").status == 404
    hidden = select(t.grants.c.application_id).limit(1)
    gone = place.value(select(t.applications.c.unit_name).where(t.applications.c.id == place.value(hidden)))
    with writing(place.engine) as connection:
        connection.execute(
            update(t.grants).where(t.grants.c.application_id == place.value(hidden)).values(public=False)
        )
    assert f"<b>{gone}</b>" not in browser.get("/gallery").text
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(released_at=None))
    assert browser.get("/gallery").text.count("<b>") == 0
