"""After the result: appeals, words to the office, and the holder's say on the public pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from laurea.store import tables as t
from laurea.store.engine import writing
from laurea.store.invariants import broken
from tests.web import calling, seeding
from tests.web.calling import CODE
from tests.web.conftest import Browser
from tests.web.seeding import Place

WRONG = "The jury read another application."


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = seeding.seed(tmp_path)
    yield found
    found.engine.dispose()


@pytest.fixture
def mine(place: Place) -> str:
    """An application of Tamar's in a round released three days ago, with a label; the address of its page."""
    released = place.now - timedelta(days=3)
    round_id = calling.open_round(
        place, closes_in=-timedelta(days=30), routed_at=released, proposed_at=released, released_at=released
    )
    with writing(place.engine) as connection:
        person = connection.execute(
            insert(t.people)
            .values(authority_id=1, name="Tamar Teacher", email="tamar@example.org", language="en", role="applicant",
                    created_at=place.now)
            .returning(t.people.c.id)
        ).scalar_one()  # fmt: skip
        row = connection.execute(
            insert(t.applications)
            .values(
                authority_id=1, round_id=round_id, ref="AZ-1", applicant_id=person, applicant_ref="T1", unit_ref="P1",
                unit_name="Rivers in court", country="AZ", submitted_at=released, state="decided", facts={},
                children={},
            )
            .returning(t.applications.c.id, t.applications.c.key)
        ).one()  # fmt: skip
        decision = connection.execute(
            insert(t.decisions)
            .values(authority_id=1, round_id=round_id, application_id=row.id, state="released", outcome="label",
                    granted=True, points="7", trace=[], rule_set="x", policies={}, proposed_at=released,
                    released_at=released)
            .returning(t.decisions.c.id)
        ).scalar_one()  # fmt: skip
        connection.execute(
            insert(t.grants).values(
                authority_id=1, round_id=round_id, decision_id=decision, application_id=row.id, person_id=person,
                number="N" * 22, award="example-call", title="Label awarded", holder="Rivers in court", country="AZ",
                valid_from=released.date(),
            )
        )  # fmt: skip
    return f"/my/{row.key}"


def sign_in(browser: Browser, place: Place, target: str = "") -> Browser:
    person = place.value(select(t.people.c.id).where(t.people.c.email == "tamar@example.org"))
    return browser.sign_in(place, person, target)


def test_appeal_is_weighed_by_the_rules_before_it_is_filed(browser: Browser, place: Place, mine: str) -> None:
    sign_in(browser, place, mine)
    page = browser.get(f"{mine}/appeal").text
    assert 'name="fact.filed_on"' not in page  # the house knows the day
    looks = browser.post(f"{mine}/appeal", {"fact.ground": "points", "do": "look"}).text
    assert re.search(r'class="good">.{0,90}<div><p>The appeal came within 15 days', looks, re.DOTALL)
    assert re.search(r'class="bad">.{0,90}<div><p>The appeal names an error of procedure', looks, re.DOTALL)
    assert calling.rows(place, select(t.appeals)) == []
    calling.change(place, t.rounds, released_at=place.now - timedelta(days=16))
    late = browser.get(f"{mine}/appeal").text
    assert re.search(r'class="bad">.{0,90}<div><p>The appeal came within 15 days', late, re.DOTALL)


def test_appeal_is_acknowledged_and_left_to_the_office(
    browsers: Callable[[], Browser], place: Place, mine: str
) -> None:
    applicant, officer = browsers(), browsers()
    sign_in(applicant, place, mine)
    applicant.get(f"{mine}/appeal")
    given = {"fact.ground": "procedure", "says": WRONG, "do": "file"}
    page = applicant.post(f"{mine}/appeal", given)
    assert page.address == mine
    assert WRONG in page.text
    assert "The rules say: Considered" in page.text
    row = calling.rows(place, select(t.appeals))[0]
    assert (row.finding, row.settled_at) == ("considered", None)
    assert row.facts["published_on"] < row.facts["filed_on"]
    assert [one.kind for one in calling.rows(place, select(t.messages)) if one.kind != "sign_in"] == ["appeal_received"]
    assert (
        place.value(select(t.decisions.c.outcome).where(t.decisions.c.application_id == row.application_id)) == "label"
    )
    assert applicant.post(f"{mine}/appeal", given).status == 404  # once

    officer.sign_in(place, place.officers[0])
    assert "1 appeal waits for an answer." in officer.get(f"/rounds/{CODE}").text
    page = officer.get(f"/rounds/{CODE}/heard")
    assert WRONG in page.text
    path = f"/rounds/{CODE}/heard/appeal/{row.id}"
    assert officer.post(path, {"says": ""}).status == 422
    officer.post(path, {"says": "The jury was right: see the minutes."})
    assert "appeal waits" not in officer.get(f"/rounds/{CODE}").text
    told = calling.rows(place, select(t.messages).where(t.messages.c.kind == "appeal_answered"))
    assert [one.address for one in told] == ["tamar@example.org"]
    assert "Appeal answered" in officer.get(f"/rounds/{CODE}/outbox").text
    assert "The jury was right" in applicant.get(mine).text
    with place.engine.connect() as connection:
        assert [one.name for one in broken(connection) if "appeal" in one.name] == []


