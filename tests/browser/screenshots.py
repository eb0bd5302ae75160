"""Pictures of the portal: make screenshots, or python -m tests.browser.screenshots --help"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select, update

from laurea.actions import release, settle
from laurea.ledger import Actor
from laurea.statute import plan_of
from laurea.store import rounds
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from rules.library import cases_file
from tests.browser import (
    account_pages,
    appeal_pages,
    applicants,
    evidence_pages,
    kit_pages,
    letter_pages,
    looking_pages,
    office_pages,
    personal_pages,
    term_pages,
    wording_pages,
)
from tests.browser.serving import CHROMIUM, FLAGS, Look, Portal, free_port
from tests.web import filing, seeding
from tests.web.programme import add_year
from tests.web.seeding import Place

ColorScheme = Literal["dark", "light"]
CODE = "az-nql-2026"
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
        code=CODE, title="National Quality Label 2026", **more,  # type: ignore[arg-type]
    )  # fmt: skip


def shot(page: Page, out: Path, name: str, dark: bool) -> None:
    """One picture in both widths."""
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(250)
        page.screenshot(path=out / f"{name}-{width}{'-dark' if dark else ''}.png", animations="disabled")
    page.set_viewport_size({"width": 1280, "height": WIDTHS[1280]})


def tour(chromium: Browser, place: Place, url: str, look: Look, scheme: ColorScheme = "light") -> None:
    """Walk through every page of a round, from the jury's work to the published results; `look` is shown each."""
    seeding.fill(place, 0.4)
    for application in place.applications[:12]:
        filing.attach(place, application, ("Diary.pdf", filing.pdf(2, (840, 1188))), ("Stand.jpg", filing.picture()))

    def visitor(person_id: int | None) -> Page:
        page = chromium.new_context(color_scheme=scheme, locale="en-GB", base_url=url).new_page()
        if person_id is not None:
            enter(page, place, person_id)
        return page

    anyone = visitor(None)
    door = "/enter/" + "x" * 43
    walk(anyone, look, {"start": "/", "sign-in": "/sign-in", "door": door, "gallery": "/gallery", "api": "/api"})
    juror_pages(visitor(place.jurors[0]), look)
    officer = visitor(place.officers[0])
    officer_pages(officer, place, look)
    meeting_pages(officer, visitor(place.jurors[1]), look)
    publish(place)
    certificate = f"/certificates/{place.value(select(t.grants.c.number).limit(1))}"
    walk(anyone, look, {"results": f"/results/{CODE}", "certificate": certificate})
    walk(anyone, look, {"certificate-unknown": "/certificates/unknown"}, status=404)
    paper_pages(officer, anyone, look)
    for year, handed_in, granted in ((2022, 21, 12), (2023, 34, 20), (2024, 52, 31), (2025, 47, 28)):
        add_year(place, year, applications=handed_in, granted=granted)
    walk(officer, look, {"outbox": f"/rounds/{CODE}/outbox", "figures": "/figures"})
    personal_pages.walk(officer, place, look)
    for page in (anyone, officer):
        page.context.close()


def walk(page: Page, look: Look, stops: dict[str, str], status: int = 200) -> None:
    """Show pages by their addresses."""
    for name, path in stops.items():
        answer = page.goto(path)
        assert answer is not None
        assert (path, answer.status) == (path, status)
        look(page, name)


def juror_pages(page: Page, look: Look) -> None:
    """The queue, a declaration, a sheet with marks, and everything around it."""
    look(page, "queue-first")
    page.goto(page.locator("table.queue tbody a").first.get_attribute("href") or "")
    look(page, "declare")
    page.goto(f"/juror/{CODE}")
    if page.locator(".declare-many button").is_visible() is False:
        page.locator(".declare-many summary").click()
    page.locator(".declare-many button").click()
    look(page, "queue")
    page.locator(".hero .primary").click()
    page.wait_for_load_state()
    sheet = page.url
    for criterion, points in (("collaboration", "17"), ("technology", "15"), ("pedagogy", "18")):
        box = page.locator(f"[name='mark.{criterion}']")
        if box.count() == 1:
            box.fill(points)
    for criterion, points in (("sub_collaboration", "4"), ("sub_ict", "2"), ("teaching", "3"), ("data", "2")):
        if page.locator(f"[name='mark.{criterion}'][value='{points}']").count() == 0:
            continue
        page.locator(f"[name='mark.{criterion}'][value='{points}']").check(force=True)
    page.locator("textarea[name=comment]").fill(
        "Pupils of both schools wrote each chapter together; drafts and comments are in the TwinSpace."
    )
    expect(page.locator("#saved")).to_contain_text("Saved ", timeout=30_000)
    page.evaluate("document.activeElement.blur(); document.querySelector('.rubric').scrollTop = 0")
    look(page, "sheet")
    page.keyboard.press("?")
    look(page, "keys")
    page.keyboard.press("Escape")
    page.locator("#submit").click()
    page.locator("#summary").wait_for()
    look(page, "sheet-gaps")
    around = {"history": f"{sheet}/history", "paper": f"{sheet}/paper", "hand-back": f"{sheet}?cannot=1"}
    walk(page, look, {**around, "table": f"/juror/{CODE}/table"})
    page.context.close()


