"""Where an application stands: what its people see, correct and learn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from laurea.actions import release
from laurea.ledger import Actor
from laurea.store import tables as t
from laurea.store.engine import writing
from tests.web import calling, seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = seeding.seed(tmp_path)
    yield found
    found.engine.dispose()


@pytest.fixture
def imported(place: Place) -> str:
    """An application out of a file, in a round that still collects; the address of its page."""
    round_id = calling.open_round(place)
    with writing(place.engine) as connection:
        person = connection.execute(
            insert(t.people)
            .values(authority_id=1, name="Tamar Teacher", email="tamar@example.org", language="en", role="applicant",
                    created_at=place.now)
            .returning(t.people.c.id)
        ).scalar_one()  # fmt: skip
        key = connection.execute(
            insert(t.applications)
            .values(
                authority_id=1, round_id=round_id, ref="AZ-1", applicant_id=person, applicant_ref="T1", unit_ref="P1",
                unit_name="From a file", country="AZ", submitted_at=place.now - timedelta(days=2), state="submitted",
                facts={"stage": "running", "earlier": 3, "consent": "true"}, children={"partners": [{"school": "One"}]},
            )
            .returning(t.applications.c.key)
        ).scalar_one()  # fmt: skip
        mine = select(t.applications.c.id).where(t.applications.c.key == key).scalar_subquery()
        connection.execute(
            insert(t.evidence).values(
                authority_id=1, application_id=mine,
                source="project-register", digest="d", content={"facts": {"earlier": 3}, "children": {}},
                observed_at=place.now,
            )
        )  # fmt: skip
    return f"/my/{key}"


def tamar(place: Place) -> int:
    found: int = place.value(select(t.people.c.id).where(t.people.c.email == "tamar@example.org"))
    return found


def fact(page: Browser, name: str) -> str:
    """What the page says of one fact, without its form."""
    part = page.text.split(f'id="fact-{name}"')[1].split("</dd>")[0].split("<details")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", part.split(">", 1)[1]).split())


def application(place: Place) -> object:
    return calling.rows(place, select(t.applications).where(t.applications.c.ref == "AZ-1"))[0]


def test_imported_applicant_sees_what_the_office_knows_and_from_where(
    browser: Browser, place: Place, imported: str
) -> None:
    page = browser.sign_in(place, tamar(place), imported)
    assert page.address == imported
    assert fact(page, "stage") == "Where the project stands running out of a file of the office"
    assert "project-register, seen" in fact(page, "earlier")
    assert fact(page, "hours") == "Hours a week not known"
    assert "One" in fact(page, "partners")


def test_correction_of_ones_own_fact_counts_at_once_and_keeps_what_stood(
    browser: Browser, place: Place, imported: str
) -> None:
    browser.sign_in(place, tamar(place), imported)
    given = {"fact": "stage", "fact.stage": "finished", "kind": "corrected", "says": "It ended in June."}
    page = browser.post(f"{imported}/say", given)
    assert "corrected by Tamar Teacher" in fact(page, "stage")
    assert "It ended in June." in fact(page, "stage")
    assert application(place).facts["stage"] == "finished"  # type: ignore[attr-defined]
    said = calling.rows(place, select(t.statements))[0]
    assert (said.kind, said.before, said.after, said.person_id) == ("corrected", "running", "finished", tamar(place))
    line = calling.rows(place, select(t.audit).where(t.audit.c.event == "fact_spoken_of"))[0]
    assert (line.actor, line.details) == (f"person:{tamar(place)}", {"fact": "stage", "kind": "corrected"})


def test_correction_of_a_registers_fact_is_asked_of_the_office(browser: Browser, place: Place, imported: str) -> None:
    browser.sign_in(place, tamar(place), imported)
    page = browser.post(f"{imported}/say", {"fact": "earlier", "fact.earlier": "1", "kind": "corrected", "says": ""})
    assert "asked the office" in fact(page, "earlier")
    assert "“1”" in fact(page, "earlier")
    assert application(place).facts["earlier"] == 3  # type: ignore[attr-defined]
    assert place.value(select(t.statements.c.kind)) == "asked"


def test_officer_reads_on_the_application_what_was_said_of_it(
    browsers: Callable[[], Browser], place: Place, imported: str
) -> None:
    applicant, officer = browsers(), browsers()
    applicant.sign_in(place, tamar(place), imported)
    applicant.post(
        f"{imported}/say", {"fact": "stage", "fact.stage": "finished", "kind": "corrected", "says": "Ended."}
    )
    applicant.post(f"{imported}/say", {"fact": "earlier", "fact.earlier": "1", "kind": "corrected", "says": ""})
    officer.sign_in(place, place.officers[0])
    page = officer.get(f"/rounds/call-2026/applications/{application(place).id}").text  # type: ignore[attr-defined]
    assert "corrected by Tamar Teacher" in page
    assert "Ended." in page
    assert "asked the office" in page
    assert "1 applicant" in officer.get("/rounds/call-2026").text  # the correction counts, only the wish waits


def test_list_is_corrected_and_a_fact_confirmed(browser: Browser, place: Place, imported: str) -> None:
    browser.sign_in(place, tamar(place), imported)
    page = browser.post(
        f"{imported}/say",
        {"fact": "partners", "kind": "corrected", "row.partners.0.school": "One", "row.partners.1.school": "Two"},
    )
    assert "Two" in fact(page, "partners")
    assert application(place).children == {"partners": [{"school": "One"}, {"school": "Two"}]}  # type: ignore[attr-defined]
    page = browser.post(f"{imported}/say", {"fact": "consent", "kind": "confirmed"})
    assert "out of a file of the office; confirmed by Tamar Teacher" in fact(page, "consent")
    page = browser.post(f"{imported}/say", {"fact": "", "kind": "comment", "says": "Please call us."})
    assert "Please call us." in page.text


def test_value_that_cannot_be_read_corrects_nothing(browser: Browser, place: Place, imported: str) -> None:
    browser.sign_in(place, tamar(place), imported)
    for given in (
        {"fact": "hours", "fact.hours": "many"},
        {"fact": "stage", "fact.stage": "soon"},
        {"fact": "no_such"},
    ):
        assert browser.post(f"{imported}/say", {**given, "kind": "corrected"}).status == 422
    assert calling.rows(place, select(t.statements)) == []


def test_nothing_is_corrected_after_the_close(browser: Browser, place: Place, imported: str) -> None:
    browser.sign_in(place, tamar(place), imported)
    calling.change(place, t.rounds, closes_at=place.now - timedelta(seconds=1))
    assert "kind" not in browser.get(imported).text
    given = {"fact": "stage", "fact.stage": "finished", "kind": "corrected"}
    assert browser.post(f"{imported}/say", given).status == 409
    assert application(place).facts["stage"] == "running"  # type: ignore[attr-defined]


@pytest.fixture
def seeded(place: Place) -> tuple[int, str]:
    """A person of the seeded round and the address of their application."""
    row = calling.rows(place, select(t.applications).order_by(t.applications.c.id))[0]
    return row.applicant_id, f"/my/{row.key}"


def test_page_says_no_verdict_before_the_release(browser: Browser, place: Place, seeded: tuple[int, str]) -> None:
    person, address = seeded
    browser.sign_in(place, person, address)
    texts = set()
    for state in ("submitted", "eligible", "ineligible", "undecided", "assigned", "scored", "decided"):
        with writing(place.engine) as connection:
            connection.execute(update(t.applications).values(state=state))
        texts.add(re.sub(r'value="[^"]+"', "", browser.get(address).text))
    assert len(texts) == 1
    seeding.fill(place, 1.0, settle=True)
    page = browser.get(address).text
    assert "Decisions prepared" in page
    assert "Label awarded" not in page
    assert "No label" not in page


def test_released_result_stands_with_its_reasons_in_the_readers_language(
    browser: Browser, place: Place, count_queries: Callable[[], list[str]]
) -> None:
    seeding.fill(place, 1.0, settle=True)
    release.release(
        place.engine, place.round_id, actor=Actor.person(place.officers[0]),
        expected_digest=place.value(select(t.rounds.c.digest).where(t.rounds.c.id == place.round_id)),
        settings=place.settings, now=place.now,
    )  # fmt: skip
    d, a = t.decisions.c, t.applications.c
    rows = calling.rows(place, select(a.applicant_id, a.key, d.granted).join(t.decisions, d.application_id == a.id))
    granted = next(row for row in rows if row.granted)
    page = browser.sign_in(place, granted.applicant_id, f"/my/{granted.key}")
    assert '<p class="verdict good"><b>Label awarded</b>' in page.text
    assert "The pass mark is reached." in page.text
    seen = count_queries()
    page = browser.get(f"/my/{granted.key}?lang=lv")
    assert len(seen) <= 12, seen
    assert "Rezultāts" in page.text
    assert "izpildīts" in page.text


def test_own_list_shows_only_ones_own(browser: Browser, place: Place, seeded: tuple[int, str]) -> None:
    page = browser.sign_in(place, seeded[0], "/my").text
    assert re.findall(r'href="(/my/[^"]+)"', page) == [seeded[1]]
