"""The award kit of a released round, its ceremony, and what its guests see: for pictures and accessibility."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page
from sqlalchemy import select, update

from laurea.actions import release
from laurea.ledger import Actor
from laurea.store import tables as t
from laurea.store.engine import writing
from tests.browser.serving import Look, free_port, served
from tests.web import seeding

ROOM = "/rounds/example-2026"
PAGES = ("kit-empty", "kit", "parcel", "ceremonies", "ceremony", "address-asked", "invitation", "invitation-answered")


def walk(chromium: Browser, folder: Path, look: Look, scheme: Literal["dark", "light"] = "light") -> None:
    """A released round in two regions; `look` is shown each page."""
    place = seeding.seed(folder, applications=14, port=free_port())
    seeding.fill(place, 1.0, settle=True)
    release.release(
        place.engine, place.round_id, actor=Actor.person(place.officers[0]),
        expected_digest=place.value(select(t.rounds.c.digest)), settings=place.settings, now=place.now,
    )  # fmt: skip
    with writing(place.engine) as connection:
        away = t.applications.c.id.in_(place.applications[::3])
        connection.execute(update(t.applications).where(away).values(region="Gəncə-Daşkəsən"))
    with served(place.settings) as url:
        officer = chromium.new_context(color_scheme=scheme, locale="en-GB", base_url=url).new_page()
        officer.goto(place.link(place.officers[0]))
        officer.locator("main button").click()
        _parcels(officer, look)
        _ceremony(officer, look)
        guest = chromium.new_context(color_scheme=scheme, locale="en-GB", base_url=url).new_page()
        key = place.value(select(t.parcels.c.key).where(t.parcels.c.key.is_not(None)).limit(1))
        guest.goto(f"/parcel/{key}")
        look(guest, "address-asked")
        guest.goto(f"/invitation/{place.value(select(t.guests.c.key).limit(1))}")
        look(guest, "invitation")
        guest.get_by_label("I come").check()
        guest.locator("[name=sounds]").fill("fa-REED ja-FA-rov")
        guest.locator("main button").click()
        guest.locator(".done-note").wait_for()
        look(guest, "invitation-answered")
        for page in (officer, guest):
            page.context.close()
    place.engine.dispose()


def _parcels(officer: Page, look: Look) -> None:
    officer.goto(f"{ROOM}/kit")
    look(officer, "kit-empty")
    for number, (name, words) in enumerate((("Plaque", "{holder} · {title} {year}"), ("Flag", ""))):
        officer.locator(f"[name='name.{number}']").fill(name)
        officer.locator(f"[name='engraving.{number}']").fill(words)
    officer.get_by_role("button", name="Keep the kit").click()
    officer.locator("tbody a").nth(1).click()
    officer.locator("textarea[name=address]").fill("Elçin Abbasov\nLyceum No. 20\n28 May küç. 4\nAZ1010 Bakı")
    officer.get_by_label("sent", exact=True).check()
    officer.locator("[name=note]").fill("AZ-Post RR123456789AZ")
    look(officer, "parcel")
    officer.locator("main button.primary").click()
    officer.locator("tbody input").first.check()
    officer.get_by_role("button", name="Ask the holders for their address").click()
    officer.locator(".done-note").wait_for()
    look(officer, "kit")


def _ceremony(officer: Page, look: Look) -> None:
    officer.goto(f"{ROOM}/ceremonies")
    for name, value in (
        ("title", "Award day of the regions"), ("begins", "2031-01-20T11:00"), ("ends", "2031-01-20T14:00"),
        ("until", "2031-01-10"),
    ):  # fmt: skip
        officer.locator(f"[name={name}]").fill(value)
    officer.locator("[name=place]").fill("Nizami Cinema Centre\nBülbül pr. 20, Bakı")
    officer.locator("[name=programme]").fill("10:30 Doors\n11:00 Music of the pupils\n11:30 The awards")
    look(officer, "ceremonies")
    officer.locator("main button.primary").click()
    officer.get_by_role("button", name="Invite them").click()
    officer.locator(".done-note").wait_for()
    officer.locator(".mend summary").first.click()
    look(officer, "ceremony")
