"""An officer's desk of personal data, a person on it, and what everybody reads."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Page
from sqlalchemy import select

from evaluators.personal import Keep
from laurea.actions import retain
from laurea.ledger import CLOCK, Actor
from laurea.store import tables as t
from tests.browser.serving import Look
from tests.web.seeding import Place

PAGES = ("personal", "personal-one", "personal-anonymise", "personal-looks", "personal-data")


def walk(page: Page, place: Place, look: Look) -> None:
    """Days that are set, a list that waits, a search, and one person whose label is in force."""
    actor = Actor.person(place.officers[0])
    for keep, days in ((Keep.LETTERS, 730), (Keep.COMMENTS, 365), (Keep.JURORS, 1095), (Keep.SIGN_IN, 90)):
        clock = keep is Keep.SIGN_IN
        retain.set_days(place.engine, 1, keep, days=days, by_clock=clock, version=0, actor=actor, now=place.now)
    retain.write_list(
        place.engine, 1, settings=place.settings, actor=CLOCK, now=place.now + timedelta(days=1200)
    )  # fmt: skip
    page.goto("/personal?q=Qul")
    look(page, "personal")
    holder = place.value(select(t.grants.c.person_id).order_by(t.grants.c.id).limit(1))
    page.goto(f"/personal/people/{holder}")
    look(page, "personal-one")
    page.get_by_role("link", name="See what would be done").click()
    page.locator("#would").wait_for()
    look(page, "personal-anonymise")
    page.goto("/personal/looks")
    look(page, "personal-looks")
    page.goto("/personal-data")
    look(page, "personal-data")
