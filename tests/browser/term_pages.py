"""Terms of awards: a holder's page, the way into the next round, an officer's calendar and decisions."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser
from sqlalchemy import select

from evaluators.renewal import schedule
from evaluators.validity import Term
from laurea.store import tables as t
from laurea.store import terms
from laurea.store.engine import writing
from tests.browser.serving import Look, free_port, served
from tests.web import seeding
from tests.web.holding import OLD, hold
from tests.web.programme import add_year
from tests.web.seeding import Place

PAGES = ("term-held", "term-draft", "calendar", "calendar-month", "terms", "terms-change", "terms-decided", "withdraw")


def walk(chromium: Browser, folder: Path, look: Look, scheme: Literal["dark", "light"] = "light") -> None:
    """Labels of three years beside one that ends soon; `look` is shown each page."""
    place = seeding.seed(folder, port=free_port())
    year = place.now.year
    for before, granted in ((2, 14), (1, 23), (0, 9)):
        add_year(place, year - before, applications=granted + 8, granted=granted)
    held = hold(place)
    _schedules(place)
    tamar = place.value(select(t.people.c.id).where(t.people.c.email == "tamar@example.org"))
    with served(place.settings) as url:
        holder = chromium.new_context(color_scheme=scheme, locale="en-GB", base_url=url).new_page()
        holder.goto(place.link(tamar, held))
        holder.locator("main button").click()
        look(holder, "term-held")
        holder.get_by_role("button", name="Apply for the renewal").click()
        holder.locator(".done-note").wait_for()
        look(holder, "term-draft")
        officer = chromium.new_context(color_scheme=scheme, locale="en-GB", base_url=url).new_page()
        officer.goto(place.link(place.officers[0]))
        officer.locator("main button").click()
        end = (place.now + timedelta(days=50)).date()
        officer.goto(f"/calendar?year={end.year}")
        look(officer, "calendar")
        officer.goto(f"/calendar?year={end.year}&month={end.month}")
        look(officer, "calendar-month")
        officer.goto(f"/rounds/{OLD}/terms")
        look(officer, "terms")
        officer.locator("[name=until]").first.fill((end + timedelta(days=365)).isoformat())
        officer.get_by_role("button", name="See what would change").click()
        officer.locator("[name=reason]").fill("No round is held this year, by decision 12 of the council.")
        look(officer, "terms-change")
        officer.locator("button.primary").click()
        officer.locator("#acts").wait_for()
        look(officer, "terms-decided")
        officer.goto(f"/rounds/{OLD}/certificates")
        officer.locator(".mend summary").last.click()
        look(officer, "withdraw")
        for page in (holder, officer):
            page.context.close()
    place.engine.dispose()


def _schedules(place: Place) -> None:
    """The labels that have no schedule yet get the one of their days."""
    with writing(place.engine) as connection:
        g = t.grants.c
        query = select(g.id, g.valid_from, g.valid_until).where(g.id.not_in(select(t.grant_steps.c.grant_id)))
        made = {
            row.id: schedule(
                Term(row.valid_from, row.valid_until, row.valid_until - timedelta(days=120),
                     milestones={"report": row.valid_from + timedelta(days=365)})
            )
            for row in connection.execute(query)
        }  # fmt: skip
        terms.add_steps(connection, 1, made)
