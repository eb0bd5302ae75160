"""Through an identity provider and back in a real browser, which holds every form to the policy of its page."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect
from pydantic import SecretStr

from tests.browser.serving import free_port, served
from tests.web import seeding
from tests.web.providing import CLIENT, PASSWORD, SECRET, provided


def test_an_officer_comes_back_from_the_provider(chromium: Browser, tmp_path: Path) -> None:
    place = seeding.seed(tmp_path, applications=2, jurors=2, port=free_port())
    people = {"leyla": {"email": "officer1@example.org", "verified": True}}
    with provided(tmp_path, people, f"http://127.0.0.1:{place.settings.port}/sign-in/back") as issuer:
        more = {"oidc_issuer": issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SecretStr(SECRET)}
        with served(place.settings.model_copy(update=more)) as url:
            context = chromium.new_context(base_url=url, locale="en-GB")
            page = context.new_page()
            page.goto("/sign-in?to=%2Faccount")
            page.locator("form[action='/sign-in/provider'] button").click()
            page.fill("input[name=username]", "leyla")
            page.fill("input[name=password]", PASSWORD)
            page.get_by_role("button", name="Enter").click()
            expect(page).to_have_url(f"{url}/account")
            context.close()
    place.engine.dispose()
