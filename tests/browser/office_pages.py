"""The pages on which offices hand things to each other, for the pictures and the accessibility walk."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page

from laurea.actions import nominate, open_round
from laurea.store import handovers, rounds
from laurea.store.engine import reading
from tests.browser.serving import Look, free_port, served
from tests.web import offices
from tests.web.offices import CODES, OFFICES, Year


def walk(chromium: Browser, folder: Path, look: Look, scheme: Literal["dark", "light"] = "light") -> None:
    """A year between two offices and the central one; `look` is shown each page of it."""
    year = offices.seed(folder, port=free_port())
    offices.up(year)
    with served(year.settings) as url:
        desks = {}
        for office in ("ge", "css"):
            page = chromium.new_context(color_scheme=scheme, locale="en-GB", base_url=url).new_page()
            page.goto(year.link(year.officer[office]))
            page.locator("main button").click()
            desks[office] = page
        _year(year, desks["ge"], desks["css"], look)
        for page in desks.values():
            page.context.close()
    year.engine.dispose()


def _year(year: Year, office: Page, central: Page, look: Look) -> None:
    ours = {"name": "Nino Kapanadze", "email": "ge@example.org", "language": "en", "now": year.now}
    open_round.ensure_officer(year.engine, OFFICES["lv"], **ours)
    for path, name in (("/offices", "offices"), ("/handovers", "handovers")):
        office.goto(path)
        look(office, name)
    office.locator(".attention a").click()
    look(office, "handover-list")
    for box in office.get_by_role("checkbox").all()[:3]:
        box.check()
    office.locator("main button.primary").click()
    look(office, "handover-refused")
    office.get_by_role("checkbox").nth(2).uncheck()
    office.locator("main button.primary").click()
    look(office, "handover-preview")
    office.locator("main button.primary").click()
    central.goto(f"/rounds/{CODES['css']}/handovers")
    look(central, "round-handovers")
    with reading(year.engine) as connection:
        other = rounds.authority(connection, OFFICES["lv"].code).id
        listed = handovers.received(connection, other, handovers.LIST)[0].id
    nominate.nominate(year.engine, other, listed, ["P1"], actor=year.actor("lv"), now=year.now)
    offices.down(year)
    office.goto("/handovers")
    office.get_by_role("link", name="Awards").click()
    look(office, "handover-awards")
