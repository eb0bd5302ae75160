"""An officer sends a file, sees what it would do, mends it, and takes it in: without a line of script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from laurea.store import tables as t
from tests.web.seeding import Place

pytestmark = pytest.mark.browser
ROUND = "/rounds/example-2026"
COLUMNS = "application_id,applicant_id,unit_id,unit_name,submitted_at,applicant_name,applicant_email,pupils"
APPLICATIONS = select(func.count()).select_from(t.applications)


def choose(page: Page, *pupils: str) -> None:
    rows = [
        f"AZ-30{n:02},T{n},P{n},Project {n},2026-01-10T10:00:00+04:00,Aygün,a{n}@example.org,{many}"
        for n, many in enumerate(pupils)
    ]
    text = "\n".join([COLUMNS, *rows]).encode()
    page.locator("[name=file]").set_input_files({"name": "late.csv", "mimeType": "text/csv", "buffer": text})
    page.get_by_role("button", name="See what it would do").click()


def test_import_with_preview_and_row_errors(visit: Callable[..., Page], place: Place) -> None:
    page = visit(place.officers[0], javascript=False)
    page.goto(ROUND)
    page.get_by_role("link", name="Import").click()
    choose(page, "30", "many", "18")
    expect(page.locator(".consequences")).to_contain_text("2 rows come in")
    row = page.locator("section:has(#refused) tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("late.csv")
    expect(row).to_contain_text("“many” is not a whole number.")
    assert place.value(APPLICATIONS) == 12
    page.goto(f"{ROUND}/import")  # the officer goes away and comes back: the files wait
    page.get_by_role("link", name="Applications: late.csv").click()
    page.get_by_role("button", name="Take it in").click()
    expect(page.locator(".done-note")).to_contain_text("Taken in on")
    assert place.value(APPLICATIONS) == 14
    page.get_by_role("link", name="Send another file").click()
    choose(page, "30", "21", "18")  # the whole file again, mended
    expect(page.locator(".consequences")).to_contain_text("1 row comes in")
    expect(page.locator(".consequences")).to_contain_text("2 are in the round already and stay as they are")
    page.get_by_role("button", name="Take it in").click()
    assert place.value(APPLICATIONS) == 15


def test_clone_the_round_and_see_the_difference(visit: Callable[..., Page], place: Place) -> None:
    page = visit(place.officers[0], javascript=False)
    page.goto(ROUND)
    page.get_by_role("link", name="New round from this one").click()
    expect(page.get_by_text("as last time").first).to_be_visible()
    page.get_by_role("button", name="Open the round").click()
    expect(page.get_by_role("alert")).to_contain_text("look at what is marked")
    page.get_by_role("link", name="Move all of them on by a year").click()
    expect(page.locator("tr.unsure")).to_have_count(0)
    page.get_by_label("How many points are needed in total?").fill("18")
    page.get_by_role("button", name="Open the round").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Example label 2027")
    made = place.value(select(t.rounds.c.policies).where(t.rounds.c.code == "example-2027"))
    assert made == {"pass_mark": "18"}
