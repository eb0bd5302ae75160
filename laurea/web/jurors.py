"""An officer's room: the jurors of a round. How far each is, more time, leaving with what it moves, returning."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from evaluators.permissions import Deed, Field, Role, may, phase, sees
from laurea.actions import drop as dropping
from laurea.actions import extend as extending
from laurea.actions import relieve
from laurea.errors import BadInput
from laurea.ledger import Actor
from laurea.store import pages_assignment
from laurea.store.engine import reading
from laurea.store.pages_assignment import Seat
from laurea.store.pages_round import RoundPage
from laurea.web import shortage
from laurea.web.assigning import jury_round
from laurea.web.forms import Form, Who, first
from laurea.web.looks import noted
from laurea.web.office_frame import frame, paged
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from rules.plan import Plan

OPT = {"role": Role.OFFICER}
NAMED = 50  # pairs a preview names


@get("/rounds/{code:str}/jurors", opt=OPT)
@noted()
def jurors(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    show: FromQuery[str] = "",
    side: FromQuery[int] = 1,
) -> Response[Any]:
    """How far each juror is: who is late and who has most left to do comes first."""
    record, plan = _round(request, reader, code)
    with reading(request.app.state.engine) as connection:
        everyone = pages_assignment.seats(connection, record.id, reader.now, over=_over(record, reader))
    some = {
        "late": [one for one in everyone if one.overdue],
        "open": [one for one in everyone if one.left_to_do and not one.left_at],
        "left": [one for one in everyone if one.left_at],
    }
    return page(
        request,
        "office/jurors.html",
        **frame(record, plan, reader),
        found=paged(some.get(show, everyone), side),
        show=show if show in some else "",
        numbers={"": len(everyone)} | {name: len(rows) for name, rows in some.items()},
        done=sum(one.done for one in everyone),
        all=sum(one.all for one in everyone),
    )


@get("/rounds/{code:str}/jurors/{juror_id:int}", opt=OPT)
@noted("juror")
def juror(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], juror_id: FromPath[int]) -> Response[Any]:
    """One juror: what they hold and until when, and what the officer can do for them."""
    record, plan = _round(request, reader, code)
    return _juror_page(request, reader, record, plan, _seat(request, reader, record, juror_id))


@post("/rounds/{code:str}/jurors/{juror_id:int}/extend", opt=OPT)
@in_thread
def extend(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], juror_id: FromPath[int], data: Form
) -> Redirect:
    """Give a juror time until the end of a day on the authority's clock."""
    record, _ = _round(request, reader, code)
    seat = _seat(request, reader, record, juror_id)
    try:
        day = date.fromisoformat(first(data, "until"))
    except ValueError:
        raise BadInput("This is not a day.", remedy="Write it as 2026-11-30.") from None
    until = datetime.combine(day, time(23, 59, 59), reader.zone)
    engine, actor = request.app.state.engine, Actor.person(reader.person_id)
    extending.extend(engine, record.id, seat.ref, until=until, actor=actor, now=reader.now)
    return go(f"/rounds/{code}/jurors/{juror_id}")


@get("/rounds/{code:str}/jurors/{juror_id:int}/leave", opt=OPT)
@noted("juror")
def foresee(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], juror_id: FromPath[int]
) -> Response[Any]:
    """What would become of a juror's reviews if they left, before it is done."""
    record, plan = _round(request, reader, code)
    seat = _seat(request, reader, record, juror_id)
    if seat.left_at is not None or not may(Role.OFFICER, Deed.SEAT, record.timetable, reader.now):
        return _juror_page(request, reader, record, plan, seat)
    return _juror_page(request, reader, record, plan, seat, leaving=True)