def test_appeal_without_reasons_is_not_filed_and_keeps_what_was_chosen(
    browser: Browser, place: Place, mine: str
) -> None:
    sign_in(browser, place, mine)
    browser.get(f"{mine}/appeal")
    page = browser.post(f"{mine}/appeal", {"fact.ground": "procedure", "says": " ", "do": "file"})
    assert page.status == 422
    assert '<option value="procedure" selected>' in page.text
    assert calling.rows(place, select(t.appeals)) == []


def test_rules_without_appeals_and_results_not_released_have_no_appeal(
    browser: Browser, place: Place, mine: str
) -> None:
    sign_in(browser, place, mine)
    calling.change(place, t.rounds, released_at=None)
    assert browser.get(f"{mine}/appeal").status == 404
    other = calling.rows(place, select(t.applications).where(t.applications.c.round_id == place.round_id))[0]
    calling.change(place, t.rounds, released_at=place.now)
    browser.sign_in(place, other.applicant_id, f"/my/{other.key}")
    assert browser.get(f"/my/{other.key}").status == 200
    assert browser.get(f"/my/{other.key}/appeal").status == 404


def test_word_about_the_round_reaches_the_office_and_is_laid_aside(
    browsers: Callable[[], Browser], place: Place, mine: str
) -> None:
    applicant, officer, other = browsers(), browsers(), browsers()
    sign_in(applicant, place, mine)
    assert "Kept with your name" in applicant.post(f"{mine}/reply", {"says": "The form was long."}).text
    officer.sign_in(place, place.officers[0])
    assert "1 applicant" in officer.get(f"/rounds/{CODE}").text
    assert "The form was long." in officer.get(f"/rounds/{CODE}/heard").text
    number = place.value(select(t.statements.c.id))
    other.sign_in(place, place.officers[2])
    assert other.post(f"/rounds/{CODE}/heard/statement/{number}", {}).status == 404
    for wrong in ("statement/999", "messages/1"):
        assert officer.post(f"/rounds/{CODE}/heard/{wrong}", {"says": "x"}).status == 404
    officer.get(f"/rounds/{CODE}/heard")
    officer.post(f"/rounds/{CODE}/heard/statement/{number}", {})
    assert "1 applicant" not in officer.get(f"/rounds/{CODE}").text


def test_public_page_names_a_holder_only_as_long_as_the_holder_wants(
    browsers: Callable[[], Browser], place: Place, mine: str
) -> None:
    holder, anyone = browsers(), browsers()
    assert "Rivers in court" in anyone.get(f"/results/{CODE}").text
    sign_in(holder, place, mine)
    holder.post(f"{mine}/show", {"public": "0"})
    assert "do not name this label" in holder.text
    assert "Rivers in court" not in anyone.get(f"/results/{CODE}").text
    assert anyone.get(f"/certificates/{'N' * 22}").status == 200  # whoever has the number may still check it
    holder.post(f"{mine}/show", {"public": "1"})
    assert "Rivers in court" in anyone.get(f"/results/{CODE}").text
    events = [one.event for one in calling.rows(place, select(t.audit)) if one.event.startswith("holder_")]
    assert events == ["holder_hidden", "holder_shown"]


def test_others_cannot_appeal_reply_or_hide(browsers: Callable[[], Browser], place: Place, mine: str) -> None:
    stranger = browsers()
    person = calling.rows(place, select(t.applications).order_by(t.applications.c.id))[0].applicant_id
    stranger.sign_in(place, person, "/my")
    stranger.get("/my")
    assert stranger.get(f"{mine}/appeal").status == 404
    for path, given in (("appeal", {"says": "x", "do": "file"}), ("reply", {"says": "x"}), ("show", {"public": "0"})):
        assert (path, stranger.post(f"{mine}/{path}", given).status) == (path, 404)
    assert place.value(select(t.grants.c.public))


def test_page_with_a_result_and_an_appeal_asks_few_questions(
    browser: Browser, place: Place, mine: str, count_queries: Callable[[], list[str]]
) -> None:
    sign_in(browser, place, mine)
    browser.get(f"{mine}/appeal")
    browser.post(f"{mine}/appeal", {"fact.ground": "procedure", "says": WRONG, "do": "file"})
    seen = count_queries()
    assert browser.get(mine).status == 200
    assert len(seen) <= 12, seen
