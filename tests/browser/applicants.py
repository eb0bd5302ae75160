"""A walk through the applicant's side."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page
from sqlalchemy import insert, select

from laurea.store import tables as t
from laurea.store.engine import writing
from tests.browser import screenshots
from tests.browser.serving import Look, free_port, served
from tests.web import calling, filing, seeding
from tests.web.calling import CODE
from tests.web.seeding import Place

STOPS = (
    "call", "check", "apply", "begin", "my-empty", "draft", "draft-changed", "draft-summary", "handed-in", "my",
    "result", "appeal", "appealed", "from-applicants",
)  # fmt: skip


def seeded(workspace: Path, port: int) -> Place:
    """A round that takes applications, and a released one with an application of a holder's."""
    place = seeding.seed(workspace, port=port)
    calling.open_round(place)
    return place


def released(place: Place) -> tuple[int, str]:
    """A label of somebody in a round released three days ago: who holds it, and the key of the application."""
    at = place.now - timedelta(days=3)
    round_id = calling.open_round(
        place, code="done-2026", title="Released call 2026", closes_in=-timedelta(days=30), routed_at=at,
        proposed_at=at, released_at=at,
    )  # fmt: skip
    person = calling.rows(place, select(t.applications.c.applicant_id).limit(1))[0][0]
    trace = [
        {"clause": clause, "block": block, "status": "true", "measured": measured, "threshold": threshold,
         "operator": operator, "facts": {}, "policies": {}}
        for clause, block, measured, threshold, operator in (
            ("finished", "eligibility", "true", None, None), ("pass", "rubric", "7", "5", ">="),
        )
    ]  # fmt: skip
    with writing(place.engine) as connection:
        row = connection.execute(
            insert(t.applications)
            .values(authority_id=1, round_id=round_id, ref="AZ-77", applicant_id=person, applicant_ref="T1",
                    unit_ref="P1", unit_name="Rivers in court", country="AZ", submitted_at=at, state="decided",
                    facts={"stage": "finished"}, children={})
            .returning(t.applications.c.id, t.applications.c.key)
        ).one()  # fmt: skip
        decision = connection.execute(
            insert(t.decisions)
            .values(authority_id=1, round_id=round_id, application_id=row.id, state="released", outcome="label",
                    granted=True, points="7", trace=trace, rule_set="x", policies={}, proposed_at=at, released_at=at)
            .returning(t.decisions.c.id)
        ).scalar_one()  # fmt: skip
        connection.execute(
            insert(t.grants).values(
                authority_id=1, round_id=round_id, decision_id=decision, application_id=row.id, person_id=person,
                number="N" * 22, award="example-call", title="Label awarded", holder="Rivers in court", country="AZ",
                valid_from=at.date(),
            )
        )  # fmt: skip
    return int(person), str(row.key)


def tour(visitor: Callable[[int | None], Page], place: Place, look: Look) -> None:
    """Walk through every page an applicant sees; `look` is shown each. `visitor` opens a browser for somebody."""
    page = visitor(None)
    page.goto(f"/apply/{CODE}")
    look(page, "call")
    page.locator("[name='fact.stage']").select_option("running")
    page.locator("[name='fact.hours']").fill("a lot")
    page.locator("#problem-hours").wait_for()
    look(page, "check")
    page.goto(f"/apply/{CODE}/start")
    look(page, "apply")
    page.locator("[name=email]").fill("nino@example.org")
    for _ in range(3):
        page.locator("main .primary").click()
    look(page, "begin")
    page.goto("/my")
    look(page, "my-empty")
    page.goto(f"/apply/{CODE}/start")
    page.locator("[name=name]").fill("Nino Beridze")
    page.locator("main .primary").click()
    page.locator("[name=unit_name]").fill("Rivers that talk")
    page.locator("[name='fact.stage']").select_option("finished")
    page.locator("[name='row.partners.0.school']").fill("Sākumskola Ausma")
    page.locator("#people [name=email]").fill("giorgi@example.org")
    page.locator("#saved", has_text="Saved ").wait_for()
    page.locator("#people button").click()
    page.locator(".people li").nth(1).wait_for()
    page.locator("[name='fact.hours']").fill("12")
    page.locator("#added").set_input_files(
        [
            {"name": "Diary of the rivers.pdf", "mimeType": "application/pdf", "buffer": filing.pdf()},
            {"name": "Letter.docx", "mimeType": "application/pdf", "buffer": b"PK\x03\x04"},
        ]
    )
    page.locator("#files p button").click()
    page.locator(".attached li").wait_for()
    assert page.locator("[name='fact.hours']").input_value() == "12"  # typed a moment ago, and sent along
    look(page, "draft")
    with writing(place.engine) as connection:  # somebody else writes meanwhile
        connection.execute(t.application_drafts.update().values(version=40, heading={"unit_name": "Another name"}))
    page.locator("[name='fact.story']").fill("They wrote each chapter together.")
    page.locator("#elsewhere .card").wait_for()
    look(page, "draft-changed")
    page.locator("[data-do=keep-mine]").click()
    page.locator("#saved", has_text="Saved ").wait_for()
    page.locator("#submit").click()
    page.locator("main .primary.big").wait_for()
    look(page, "draft-summary")
    page.locator("main .primary.big").click()
    page.locator(".timeline").wait_for()
    page.locator(".mend summary").nth(1).click()
    look(page, "handed-in")
    page.goto("/my")
    look(page, "my")
    person, key = released(place)
    holder = visitor(person)
    holder.goto(f"/my/{key}")
    look(holder, "result")
    holder.goto(f"/my/{key}/appeal")
    holder.locator("[name='fact.ground']").select_option("procedure")
    holder.locator("textarea").fill("The jury read another application.")
    look(holder, "appeal")
    holder.locator("button[value=file]").click()
    holder.locator("#appeal").wait_for()
    look(holder, "appealed")
    officer = visitor(place.officers[0])
    officer.goto("/rounds/done-2026/heard")
    look(officer, "from-applicants")
    for one in (page, holder, officer):
        one.context.close()


def opener(chromium: Browser, place: Place, url: str, **context: object) -> Callable[[int | None], Page]:
    """Opens browsers, signed in as somebody where a person is named."""

    def visitor(person_id: int | None) -> Page:
        page = chromium.new_context(locale="en-GB", base_url=url, **context).new_page()  # type: ignore[arg-type]
        if person_id is not None:
            screenshots.enter(page, place, person_id)
        return page

    return visitor


def walk(chromium: Browser, folder: Path, look: Look, scheme: Literal["dark", "light"] = "light") -> None:
    """The tour with a world of its own, for its pictures."""
    place = seeded(folder, free_port())
    with served(place.settings) as url:
        visitor = opener(chromium, place, url, color_scheme=scheme)
        tour(visitor, place, lambda page, name: look(page, f"applicant-{name}"))
    place.engine.dispose()
