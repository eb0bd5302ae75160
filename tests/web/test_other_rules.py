"""The round under other rules, on screen: who comes out otherwise and why; looked at by whom stands in the audit."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update

from laurea.actions import settle
from laurea.store import tables as t
from laurea.store.engine import writing
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place

BASE = "/rounds/example-2026"
TRIED = select(func.count()).where(t.audit.c.event == "rules_tried")


@pytest.fixture
def officer(browser: Browser, place: Place) -> Browser:
    """Decisions are proposed; several totals lie between the pass mark of 15 points and 18."""
    seeding.fill(place, 1.0)
    with writing(place.engine) as connection:
        for row in connection.execute(select(t.sheets.c.id, t.sheets.c.marks)).all():
            low = {name: str(min(int(points), 4)) for name, points in row.marks.items()}
            connection.execute(update(t.sheets).where(t.sheets.c.id == row.id).values(marks=low))
    settle.settle(place.engine, place.round_id, now=place.now)
    return browser.sign_in(place, place.officers[0])


def test_higher_pass_mark_shows_who_flips_with_the_clause(officer: Browser, place: Place) -> None:
    before = place.value(select(func.count()).where(t.decisions.c.granted))
    page = officer.get(f"{BASE}/other-rules")
    assert "nothing of it can be made the rules of this round" in page.text
    page = officer.post(f"{BASE}/other-rules", {"policy.pass_mark": "18"})
    assert page.status == 200
    assert "In this round: 15" in page.text
    rows = page.text.count("<tr><td><a href=")
    assert rows > 0
    assert f"{rows} application" in page.text
    assert page.text.count("The pass mark is reached.") >= rows
    assert place.value(select(func.count()).where(t.decisions.c.granted)) == before
    details = place.value(select(t.audit.c.details).where(t.audit.c.event == "rules_tried"))
    assert details["policies"] == {"pass_mark": "18"}
    assert details["flips"] == rows
    assert place.value(select(t.audit.c.actor).where(t.audit.c.event == "rules_tried")) == f"person:{place.officers[0]}"


def test_same_rules_flip_nobody(officer: Browser, place: Place) -> None:
    assert "Nobody comes out otherwise." in officer.post(f"{BASE}/other-rules", {"policy.pass_mark": "15"}).text


def test_flips_as_a_file(officer: Browser, place: Place) -> None:
    shown = officer.post(f"{BASE}/other-rules", {"policy.pass_mark": "18"}).text
    text = officer.post(f"{BASE}/other-rules", {"policy.pass_mark": "18", "do": "download"}).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == shown.count("<tr><td><a href=")
    assert rows
    assert all(row["clause"] and row["says"] and row["before"] != row["after"] for row in rows)
    assert place.value(TRIED) == 2


def test_answer_that_cannot_be_used_is_told_and_kept_in_its_field(officer: Browser, place: Place) -> None:
    officer.get(f"{BASE}/other-rules")
    page = officer.post(f"{BASE}/other-rules", {"policy.pass_mark": "plenty"})
    assert page.status == 422
    assert "These answers cannot be used." in page.text
    assert 'value="plenty"' in page.text
    assert place.value(TRIED) == 0


def test_sheets_stay_shut_while_jurors_review(browser: Browser, place: Place) -> None:
    seeding.fill(place, 1.0)
    officer = browser.sign_in(place, place.officers[0])
    assert "Score sheets are left out" in officer.get(f"{BASE}/other-rules").text
    page = officer.post(f"{BASE}/other-rules", {"policy.pass_mark": "18"})
    assert "Nobody comes out otherwise." in page.text
    assert place.value(select(t.audit.c.details).where(t.audit.c.event == "rules_tried"))["sheets"] == 0


def test_nobody_else_looks(browsers: Callable[[], Browser], place: Place) -> None:
    for person in (place.officers[2], place.jurors[0]):
        other = browsers().sign_in(place, person)
        assert other.get(f"{BASE}/other-rules").status == 404
        assert other.post(f"{BASE}/other-rules", {"policy.pass_mark": "18"}).status == 404
    assert place.value(TRIED) == 0
