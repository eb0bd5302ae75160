"""An officer's decisions: proposed, looked at, released; and the letters that come of it."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect

from evaluators.permissions import Deed, Role, may
from laurea.actions import release as releasing
from laurea.ledger import Actor
from laurea.store import pages_lists, pages_round
from laurea.store.engine import reading
from laurea.web.forms import Form, Who, first
from laurea.web.office_frame import clauses, frame, round_of, sees_decisions
from laurea.web.render import go, in_thread, page

OPT = {"role": Role.OFFICER}
InState = Annotated[str, QueryParameter(name="state")]  # `state` itself is Litestar's own word
LETTER_STATES = ("held", "due", "sending", "sent", "uncertain", "failed", "cancelled")


@get("/rounds/{code:str}/decisions", opt=OPT)
@in_thread
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
        found = pages_lists.decisions(connection, record.id, outcome=outcome, search=q, page=side)
    return page(
        request,
        "office/decisions.html",
        **frame(record, plan, reader),
        found=found,
        counts=counts,
        outcome=outcome,
        q=q,
        clauses=clauses(plan, reader),
    )


@get("/rounds/{code:str}/release", opt=OPT)
@in_thread
def consequences(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Response[Any]:
    """What releasing would do, before it is done."""
    record, plan = round_of(request, reader, code)
    with reading(request.app.state.engine) as connection:
        counts = pages_round.counts(connection, record.id)
    return page(
        request,
        "office/release.html",
        **frame(record, plan, reader),
        counts=counts,
        may_release=may(Role.OFFICER, Deed.RELEASE, record.timetable, reader.now),
        undecided=sum(
            counts.applications.get(state, 0)
            for state in ("submitted", "eligible", "assigned", "scored", "needs_evidence", "undecided")
        ),
    )


@post("/rounds/{code:str}/release", opt=OPT)
@in_thread
def release(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Redirect:
    """Release exactly the decisions the officer saw; refused when they are others by now."""
    state = request.app.state
    record, _ = round_of(request, reader, code)
    releasing.release(
        state.engine,
        record.id,
        actor=Actor.person(reader.person_id),
        expected_digest=first(data, "digest"),
        settings=state.settings,
        now=reader.now,
    )
    return go(f"/rounds/{code}")


@get("/rounds/{code:str}/outbox", opt=OPT)
@in_thread
def outbox(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], in_state: InState = "", side: FromQuery[int] = 1
) -> Response[Any]:
    """The letters of a round: to whom, of which kind, and what became of them."""
    record, plan = round_of(request, reader, code)
    with reading(request.app.state.engine) as connection:
        state = in_state if in_state in LETTER_STATES else ""
        found = pages_lists.letters(connection, record.id, state=state, page=side)
    return page(
        request,
        "office/outbox.html",
        **frame(record, plan, reader),
        found=found,
        state=state,
        states=LETTER_STATES,
    )


HANDLERS = [decisions, consequences, release, outbox]