def officer_pages(page: Page, place: Place, look: Look) -> None:
    """The round while reviews run, then the decisions proposed."""
    with writing(place.engine) as connection:
        for state, some in (("ineligible", place.applications[3:8]), ("needs_evidence", place.applications[9:11])):
            connection.execute(update(t.applications).where(t.applications.c.id.in_(some)).values(state=state))
        untouched = t.assignments.c.id.not_in(select(t.sheets.c.assignment_id))
        some = select(t.assignments.c.id).where(untouched).order_by(t.assignments.c.id).limit(4)
        connection.execute(t.assignments.delete().where(t.assignments.c.id.in_(some.scalar_subquery())))
        connection.execute(update(t.assignments).values(quality=520 + (t.assignments.c.id * 37) % 430))
        connection.execute(update(t.jurors).values(min_load=8, max_load=14, experienced=t.jurors.c.id < 3))
    room = f"/rounds/{CODE}"
    rooms = ("applications", "refused", "assignment", "jurors", "heard", "programs")
    walk(page, look, {"rounds": "/rounds", "round": room, **{name: f"{room}/{name}" for name in rooms}})
    walk(page, look, {"juror": f"{room}/jurors/1", "application": f"{room}/applications/{place.applications[0]}"})
    page.locator("#files summary").first.click()
    page.locator("#files").evaluate("(files) => files.scrollIntoView()")
    page.locator("#files img").first.evaluate("(picture) => picture.decode()")
    look(page, "application-files")
    import_pages(page, room, look)
    walk(page, look, {"next-round": f"{room}/next"})
    finish(place)
    wording_pages.walk(page, place, look, room)
    walk(page, look, {name: f"{room}/{name}" for name in ("scores", "release", "decisions")})
    page.set_viewport_size({"width": 1280, "height": 860})
    page.locator("table a").first.click()
    look(page, "trace")
    page.goto(f"{room}/other-rules")
    page.locator("[name='policy.pass_mark']").fill("75")
    page.get_by_role("button", name="See who would come out otherwise").click()
    page.locator("#found").wait_for()
    look(page, "other-rules")


def meeting_pages(page: Page, juror: Page, look: Look) -> None:
    """A meeting of the jury: called, led, on the wall, on a juror's own screen."""
    room = f"/rounds/{CODE}/meetings"
    page.goto(room)
    page.locator("[name=room]").fill("Blue room")
    page.locator("main .primary").click()
    page.locator(".agenda").wait_for()
    page.locator("main .primary").click()
    page.locator("[name=minutes]").fill("Both jurors praise the exchange of letters; the pupils' own voices carry it.")
    page.locator(".minutes button").click()
    walk(page, look, {"meetings": room, "meeting": f"{room}/1", "meeting-screen": f"{room}/1/screen"})
    walk(juror, look, {"meeting-juror": f"/juror/{CODE}/meetings/1"})
    juror.context.close()


def paper_pages(officer: Page, anyone: Page, look: Look) -> None:
    """The papers of a released round, a name put right, and a credential somebody checks."""
    officer.goto(f"/rounds/{CODE}/certificates")
    officer.locator(".mend summary").first.click()
    look(officer, "certificates")
    officer.locator("[name=holder]").first.fill("The Caspian sea, its fish and our nets")
    officer.locator(".mend button").first.click()
    officer.locator("tbody small").first.wait_for()
    address = officer.locator("a[href$='/credential']").first.get_attribute("href") or ""
    credential = officer.context.request.get(address).text()
    number = address.split("/")[-2]
    walk(anyone, look, {"certificate-reissued": f"/certificates/{number}", "certificates-check": "/certificates"})
    anyone.locator("main summary").click()
    anyone.locator("[name=text]").fill(credential)
    look(anyone, "credential-asked")
    anyone.locator("details button").click()
    anyone.locator(".stamp").wait_for()
    look(anyone, "credential")


