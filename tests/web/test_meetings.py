"""The meeting of a jury: who leads it, whose screens follow, who steps out and sees nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, insert, select, update

from laurea.store import tables as t
from laurea.store.engine import writing
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place

ROUND = "/rounds/example-2026"
JUROR = "/juror/example-2026"
SECRET = "weak where it counts"


def talked_about(place: Place, *, settle: bool = False) -> None:
    """Every sheet is in, one with words; the first juror has a conflict with the third application."""
    seeding.fill(place, 1.0, settle=settle)
    with writing(place.engine) as connection:
        connection.execute(update(t.sheets).where(t.sheets.c.id == 1).values(comment=SECRET))
        values = {"authority_id": 1, "application_id": place.applications[2]}
        connection.execute(
            insert(t.conflicts).values(
                juror_id=1, kind="other", source="declared", declared_at=place.now, note="", **values
            )
        )


def called(office: Browser, room: str = "Blue room", q: str = "") -> str:
    """Call a meeting as the officer; the address of its page."""
    office.get(f"{ROUND}/meetings")
    office.post(f"{ROUND}/meetings", {"room": room, "q": q})
    assert office.status == 200, office.text
    return office.address


def version(office: Browser, field: str = "version") -> str:
    return office.text.split(f'name="{field}" value="')[1].split('"')[0]


def take_up(office: Browser, address: str, place: int) -> None:
    office.get(address)
    office.post(f"{address}/move", {"place": str(place), "version": version(office)})
    assert office.status == 200


def place_of(place: Place, application: int) -> int:
    items = t.meeting_items.c
    return int(place.value(select(items.place).where(items.application_id == application)))


def test_two_chairs_in_parallel_rooms_lead_their_own_agendas(browsers: Callable[[], Browser], place: Place) -> None:
    talked_about(place)
    one, two, juror = browsers(), browsers(), browsers()
    one.sign_in(place, place.officers[0])
    two.sign_in(place, place.officers[1])
    blue = called(one, "Blue room", "unit:Rivers")
    red = called(two, "Red room")
    assert blue != red
    assert place.value(select(func.count()).select_from(t.meeting_items)) == len(place.applications)
    take_up(one, blue, 1)
    take_up(two, red, 4)
    juror.sign_in(place, place.jurors[1])
    for address, room, number in ((blue, "Blue room", "number 1 of 1"), (red, "Red room", "number 4 of 11")):
        juror.get(f"{JUROR}{address.removeprefix(ROUND)}")
        assert room in juror.text
        assert number in juror.text


def test_application_still_owed_a_sheet_is_on_no_agenda(browsers: Callable[[], Browser], place: Place) -> None:
    seeding.fill(place, 1.0)
    with writing(place.engine) as connection:
        connection.execute(update(t.assignments).where(t.assignments.c.id == 1).values(state="draft"))
    office = browsers().sign_in(place, place.officers[0])
    called(office)
    listed = place.value(select(func.count()).select_from(t.meeting_items))
    assert listed == len(place.applications) - 1


def test_juror_with_a_conflict_is_asked_to_step_out_and_reads_nothing(
    browsers: Callable[[], Browser], place: Place
) -> None:
    talked_about(place)
    office, out, inside = browsers(), browsers(), browsers()
    office.sign_in(place, place.officers[0])
    address = called(office)
    take_up(office, address, place_of(place, place.applications[2]))
    theirs = f"{JUROR}{address.removeprefix(ROUND)}"
    out.sign_in(place, place.jurors[0])
    inside.sign_in(place, place.jurors[1])
    for path in (theirs, f"{theirs}/now"):
        out.get(path)
        assert "Please step out." in out.text
        assert seeding.TOPICS[2] not in out.text
        assert "AZ-2602" not in out.text
        inside.get(path)
        assert seeding.TOPICS[2] in inside.text
    screen = office.get(f"{address}/screen").text
    assert f"Please step out: {seeding.NAMES[0]}" in screen


def test_jurors_see_sheets_without_names_and_the_chair_none_before_decisions_are_proposed(
    browsers: Callable[[], Browser], place: Place
) -> None:
    talked_about(place)
    office, juror = browsers(), browsers()
    office.sign_in(place, place.officers[0])
    address = called(office)
    number = place_of(place, place.applications[0])
    take_up(office, address, number)
    assert SECRET not in office.text
    assert SECRET not in office.get(f"{address}/screen").text
    juror.sign_in(place, place.jurors[3])
    juror.get(f"{JUROR}{address.removeprefix(ROUND)}")
    assert SECRET in juror.text
    assert "apart" in juror.text
    others = [name for place_, name in enumerate(seeding.NAMES[:4]) if place_ != 3]
    assert not any(name in juror.text for name in others)


def test_chair_reads_the_sheets_and_the_outcome_of_the_rules_once_decisions_are_proposed(
    browsers: Callable[[], Browser], place: Place
) -> None:
    talked_about(place, settle=True)
    office = browsers().sign_in(place, place.officers[0])
    address = called(office)
    take_up(office, address, place_of(place, place.applications[0]))
    assert SECRET in office.text
    assert "By the rules:" in office.text


def test_minutes_of_two_chairs_are_refused_with_both_texts_and_a_recommendation_decides_nothing(
    browsers: Callable[[], Browser], place: Place
) -> None:
    talked_about(place, settle=True)
    before = place.value(select(func.count()).where(t.decisions.c.granted))
    one, two = browsers(), browsers()
    one.sign_in(place, place.officers[0])
    two.sign_in(place, place.officers[1])
    address = called(one)
    take_up(one, address, 1)
    two.get(address)
    outcome = place.ruleset.outcomes[0].id
    one.post(f"{address}/minutes/1", {"minutes": "First words", "recommends": outcome, "version": "1"})
    assert one.status == 200
    two.post(f"{address}/minutes/1", {"minutes": "Second words", "recommends": "", "version": "1"})
    assert two.status == 409
    assert "First words" in two.text
    assert "Second words" in two.text
    two.post(f"{address}/minutes/1", {"minutes": "Both words", "recommends": outcome, "version": "2"})
    assert two.status == 200
    assert place.value(select(func.count()).where(t.decisions.c.granted)) == before
    application = place.value(select(t.meeting_items.c.application_id).where(t.meeting_items.c.place == 1))
    assert "Both words" in one.get(f"{ROUND}/applications/{application}").text
    one.post(f"{address}/minutes/1", {"minutes": "x", "recommends": "no-such-outcome", "version": "3"})
    assert one.status == 422


def test_screen_says_nothing_new_until_the_meeting_moves(browsers: Callable[[], Browser], place: Place) -> None:
    talked_about(place)
    office, juror = browsers(), browsers()
    office.sign_in(place, place.officers[0])
    address = called(office)
    juror.sign_in(place, place.jurors[1])
    now = f"{JUROR}{address.removeprefix(ROUND)}/now"
    seen = juror.get(now).headers["etag"]
    assert juror.get(now, headers={"if-none-match": seen}).status == 304
    take_up(office, address, 1)
    assert juror.get(now, headers={"if-none-match": seen}).status == 200
    assert juror.headers["etag"] != seen


def test_second_chair_who_moves_from_an_old_page_is_refused(browsers: Callable[[], Browser], place: Place) -> None:
    talked_about(place)
    office = browsers().sign_in(place, place.officers[0])
    address = called(office)
    office.post(f"{address}/move", {"place": "1", "version": "1"})
    office.post(f"{address}/move", {"place": "2", "version": "1"})
    assert office.status == 409
    assert place.value(select(t.meetings.c.place)) == 1


@pytest.mark.parametrize("path", ["", "/now"])
def test_closed_meeting_shows_nothing_and_takes_nothing(
    browsers: Callable[[], Browser], place: Place, path: str
) -> None:
    talked_about(place)
    office, juror = browsers(), browsers()
    office.sign_in(place, place.officers[0])
    address = called(office)
    take_up(office, address, 1)
    office.post(f"{address}/close")
    juror.sign_in(place, place.jurors[3])
    juror.get(f"{JUROR}{address.removeprefix(ROUND)}{path}")
    assert "The meeting is closed." in juror.text
    assert SECRET not in juror.text
    office.post(f"{address}/move", {"place": "2", "version": "2"})
    assert office.status == 409


def test_meeting_of_another_office_or_round_does_not_exist(browsers: Callable[[], Browser], place: Place) -> None:
    talked_about(place)
    office, foreign = browsers(), browsers()
    office.sign_in(place, place.officers[0])
    address = called(office)
    foreign.sign_in(place, place.officers[2])
    for path in (f"{ROUND}/meetings", address, f"{address}/screen", f"{address}/screen/now"):
        assert foreign.get(path).status == 404
    assert office.get(f"{ROUND}/meetings/999").status == 404
