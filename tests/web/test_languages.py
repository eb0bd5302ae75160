"""Public pages speak every language; the rooms speak some, and say so to readers of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from laurea.actions import release
from laurea.ledger import Actor
from laurea.store import tables as t
from laurea.web.reader import NAMES, Reader
from laurea.web.render import text
from notifications.catalogues import LANGUAGES, STAFF, translator
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place

SCRIPTS = ("el", "en", "fr", "hy", "ka", "uk")


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


def test_public_pages_are_whole_in_every_language(browser: Browser, place: Place) -> None:
    number = place.value(select(t.grants.c.number).limit(1))
    results = "/results/example-2026"
    pages = ("/", "/gallery", results, "/certificates?number=!", f"/certificates/{number}", "/certificates/none")
    doors = ("/sign-in", f"/enter/{'x' * 43}", f"/confirm/{'x' * 43}", "/no/such/page")
    for language in LANGUAGES:
        for path in (*pages, *doors) if language in SCRIPTS else (pages[0], pages[-2]):
            page = browser.get(f"{path}{'&' if '?' in path else '?'}lang={language}").text
            assert f'<html lang="{language}"' in page, path
            assert 'class="english"' not in page, (language, path)
            assert 'class="regret"' not in page, path
            assert page.count("?lang=") + page.count("&amp;lang=") == len(LANGUAGES), path
        asked = translator(language, "public").gettext("Number on a certificate")
        assert asked in browser.get(f"/?lang={language}").text


def test_a_room_without_the_readers_language_says_so_in_it(browser: Browser, place: Place) -> None:
    browser.sign_in(place, place.jurors[0])
    page = browser.get("/juror/example-2026?lang=fr").text
    assert '<html lang="en"' in page
    assert '<p class="regret" lang="fr">Cette page n’est pas encore traduite en français.</p>' in page
    assert page.count("lang=") >= len(STAFF)
    assert "Français" not in page
    assert '<html lang="fr"' in browser.get("/").text  # the choice is kept
    assert '<html lang="fr"' in browser.get("/rounds").text  # so does the page that says there is none for jurors
    assert '<html lang="lv"' in browser.get("/juror/example-2026?lang=lv").text
    assert 'class="regret"' not in browser.get("/juror/example-2026").text


def test_a_room_takes_the_next_wish_of_the_browser(browsers: Callable[[], Browser], place: Place) -> None:
    browser = browsers()
    wishes = {"accept-language": "fr, ka;q=0.8, en;q=0.5"}
    assert '<html lang="fr"' in browser.get("/", headers=wishes).text
    page = browser.get("/apply/none", headers=wishes).text  # an error: public
    assert '<html lang="fr"' in page
    browser.sign_in(place, place.jurors[0])
    page = browser.get("/juror/example-2026", headers=wishes).text
    own = place.value(select(t.people.c.language).where(t.people.c.id == place.jurors[0]))
    assert f'<html lang="{own}"' in page


def test_a_sentence_nobody_translated_stands_in_english_and_is_marked() -> None:
    reader = Reader(language="el", session=None, csrf="x", now=datetime(2026, 1, 1, tzinfo=UTC))
    says = reader.words.gettext("The round {code} is full.").format(code="<a>")
    page = text("error.html", reader, code=409, says=says, remedy="")
    assert '<h1><span class="english" lang="en">The round &lt;a&gt; is full.</span></h1>' in page
    assert "<title>The round &lt;a&gt; is full. · Laurea</title>" in page


def test_languages_stand_by_their_own_names() -> None:
    assert set(NAMES) == set(LANGUAGES)
    assert [NAMES[one] for one in ("fr", "pt", "uk", "hy", "ka")] == [
        "Français", "Português", "Українська", "Հայերեն", "ქართული",
    ]  # fmt: skip
    assert [one for one in NAMES if one in ("az", "el", "fr", "hy", "ka", "tr", "uk")] == [
        "az", "fr", "tr", "el", "uk", "hy", "ka",
    ]  # fmt: skip
