"""The screens that follow a jury's meeting: the room's, and each juror's own."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from evaluators.meetings import back_at
from evaluators.permissions import Field, Role, phase, sees
from laurea.meetings import plan_of, sitting_of
from laurea.store import meetings
from laurea.store.engine import reading
from laurea.store.meetings import SheetSeen
from laurea.store.pages_jury import Seat
from laurea.store.pages_round import RoundPage
from laurea.web import following
from laurea.web.following import Live
from laurea.web.forms import Who
from laurea.web.meetings import meeting_round
from laurea.web.reader import Reader
from laurea.web.render import in_thread, page
from laurea.web.sheet_page import own_seat
from laurea.web.sheet_table import table
from rules.plan import Plan

OFFICER, JUROR = {"role": Role.OFFICER}, {"role": Role.JUROR}


@get("/rounds/{code:str}/meetings/{number:int}/screen", opt=OFFICER)
@in_thread
def screen(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], number: FromPath[int]) -> Response[Any]:
    """What a projector shows to the room: large, and nothing that not everybody may read."""
    record, plan = meeting_round(request, reader, code)
    return page(
        request, "office/meeting_screen.html", round=record, live=_screen(request, reader, record, plan, number)
    )


@get("/rounds/{code:str}/meetings/{number:int}/screen/now", opt=OFFICER)
@in_thread
def screen_now(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], number: FromPath[int]
) -> Response[Any]:
    """The live part of the projector's page."""
    record, plan = meeting_round(request, reader, code)
    return following.answer(request, _screen(request, reader, record, plan, number))


@get("/juror/{code:str}/meetings/{number:int}", opt=JUROR)
@in_thread
def follow(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], number: FromPath[int]) -> Response[Any]:
    """A juror's own screen of a meeting."""
    seat, live = _juror(request, reader, code, number)
    return page(request, "jury/meeting.html", seat=seat, live=live)


@get("/juror/{code:str}/meetings/{number:int}/now", opt=JUROR)
@in_thread
def follow_now(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], number: FromPath[int]
) -> Response[Any]:
    """The live part of a juror's screen."""
    return following.answer(request, _juror(request, reader, code, number)[1])


def _screen(request: Request[Any, Any, Any], reader: Reader, record: RoundPage, plan: Plan, number: int) -> Live:
    with reading(request.app.state.engine) as connection:
        sitting = sitting_of(connection, record.id, plan, number)
    at = sitting.at
    later = sitting.items[at.place : at.place + 1] if at is not None else sitting.items[:1]
    return following.live(
        f"/rounds/{record.code}/meetings/{number}/screen/now",
        "office/_meeting_screen.html",
        reader,
        sitting=sitting,
        at=at,
        out=sitting.out.named(at.application_id) if at is not None else [],
        later=[(one, sitting.out.named(one.application_id)) for one in later],
    )


def _juror(request: Request[Any, Any, Any], reader: Reader, code: str, number: int) -> tuple[Seat, Live]:
    """A juror's screen: of an application they may not judge it says nothing but that they step out."""
    sheets: list[SheetSeen] = []
    back: int | None = None
    with reading(request.app.state.engine) as connection:
        seat = own_seat(connection, reader, code)
        if Field.MEETING not in sees(Role.JUROR, phase(seat.timetable, reader.now)):
            raise NotFoundException
        plan = plan_of(connection, seat.round_id)
        sitting = sitting_of(connection, seat.round_id, plan, number)
        at = sitting.at if sitting.meeting.is_open else None
        away = at is not None and seat.juror_id in sitting.out.jurors[at.application_id]
        if at is not None and away:
            agenda = [one.application_id for one in sitting.items]
            back = back_at(agenda, sitting.out.jurors, at.place - 1, seat.juror_id)
        elif at is not None and meetings.all_in(connection, at.application_id):
            sheets = meetings.sheets(connection, at.application_id)
    live = following.live(
        f"/juror/{seat.code}/meetings/{number}/now",
        "jury/_meeting.html",
        reader,
        seat=seat,
        meeting=sitting.meeting,
        at=None if away else at,
        away=away,
        back=None if back is None else back + 1,
        sheets=table(plan, sheets, reader.language),
        mine=[one.juror_id == seat.juror_id for one in sheets],
    )
    return seat, live


HANDLERS = [screen, screen_now, follow, follow_now]