@post("/rounds/{code:str}/jurors/{juror_id:int}/leave", opt=OPT)
@in_thread
def leave(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], juror_id: FromPath[int], data: Form
) -> Response[Any] | Redirect:
    """Let a juror go, with the officer's reason."""
    record, plan = _round(request, reader, code, Deed.SEAT)
    seat = _seat(request, reader, record, juror_id)
    if not first(data, "why").strip():
        return _juror_page(request, reader, record, plan, seat, leaving=True, status=422)
    state, actor = request.app.state, Actor.person(reader.person_id)
    dropping.drop(
        state.engine, record.id, seat.ref, first(data, "why"), actor=actor, settings=state.settings, now=reader.now
    )
    return go(f"/rounds/{code}/jurors/{juror_id}")


@post("/rounds/{code:str}/jurors/{juror_id:int}/return", opt=OPT)
@in_thread
def come_back(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], juror_id: FromPath[int], data: Form
) -> Redirect:
    """Let a juror who left take part again."""
    return _seated(request, reader, code, juror_id, dropping.come_back)


@post("/rounds/{code:str}/jurors/{juror_id:int}/call", opt=OPT)
@in_thread
def call_in(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], juror_id: FromPath[int], data: Form
) -> Redirect:
    """Make a reserve a juror like the others."""
    return _seated(request, reader, code, juror_id, relieve.call_in)


def _seated(
    request: Request[Any, Any, Any], reader: Reader, code: str, juror_id: int, deed: Callable[..., object]
) -> Redirect:
    """Do a deed that changes who sits in the jury, and go back to the juror's page."""
    record, _ = _round(request, reader, code, Deed.SEAT)
    seat = _seat(request, reader, record, juror_id)
    state, actor = request.app.state, Actor.person(reader.person_id)
    deed(state.engine, record.id, seat.ref, actor=actor, settings=state.settings, now=reader.now)
    return go(f"/rounds/{code}/jurors/{juror_id}")


def _round(
    request: Request[Any, Any, Any], reader: Reader, code: str, deed: Deed | None = None
) -> tuple[RoundPage, Plan]:
    record, plan = jury_round(request, reader, code, deed)
    if Field.PROGRESS not in sees(Role.OFFICER, phase(record.timetable, reader.now)):
        raise NotFoundException
    return record, plan


def _over(record: RoundPage, reader: Reader) -> bool:
    """Whether the review period is over and sheets are still waited for."""
    return reader.now >= record.timetable.review_until and record.timetable.proposed_at is None


def _seat(request: Request[Any, Any, Any], reader: Reader, record: RoundPage, juror_id: int) -> Seat:
    with reading(request.app.state.engine) as connection:
        over = _over(record, reader)
        found = pages_assignment.seats(connection, record.id, reader.now, over=over, juror_id=juror_id)
    if not found:
        raise NotFoundException
    return found[0]


def _juror_page(
    request: Request[Any, Any, Any],
    reader: Reader,
    record: RoundPage,
    plan: Plan,
    seat: Seat,
    *,
    leaving: bool = False,
    status: int = 200,
) -> Response[Any]:
    """`leaving`: with what leaving would do, and the form for it."""
    state, foreseen = request.app.state, None
    if leaving:
        foreseen = dropping.foresee(state.engine, record.id, seat.ref, settings=state.settings, now=reader.now)
    with reading(state.engine) as connection:
        held = pages_assignment.held_by(connection, seat.id)
        names = pages_assignment.names(connection, record.id) if leaving else {}
    return page(
        request,
        "office/juror.html",
        status=status,
        **frame(record, plan, reader),
        seat=seat,
        held=held,
        foreseen=foreseen,
        gaps=[(one.application, shortage.why(one.why, reader)) for one in foreseen.gaps[:NAMED]] if foreseen else [],
        names=names,
        most=NAMED,
        may_extend=may(Role.OFFICER, Deed.EXTEND, record.timetable, reader.now) and not seat.left_at,
        may_seat=may(Role.OFFICER, Deed.SEAT, record.timetable, reader.now),
    )


HANDLERS = [jurors, juror, extend, foresee, leave, come_back, call_in]
