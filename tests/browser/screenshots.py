"""Pictures of the portal's first rooms: python tests/browser/screenshots.py --out docs/images [--dark DIR]"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import update

from laurea.actions import release
from laurea.ledger import Actor
from laurea.store import rounds
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from rules.library import cases_file
from tests.browser.serving import CHROMIUM, FLAGS, Portal, free_port
from tests.web import seeding
from tests.web.seeding import Place

WIDTHS = {1280: 860, 390: 844}
ANSWERS = {
    "points_per_criterion": "20", "sub_points": "5", "minimum_sub_collaboration": "3", "minimum_sub_ict": "3",
    "minimum_sub_data_protection": "3", "pass_mark": "60", "reviews": "2", "consolidation": "mean",
    "school_year_start": "08-01",
}  # fmt: skip


def nql(workspace: Path, port: int, **more: object) -> Place:
    """A round under the library's label for project work."""
    key = "etwinning-nql/nql-e"
    rule_file = Path(str(cases_file(key)).replace(".cases.yaml", ".yaml"))
    facts = {
        "founder_one_country": "AZ", "founder_two_country": "GE", "project_stage": "last_stage", "q_common_goals": True,
        "q_last_stages": True, "q_contribution": True, "q_collaboration": True, "q_data_protection": True,
        "earlier_applications": 1,
    }  # fmt: skip
    return seeding.seed(
        workspace, rule_file=rule_file, policies=ANSWERS, facts=facts, applications=36, jurors=6, port=port,
        open_days=4,
        code="az-nql-2026", title="National Quality Label 2026", **more,  # type: ignore[arg-type]
    )  # fmt: skip


def shot(page: Page, out: Path, name: str, dark: bool) -> None:
    """One picture in both widths."""
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(250)
        page.screenshot(path=out / f"{name}-{width}{'-dark' if dark else ''}.png", animations="disabled")


def take(out: Path, *, dark: bool) -> None:
    """All pictures, once in one colour scheme."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        port = free_port()
        place = nql(Path(folder), port)
        seeding.fill(place, 0.4)
        portal = Portal(Path(folder), port)
        portal.start()
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            scheme = "dark" if dark else "light"
            juror = chromium.new_context(color_scheme=scheme, locale="en-GB").new_page()
            enter(juror, place, place.jurors[0])
            if juror.locator(".declare-many button").is_visible() is False:
                juror.locator(".declare-many summary").click()
            juror.locator(".declare-many button").click()
            shot(juror, out, "queue", dark)
            juror.set_viewport_size({"width": 1280, "height": 860})
            juror.locator(".hero .primary").click()
            for criterion, points in (("collaboration", "17"), ("technology", "15"), ("pedagogy", "18")):
                box = juror.locator(f"[name='mark.{criterion}']")
                if box.count() == 1:
                    box.fill(points)
            for criterion, points in (("sub_collaboration", "4"), ("sub_ict", "2"), ("teaching", "3"), ("data", "2")):
                if juror.locator(f"[name='mark.{criterion}'][value='{points}']").count() == 0:
                    continue
                juror.locator(f"[name='mark.{criterion}'][value='{points}']").check(force=True)
            juror.locator("textarea[name=comment]").fill(
                "Pupils of both schools wrote each chapter together; drafts and comments are in the TwinSpace."
            )
            juror.wait_for_timeout(2500)
            juror.evaluate("document.activeElement.blur(); document.querySelector('.rubric').scrollTop = 0")
            shot(juror, out, "sheet", dark)
            with writing(place.engine) as connection:
                for state, some in (
                    ("ineligible", place.applications[3:8]),
                    ("needs_evidence", place.applications[9:11]),
                ):
                    change = update(t.applications).where(t.applications.c.id.in_(some)).values(state=state)
                    connection.execute(change)
            officer = chromium.new_context(color_scheme=scheme, locale="en-GB").new_page()
            enter(officer, place, place.officers[0])
            officer.goto(f"{portal.url}/rounds/az-nql-2026")
            shot(officer, out, "round", dark)
            finish(place)
            officer.set_viewport_size({"width": 1280, "height": 860})
            officer.goto(f"{portal.url}/rounds/az-nql-2026/release")
            shot(officer, out, "release", dark)
            officer.goto(f"{portal.url}/rounds/az-nql-2026/decisions")
            officer.set_viewport_size({"width": 1280, "height": 860})
            officer.locator("table a").first.click()
            shot(officer, out, "trace", dark)
            publish(place)
            anyone = chromium.new_context(color_scheme=scheme, locale="en-GB").new_page()
            anyone.goto(f"{portal.url}/results/az-nql-2026")
            shot(anyone, out, "results", dark)
        finally:
            chromium.close()
            portal.kill()
            place.engine.dispose()


def enter(page: Page, place: Place, person_id: int) -> None:
    """Sign in as somebody, by link and button."""
    page.goto(place.link(person_id))
    page.locator("main button").click()


def finish(place: Place) -> None:
    """All sheets in, decisions proposed."""
    seeding.fill(place, 1.0, settle=True)


def publish(place: Place) -> None:
    """Release what is proposed."""
    with reading(place.engine) as connection:
        record = rounds.round_by_id(connection, place.round_id)
    release.release(
        place.engine, place.round_id, actor=Actor.person(place.officers[0]), expected_digest=record.digest or "",
        settings=place.settings, now=place.now,
    )  # fmt: skip


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--dark", action="store_true", help="take them in the dark scheme (file names end in -dark)")
    given = parser.parse_args()
    take(given.out, dark=given.dark)


if __name__ == "__main__":
    main()
