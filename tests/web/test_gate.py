"""Rights, form tokens and headers, on every route there is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from sqlalchemy import select

from evaluators.permissions import Role, Scope
from laurea.store import tables as t
from laurea.store import unsubscribed
from laurea.store.engine import writing
from tests.web.conftest import Browser
from tests.web.seeding import Place
from tests.web.test_jury import opened

HEADERS = ("content-security-policy", "x-content-type-options", "referrer-policy", "cache-control")
ELSEWHERE = (
    "/figures/", "/rounds/{code}/import", "/rounds/{code}/certificates", "/rounds/{code}/feedback",
    "/rounds/{code}/outbox/all", "/rounds/{code}/kit", "/rounds/{code}/parcels", "/rounds/{code}/ceremonies",
    "/rounds/{code}/terms",
)  # fmt: skip
PUBLIC = {
    ("GET", "/"), ("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/enter/{token}"),
    ("POST", "/enter/{token}"), ("POST", "/sign-in/code"), ("POST", "/sign-in/provider"), ("GET", "/sign-in/back"),
    ("POST", "/sign-out"), ("GET", "/results/{code}"), ("GET", "/certificates"),
    ("GET", "/certificates/{number}"), ("GET", "/apply/{code}"), ("POST", "/apply/{code}"),
    ("GET", "/gallery"), ("GET", "/apply/{code}/start"), ("POST", "/apply/{code}/start"),
    ("POST", "/view/stop"), ("GET", "/confirm/{token}"), ("POST", "/confirm/{token}"),
    ("GET", "/credentials/{code}/did.json"), ("GET", "/credentials/{code}/status/{side}"),
    ("POST", "/credentials/check"), ("GET", "/letter.css"), ("GET", "/unsubscribe/{token}"),
    ("POST", "/unsubscribe/{token}"), ("GET", "/invitation/{token}"), ("POST", "/invitation/{token}"),
    ("GET", "/invitation/{token}/ceremony.ics"), ("GET", "/parcel/{token}"), ("POST", "/parcel/{token}"),
    ("GET", "/api"), ("GET", "/api/openapi.json"), ("GET", "/api/{path}"),
    ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics"),
}  # fmt: skip

OWN = {  # of whoever is signed in
    ("GET", "/account"), ("POST", "/account/sessions"), ("POST", "/account/unlink"), ("GET", "/personal-data"),
    ("POST", "/personal-data/export"),
}  # fmt: skip
NOT_HERE = ("number", "kind", "deed", "name", "item")


def routes(app: Litestar) -> list[tuple[str, str, Role | None]]:
    found = []
    for route in app.routes:
        if isinstance(route, HTTPRoute) and not route.path.startswith("/static"):
            for handler in route.route_handlers:
                if handler.opt.get("program"):
                    continue  # programs have a gate of their own: below, and in test_api.py
                found += [
                    (m, route.path_format, handler.opt.get("role")) for m in handler.http_methods if m != "OPTIONS"
                ]
    return found


def address(path: str, place: Place) -> str:
    return (
        path.replace("{code}", "example-2026")
        .replace("{code}", "example-2026")
        .replace("{assignment_id}", str(place.assignments(place.jurors[0])[0]))
        .replace("{application_id}", str(place.applications[0]))
        .replace("{juror_id}", "1")
        .replace("{person_id}", str(place.jurors[0]))
        .replace("{key}", "A" * 22)
        .replace("heard/{kind}/{item}", "heard/appeal/1")
        .replace("{token}", "x" * 43)
        .replace("exports/{name}", "exports/applications.csv")
        .replace("tokens/{number}", "tokens/1")
        .replace("webhooks/{number}", "webhooks/1")
        .replace("/certificates/{number}", "/certificates/unknown" if path.count("{") == 1 else "/certificates/1")
        .replace("{number}", "1")
        .replace("{place}", "1")
        .replace("{item}", "1")
        .replace("{side}", "1")
        .replace("figures.{kind:str}", "figures.xlsx")
        .replace("{deed}", "take")
        .replace("{kind}", "certificate")
        .replace("{name}", "countries.csv")
    )


def test_every_route_names_its_room_or_is_known_to_be_public(app: Litestar) -> None:
    assert {(method, path) for method, path, role in routes(app) if role is None} == PUBLIC | OWN


def test_post_without_form_token_is_refused_on_every_route(
    app: Litestar, browsers: Callable[[], Browser], place: Place
) -> None:
    juror, officer, nobody = browsers(), browsers(), browsers()
    juror.sign_in(place, place.jurors[0])
    officer.sign_in(place, place.officers[0])
    applicant = browsers()
    applicant.sign_in(place, place.value(select(t.applications.c.applicant_id).limit(1)))
    posts = [(path, role) for method, path, role in routes(app) if method == "POST"]
    assert len(posts) >= 10
    for path, role in posts:
        if path == "/unsubscribe/{token}":
            continue  # a mail program clicks it (RFC 8058): the token in the address is what proves it
        who = {Role.JUROR: juror, Role.OFFICER: officer, Role.APPLICANT: applicant, None: nobody}[role]
        answer = who.client.post(address(path, place), data={"comment": "kept words"}, follow_redirects=False)
        assert (path, answer.status_code) == (path, 403)
        assert "kept words" in answer.text


def test_every_route_for_programs_names_its_scope_and_asks_for_a_token(app: Litestar, browser: Browser) -> None:
    found = [
        (route.path_format, method, handler.opt.get("scope"))
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if handler.opt.get("program")
        for method in handler.http_methods
    ]
    assert len(found) >= 5
    for path, method, scope in found:
        assert path.startswith("/api/v1/")
        assert scope in list(Scope) or path == "/api/v1/bounces"  # that one is signed
        filled = path.replace("{code}", "example-2026").replace("{kind}", "jurors").replace("{name}", "marks.csv")
        assert browser.client.request(method, filled).status_code == 401


def test_form_from_another_site_is_refused(browser: Browser, place: Place) -> None:
    browser.sign_in(place, place.jurors[0])
    browser.get("/juror/example-2026")
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        assert browser.post("/sign-out", headers=headers).status == 403


@pytest.mark.parametrize("who", ["nobody", "juror", "officer", "foreign officer"])
def test_rooms_open_to_their_role_only(app: Litestar, browser: Browser, place: Place, who: str) -> None:
    person = {"juror": place.jurors[0], "officer": place.officers[0], "foreign officer": place.officers[2]}.get(who)
    if who == "juror":
        opened(browser, place)  # before that, a sheet has neither versions nor a paper
    elif person is not None:
        browser.sign_in(place, person)
    role = {"juror": Role.JUROR, "officer": Role.OFFICER, "foreign officer": Role.OFFICER}.get(who)
    for method, path, room in routes(app):
        if method != "GET" or room is None:
            continue
        answer = browser.client.get(address(path, place), follow_redirects=False)
        if role is None:
            assert (path, answer.status_code) == (path, 303)
        elif role != room or (who == "foreign officer" and ("{code" in path or "{person_id" in path)):
            assert (path, answer.status_code) == (path, 404)
        else:
            if path.startswith(ELSEWHERE) or any(f"{{{word}}}" in path for word in NOT_HERE):
                assert answer.status_code in (200, 303, 404)  # it may need what is not seeded: its room's tests tell
                continue
            elsewhere = path.endswith(("/juror", "/joint", "/account/code")) or path == "/juror/{code}/next"
            assert (path, answer.status_code) == (path, 303 if elsewhere else 200)


def test_absent_and_forbidden_look_the_same(browser: Browser, place: Place) -> None:
    browser.sign_in(place, place.jurors[0])
    foreign = next(a for a in place.assignments(place.jurors[2]) if a not in place.assignments(place.jurors[0]))
    strange = [browser.get(f"/sheets/{number}").text for number in (foreign, 999_999)]
    assert strange[0] == strange[1]


def test_headers_stand_on_every_answer(browser: Browser, place: Place) -> None:
    for path in ("/", "/nothing", "/sign-in", "/certificates/unknown", "/results/unknown", "/static/laurea.css"):
        browser.get(path)
        assert [name for name in HEADERS if name not in browser.headers] == []
        assert "'unsafe" not in browser.headers["content-security-policy"]
    assert browser.get("/sign-in").headers["cache-control"] == "no-store"


def test_pages_hold_no_inline_script_or_style(browser: Browser, place: Place) -> None:
    browser.sign_in(place, place.jurors[0])
    for path in ("/", "/juror/example-2026", f"/sheets/{place.assignments(place.jurors[0])[0]}"):
        text = browser.get(path).text
        assert " style=" not in text
        assert "<style" not in text
        assert " onclick=" not in text
        assert "<script>" not in text


def test_a_click_of_a_mail_program_whose_text_is_none_ends_letters_all_the_same(browser: Browser, place: Place) -> None:
    with writing(place.engine) as connection:
        token = unsubscribed.token_of(connection, 1, place.jurors[0], "review_reminder_again", place.now)
    part = b'--x\r\nContent-Disposition: form-data; name="again"\r\nContent-Type: text/plain; charset=none\r\n\r\n\xff'
    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = browser.client.post(f"/unsubscribe/{token}", content=part + b"\r\n--x--\r\n", headers=headers)
    assert answer.status_code == 200
    assert place.value(select(t.unsubscribed.c.since)) is not None


@pytest.mark.parametrize("path", ["/results/a%00b", "/results/example-2026?q=a%00b"])
def test_a_sign_that_no_text_has_leads_nowhere(browser: Browser, path: str) -> None:
    assert browser.get(path).status == 404


def test_a_sign_that_no_text_has_is_not_kept_and_the_text_is_shown_again(browser: Browser, place: Place) -> None:
    assignment = opened(browser, place)
    browser.post(f"/sheets/{assignment}/save", {"version": "1", "comment": "River\0 and sea"})
    assert (browser.status, "River and sea" in browser.text) == (403, True)
    kept = select(t.sheets.c.comment).where(t.sheets.c.assignment_id == assignment)
    assert place.value(kept) == ""
    browser.post(f"/sheets/{assignment}/save", {"version": "1", "comment": "River and sea", "mark\0": "1"})
    assert (browser.status, place.value(kept)) == (403, "")
    part = '--x\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'
    body = part.format("_csrf", "", browser.token) + part.format("file", '; filename="a\0.csv"', "ref") + "--x--\r\n"
    sent = {"content": body, "headers": {"content-type": "multipart/form-data; boundary=x"}}
    assert browser.client.post(f"/sheets/{assignment}/save", **sent).status_code == 403
    sent["content"] = body.replace("\0", "")
    assert browser.client.post(f"/sheets/{assignment}/save", **sent).status_code != 403


def test_language_follows_address_then_cookie_then_browser(browsers: Callable[[], Browser]) -> None:
    reader = browsers()
    assert '<html lang="lv"' in reader.get("/", headers={"accept-language": "ja;q=0.9, lv-LV;q=0.8"}).text
    assert '<html lang="az"' in reader.get("/?lang=az", headers={"accept-language": "lv"}).text
    assert '<html lang="az"' in reader.get("/", headers={"accept-language": "lv"}).text
    assert '<html lang="en"' in browsers().get("/?lang=xx").text
