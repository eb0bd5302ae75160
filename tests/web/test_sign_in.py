"""Signing in by a mailed link."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from urllib.parse import urlsplit

from litestar import Litestar
from sqlalchemy import func, select, update

from laurea.actions import sign_in
from laurea.entering import safe_target
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from laurea.store.keeping import token_digest
from tests.web.conftest import Browser
from tests.web.seeding import Place


def test_link_opened_by_a_scanner_still_works_once_for_the_person(
    browsers: Callable[[], Browser], place: Place
) -> None:
    path = urlsplit(place.link(place.jurors[0])).path
    scanner, person, second = browsers(), browsers(), browsers()
    assert [scanner.get(path).status, scanner.get(path).status] == [200, 200]
    person.get(path)
    assert person.post(path).address == "/juror/example-2026"
    second.get(path)
    assert second.post(path).status == 410


def test_answer_is_the_same_for_known_and_unknown_addresses(browser: Browser, place: Place) -> None:
    browser.get("/sign-in")
    known = browser.post("/sign-in", {"email": "juror1@example.org"})
    first = re.sub(r"<section class=\"card trial\">.*?</section>", "", known.text, flags=re.DOTALL)
    unknown = browser.post("/sign-in", {"email": "nobody@example.org"})
    strip = re.compile(r"juror1|nobody|\s+")
    assert strip.sub("", first) == strip.sub("", unknown.text)
    assert known.status == unknown.status == 200


def test_request_queues_one_letter_that_names_only_a_digest(browser: Browser, place: Place) -> None:
    browser.get("/sign-in")
    browser.post("/sign-in", {"email": "JUROR1@example.org"})
    links = place.value(select(func.count()).select_from(t.sign_in_links))
    kind, state, address = (place.value(select(t.messages.c[name])) for name in ("kind", "state", "address"))
    assert (links, kind, state, address) == (1, "sign_in", "due", "juror1@example.org")
    token = re.search(r"/enter/([\w-]+)", browser.text)
    assert token
    assert place.value(select(t.sign_in_links.c.token_digest)) == token_digest(token.group(1))


def test_link_expires_after_ten_minutes(browser: Browser, place: Place) -> None:
    path = urlsplit(place.link(place.jurors[0])).path
    with writing(place.engine) as connection:
        connection.execute(update(t.sign_in_links).values(expires_at=place.now - timedelta(seconds=1)))
    browser.get(path)
    assert browser.post(path).status == 410


def test_link_leads_to_the_page_that_was_asked_for(browser: Browser, place: Place) -> None:
    sheet = f"/sheets/{place.assignments(place.jurors[0])[0]}"
    assert browser.get(sheet).address == "/sign-in"
    assert f'value="{sheet}"' in browser.text
    assert browser.sign_in(place, place.jurors[0], sheet).address == sheet


def test_target_outside_the_portal_is_dropped() -> None:
    for bad in ("//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "/a\nb"):
        assert safe_target(bad) == ""
    assert safe_target("/juror/az-1") == "/juror/az-1"


def test_sixth_unused_link_is_not_sent(browser: Browser, place: Place) -> None:
    browser.get("/sign-in")
    for _ in range(7):
        browser.post("/sign-in", {"email": "juror2@example.org"})
    assert place.value(select(func.count()).select_from(t.messages)) == sign_in.LIVE_LINKS


def test_nobody_floods_a_mailbox_and_nobody_is_locked_out(place: Place) -> None:
    """Asked for all day, ten links are sent at once and then one in ten minutes, never none."""
    with reading(place.engine) as connection:
        address = connection.execute(select(t.people.c.email).where(t.people.c.id == place.jurors[1])).scalar_one()
    sent = []
    for minute in range(0, 24 * 60, 5):
        now = place.now + timedelta(minutes=minute)
        sent += [now] * len(sign_in.request_link(place.engine, address, None, now, place.settings))
    assert len(sent) <= sign_in.DAILY_LINKS + 144
    last = max(b - a for a, b in pairwise(sent))
    assert last <= timedelta(minutes=sign_in.LINK_MINUTES)  # whenever one ends the next is given


def test_one_network_asks_only_so_often_whomever_it_names(
    app: Litestar, browsers: Callable[[], Browser], place: Place
) -> None:
    app.state.settings = place.settings.model_copy(update={"links_per_network": 3})
    browser = browsers()
    browser.get("/sign-in")
    names = ("juror1", "nobody", "juror2", "juror3", "nobody")
    found = [browser.post("/sign-in", {"email": f"{name}@example.org"}) and browser.status for name in names]
    assert found == [200, 200, 200, 429, 429]  # known and unknown alike
    assert "Too many links were asked for from your network." in browser.text
    assert place.value(select(func.count()).select_from(t.messages)) == 2
    assert place.value(select(func.count()).select_from(t.meters)) == 1


def test_a_network_is_an_address_or_the_half_of_a_long_one() -> None:
    assert sign_in.network_of("192.0.2.7") != sign_in.network_of("192.0.2.8")
    assert sign_in.network_of("2001:db8::1") == sign_in.network_of("2001:db8::ffff:2")
    assert sign_in.network_of("2001:db8::1") != sign_in.network_of("2001:db8:0:1::1")
    assert sign_in.network_of("a socket") == "a socket"


def test_session_cookie_is_closed_to_scripts_and_ends_with_sign_out(browser: Browser, place: Place) -> None:
    path = urlsplit(place.link(place.jurors[0])).path
    browser.get(path)
    answer = browser.client.post(path, data={"_csrf": browser.token}, follow_redirects=False)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    browser.get("/juror")
    assert browser.post("/sign-out").address == "/"
    assert browser.get("/juror").address == "/sign-in"
    assert place.value(select(func.count()).select_from(t.sessions)) == 0


def test_wrong_address_is_named_and_kept(browser: Browser) -> None:
    browser.get("/sign-in")
    assert browser.post("/sign-in", {"email": "aygun at example"}).status == 422
    assert 'value="aygun at example"' in browser.text


def test_language_chosen_before_signing_in_stays(browsers: Callable[[], Browser], place: Place) -> None:
    same, asked = browsers(), browsers()
    same.get("/?lang=az")
    assert '<html lang="az"' in same.sign_in(place, place.jurors[0]).text
    asked.get("/sign-in?lang=ka")
    link = re.search(r"/enter/[\w-]+", asked.post("/sign-in", {"email": "juror2@example.org"}).text)
    assert link
    asked.get(link.group())
    answer = asked.client.post(link.group(), data={"_csrf": asked.token}, follow_redirects=False)
    assert answer.headers["location"] == "/juror?lang=ka"  # it stands in the link, whatever became of the cookie
    assert '<html lang="ka"' in asked.get("/juror?lang=ka").text
    assert '<html lang="ka"' in asked.get("/juror/example-2026").text


def test_language_chosen_on_a_page_that_leads_on_is_kept(browser: Browser, place: Place) -> None:
    browser.sign_in(place, place.jurors[0])
    assert browser.get("/juror?lang=lv").address == "/juror/example-2026"
    assert '<html lang="lv"' in browser.text
    browser.get("/juror/example-2026?lang=xx")
    assert '<html lang="lv"' in browser.text


def test_language_switch_keeps_the_rest_of_the_address(browser: Browser) -> None:
    assert 'href="?to=%2Fjuror&amp;lang=az"' in browser.get("/sign-in?to=/juror&lang=lv").text
