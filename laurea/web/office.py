"""An officer's room: rounds, what needs attention, applications, decisions, release, letters."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect

from evaluators import trace
from evaluators.permissions import Deed, Field, Phase, Role, may, phase, sees
from laurea import steps
from laurea.store import juries, pages_jury, pages_lists, pages_round
from laurea.store.engine import reading
from laurea.web import attention, evidence
from laurea.web.forms import Who
from laurea.web.office_frame import answers, frame, round_of, sees_decisions
from laurea.web.render import go, in_thread, page
from rules.ruleset import say

OPT = {"role": Role.OFFICER}
InState = Annotated[str, QueryParameter(name="state")]  # `state` itself is Litestar's own word
STATES = (
    "submitted",
    "eligible",
    "ineligible",
    "needs_evidence",
    "undecided",
    "assigned",
    "scored",
    "decided",
    "withdrawn",
)


@get("/rounds", opt=OPT)
@in_thread
def rounds(request: Request[Any, Any, Any], reader: Who) -> Response[Any]:
    """The rounds of the officer's authority."""
    with reading(request.app.state.engine) as connection:
        found = pages_round.rounds_of(connection, reader.authority_id)
    return page(request, "office/rounds.html", rounds=[(row, phase(row.timetable, reader.now)) for row in found])


@get("/rounds/{code:str}", opt=OPT)
@in_thread
def overview(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Response[Any]:
    """A round: what needs attention, where it stands, who has done what."""
    record, plan = round_of(request, reader, code)
    with reading(request.app.state.engine) as connection:
        at = phase(record.timetable, reader.now)
        counts = pages_round.counts(connection, record.id)
        progress = pages_round.progress(connection, record.id)
        uncovered = 0
        if at is Phase.REVIEWING and plan.jury is not None:
            uncovered = juries.short_of_reviews(connection, record.id, int(plan.jury.asked_reviews or 0))
    situation = attention.Situation(record, at, counts, progress, plan.unanswered, uncovered)
    return page(
        request,
        "office/round.html",
        **frame(record, plan, reader),
        needs=attention.needs(situation, reader),
        counts=counts,
        progress=progress,
        may_advance=may(Role.OFFICER, Deed.ADVANCE, record.timetable, reader.now),
        answers=answers(plan, record, reader),
    )


@post("/rounds/{code:str}/advance", opt=OPT)
@in_thread
def advance(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Redirect:
    """Do now what the records say is due."""
    state = request.app.state
    record, _ = round_of(request, reader, code)
    steps.advance(state.engine, record.id, settings=state.settings, now=reader.now)
    return go(f"/rounds/{code}")


@get("/rounds/{code:str}/applications", opt=OPT)
@in_thread
def applications(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    in_state: InState = "",
    q: FromQuery[str] = "",
    reviews: FromQuery[str] = "",
    side: FromQuery[int] = 1,
) -> Response[Any]:
    """The applications of a round; `reviews=missing` shows those with too few jurors."""
    record, plan = round_of(request, reader, code)
    with reading(request.app.state.engine) as connection:
        needed = int(plan.jury.asked_reviews or 0) if plan.jury is not None and reviews == "missing" else 0
        found = pages_lists.applications(
            connection,
            record.id,
            state=in_state if in_state in STATES else "",
            search=q,
            page=side,
            fewer_than=needed,
            outcomes=sees_decisions(record, reader),
        )
    return page(
        request,
        "office/applications.html",
        **frame(record, plan, reader),
        found=found,
        states=STATES,
        state=in_state,
        q=q,
        reviews=reviews,
    )


@get("/rounds/{code:str}/applications/{application_id:int}", opt=OPT)
@in_thread
def application(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], application_id: FromPath[int]
) -> Response[Any]:
    """One application: what is known, and the decision with its trace in sentences."""
    record, plan = round_of(request, reader, code)
    with reading(request.app.state.engine) as connection:
        found = pages_lists.application(connection, record.id, application_id)
        if found is None:
            raise NotFoundException
        pieces = pages_jury.pieces(connection, application_id)
        sheets = (
            pages_lists.sheets(connection, application_id)
            if Field.OTHER_SHEETS in sees(Role.OFFICER, phase(record.timetable, reader.now))
            else []
        )
    shown = found.trace is not None and sees_decisions(record, reader)
    return page(
        request,
        "office/application.html",
        **frame(record, plan, reader),
        found=found,
        shown=shown,
        sentences=trace.sentences(plan.ruleset, found.trace, reader.language) if shown and found.trace else [],
        known=evidence.known(plan.ruleset, found.facts, pieces, reader),
        listings=evidence.listings(plan.ruleset, found.children, pieces, reader),
        sheets=sheets,
        criteria={c.id: say(c.title, reader.language) for c in plan.ruleset.rubric.criteria}
        if plan.ruleset.rubric
        else {},
    )


@get("/rounds/{code:str}/refused", opt=OPT)
@in_thread
def refused(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], side: FromQuery[int] = 1
) -> Response[Any]:
    """Rows of the imported files that could not be used."""
    record, plan = round_of(request, reader, code)
    with reading(request.app.state.engine) as connection:
        found = pages_lists.refused(connection, record.id, page=side)
    return page(request, "office/refused.html", **frame(record, plan, reader), found=found)


HANDLERS = [rounds, overview, advance, applications, application, refused]
