"""The jurors of a round by their officer: who is late, more time, leaving with what it moves, returning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, update

from laurea import ledger, steps
from laurea.store import invariants
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place

BASE = "/rounds/example-2026"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """The example round, its jurors from schools that did not apply."""
    found = seeding.seed(tmp_path)
    with writing(found.engine) as connection:
        for number in range(1, 5):
            change = update(t.jurors).where(t.jurors.c.id == number)
            connection.execute(change.values(institution=f"Institute {number}"))
    yield found
    found.engine.dispose()


@pytest.fixture
def officer(browser: Browser, place: Place) -> Browser:
    return browser.sign_in(place, place.officers[0])


def held(place: Place, juror: int) -> set[int]:
    """Applications a juror holds."""
    c = t.assignments.c
    query = select(c.application_id).where(c.juror_id == juror, c.state != "handed_back")
    with reading(place.engine) as connection:
        return set(connection.execute(query).scalars())


def begin(place: Place, assignment: int) -> None:
    with writing(place.engine) as connection:
        connection.execute(
            insert(t.sheets).values(
                authority_id=1, round_id=place.round_id, assignment_id=assignment, marks={"teaching": "3"}, comment="",
                saved_at=place.now,
            )
        )  # fmt: skip
        connection.execute(update(t.assignments).where(t.assignments.c.id == assignment).values(state="draft"))


def rows(text: str) -> list[str]:
    return re.findall(r"<tr[^>]*><td><a href=\"/rounds/example-2026/jurors/\d+\">([^<]+)</a>", text)


def test_who_is_late_stands_first_and_who_has_more_time_is_not_late(officer: Browser, place: Place) -> None:
    seeding.fill(place, 0.5)
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(review_until=place.now - timedelta(days=1)))
        more = update(t.assignments).where(t.assignments.c.juror_id.in_((1, 2)))
        connection.execute(more.values(until=place.now + timedelta(days=3)))
        connection.execute(update(t.assignments).where(t.assignments.c.juror_id == 3).values(state="submitted"))
    text = officer.get(f"{BASE}/jurors").text
    assert rows(text)[0] == "Tural Əliyev"  # the fourth: three open, and no more time
    assert '<span class="chip bad">3</span>' in text
    assert rows(officer.get(f"{BASE}/jurors?show=late").text) == ["Tural Əliyev"]
    assert len(rows(officer.get(f"{BASE}/jurors?show=open").text)) == 3


def test_leaving_does_what_was_foreseen(officer: Browser, place: Place) -> None:
    seeding.fill(place, 0.2)
    mine = held(place, 1)
    shown = officer.get(f"{BASE}/jurors/1/leave").text
    figures = [int(one) for one in re.findall(r'<b class="num">(\d+)</b>', shown)]
    done, freed, given, moved = figures[:4]
    assert done == 1
    assert freed == len(mine) - 1
    before = {juror: held(place, juror) for juror in (2, 3, 4)}
    assert officer.post(f"{BASE}/jurors/1/leave", {"why": " "}).status == 422
    assert held(place, 1) == mine
    officer.post(f"{BASE}/jurors/1/leave", {"why": "ill until summer"})
    assert "left on" in officer.text
    assert "ill until summer" in officer.text
    assert len(held(place, 1)) == done
    assert sum(len(held(place, juror) - before[juror]) for juror in before) == given
    assert sum(len(before[juror] - held(place, juror)) for juror in before) == moved
    assert "The juror leaves" not in officer.get(f"{BASE}/jurors/1/leave").text
    assert rows(officer.get(f"{BASE}/jurors?show=left").text) == ["Aygün Məmmədova"]


def test_who_returns_gets_begun_sheets_back_where_nobody_took_them_over(officer: Browser, place: Place) -> None:
    with writing(place.engine) as connection:
        connection.execute(update(t.jurors).where(t.jurors.c.id > 1).values(max_load=6))  # nobody else has room
    begun, *rest = place.assignments(place.jurors[0])
    begin(place, begun)
    mine = held(place, 1)
    officer.get(f"{BASE}/jurors/1/leave")
    officer.post(f"{BASE}/jurors/1/leave", {"why": "ill"})
    assert held(place, 1) == set()
    told = select(func.count()).where(t.messages.c.kind == "assignment", t.messages.c.person_id == place.jurors[0])
    assert place.value(told) == 0
    officer.post(f"{BASE}/jurors/1/return")
    assert "left on" not in officer.text
    state = select(t.assignments.c.state).where(t.assignments.c.id == begun)
    assert place.value(state) == "draft"
    assert place.value(select(t.sheets.c.marks).where(t.sheets.c.assignment_id == begun)) == {"teaching": "3"}
    assert place.value(told) == 1
    officer.get(f"{BASE}/jurors/1")
    officer.post(f"{BASE}/jurors/1/return")  # twice changes nothing
    assert place.value(told) == 1
    steps.advance(place.engine, place.round_id, settings=place.settings, now=place.now)
    assert held(place, 1) == mine
    event = select(func.count()).where(t.audit.c.event == ledger.Event.JUROR_RETURNED.value)
    assert place.value(event) == 1
    with reading(place.engine) as connection:
        assert invariants.broken(connection) == []
    assert rest


def test_who_returns_does_not_take_away_what_others_hold_by_now(officer: Browser, place: Place) -> None:
    begun = place.assignments(place.jurors[0])[0]
    begin(place, begun)
    officer.get(f"{BASE}/jurors/1/leave")
    officer.post(f"{BASE}/jurors/1/leave", {"why": "ill"})
    others = {juror: held(place, juror) for juror in (2, 3, 4)}
    officer.get(f"{BASE}/jurors/1")
    officer.post(f"{BASE}/jurors/1/return")
    assert held(place, 1) == set()
    assert {juror: held(place, juror) for juror in (2, 3, 4)} == others
    assert place.value(select(t.assignments.c.state).where(t.assignments.c.id == begun)) == "handed_back"


def test_an_unknown_juror_and_one_of_another_round_do_not_exist(officer: Browser, place: Place) -> None:
    officer.get(f"{BASE}/jurors")
    for path in (f"{BASE}/jurors/99", f"{BASE}/jurors/99/leave"):
        assert officer.get(path).status == 404
    officer.get(f"{BASE}/jurors/1")
    for deed in ("leave", "return", "extend"):
        assert officer.post(f"{BASE}/jurors/99/{deed}", {"why": "x", "until": "2099-01-01"}).status == 404


def test_nobody_leaves_or_returns_once_decisions_are_proposed(officer: Browser, place: Place) -> None:
    seeding.fill(place, 1.0, settle=True)
    text = officer.get(f"{BASE}/jurors/1").text
    assert "Leaving the round" not in text
    assert "More time until" not in text
    assert officer.post(f"{BASE}/jurors/1/leave", {"why": "ill"}).status == 404
    assert officer.post(f"{BASE}/jurors/1/return").status == 404
