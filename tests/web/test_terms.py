"""Terms through the portal: a renewal from the letter to the next round, an officer's decisions, a calendar."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update

from laurea.actions import apply_again, renew
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from laurea.store.invariants import broken
from tests.web import seeding
from tests.web.calling import CODE
from tests.web.conftest import Browser
from tests.web.holding import OLD, hold
from tests.web.seeding import Place


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = seeding.seed(tmp_path)
    yield found
    found.engine.dispose()


@pytest.fixture
def held(place: Place) -> str:
    """An award of Tamar's that ends in fifty days; the address of its page. Its award's next round is open."""
    return hold(place)


def turn(place: Place, now: datetime | None = None) -> list[str]:
    found = renew.renew(place.engine, as_of=None, settings=place.settings, now=now or place.now)
    return [one.step.kind.value for one in found.told]


def letters(place: Place) -> list[tuple[str, str]]:
    with reading(place.engine) as connection:
        rows = connection.execute(select(t.messages.c.kind, t.messages.c.content).order_by(t.messages.c.id)).all()
    read = [(row.kind, email.message_from_bytes(row.content, policy=email.policy.default)) for row in rows]
    return [(kind, message.get_body(("plain",)).get_content()) for kind, message in read]  # type: ignore[attr-defined]


def test_a_holder_is_told_and_applies_again_with_what_they_said_the_last_time(
    browser: Browser, place: Place, held: str
) -> None:
    with reading(place.engine) as connection:
        before = broken(connection)  # the world of this test has no letters of its first release
    assert turn(place) == ["renewal"]
    assert turn(place) == []  # any number of runs a day
    kind, text = letters(place)[-1]
    assert kind == "renewal"
    assert "By what we know today, you meet the conditions for the renewal." in text
    assert "takes applications until" in text
    link = urlsplit(re.search(r"Apply for the renewal:\s+(\S+)", text)[1]).path  # type: ignore[index]
    assert link == held

    with reading(place.engine) as connection:
        person = connection.execute(select(t.people.c.id).where(t.people.c.email == "tamar@example.org")).scalar_one()
    browser.sign_in(place, person, link)
    assert browser.status == 200
    assert "By what is known today, you meet the conditions for the renewal." in browser.text
    browser.post(f"{held}/renew")
    assert browser.status == 200
    assert browser.address.startswith("/drafts/")
    draft = browser.address
    assert "What you told the last time is filled in." in browser.text
    for value in ("Rivers in court", "2.5", "One", "Two"):
        assert f'value="{value}"' in browser.text, value
    browser.get(held)
    browser.post(f"{held}/renew")
    assert browser.address == draft  # a second click goes on with the same draft

    browser.get(f"{draft}/summary")
    version = re.search(r'name="version" value="(\d+)"', browser.text)[1]  # type: ignore[index]
    browser.post(f"{draft}/summary", {"version": version})
    assert browser.address.startswith("/my/")
    assert "typed by Tamar Teacher" in browser.text
    assert "in an earlier application" in browser.text
    with reading(place.engine) as connection:
        assert broken(connection) == before

    # Whoever has applied is not reminded, and the award ends on its day all the same.
    end = place.now.replace(hour=12) + timedelta(days=50)  # the same day wherever the office is
    assert [turn(place, end - timedelta(days=left)) for left in (30, 7, 0)] == [[], [], []]
    assert turn(place, end + timedelta(days=1)) == ["lapse"]


def test_a_holder_is_told_what_is_missing_and_only_what_they_can_change(
    browser: Browser, place: Place, held: str
) -> None:
    with writing(place.engine) as connection:
        poor = t.applications.c.ref == "AZ-1"
        connection.execute(
            update(t.applications).where(poor).values(facts={"stage": "finished", "finished_on": "2026-06-20",
                                                             "hours": "1.0"})
        )  # fmt: skip
        person = connection.execute(select(t.people.c.id).where(t.people.c.email == "tamar@example.org")).scalar_one()
    assert turn(place) == ["renewal"]
    text = letters(place)[-1][1]
    lines = [line for line in text.splitlines() if line.startswith("- ")]
    assert lines == ["- At least 1.5 hours a week.", "- Parents agreed to every photograph"]
    browser.sign_in(place, person, held)
    assert "this is still missing for the renewal" in browser.text
    assert "At least 1.5 hours a week." in browser.text
    assert "Applications of this person before" not in browser.text.split('id="renewal"')[1].split("</section>")[0]


def test_without_an_open_round_the_page_says_when_and_nothing_begins(browser: Browser, place: Place, held: str) -> None:
    with writing(place.engine) as connection:
        later = place.now + timedelta(days=9)
        connection.execute(
            update(t.rounds).where(t.rounds.c.code == CODE).values(opens_at=later, closes_at=later + timedelta(days=9))
        )
        person = connection.execute(select(t.people.c.id).where(t.people.c.email == "tamar@example.org")).scalar_one()
    browser.sign_in(place, person, held)
    assert "takes applications from" in browser.text
    assert "Apply for the renewal" not in browser.text
    browser.post(f"{held}/renew")
    assert browser.status == 409
    assert turn(place) == ["renewal"]
    assert "takes applications from" in letters(place)[-1][1]


def test_an_officer_extends_a_cohort_by_decision(browser: Browser, place: Place, held: str) -> None:
    assert turn(place) == ["renewal"]
    browser.sign_in(place, place.officers[0], f"/rounds/{OLD}/terms")
    new = (place.now + timedelta(days=415)).date()
    browser.get(f"/rounds/{OLD}/terms?until={new}")
    assert "Would hold until" in browser.text
    digest = re.search(r'name="digest" value="(\w+)"', browser.text)[1]  # type: ignore[index]
    for sent, status in (({"reason": " "}, 422), ({"reason": "x", "until": "2001-01-01"}, 422),
                         ({"reason": "x", "digest": "0" * 64}, 409)):  # fmt: skip
        browser.post(f"/rounds/{OLD}/terms", {"until": str(new), "digest": digest, **sent})
        assert browser.status == status, sent
    browser.get(f"/rounds/{OLD}/terms")
    reason = "No round was held this year."
    browser.post(f"/rounds/{OLD}/terms", {"until": str(new), "digest": digest, "reason": reason})
    assert browser.status == 200
    assert reason in browser.text
    kind, text = letters(place)[-1]
    assert kind == "extended"
    assert reason in text
    assert turn(place) == []  # one letter a day about one award
    browser.get("/certificates/" + "n" * 22)
    assert str(new.year) in browser.text
    with reading(place.engine) as connection:
        grant = connection.execute(select(t.grants)).mappings().one()
        act = connection.execute(select(t.grant_acts)).one()
        audit = connection.execute(select(t.audit.c.event)).scalars().all()
    assert (grant["valid_until"], act.after, act.reason) == (new, new, reason)
    assert "term_changed" in audit
    old_end = place.now + timedelta(days=51)
    assert turn(place, old_end) == []  # what would have lapsed stands
    assert turn(place, place.now + timedelta(days=416)) == ["lapse"]


def test_an_officer_withdraws_a_label_and_everybody_can_see_it(browser: Browser, place: Place, held: str) -> None:
    number = "n" * 22
    browser.sign_in(place, place.officers[0], f"/rounds/{OLD}/certificates")
    assert "Withdraw the label" in browser.text
    browser.post(f"/rounds/{OLD}/certificates/{number}/withdraw", {"reason": ""})
    assert browser.status == 422
    browser.get(f"/rounds/{OLD}/certificates")
    browser.post(f"/rounds/{OLD}/certificates/{number}/withdraw", {"reason": "The school is closed."})
    assert browser.status == 200
    assert letters(place)[-1][0] == "withdrawn"
    assert "The school is closed." in letters(place)[-1][1]
    browser.post(f"/rounds/{OLD}/certificates/{number}/withdraw", {"reason": "Again."})
    assert browser.status == 404
    browser.get(f"/certificates/{number}")
    assert "Withdrawn on" in browser.text
    assert turn(place, place.now + timedelta(days=60)) == []  # nothing more is told of it
    with reading(place.engine) as connection:
        assert connection.execute(select(t.audit.c.event)).scalars().all()[-1] == "grant_withdrawn"


def test_the_calendar_counts_the_days_of_a_year_and_lists_them(browser: Browser, place: Place, held: str) -> None:
    end = place.now.date() + timedelta(days=50)
    browser.sign_in(place, place.officers[0], f"/calendar?year={end.year}")
    assert browser.status == 200
    assert "Term ends" in browser.text
    assert "Rivers in court" in browser.text
    browser.get(f"/calendar?year={end.year}&month={end.month}&kind=lapse&q=rivers")
    assert browser.text.count("Rivers in court") == 1
    browser.get(f"/calendar?year={end.year}&q=nobody")
    assert "Nothing falls into this time." in browser.text
    browser.get(f"/calendar/calendar.csv?year={end.year}&kind=lapse")
    assert browser.text.splitlines()[1].startswith(f"{end},lapse,,,Rivers in court,AZ")
    for wrong in ("year=x", "year=99999", f"year={end.year}&month=13"):
        assert browser.get(f"/calendar?{wrong}").status == 404


def test_nobody_else_comes_near(browsers: Callable[[], Browser], place: Place, held: str) -> None:
    stranger = browsers()
    with reading(place.engine) as connection:
        is_stranger = (t.people.c.role == "applicant", t.people.c.email != "tamar@example.org")
        person = connection.execute(select(t.people.c.id).where(*is_stranger).limit(1)).scalar_one()
    stranger.sign_in(place, person, "/my")
    assert stranger.post(f"{held}/renew").status == 404
    assert stranger.get("/calendar").status == 404
    assert stranger.get(f"/rounds/{OLD}/terms").status == 404
    stranger.get("/my")
    day = place.now.date() + timedelta(days=100)
    assert stranger.post(f"/rounds/{OLD}/terms", {"until": str(day), "reason": "x"}).status == 404
    assert stranger.post(f"/rounds/{OLD}/certificates/{'n' * 22}/withdraw", {"reason": "x"}).status == 404


def test_what_somebody_else_told_last_time_is_not_filled_in() -> None:
    """A fact the office stated under the old rules stays the office's, though the new ones ask the applicant."""

    def plan(supplied_by: str) -> Any:
        facts = {"mine": SimpleNamespace(supplied_by="applicant", type="text", fields={}),
                 "theirs": SimpleNamespace(supplied_by=supplied_by, type="text", fields={})}  # fmt: skip
        return SimpleNamespace(ruleset=SimpleNamespace(facts=facts))

    own: Any = SimpleNamespace(facts={"mine": "said", "theirs": "a note of the office"}, children={})
    asked = plan("applicant")
    assert apply_again._carried(own, plan("officer"), asked)["facts"] == {"mine": "said"}
    assert apply_again._carried(own, plan("register"), asked)["facts"] == {"mine": "said"}
    assert set(apply_again._carried(own, asked, asked)["facts"]) == {"mine", "theirs"}