def import_pages(page: Page, room: str, look: Look) -> None:
    """Files to take in: what may be sent, and what a file with two wrong rows would do."""
    walk(page, look, {"import": f"{room}/import"})
    columns = "application_id,applicant_id,unit_id,unit_name,submitted_at,applicant_name,applicant_email,q_common_goals"
    rows = [
        f"AZ-270{n},T{n},P{n},{title},2026-01-1{n}T10:00:00+04:00,{seeding.NAMES[n]},a{n}@example.org,{answer}"
        for n, (title, answer) in enumerate(
            (("Wind over the steppe", "yes"), ("The old bridge", "perhaps"), ("Letters to the sea", "no"))
        )
    ]
    text = "\n".join([columns, *rows, "AZ-2703,T3,P3,Clocks,in spring,Orxan Babayev,a3@example.org,yes"])
    page.locator("[name=file]").set_input_files(
        {"name": "applications.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.locator("main form button.primary").click()
    page.locator("#does").wait_for()
    look(page, "import-look")


WALKS: dict[str, Callable[[Browser, Path, Look, ColorScheme], None]] = {
    "applicants": lambda *given: applicants.walk(*given),  # noqa: PLW0108 - it knows this module, and may be half loaded
    "offices": office_pages.walk,
    "evidence": evidence_pages.walk,
    "looking": looking_pages.walk,
    "kit": kit_pages.walk,
    "letters": letter_pages.walk,
    "terms": term_pages.walk,
    "account": account_pages.walk,
    "appeals": appeal_pages.walk,
}
"""Walks with worlds of their own, beside the one through a round (`round`)."""


def take(out: Path, walks: Collection[str], *, dark: bool, known: bool) -> None:
    """The pictures of some walks, in one colour scheme; with `known`, those that are there already."""
    out.mkdir(parents=True, exist_ok=True)
    scheme: ColorScheme = "dark" if dark else "light"

    def look(page: Page, name: str) -> None:
        if not known or (out / f"{name}-1280.png").exists():
            shot(page, out, name, dark)

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            if "round" in walks:
                through_a_round(chromium, Path(folder), look, scheme)
            for name in [name for name in WALKS if name in walks]:
                own = Path(folder) / name
                own.mkdir()
                WALKS[name](chromium, own, look, scheme)
        finally:
            chromium.close()


def through_a_round(chromium: Browser, folder: Path, look: Look, scheme: ColorScheme) -> None:
    """Every page of one round, by a portal of its own."""
    port = free_port()
    place = nql(folder, port)
    portal = Portal(folder, port)
    portal.start()
    try:
        tour(chromium, place, portal.url, look, scheme)
    finally:
        portal.kill()
        place.engine.dispose()


def enter(page: Page, place: Place, person_id: int) -> None:
    """Sign in as somebody, by link and button."""
    page.goto(place.link(person_id))
    page.locator("main button").click()


def finish(place: Place) -> None:
    """All sheets in, decisions proposed. Some applications are better than others, and one juror is stricter."""
    seeding.fill(place, 1.0)
    with reading(place.engine) as connection:
        sheets = t.sheets.join(t.assignments, t.assignments.c.id == t.sheets.c.assignment_id)
        query = select(t.sheets.c.id, t.sheets.c.marks, t.assignments.c.application_id, t.assignments.c.juror_id)
        rows = list(connection.execute(query.select_from(sheets)))
        record = rounds.round_by_id(connection, place.round_id)
        rubric = plan_of(connection, record).rubric
    assert rubric is not None
    most = {one.id: float(one.maximum or 5) for one in rubric.criteria}
    with writing(place.engine) as connection:
        for row in rows:
            lot = random.Random(f"{row.application_id} {row.juror_id}")
            worth = 0.95 - 0.4 * ((row.application_id * 7) % 31) / 31 - (0.09 if row.juror_id == 4 else 0)
            marks = {name: str(round(most[name] * min(1.0, max(0.2, lot.gauss(worth, 0.06))))) for name in row.marks}
            connection.execute(update(t.sheets).where(t.sheets.c.id == row.id).values(marks=marks))
    settle.settle(place.engine, place.round_id, now=place.now)


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
    parser.add_argument("--walks", nargs="*", choices=["round", *WALKS], help="these walks alone; without it, all")
    parser.add_argument("--known", action="store_true", help="only pictures that are in DIR already")
    given = parser.parse_args()
    take(given.out, given.walks or ["round", *WALKS], dark=given.dark, known=given.known)


if __name__ == "__main__":
    main()
