"""A jury meets: the chair moves, the screens follow, whoever has a conflict is asked to step out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import insert

from laurea.store import tables as t
from laurea.store.engine import writing
from tests.web import seeding
from tests.web.seeding import Place

pytestmark = pytest.mark.browser
ROUND = "/rounds/example-2026"


def test_chair_moves_and_the_screens_of_the_room_and_of_the_jurors_follow(
    visit: Callable[..., Page], place: Place
) -> None:
    seeding.fill(place, 1.0)
    with writing(place.engine) as connection:
        values = {"authority_id": 1, "juror_id": 1, "kind": "other", "source": "declared", "note": ""}
        connection.execute(
            insert(t.conflicts).values(application_id=place.applications[0], declared_at=place.now, **values)
        )
    chair, out, inside = visit(place.officers[0]), visit(place.jurors[0]), visit(place.jurors[1])
    chair.goto(f"{ROUND}/meetings?q=id:AZ-2600,AZ-2601")
    chair.get_by_label("Room or panel").fill("Blue room")
    chair.get_by_role("button", name="Call the meeting").click()
    address = chair.url
    for juror in (out, inside):
        juror.goto("/juror/example-2026")
        juror.get_by_role("link", name="Follow the meeting").click()
        expect(juror.get_by_role("heading", level=1)).to_have_text("The meeting has not begun.")
    screen = chair.context.new_page()
    screen.goto(f"{address}/screen")
    first, second = (
        (seeding.TOPICS[0], seeding.TOPICS[1])
        if "Rivers" in chair.locator(".agenda li").first.inner_text()
        else (seeding.TOPICS[1], seeding.TOPICS[0])
    )
    chair.get_by_role("button", name="Begin").click()
    for title, button in ((first, "Next application →"), (second, None)):
        expect(inside.get_by_role("heading", level=1)).to_have_text(title)
        expect(screen.get_by_role("heading", level=1)).to_have_text(title)
        steps_out = title == seeding.TOPICS[0]
        expect(out.get_by_role("heading", level=1)).to_have_text("Please step out." if steps_out else title)
        expect(screen.get_by_text(f"Please step out: {seeding.NAMES[0]}")).to_be_visible(visible=steps_out)
        if button:
            chair.get_by_role("button", name=button).click()
    chair.get_by_label("Minutes").fill("Strong partners; the panel agrees.")
    chair.get_by_role("button", name="Save the minutes").click()
    expect(chair.locator(".agenda")).to_contain_text("the panel agrees")
    chair.get_by_role("button", name="Close the meeting").click()
    expect(inside.get_by_role("heading", level=1)).to_have_text("The meeting is closed.")
