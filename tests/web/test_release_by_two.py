"""A release that needs two officers: one confirms what stands, another releases exactly that."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update

from laurea.actions import confirm, release
from laurea.errors import BadInput, NotNow
from laurea.ledger import SYSTEM, Actor
from laurea.store import tables as t
from laurea.store.engine import writing
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place

BASE = "/rounds/example-2026"
RELEASED = select(func.count()).where(t.decisions.c.state == "released")


@pytest.fixture
def both(browsers: Callable[[], Browser], place: Place) -> list[Browser]:
    """Two officers, before proposed decisions of a round that needs both."""
    seeding.fill(place, 1.0, settle=True)
    two = [browsers().sign_in(place, one) for one in place.officers[:2]]
    two[0].get(f"{BASE}/release")
    two[0].post(f"{BASE}/second-person")
    return two


def events(place: Place, event: str) -> int:
    return int(place.value(select(func.count()).where(t.audit.c.event == event)))


def digest(place: Place) -> str:
    return str(place.value(select(t.rounds.c.digest)))


def test_one_confirms_another_releases_and_both_stand_in_the_audit(both: list[Browser], place: Place) -> None:
    first, second = both
    page = first.get(f"{BASE}/release").text
    assert "Confirm these decisions" in page
    assert "Release now" not in page
    first.post(f"{BASE}/confirm", {"digest": digest(place)})
    assert "You confirmed these decisions on" in first.text
    assert "Release now" not in first.text
    page = second.get(f"{BASE}/release").text
    assert "Leyla Hacıyeva confirmed these decisions on" in page
    second.post(f"{BASE}/release", {"digest": digest(place)})
    assert place.value(RELEASED) == 12
    assert "Leyla Hacıyeva had confirmed them on" in first.get(f"{BASE}/release").text
    details = place.value(select(t.audit.c.details).where(t.audit.c.event == "decisions_released"))
    actor = select(t.audit.c.actor)
    assert details["confirmed_by"] == place.officers[0]
    assert place.value(actor.where(t.audit.c.event == "decisions_confirmed")) == f"person:{place.officers[0]}"
    assert place.value(actor.where(t.audit.c.event == "decisions_released")) == f"person:{place.officers[1]}"


def test_same_person_twice_is_refused(both: list[Browser], place: Place) -> None:
    first, _ = both
    first.get(f"{BASE}/release")
    first.post(f"{BASE}/confirm", {"digest": digest(place)})
    assert first.post(f"{BASE}/release", {"digest": digest(place)}).status == 409
    assert place.value(RELEASED) == 0
    with pytest.raises(NotNow):  # nor may a program or an operator stand for a person
        release.release(
            place.engine, place.round_id, actor=SYSTEM, expected_digest=digest(place), settings=place.settings,
            now=place.now,
        )  # fmt: skip
    assert place.value(RELEASED) == 0


def test_release_without_confirmation_is_refused(both: list[Browser], place: Place) -> None:
    second = both[1]
    second.get(f"{BASE}/release")
    assert second.post(f"{BASE}/release", {"digest": digest(place)}).status == 409
    assert place.value(RELEASED) == 0


def test_confirmation_is_void_when_decisions_change(both: list[Browser], place: Place) -> None:
    first, second = both
    first.get(f"{BASE}/release")
    first.post(f"{BASE}/confirm", {"digest": digest(place)})
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(digest="f" * 64))
    page = second.get(f"{BASE}/release").text
    assert "The decisions have changed since, so that does not count." in page
    assert second.post(f"{BASE}/release", {"digest": "f" * 64}).status == 409
    assert place.value(RELEASED) == 0
    second.get(f"{BASE}/release")
    assert second.post(f"{BASE}/confirm", {"digest": "e" * 64}).status == 409
    second.get(f"{BASE}/release")
    second.post(f"{BASE}/confirm", {"digest": "f" * 64})
    assert events(place, "decisions_confirmed") == 2
    first.get(f"{BASE}/release")
    first.post(f"{BASE}/release", {"digest": "f" * 64})  # who confirmed what no longer stands may release
    assert place.value(RELEASED) == 12


def test_confirming_twice_writes_once_and_keeps_the_first(both: list[Browser], place: Place) -> None:
    for one in (*both, both[0]):
        one.get(f"{BASE}/release")
        one.post(f"{BASE}/confirm", {"digest": digest(place)})
    assert events(place, "decisions_confirmed") == 1
    assert place.value(select(t.rounds.c.confirmed_by)) == place.officers[0]


def test_only_an_operator_with_a_reason_lets_one_officer_release(both: list[Browser], place: Place) -> None:
    assert "This release needs two officers" not in both[1].get(f"{BASE}/release").text
    with pytest.raises(BadInput):
        confirm.ask_second_person(place.engine, place.round_id, asked=False, actor=SYSTEM, now=place.now)
    confirm.ask_second_person(
        place.engine, place.round_id, asked=False, why="She left the office.", actor=SYSTEM, now=place.now
    )
    both[0].get(f"{BASE}/release")
    both[0].post(f"{BASE}/release", {"digest": digest(place)})
    assert place.value(RELEASED) == 12
    assert events(place, "second_person_asked") == 2


def test_round_of_one_officer_has_nothing_to_confirm(browser: Browser, place: Place) -> None:
    seeding.fill(place, 1.0, settle=True)
    officer = browser.sign_in(place, place.officers[0])
    officer.get(f"{BASE}/release")
    assert officer.post(f"{BASE}/confirm", {"digest": digest(place)}).status == 409
    with pytest.raises(NotNow):
        confirm.confirm(
            place.engine, place.round_id, actor=Actor.person(1), expected_digest=digest(place), now=place.now
        )


def test_nobody_of_another_authority_confirms(
    browsers: Callable[[], Browser], both: list[Browser], place: Place
) -> None:
    other = browsers().sign_in(place, place.officers[2])
    assert other.post(f"{BASE}/confirm", {"digest": digest(place)}).status == 404
    assert other.post(f"{BASE}/second-person").status == 404
    assert place.value(select(t.rounds.c.confirmed_by)) is None
