"""A jury's meeting, for the officer who leads it: calling it, taking up applications, the minutes."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from evaluators.permissions import Deed, Field, Role, may
from laurea.actions import meet
from laurea.errors import BadInput
from laurea.meetings import sitting_of
from laurea.store import meetings, pages_scores
from laurea.store.engine import reading
from laurea.store.pages_round import RoundPage
from laurea.web import forms
from laurea.web.assigning import jury_round
from laurea.web.forms import Form, Who, first, whole
from laurea.web.looks import noted
from laurea.web.office_frame import frame, seen
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from laurea.web.searching import asked
from laurea.web.sheet_table import table
from rules.plan import Plan

OPT = {"role": Role.OFFICER}


@get("/rounds/{code:str}/meetings", opt=OPT)
@in_thread
def meetings_of(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], q: FromQuery[str] = ""
) -> Response[Any]:
    """The meetings of a round, and the form that calls one about the applications of a search."""
    return _list(request, reader, code, q)


@post("/rounds/{code:str}/meetings", opt=OPT)
@in_thread
def call(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Response[Any]:
    """Call a meeting."""
    record, plan = meeting_round(request, reader, code, deed=True)
    q, room = first(data, "q"), first(data, "room")
    where, unclear = asked(q, seen(record, reader), plan, reader)
    if unclear:
        return _list(request, reader, code, q, room=room, status=422)
    try:
        number = meet.call(
            request.app.state.engine, record.id, room=room, where=where, person_id=reader.person_id, now=reader.now
        )
    except BadInput as found:
        return _list(request, reader, code, q, room=room, wrong=found, status=422)
    return go(f"/rounds/{code}/meetings/{number}")


@get("/rounds/{code:str}/meetings/{number:int}", opt=OPT)
@noted()
def lead(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], number: FromPath[int]) -> Response[Any]:
    """The screen of whoever leads the meeting."""
    return _lead(request, reader, code, number)


@post("/rounds/{code:str}/meetings/{number:int}/move", opt=OPT)
@in_thread
def move(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], number: FromPath[int], data: Form
) -> Redirect:
    """Take up another application; every screen of the meeting follows."""
    record, _plan = meeting_round(request, reader, code, deed=True)
    place = whole(first(data, "place"), digits=5)
    if place is None:
        raise BadInput("There is no such place on the agenda.", remedy="Choose one of the list.")
    meet.move(
        request.app.state.engine, record.id, number, place=place, version=forms.version(data),
        person_id=reader.person_id, now=reader.now,
    )  # fmt: skip
    return go(f"/rounds/{code}/meetings/{number}")


@post("/rounds/{code:str}/meetings/{number:int}/minutes/{place:int}", opt=OPT)
@in_thread
def minute(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    number: FromPath[int],
    place: FromPath[int],
    data: Form,
) -> Response[Any]:
    """Write the minutes of one application; where somebody else did meanwhile, both texts are shown."""
    record, _plan = meeting_round(request, reader, code, deed=True)
    typed = {"minutes": first(data, "minutes"), "recommends": first(data, "recommends")}
    try:
        meet.write_minutes(
            request.app.state.engine, record.id, number, place=place, version=forms.version(data),
            person_id=reader.person_id, now=reader.now, **typed,
        )  # fmt: skip
    except meet.Elsewhere:
        return _lead(request, reader, code, number, place=place, typed=typed, status=409)
    except BadInput as found:
        return _lead(request, reader, code, number, place=place, typed=typed, wrong=found, status=422)
    return go(f"/rounds/{code}/meetings/{number}")


@post("/rounds/{code:str}/meetings/{number:int}/close", opt=OPT)
@in_thread
def close(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], number: FromPath[int]) -> Redirect:
    """End a meeting."""
    record, _plan = meeting_round(request, reader, code, deed=True)
    meet.close(request.app.state.engine, record.id, number, person_id=reader.person_id, now=reader.now)
    return go(f"/rounds/{code}/meetings")


def meeting_round(
    request: Request[Any, Any, Any], reader: Reader, code: str, *, deed: bool = False
) -> tuple[RoundPage, Plan]:
    """A round of a jury whose meetings the officer sees and, if `deed`, may lead now."""
    record, plan = jury_round(request, reader, code, Deed.MEET if deed else None)
    if Field.MEETING not in seen(record, reader):
        raise NotFoundException
    return record, plan


def _list(
    request: Request[Any, Any, Any],
    reader: Reader,
    code: str,
    q: str,
    *,
    room: str = "",
    wrong: BadInput | None = None,
    status: int = 200,
) -> Response[Any]:
    record, plan = meeting_round(request, reader, code)
    where, unclear = asked(q, seen(record, reader), plan, reader)
    with reading(request.app.state.engine) as connection:
        found = meetings.of_round(connection, record.id)
        ready = len(meetings.ready(connection, record.id, *where))
    return page(
        request,
        "office/meetings.html",
        status=status,
        **frame(record, plan, reader),
        found=found,
        ready=ready,
        q=q,
        room=room,
        unclear=unclear,
        wrong=wrong,
        may_meet=may(Role.OFFICER, Deed.MEET, record.timetable, reader.now),
    )


def _lead(
    request: Request[Any, Any, Any],
    reader: Reader,
    code: str,
    number: int,
    *,
    place: int = 0,
    typed: dict[str, str] | None = None,
    wrong: BadInput | None = None,
    status: int = 200,
) -> Response[Any]:
    record, plan = meeting_round(request, reader, code)
    with reading(request.app.state.engine) as connection:
        sitting = sitting_of(connection, record.id, plan, number)
        at = next((one for one in sitting.items if one.place == place), sitting.at)
        reads = Field.OTHER_SHEETS in seen(record, reader)
        sheets = meetings.sheets(connection, at.application_id) if at is not None and reads else []
        decided = pages_scores.decided(connection, record.id) if Field.PROPOSED in seen(record, reader) else []
    return page(
        request,
        "office/meeting.html",
        status=status,
        **frame(record, plan, reader),
        sitting=sitting,
        at=at,
        reads=reads,
        sheets=table(plan, sheets, reader.language),
        jurors=[one.juror for one in sheets],
        rules={one.id: one.outcome for one in decided},
        typed=typed,
        wrong=wrong,
        leads=sitting.meeting.is_open and may(Role.OFFICER, Deed.MEET, record.timetable, reader.now),
    )


HANDLERS = [meetings_of, call, lead, move, minute, close]
