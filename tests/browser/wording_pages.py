"""The texts of letters and the jury's comments of a round whose decisions are proposed."""

from __future__ import annotations

from playwright.sync_api import Page
from sqlalchemy import update

from laurea.actions import moderate, wording
from laurea.store import tables as t
from laurea.store.engine import writing
from notifications.starts import start
from notifications.wording import Wording
from tests.browser.serving import Look
from tests.web.seeding import Place

PAGES = ("letter-texts", "letter-text", "letter-text-wrong", "feedback", "feedback-one")
COMMENT = (
    "The pupils planned every step together and asked good questions of each other.\n\n"
    "What they found is told too briefly; a page with the measurements would have helped."
)


def walk(page: Page, place: Place, look: Look, room: str) -> None:
    """The list of letters, one in the office's own words, one that cannot be used, and the comments."""
    house = start("decision", "en")
    body = house.body.replace("Thank you for your application", "**Thank you** for your application")
    who = {"person_id": place.officers[0], "now": place.now}
    for version, text in enumerate((house, Wording(house.subject, "Your project and the label", body))):
        wording.save(place.engine, place.round_id, "decision", "en", text, version=version, **who)
    with writing(place.engine) as connection:
        connection.execute(update(t.sheets).where(t.sheets.c.id % 2 == 1).values(comment=COMMENT))
    page.goto(f"{room}/letters/templates")
    look(page, "letter-texts")
    page.goto(f"{room}/letters/templates/decision/en")
    look(page, "letter-text")
    page.locator("[name=body]").fill("Dear {{ applicant }},\n\n{% for a in range(10**9) %}x{% endfor %}")
    page.locator("[value=save]").click()
    page.locator(".alarm h3").wait_for()
    look(page, "letter-text-wrong")
    page.goto(f"{room}/feedback")
    look(page, "feedback")
    page.locator("main table a").first.click()
    page.locator("[type=checkbox]").first.check()
    look(page, "feedback-one")
    sheet = page.locator("textarea").first.get_attribute("name") or ""
    number = int(page.url.rpartition("/")[2])
    choice = moderate.Choice(COMMENT, sent=True)
    moderate.moderate(place.engine, place.round_id, number, {sheet.removeprefix("words."): choice}, seen=0, **who)
