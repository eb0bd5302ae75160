"""An officer's decisions: proposed, looked at, released."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from evaluators import trace
from evaluators.feedback import goes_to
from evaluators.permissions import Deed, Role, may
from laurea.actions import confirm as confirming
from laurea.actions import release as releasing
from laurea.errors import Conflict, LaureaError, NotNow
from laurea.ledger import Actor
from laurea.store import pages_gaps, pages_lists, pages_round
from laurea.store.engine import reading
from laurea.web.forms import Form, Who, first
from laurea.web.looks import noted
from laurea.web.office_frame import frame, round_of, seen, sees_decisions
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from laurea.web.searching import asked
from rules.plan import Plan

OPT = {"role": Role.OFFICER}


@get("/rounds/{code:str}/decisions", opt=OPT)
@noted()
def decisions(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    outcome: FromQuery[str] = "",
    q: FromQuery[str] = "",
    side: FromQuery[int] = 1,
) -> Response[Any]:
    """The decisions of a round, with numbers per outcome."""
    record, plan = round_of(request, reader, code)
    with reading(request.app.state.engine) as connection:
        if not sees_decisions(record, reader):
            return page(request, "office/no_decisions.html", **frame(record, plan, reader))
        counts = pages_round.counts(connection, record.id)
        where, unclear = asked(q, seen(record, reader), plan, reader)
        found = pages_lists.decisions(connection, record.id, outcome=outcome, where=where, page=side)
    return page(
        request,
        "office/decisions.html",
        **frame(record, plan, reader),
        found=found,
        counts=counts,
        hears_jury=any(goes_to(plan.ruleset, granted=one) for one in (True, False)),
        outcome=outcome,
        q=q,
        unclear=unclear,
        failing={row.application_id: _says(plan, row.failing, reader) for row in found.rows if row.failing},
    )


@get("/rounds/{code:str}/release", opt=OPT)
@in_thread
def consequences(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Response[Any]:
    """What releasing would do, before it is done."""
    record, plan = round_of(request, reader, code)
    with reading(request.app.state.engine) as connection:
        counts = pages_round.counts(connection, record.id)
        left = pages_gaps.undecided(connection, record.id)
    return page(
        request,
        "office/release.html",
        **frame(record, plan, reader),
        counts=counts,
        may_release=may(Role.OFFICER, Deed.RELEASE, record.timetable, reader.now),
        may_ask=may(Role.OFFICER, Deed.CONFIRM, record.timetable, reader.now) and not record.second_person,
        undecided=left.total,
        confirmed=record.digest is not None and record.confirmed_digest == record.digest,
        mine=record.confirmed_by == reader.person_id,
    )


@post("/rounds/{code:str}/confirm", opt=OPT)
@in_thread
def confirm(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Response[Any] | Redirect:
    """Confirm exactly the decisions the officer saw, so that another may release them."""
    record, _ = round_of(request, reader, code, Deed.CONFIRM)
    try:
        confirming.confirm(
            request.app.state.engine, record.id, actor=Actor.person(reader.person_id),
            expected_digest=first(data, "digest"), now=reader.now,
        )  # fmt: skip
    except (Conflict, NotNow) as found:
        return _not_released(request, reader, code, found)
    return go(f"/rounds/{code}/release")


@post("/rounds/{code:str}/second-person", opt=OPT)
@in_thread
def second_person(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Redirect:
    """From now on two officers are needed for the release; only an operator can undo it."""
    record, _ = round_of(request, reader, code, Deed.CONFIRM)
    actor = Actor.person(reader.person_id)
    confirming.ask_second_person(request.app.state.engine, record.id, asked=True, actor=actor, now=reader.now)
    return go(f"/rounds/{code}/release")


@post("/rounds/{code:str}/release", opt=OPT)
@in_thread
def release(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Response[Any]:
    """Release exactly the decisions the officer saw; refused when they are others by now."""
    state = request.app.state
    record, _ = round_of(request, reader, code)
    try:
        releasing.release(
            state.engine,
            record.id,
            actor=Actor.person(reader.person_id),
            expected_digest=first(data, "digest"),
            settings=state.settings,
            now=reader.now,
        )
    except (Conflict, NotNow) as found:
        return _not_released(request, reader, code, found)
    return go(f"/rounds/{code}")


def _not_released(request: Request[Any, Any, Any], reader: Reader, code: str, found: LaureaError) -> Response[Any]:
    """Why a release came to nothing: who was quicker, with the ways back into the round."""
    _ = reader.words.gettext
    record, _plan = round_of(request, reader, code)
    says, remedy = _(found.says), _(found.remedy)
    if record.timetable.released_at is not None:
        when, who = reader.deadline(record.timetable.released_at), record.released_by
        says = (
            _("{round} was already released on {moment} by {name}.")
            if who
            else _("{round} was already released on {moment}.")
        ).format(round=record.title, moment=when, name=who)
        remedy = _("Nothing was done a second time.")
    return page(
        request,
        "error.html",
        status=409,
        code=409,
        says=says,
        remedy=remedy,
        back=((f"/rounds/{code}", _("Back to the round")), (f"/rounds/{code}/decisions", _("Look at the decisions"))),
    )


def _says(plan: Plan, entry: dict[str, Any], reader: Reader) -> str:
    """The condition of a trace entry as a sentence, its figures filled in."""
    return trace.sentences(plan.ruleset, [entry], reader.language)[0].says


HANDLERS = [decisions, consequences, confirm, second_person, release]
