"""An officer plans, mends and saves who reviews what, and lets a juror go and return: without a line of script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete, func, select, update

from laurea.store import tables as t
from laurea.store.engine import writing
from tests.browser.serving import free_port
from tests.web import seeding
from tests.web.seeding import Place

pytestmark = pytest.mark.browser
ROUND = "/rounds/example-2026"
LIVE = select(func.count()).select_from(t.assignments).where(t.assignments.c.state != "handed_back")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """The example round with three reviews missing; no juror is from a school that applied."""
    found = seeding.seed(tmp_path, port=free_port())
    with writing(found.engine) as connection:
        connection.execute(delete(t.assignments).where(t.assignments.c.id.in_((2, 7, 20))))
        connection.execute(update(t.jurors).values(institution="Institute"))
    yield found
    found.engine.dispose()


def test_optimal_assignment_explains_itself_and_is_saved_without_script(
    visit: Callable[..., Page], place: Place
) -> None:
    page = visit(place.officers[0], javascript=False)
    page.goto(f"{ROUND}/assignment")
    expect(page.locator("#gaps details li")).to_have_count(3)
    page.get_by_role("button", name="Make a plan").click()
    expect(page.get_by_text("No plan is better.")).to_be_visible()
    expect(page.locator("tr.change.add")).to_have_count(3)
    page.locator("tr.change.add input[type=checkbox]").first.check()
    page.get_by_role("button", name="Take out", exact=True).click()
    expect(page.locator("tr.change.add")).to_have_count(2)
    expect(page.locator("tr.change.out")).to_have_count(1)
    assert place.value(LIVE) == 21
    page.get_by_label("From then on the clock").uncheck()
    page.get_by_role("button", name="Save and tell the jurors").click()
    expect(page.get_by_text("You: the clock waits for your plan")).to_be_visible()
    assert place.value(LIVE) == 23


def test_a_juror_leaves_after_a_preview_and_returns_without_script(visit: Callable[..., Page], place: Place) -> None:
    page = visit(place.officers[0], javascript=False)
    page.goto(f"{ROUND}/jurors")
    page.get_by_role("link", name="Aygün Məmmədova").click()
    page.get_by_role("link", name="See what leaving would move").click()
    expect(page.get_by_text("reviews fall free")).to_be_visible()
    page.get_by_label("Why?").fill("ill until summer")
    page.get_by_role("button", name="The juror leaves").click()
    expect(page.get_by_text("ill until summer")).to_be_visible()
    page.get_by_role("button", name="The juror returns").click()
    expect(page.get_by_role("link", name="See what leaving would move")).to_be_visible()
    assert place.value(select(t.jurors.c.left_at).where(t.jurors.c.id == 1)) is None


def test_scores_are_drawn_by_the_server(visit: Callable[..., Page], place: Place) -> None:
    seeding.fill(place, 1.0, settle=True)
    page = visit(place.officers[0], javascript=False)
    page.goto(f"{ROUND}/scores")
    for name in ("Scores around the cut line", "First against second score", "How severe each juror was"):
        drawn = page.get_by_role("img", name=name)
        expect(drawn).to_be_visible()
        box = drawn.bounding_box()
        assert box is not None
        assert box["height"] > 100
