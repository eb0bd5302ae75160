"""The headers and cookies of every answer, to the letter."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from litestar.testing import TestClient

from laurea.web.app import create_app
from tests.web.conftest import TOKEN, Browser
from tests.web.seeding import Place

SAFE = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
APART = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'"  # of files
STRICT = "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize("address", ["http://127.0.0.1:8780", "https://laurea.example"])
def test_headers_are_exact_on_every_answer(place: Place, address: str) -> None:
    settings = place.settings.model_copy(update={"public_url": address})
    app = create_app(settings)
    with TestClient(app, base_url=address) as client:
        browser = Browser(client)
        browser.sign_in(place, place.officers[0])
        code = "example-2026"
        pages = (
            "/", "/nothing", "/account", f"/rounds/{code}", f"/rounds/{code}/exports/applications.csv",
            "/static/laurea.css", "/static/nothing", "/api/openapi.json", "/api/v1/rounds/x", "/sign-in/back",
            "/enter/x", f"/rounds/{code}/exports/round.xlsx", "/rounds/none",
        )  # fmt: skip
        answers = [client.get(path, follow_redirects=False) for path in pages]
        answers += [client.post(path, data={}) for path in ("/sign-out", "/nothing", "/sign-in", "/api/v1/bounces")]
        answers += [client.request("TRACE", "/"), client.delete("/rounds"), client.head("/")]
        assert {one.status_code for one in answers} >= {200, 401, 403, 404}
        for one in answers:
            found = {name: one.headers.get(name) for name in SAFE}
            taken_away = "content-disposition" in one.headers
            assert found == SAFE | ({"content-security-policy": APART} if taken_away else {}), one.url
            assert one.headers.get("strict-transport-security") == (STRICT if address[4] == "s" else None), one.url
            kept = one.headers["cache-control"]
            assert kept == "no-store" or "/static/" in str(one.url) or "/api" in str(one.url), (one.url, kept)


@pytest.mark.parametrize("host", ["c:x@2:q)*f", "[::1", "a b", "x:99999999", "]"])
def test_a_host_that_is_none_is_a_fault_of_whoever_asks(browser: Browser, host: str) -> None:
    for path in ("/", "/api/v1/rounds/example-2026", "/confirm/x"):
        answer = browser.client.get(path, headers={"host": host})
        assert 200 <= answer.status_code < 500
        assert answer.headers["content-security-policy"]


def test_cookies_are_bound_to_the_host_under_https(place: Place) -> None:
    settings = place.settings.model_copy(update={"public_url": "https://laurea.example"})
    with TestClient(create_app(settings), base_url="https://laurea.example") as client:
        path = urlsplit(place.link(place.officers[0])).path
        found = TOKEN.search(client.get(path).text)
        assert found
        answer = client.post(path, data={"_csrf": found[1]}, follow_redirects=False)
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-laurea=")
        assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
        assert "domain" not in cookie.lower()
        assert len(cookie.partition("=")[2].partition(";")[0]) == 43  # 256 bits
        csrf = TOKEN.search(client.get("/account").text)
        assert csrf
        gone = client.post("/sign-out", data={"_csrf": csrf[1]}, follow_redirects=False).headers["set-cookie"]
        assert gone.startswith("__Host-laurea=")  # a browser takes no such cookie without Secure, not even to end it
        assert "Secure" in gone
        assert "Max-Age=0" in gone
