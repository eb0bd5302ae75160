"""A jury meets: an officer calls it, takes one application after the other, writes the minutes, and closes it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Engine

from evaluators import meetings as order
from evaluators.permissions import Deed, Role, may
from laurea import meetings as sittings
from laurea.errors import BadInput, Conflict, NotFound, NotNow
from laurea.ledger import Actor, Event, record_of
from laurea.statute import plan_for
from laurea.store import meetings, rounds
from laurea.store.engine import writing
from laurea.store.meetings import Meeting
from laurea.store.rounds import RoundRecord
from laurea.store.searching import Where

LONGEST_MINUTES = 20_000
LONGEST_ROOM = 100
LARGEST_AGENDA = 500


class Elsewhere(Conflict):
    """Somebody else wrote the minutes of this application meanwhile; nothing was changed."""


def call(engine: Engine, round_id: int, *, room: str, where: Where, person_id: int, now: datetime) -> int:
    """Call a meeting about the applications of a search of which every score sheet is in; its id.

    Its order lets people step out and return as seldom as can be.
    """
    room = room.strip()
    if not room:
        raise BadInput("The meeting needs a name.", remedy="Name the room or the panel.")
    if len(room) > LONGEST_ROOM:
        raise BadInput("The name is too long.", remedy="Shorten it to 100 characters.")
    with writing(engine) as connection:
        record = _meets(rounds.held(connection, round_id), now)  # of two calls the later sees what the first took
        found = meetings.ready(connection, round_id, *where)
        if not found:
            raise BadInput(
                "No application can be discussed.",
                remedy="All score sheets of an application must be in, and no other open meeting may have it.",
            )
        if len(found) > LARGEST_AGENDA:
            raise BadInput("This is too much for one meeting.", remedy="Search for 500 applications at most.")
        number = meetings.call(
            connection,
            authority_id=record.authority_id,
            round_id=round_id,
            room=room,
            applications=[one for one, _ref in found],
            person_id=person_id,
            now=now,
        )
        plan = plan_for(connection, record.rule_set, record.policies, record.parameters)
        items = meetings.agenda(connection, number)
        out = sittings.stepping_out(connection, round_id, plan, items).jurors
        agenda = order.agenda([one.application_id for one in items], out)
        meetings.reorder(connection, number, agenda)
        details = {"meeting": number, "applications": len(agenda), "movements": order.movements(agenda, out)}
        _audit(connection, record, Event.MEETING_CALLED, person_id, now, details)
    return number


def move(
    engine: Engine, round_id: int, number: int, *, place: int, version: int, person_id: int, now: datetime
) -> None:
    """Take up the application at this place of the agenda; 0: none yet.

    Raises Conflict when somebody else moved the meeting since `version`.
    """
    with writing(engine) as connection:
        record = _round(connection, round_id, now)
        here = _open(connection, round_id, number)
        place = min(max(0, place), here.items)
        if not meetings.move(connection, number, version, place):
            raise Conflict("Somebody else has moved the meeting on.", "Look at where it is now.")
        _audit(connection, record, Event.MEETING_MOVED, person_id, now, {"meeting": number, "place": place})


def write_minutes(
    engine: Engine,
    round_id: int,
    number: int,
    *,
    place: int,
    minutes: str,
    recommends: str,
    version: int,
    person_id: int,
    now: datetime,
) -> None:
    """Write down what was said of an application, and the outcome the jury recommends: it advises, the rules decide.

    Raises `Elsewhere` when somebody else wrote since `version`.
    """
    if len(minutes) > LONGEST_MINUTES:
        raise BadInput("The minutes are too long.", remedy="Shorten them to 20,000 characters.")
    with writing(engine) as connection:
        record = _round(connection, round_id, now)
        _open(connection, round_id, number)
        item = next((one for one in meetings.agenda(connection, number) if one.place == place), None)
        if item is None:
            raise NotFound("There is no such page.")
        plan = plan_for(connection, record.rule_set, record.policies, record.parameters)
        if recommends and recommends not in {one.id for one in plan.ruleset.outcomes}:
            raise BadInput("The rules know no such outcome.", remedy="Choose one of the list.")
        written = meetings.write_minutes(
            connection, item.id, version, minutes=minutes.strip(), recommends=recommends, person_id=person_id, now=now
        )
        if not written:
            raise Elsewhere("Somebody else has written these minutes meanwhile.", "Look at both texts, then save.")
        details = {"meeting": number, "place": place, "version": version + 1}
        _audit(connection, record, Event.MINUTES_WRITTEN, person_id, now, details, f"application:{item.application_id}")


def close(engine: Engine, round_id: int, number: int, *, person_id: int, now: datetime) -> None:
    """Close a meeting: its screens go dark, its minutes stay. Twice changes nothing."""
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        if meetings.meeting(connection, round_id, number) is None:
            raise NotFound("There is no such page.")
        if meetings.close(connection, number, now):
            _audit(connection, record, Event.MEETING_CLOSED, person_id, now, {"meeting": number})


def _round(connection: Connection, round_id: int, now: datetime) -> RoundRecord:
    return _meets(rounds.round_by_id(connection, round_id), now)


def _meets(record: RoundRecord, now: datetime) -> RoundRecord:
    if not may(Role.OFFICER, Deed.MEET, record.timetable, now):
        raise NotNow("The jury does not meet now.", "It meets between the first score sheet and the release.")
    return record


def _open(connection: Connection, round_id: int, number: int) -> Meeting:
    found = meetings.meeting(connection, round_id, number)
    if found is None:
        raise NotFound("There is no such page.")
    if not found.is_open:
        raise NotNow("This meeting is closed.", "Call another one.")
    return found


def _audit(
    connection: Connection,
    record: RoundRecord,
    event: Event,
    person_id: int,
    now: datetime,
    details: dict[str, int],
    subject: str = "",
) -> None:
    actor = Actor.person(person_id)
    record_of(connection, record, actor=actor, event=event, now=now, subject=subject, details=details)
