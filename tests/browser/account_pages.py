"""Getting in: the door with its code, where one is signed in, the second factor. For pictures and accessibility."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pyotp
from playwright.sync_api import Browser, Page
from pydantic import SecretStr

from laurea import clock
from tests.browser.serving import Look, free_port, served
from tests.web import seeding

PAGES = (
    "sign-in-provider", "sign-in-sent", "sign-in-code-wrong", "account", "second-factor-set-up", "second-factor-codes",
    "second-factor-asked", "account-second-factor",
)  # fmt: skip


def walk(chromium: Browser, folder: Path, look: Look, scheme: Literal["dark", "light"] = "light") -> None:
    """A juror who types a code, and an officer who sets up a second factor and is asked for it."""
    place = seeding.seed(folder, applications=4, jurors=2, port=free_port())
    provider = {"oidc_issuer": "https://identity.example", "oidc_client_id": "laurea", "oidc_name": "EU Login"}
    more = {**provider, "oidc_client_secret": SecretStr("k2-of-the-test-alone")}
    with served(place.settings.model_copy(update=more)) as url:

        def visitor(person: int | None) -> Page:
            page = chromium.new_context(color_scheme=scheme, locale="en-GB", base_url=url).new_page()
            if person is not None:
                page.goto(place.link(person))
                page.locator("main button").click()
            return page

        juror, officer, again = visitor(None), visitor(place.officers[0]), visitor(None)
        juror.goto("/sign-in")
        look(juror, "sign-in-provider")
        juror.fill("input[name=email]", "juror1@example.org")
        juror.locator("main button").first.click()
        look(juror, "sign-in-sent")
        juror.fill("input[name=code]", "000000")
        juror.locator("form[action='/sign-in/code'] button").click()
        look(juror, "sign-in-code-wrong")
        officer.goto("/account")
        look(officer, "account")
        officer.goto("/account/second-factor")
        officer.locator("summary", has_text="instead").click()
        secret = officer.locator(".spelt").inner_text().replace(" ", "")
        look(officer, "second-factor-set-up")
        officer.fill("input[name=code]", pyotp.TOTP(secret).at(clock.now()))
        officer.locator("main form button").click()
        officer.locator(".codes").wait_for()
        look(officer, "second-factor-codes")
        again.goto(place.link(place.officers[0]))
        again.locator("main button").click()
        look(again, "second-factor-asked")
        officer.goto("/account")
        look(officer, "account-second-factor")
        for page in (juror, officer, again):
            page.context.close()
    place.engine.dispose()
