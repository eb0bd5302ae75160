"""How reviews get on, on the round's page: what is in, the pace, when the rest may come, who is behind."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import func, select, update

from laurea.store import pages_progress, pages_round
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from laurea.store.pages_progress import Coverage
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place

ROOM = "/rounds/example-2026"


@pytest.fixture
def officer(browser: Browser, place: Place) -> Browser:
    return browser.sign_in(place, place.officers[0])


def spread(place: Place, days: float) -> None:
    """Let the submitted sheets have come in evenly over the last days."""
    with writing(place.engine) as connection:
        ids = list(connection.execute(select(t.sheets.c.id).order_by(t.sheets.c.id)).scalars())
        for number, one in enumerate(ids):
            at = place.now - timedelta(days=days * (number + 0.5) / len(ids))
            connection.execute(update(t.sheets).where(t.sheets.c.id == one).values(submitted_at=at))


def test_the_page_says_pace_end_and_what_is_needed(officer: Browser, place: Place) -> None:
    seeding.fill(place, 0.5)
    spread(place, 6)
    with writing(place.engine) as connection:  # whatever the hour is: twelve sheets in twelve days
        connection.execute(update(t.rounds).values(review_until=place.now + timedelta(days=12)))
    text = officer.get(ROOM).text
    assert "12 score sheets came in during the last 7 days: 1.7 a day." in text
    assert re.search(r"At this pace all are in on \d+ \w+ 20\d\d, \d+ days? before they are due\.", text)
    assert "To be done in time, 1 a day must come." in text
    assert "id='burn-down-title'" in text
    assert text.count('<span class="chip good">on course</span>') == 4
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(review_until=place.now + timedelta(days=1)))
    text = officer.get(ROOM).text
    assert re.search(r"At this pace all are in on \d+ \w+ 20\d\d, \d+ days? after they are due\.", text)
    assert text.count('<span class="chip warn">behind</span>') == 4


def test_little_is_told_of_little(officer: Browser, place: Place) -> None:
    text = officer.get(ROOM).text
    assert "0 score sheets came in during the last 7 days: 0 a day." in text
    assert "That is too little to tell when all will be in." in text
    assert "At this pace all are in" not in text
    assert text.count(">not begun</span>") == 4
    seeding.fill(place, 1.0)
    assert "All score sheets are in." in officer.get(ROOM).text
    seeding.fill(place, 1.0, settle=True)
    assert "All score sheets are in." not in officer.get(ROOM).text  # the review is over


def test_the_figures_of_applications_lead_to_just_these(officer: Browser, place: Place) -> None:
    seeding.fill(place, 0.4)
    with writing(place.engine) as connection:
        one = t.assignments.c.id == place.assignments(place.jurors[0])[0]
        connection.execute(update(t.assignments).where(one).values(state="draft"))
    with reading(place.engine) as connection:
        found = pages_progress.coverage(connection, place.round_id, 2)
    assert found == Coverage(none=8, some=1, all=3)
    text = officer.get(ROOM).text
    links = [unescape(one) for one in re.findall(r'href="(/rounds/[^"]*done[^"]*)"', text)]
    assert len(links) == 2
    for link, number in zip(links, (found.some, found.none), strict=True):
        assert f"{number} application" in officer.get(link).text


def test_query_budget_of_a_round_in_review(
    officer: Browser, place: Place, count_queries: Callable[[], list[str]]
) -> None:
    seeding.fill(place, 0.5)
    officer.get(ROOM)
    seen = count_queries()
    officer.get(ROOM)
    assert len(seen) <= 15, (len(seen), seen)


def test_a_later_plan_does_not_move_the_beginning_of_the_review(officer: Browser, place: Place) -> None:
    seeding.fill(place, 0.5)
    spread(place, 6)
    text = officer.get(ROOM).text
    with writing(place.engine) as connection:  # a juror left a moment ago, and others were asked
        connection.execute(update(t.rounds).values(routed_at=place.now))
    assert "The review has only begun" not in officer.get(ROOM).text
    pace = re.search(r"\d+ score sheets came in during the last \d days", text)
    assert pace is not None
    assert pace[0] in officer.get(ROOM).text
    first = place.value(select(func.min(t.assignments.c.assigned_at)))
    with reading(place.engine) as connection:
        asked = [one.asked_at for one in pages_round.progress(connection, place.round_id)]
    assert min(one for one in asked if one is not None) == first
