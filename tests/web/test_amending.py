"""The office changes a fact as an applicant asked: typed by the rules, with who, when and why, before the release."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update

from laurea import steps
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place

BASE = "/rounds/example-2026"
HEARD = f"{BASE}/heard"
ASKED = HEARD.replace("heard", "asked")


def ask(place: Place, fact: str, after: Any, *, application: int = 0) -> int:
    """An applicant asks the office to change a fact."""
    here = place.applications[application]
    with writing(place.engine) as connection:
        person = select(t.applications.c.applicant_id).where(t.applications.c.id == here).scalar_subquery()
        row = insert(t.statements).values(
            authority_id=1, application_id=here, person_id=person, fact=fact, kind="asked", before=None, after=after,
            said_at=place.now,
        )  # fmt: skip
        return int(connection.execute(row.returning(t.statements.c.id)).scalar_one())


def known(place: Place, application: int = 0) -> Any:
    with reading(place.engine) as connection:
        here = place.applications[application]
        return connection.execute(select(t.applications).where(t.applications.c.id == here)).one()


def amend(who: Browser, number: int, fact: str, value: str, why: str = "The register is wrong.") -> Browser:
    who.get(HEARD)
    return who.post(f"{ASKED}/{number}", {"fact": fact, f"fact.{fact}": value, "why": why})


@pytest.fixture
def officer(browser: Browser, place: Place) -> Browser:
    return browser.sign_in(place, place.officers[0])


def test_change_is_made_with_who_when_and_why_and_checked_again(officer: Browser, place: Place) -> None:
    with writing(place.engine) as connection:
        here = place.applications[0]
        connection.execute(delete(t.assignments).where(t.assignments.c.application_id == here))
        connection.execute(update(t.applications).where(t.applications.c.id == here).values(state="ineligible"))
        connection.execute(
            update(t.applications).where(t.applications.c.id == here)
            .values(facts={**_facts(place), "founder_two": "AZ", "consent": True})
        )  # fmt: skip
    number = ask(place, "founder_two", "GE")
    assert 'value="GE"' in officer.get(HEARD).text
    assert amend(officer, number, "founder_two", "LV").address == HEARD
    row = known(place)
    assert (row.facts["founder_two"], row.state) == ("LV", "submitted")
    with reading(place.engine) as connection:
        said = connection.execute(select(t.statements).where(t.statements.c.kind == "amended")).one()
        asked = connection.execute(select(t.statements).where(t.statements.c.id == number)).one()
    assert (said.before, said.after, said.words) == ("AZ", "LV", "The register is wrong.")
    assert (said.person_id, asked.settled_by) == (place.officers[0], place.officers[0])
    details = place.value(select(t.audit.c.details).where(t.audit.c.event == "fact_amended"))
    assert details == {"fact": "founder_two", "statement": number, "taken_back": False}
    done = steps.advance(place.engine, place.round_id, settings=place.settings, now=place.now)
    assert [step.kind for step in done][:1] == ["screen"]
    assert known(place).state in ("eligible", "assigned")


def _facts(place: Place) -> dict[str, Any]:
    return dict(known(place).facts)


@pytest.mark.parametrize(
    ("fact", "value", "why"),
    [("pupils", "many", "x"), ("finished_on", "in spring", "x"), ("pupils", "30", " "), ("pupils", "", "x")],
)
def test_value_that_does_not_fit_is_refused_and_stays_in_its_field(
    officer: Browser, place: Place, fact: str, value: str, why: str
) -> None:
    before = known(place)
    answer = amend(officer, ask(place, fact, "12"), fact, value, why)
    assert answer.status == 422
    assert "Nothing was changed." in answer.text
    assert f'value="{value}"' in answer.text
    assert known(place) == before
    assert place.value(select(func.count()).where(t.statements.c.kind == "amended")) == 0


def test_application_with_jurors_keeps_them(officer: Browser, place: Place) -> None:
    amend(officer, ask(place, "pupils", "44"), "pupils", "44")
    assert known(place).state == "assigned"
    assert int(known(place).facts["pupils"]) == 44


def test_proposed_decisions_are_taken_back_and_proposed_anew(officer: Browser, place: Place) -> None:
    with writing(place.engine) as connection:
        connection.execute(
            update(t.applications).where(t.applications.c.id == place.applications[0])
            .values(facts={**_facts(place), "consent": True, "founder_two": "GE"})
        )  # fmt: skip
    seeding.fill(place, 1.0, settle=True)
    digest = place.value(select(t.rounds.c.digest))
    amend(officer, ask(place, "founder_two", "AZ"), "founder_two", "AZ", "It is a school of the same country.")
    with reading(place.engine) as connection:
        record = connection.execute(select(t.rounds)).one()
        mine = t.decisions.c.application_id == place.applications[0]
        decision = connection.execute(select(t.decisions).where(mine)).one()
    assert record.proposed_at is not None
    assert record.digest not in (None, digest)
    assert (decision.granted, decision.first_failing) == (False, "two_countries")
    assert place.value(select(func.count()).select_from(t.decisions)) == 12


def test_after_the_release_nothing_is_changed(officer: Browser, place: Place) -> None:
    number = ask(place, "pupils", "44")
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(proposed_at=place.now, released_at=place.now))
    before = known(place)
    assert "Change it" not in officer.get(HEARD).text
    assert amend(officer, number, "pupils", "44").status == 404
    assert known(place) == before


def test_dealt_with_once(browsers: Callable[[], Browser], place: Place) -> None:
    number = ask(place, "pupils", "44")
    first, second = (browsers().sign_in(place, one) for one in place.officers[:2])
    second.get(HEARD)
    amend(first, number, "pupils", "44")
    values = {"fact": "pupils", "fact.pupils": "45", "why": "x"}
    assert second.post(f"{ASKED}/{number}", values).status == 409
    assert int(known(place).facts["pupils"]) == 44


def test_another_office_and_other_statements_do_not_exist(browsers: Callable[[], Browser], place: Place) -> None:
    number = ask(place, "pupils", "44")
    other = browsers().sign_in(place, place.officers[2])
    assert other.post(f"{ASKED}/{number}", {"fact": "pupils", "fact.pupils": "1", "why": "x"}).status == 404
    mine = browsers().sign_in(place, place.officers[0])
    assert amend(mine, number + 1, "pupils", "44").status == 404
