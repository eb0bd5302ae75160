"""What an appeal contests judged again, and an earlier state of a round looked at before it is restored."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page
from sqlalchemy import update

from laurea.actions import sheet
from laurea.store import tables as t
from laurea.store.engine import writing
from tests.browser.serving import Look, free_port, served
from tests.web import appealing, seeding
from tests.web.seeding import Place

PAGES = ("restore", "restored", "appeal", "appeal-asked", "again-declare", "again", "appeal-replayed", "appeal-taken")
ROOM = "/rounds/example-2026"


def walk(chromium: Browser, folder: Path, look: Look, scheme: Literal["dark", "light"] = "light") -> None:
    """Two rounds: one whose jury works, one whose results are told; `look` is shown each page."""
    for name in ("working", "told"):
        (folder / name).mkdir()
    _restoring(chromium, folder / "working", look, scheme)
    _appealing(chromium, folder / "told", look, scheme)


def _restoring(chromium: Browser, folder: Path, look: Look, scheme: Literal["dark", "light"]) -> None:
    place = seeding.seed(folder, applications=6, jurors=4, port=free_port())
    early = place.now - timedelta(hours=3)
    for person in place.jurors[:3]:
        assignment = place.assignments(person)[0]
        one = {"person_id": person, "assignment_id": assignment}
        sheet.declare(place.engine, kind=None, now=early, **one)
        first = {"marks": {"teaching": "3", "data": "4"}, "comment": "Drafts of both schools are linked."}
        sheet.save_sheet(place.engine, version=1, now=early + timedelta(minutes=5), **first, **one)
        again = {"marks": {"teaching": "1", "data": "4", "results": "6"}, "comment": "Typed into the wrong sheet."}
        sheet.save_sheet(place.engine, version=2, now=place.now - timedelta(hours=1), **again, **one)
    ended = place.assignments(place.jurors[3])[0]
    sheet.hand_back(place.engine, person_id=place.jurors[3], assignment_id=ended, reason="I am ill.", now=place.now)
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(proposed_at=place.now))
    with served(place.settings) as url:
        officer = _enter(chromium, place, place.officers[0], url, scheme)
        officer.goto(f"{ROOM}/restore")
        at = (place.now - timedelta(hours=2)).replace(tzinfo=None).isoformat() + "+00:00"
        officer.goto(f"{ROOM}/restore?sheets=1&assignments=1&at={at.replace('+', '%2B')}")
        look(officer, "restore")
        officer.locator("[name=reason]").fill("Three jurors typed into the wrong sheets.")
        officer.get_by_role("button", name="Restore this").click()
        officer.locator("#done").wait_for()
        look(officer, "restored")
        officer.context.close()
    place.engine.dispose()


def _appealing(chromium: Browser, folder: Path, look: Look, scheme: Literal["dark", "light"]) -> None:
    place = appealing.released(folder, marks=appealing.LOW | {"overall": "3"}, port=free_port())
    number = appealing.appealed(place, contested=("teaching",))
    with served(place.settings) as url:
        officer = _enter(chromium, place, place.officers[0], url, scheme)
        officer.goto(f"{ROOM}/appeals/{number}")
        look(officer, "appeal")
        officer.get_by_role("button", name="Have it judged again").click()
        officer.locator("#again").wait_for()
        look(officer, "appeal-asked")
        juror = _enter(chromium, place, place.jurors[2], url, scheme)
        juror.goto("/juror/example-2026")
        juror.get_by_role("link", name="Rivers that remember").click()
        look(juror, "again-declare")
        juror.get_by_role("button", name="No conflict: open it").click()
        juror.locator("textarea[name=comment]").fill("A clear aim that every activity serves.")
        juror.locator("[name='mark.teaching'][value='4']").check(force=True)
        look(juror, "again")
        juror.get_by_role("button", name="Submit").click()
        juror.locator(".quiet-note").wait_for()
        officer.goto(f"{ROOM}/appeals/{number}")
        look(officer, "appeal-replayed")
        officer.locator("[name=says]").fill("You were right: the teaching idea was overlooked.")
        officer.get_by_role("button", name="Take it over and answer").click()
        officer.locator(".done-note").wait_for()
        look(officer, "appeal-taken")
        for page in (officer, juror):
            page.context.close()
    place.engine.dispose()


def _enter(chromium: Browser, place: Place, person: int, url: str, scheme: Literal["dark", "light"]) -> Page:
    page = chromium.new_context(color_scheme=scheme, locale="en-GB", base_url=url, reduced_motion="reduce").new_page()
    page.goto(place.link(person))
    page.locator("main button").click()
    page.wait_for_load_state()
    return page
