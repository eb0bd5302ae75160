"""A juror's room beyond the own sheet, and what the officer sees of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from laurea.store import tables as t
from laurea.store.engine import writing
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place

DIFFER = """\
  discrepancy:
    - {id: apart, says: They differ by 30 points., cite: house, when: "sheets.map(s, s.total).spread() >= 30"}
  third: closest_pair
"""


@pytest.fixture
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """The example label's round with two jurors, whose rules say what the test wants of the jury."""
    method, more = getattr(request, "param", ("consensus", ""))
    text = seeding.LABEL.read_text(encoding="utf-8").replace(
        "consolidation: \"'mean'\"\n", f"consolidation: {method}\n"
    )
    rules = tmp_path / "label.yaml"
    rules.write_text(text.replace("  conflicts: [own_school]\n", more), encoding="utf-8")
    found = seeding.seed(tmp_path, rule_file=rules, applications=1, jurors=2)
    yield found
    found.engine.dispose()


def marks(overall: int) -> dict[str, str]:
    return {
        "mark.teaching": "3", "mark.cooperation": "4", "mark.data": "3", "mark.results": "7",
        "mark.overall": str(overall),
    }  # fmt: skip


def submitted(browser: Browser, place: Place, juror: int, overall: int) -> int:
    """Sign in, submit the juror's one sheet; its assignment."""
    (assignment,) = place.assignments(place.jurors[juror])
    browser.sign_in(place, place.jurors[juror], f"/sheets/{assignment}")
    browser.post(f"/sheets/{assignment}/declare", {"kind": "none"})
    browser.post(
        f"/sheets/{assignment}", {**marks(overall), "version": "1", "comment": f"mine {juror}", "do": "submit"}
    )
    return assignment


def test_a_juror_hands_back_or_abstains_with_a_reason(browsers: Callable[[], Browser], place: Place) -> None:
    browser, office = browsers(), browsers()
    (assignment,) = place.assignments(place.jurors[0])
    browser.sign_in(place, place.jurors[0], f"/sheets/{assignment}")
    assert "Hand it back" in browser.text
    assert "Abstain" not in browser.text
    assert browser.post(f"/sheets/{assignment}/hand-back", {"reason": "", "do": "return"}).status == 422
    browser.get(f"/sheets/{assignment}")
    browser.post(f"/sheets/{assignment}/declare", {"kind": "none"})
    assert "I cannot judge this application" in browser.text
    assert "Abstain" in browser.get(f"/sheets/{assignment}?conflict=1").text
    answer = browser.post(f"/sheets/{assignment}/hand-back", {"reason": "I taught this <class>.", "do": "abstain"})
    assert "is no longer yours" in answer.text
    assert browser.get(f"/sheets/{assignment}").status == 404
    office.sign_in(place, place.officers[0])
    page = office.get(f"/rounds/example-2026/applications/{place.applications[0]}").text
    assert "abstained" in page
    assert "I taught this &lt;class&gt;." in page


def test_jurors_agree_on_one_sheet_and_neither_text_is_lost(browsers: Callable[[], Browser], place: Place) -> None:
    one, other, office = browsers(), browsers(), browsers()
    mine = submitted(one, place, 0, 80)
    assert one.get(f"/sheets/{mine}/joint").address == f"/sheets/{mine}"  # nothing to agree on yet
    theirs = submitted(other, place, 1, 20)
    assert f"/sheets/{mine}/joint" in one.get(f"/sheets/{mine}").text
    page = one.get(f"/sheets/{mine}/joint").text
    assert "mine 1" in page
    assert "Rəşad" not in page  # nobody learns who the other one is
    other.get(f"/sheets/{theirs}/joint")
    one.post(f"/sheets/{mine}/joint", {**marks(50), "version": "0", "comment": "text of the first", "do": "write"})
    assert "1 of 2 agree." in one.text
    stale = {**marks(40), "version": "0", "comment": "text of the second", "do": "write"}
    assert other.post(f"/sheets/{theirs}/joint", stale).status == 409
    assert "text of the first" in other.text
    assert ">text of the second</textarea>" in other.text
    gap = other.post(f"/sheets/{theirs}/joint", {**stale, "version": "1", "mark.overall": ""})
    assert gap.status == 422
    assert "No mark yet." in gap.text
    office.sign_in(place, place.officers[0])
    assert "waits for the joint sheet of its jurors: AZ-2600" in office.get("/rounds/example-2026").text
    assert "It waits for the joint sheet" in office.get(
        f"/rounds/example-2026/applications/{place.applications[0]}"
    ).text  # fmt: skip
    other.post(f"/sheets/{theirs}/joint", {"version": "1", "do": "agree"})
    assert "Everybody has agreed." in other.text
    assert 'name="do"' not in other.text
    assert "waits for the joint sheet" not in office.get("/rounds/example-2026").text


@pytest.mark.parametrize("place", [("mean", DIFFER)], indirect=True)
def test_the_officer_reads_that_a_further_juror_is_needed_and_why_there_is_none(
    browsers: Callable[[], Browser], place: Place
) -> None:
    submitted(browsers(), place, 0, 80)
    submitted(browsers(), place, 1, 20)
    office = browsers()
    office.sign_in(place, place.officers[0])
    assert "needs a further juror, for its score sheets differ too much: AZ-2600" in office.get(
        "/rounds/example-2026"
    ).text  # fmt: skip
    page = office.get(f"/rounds/example-2026/applications/{place.applications[0]}").text
    assert "1 juror is missing. Of 2 jurors: 2 review it already. Add a juror." in page


def test_an_officer_gives_a_juror_time_after_the_end(browsers: Callable[[], Browser], place: Place) -> None:
    office, juror = browsers(), browsers()
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(review_until=place.now - timedelta(days=1)))
    (assignment,) = place.assignments(place.jurors[0])
    juror.sign_in(place, place.jurors[0], f"/sheets/{assignment}")
    assert juror.post(f"/sheets/{assignment}/declare", {"kind": "none"}).status == 409
    office.sign_in(place, place.officers[0], "/rounds/example-2026/jurors/1")
    assert 'action="/rounds/example-2026/jurors/1/extend"' in office.text
    assert office.post("/rounds/example-2026/jurors/1/extend", {"until": "soon"}).status == 422
    office.get("/rounds/example-2026/jurors/1")
    day = (place.now + timedelta(days=3)).date()
    office.post("/rounds/example-2026/jurors/1/extend", {"until": day.isoformat()})
    assert office.status == 200
    juror.get(f"/sheets/{assignment}")
    assert juror.post(f"/sheets/{assignment}/declare", {"kind": "none"}).status == 200
    assert place.value(select(func.count()).where(t.audit.c.event == "time_extended")) == 1
    other = browsers()
    other.sign_in(place, place.officers[2])
    assert other.post("/rounds/example-2026/jurors/1/extend", {"until": day.isoformat()}).status == 404
