"""An officer who looks as somebody else, a plan, a joint sheet: their pages, for pictures and accessibility."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page
from sqlalchemy import select, update

from laurea.store import tables as t
from laurea.store.engine import writing
from tests.browser.serving import Look, free_port, served
from tests.web import seeding
from tests.web.seeding import LABEL, Place

CODE = "example-2026"
MARKS = {"teaching": "3", "cooperation": "4", "data": "4", "results": "7", "overall": "80"}


def walk(chromium: Browser, folder: Path, look: Look, scheme: Literal["dark", "light"] = "light") -> None:
    """A round whose jurors must agree, with a juror who waits for work; `look` is shown each page."""
    rules = folder / "label.yaml"
    text = LABEL.read_text(encoding="utf-8").replace("consolidation: \"'mean'\"", "consolidation: consensus")
    rules.write_text(text, encoding="utf-8")
    place = seeding.seed(folder, rule_file=rules, applications=8, jurors=4, port=free_port())
    _at_work(place)
    with served(place.settings) as url:

        def visitor(person: int) -> Page:
            page = chromium.new_context(color_scheme=scheme, locale="en-GB", base_url=url).new_page()
            page.goto(place.link(person))
            page.locator("main button").click()
            return page

        officer, juror = visitor(place.officers[0]), visitor(place.jurors[0])
        juror.goto(f"/sheets/{place.assignments(place.jurors[0])[0]}/joint")
        look(juror, "joint")
        officer.goto(f"/rounds/{CODE}/assignment")
        officer.locator("form button[name=kind], form:has([name=kind]) button").first.click()
        officer.locator("#rows, .sections").first.wait_for()
        look(officer, "plan")
        officer.goto(f"/view/{place.jurors[0]}")
        look(officer, "view")
        officer.locator("main form button").click()
        look(officer, "looking")
        officer.goto(f"/sheets/{place.assignments(place.jurors[0])[1]}")
        look(officer, "looking-sheet")
        officer.locator(".looking button").click()
        applicant = place.value(select(t.applications.c.applicant_id).limit(1))
        officer.goto(f"/view/{applicant}")
        officer.locator("main form button").click()
        officer.locator("main a[href^='/my/']").first.click()
        look(officer, "looking-applicant")
        for page in (officer, juror):
            page.context.close()
    place.engine.dispose()


def _at_work(place: Place) -> None:
    """The first application's two sheets are in; its juror has begun another; two reviews are still to be given out."""
    seeding.fill(place, 0.25)
    a = t.assignments.c
    with writing(place.engine) as connection:
        connection.execute(update(t.sheets).values(marks=MARKS, comment="Pupils wrote each chapter together."))
        mine = connection.execute(select(a.id).where(a.application_id == place.applications[0])).scalars()
        first = connection.execute(select(t.sheets).limit(1)).one()._mapping
        kept = {name: value for name, value in first.items() if name not in ("id", "assignment_id")}
        for number in mine:
            if not connection.execute(select(t.sheets.c.id).where(t.sheets.c.assignment_id == number)).first():
                connection.execute(t.sheets.insert().values(**kept, assignment_id=number))
        connection.execute(
            update(t.assignments).where(a.application_id == place.applications[0]).values(state="submitted")
        )
        begun = place.assignments(place.jurors[0])[1]
        if not connection.execute(select(t.sheets.c.id).where(t.sheets.c.assignment_id == begun)).first():
            connection.execute(t.sheets.insert().values(**{**kept, "submitted_at": None}, assignment_id=begun))
        connection.execute(update(t.assignments).where(a.id == begun).values(state="draft"))
        spare = select(a.id).where(a.application_id.in_(place.applications[-2:]), a.state == "open")
        connection.execute(t.assignments.delete().where(a.id.in_(spare.scalar_subquery())))
