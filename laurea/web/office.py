"""An officer's room: rounds, what needs attention, applications, decisions, release, letters."""

from __future__ import annotations

import logging
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect

from evaluators import trace
from evaluators.permissions import Deed, Field, Phase, Role, may, phase, sees
from laurea import deliberation, steps
from laurea.errors import LaureaError
from laurea.store import applications as store_applications
from laurea.store import (
    attached,
    drafts,
    failures,
    frozen,
    handovers,
    juries,
    meetings,
    pages_applicant,
    pages_gaps,
    pages_lists,
    pages_pieces,
    pages_progress,
    pages_reviews,
    pages_round,
    panels,
)
from laurea.store import requests as store_requests
from laurea.store.engine import reading
from laurea.web import (
    applicant,
    attention,
    engine_says,
    evidence,
    feedback,
    handed,
    heard,
    letter_texts,
    post_needs,
    progressing,
    shortage,
    unknown,
    waiting,
)
from laurea.web.clock_says import clock_says
from laurea.web.forms import Who
from laurea.web.looks import noted
from laurea.web.office_frame import answers, conflict_kinds, frame, round_of, seen, sees_decisions
from laurea.web.render import go, in_thread, page
from laurea.web.searching import asked, asked_rows
from rules.ruleset import say

LOG = logging.getLogger("laurea.web")
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

# A state in which an application may hang on something; one that is with its jurors does so only after them.
WAITS = ("submitted", "eligible", "needs_evidence", "undecided", "assigned", "scored")


@get("/rounds", opt=OPT)
@in_thread
def rounds(request: Request[Any, Any, Any], reader: Who) -> Response[Any]:
    """The rounds of the officer's authority."""
    with reading(request.app.state.engine) as connection:
        found = pages_round.rounds_of(connection, reader.authority_id)
        came = handed.waiting(handovers.of_authority(connection, reader.authority_id), reader)
    listed = [(row, phase(row.timetable, reader.now)) for row in found]
    return page(request, "office/rounds.html", rounds=listed, came=came, clock=clock_says(request, reader))


@get("/rounds/{code:str}", opt=OPT)
@noted()
def overview(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Response[Any]:
    """A round: what needs attention, where it stands, who has done what."""
    record, plan = round_of(request, reader, code)
    with reading(request.app.state.engine) as connection:
        at = phase(record.timetable, reader.now)
        counts = pages_round.counts(connection, record.id)
        progress = pages_round.progress(connection, record.id)
        failing = failures.of_round(connection, record.id)
        uncovered = 0
        if at is Phase.REVIEWING and plan.jury is not None:
            uncovered = juries.short_of_reviews(connection, record.id, int(plan.jury.asked_reviews or 0))
        late = at in (Phase.DECIDING, Phase.RELEASED)
        left = pages_gaps.undecided(connection, record.id) if late else pages_gaps.Undecided(0, ())
        owed = deliberation.waiting(connection, record.id, plan) if at is Phase.REVIEWING else {}
        all_in = at is Phase.REVIEWING and all(juror.done >= juror.all for juror in progress)
        lacks = deliberation.uncorrected(connection, record.id, plan) if all_in else None
        waits = plan.jury is not None and drafts.draft_of(connection, record.id) is not None
        outlook, began = None, progressing.began(record, progress)
        if at is Phase.REVIEWING and plan.jury is not None and progress:
            covered = pages_progress.coverage(connection, record.id, int(plan.jury.asked_reviews or 0))
            came = pages_progress.submissions(connection, record.id)
            outlook = progressing.outlook(record, plan, progress, came, covered, reader)
        given = handed.needs(connection, record, plan, reader)
        post_now, post_known = post_needs.needs(connection, record, counts, reader)
        post_now += letter_texts.needs(connection, record, reader)
        post_known += feedback.needs(connection, record, plan, reader)
    appeals, words = heard.needs(request, record, reader)
    situation = attention.Situation(
        record, at, counts, progress, plan.unanswered, uncovered, left, tuple(owed.values()), lacks, waits
    )
    return page(
        request,
        "office/round.html",
        clock=clock_says(request, reader),
        **frame(record, plan, reader),
        needs=[
            *engine_says.needs(failing, record.code, reader),
            *appeals,
            *post_now,
            *attention.needs(situation, reader),
            *given,
            *post_known,
            *words,
        ],
        counts=counts,
        progress=progress,
        outlook=outlook,
        began=began,
        may_advance=may(Role.OFFICER, Deed.ADVANCE, record.timetable, reader.now),
        failing=engine_says.failing(failing, reader),
        engine=engine_says.waits(situation, reader),
        answers=answers(plan, record, reader),
    )


@post("/rounds/{code:str}/advance", opt=OPT)
@in_thread
def advance(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Redirect:
    """Do now what the records say is due; a step that fails is told on the round's page."""
    state = request.app.state
    record, _ = round_of(request, reader, code)
    try:
        steps.advance(state.engine, record.id, settings=state.settings, now=reader.now)
    except Exception as error:
        with reading(state.engine) as connection:
            if not failures.of_round(connection, record.id):
                raise
        if not isinstance(error, LaureaError):
            LOG.exception("a step of a round failed")
        return go(f"/rounds/{code}#engine")
    return go(f"/rounds/{code}")


@get("/rounds/{code:str}/applications", opt=OPT)
@noted()
def applications(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    in_state: InState = "",
    q: FromQuery[str] = "",
    reviews: FromQuery[str] = "",
    decision: FromQuery[str] = "",
    side: FromQuery[int] = 1,
) -> Response[Any]:
    """The applications of a round; `reviews=missing` shows those with too few jurors, each with the reason,
    and `decision=none` those without a decision.
    """
    record, plan = round_of(request, reader, code)
    where, unclear = asked(q, seen(record, reader), plan, reader)
    with reading(request.app.state.engine) as connection:
        needed = int(plan.jury.asked_reviews or 0) if plan.jury is not None and reviews == "missing" else 0
        found = pages_lists.applications(
            connection,
            record.id,
            state=in_state if in_state in STATES else "",
            where=where,
            page=side,
            fewer_than=needed,
            outcomes=sees_decisions(record, reader),
            undecided=decision == "none" and sees_decisions(record, reader),
        )
        ids = [row.id for row in found.rows] if needed else []
        short = pages_gaps.shortages(connection, record.id, ids, **shortage.asked(plan)) if ids else {}
    return page(
        request,
        "office/applications.html",
        **frame(record, plan, reader),
        found=found,
        states=STATES,
        state=in_state,
        q=q,
        unclear=unclear,
        reviews=reviews,
        decision=decision,
        reasons=shortage.said(short, reader, by_hand=record.routed_by_hand),
        may_see_decisions=sees_decisions(record, reader),
    )


@get("/rounds/{code:str}/applications/{application_id:int}", opt=OPT)
@noted("application")
def application(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], application_id: FromPath[int]
) -> Response[Any]:
    """One application: what is known, and the decision with its trace in sentences."""
    record, plan = round_of(request, reader, code)
    at = phase(record.timetable, reader.now)
    with reading(request.app.state.engine) as connection:
        found = pages_lists.application(connection, record.id, application_id)
        if found is None:
            raise NotFoundException
        pieces = pages_pieces.pieces(connection, application_id)
        reads_sheets = Field.OTHER_SHEETS in sees(Role.OFFICER, at)
        sheets = pages_reviews.sheets(connection, application_id) if reads_sheets else []
        waits = None
        if found.trace is None and found.state in WAITS and record.screened_at is not None:
            handed_in = juries.submitted_sheets(connection, record.id) if reads_sheets else None
            agreed = panels.joint_by_ref(connection, record.id) if reads_sheets else None
            everyone = store_applications.load(connection, record.id)
            waits = waiting.waiting(everyone, handed_in, plan, found.ref, reader, agreed, record.seed)
        reviewers = pages_reviews.reviewers(connection, application_id)
        short, owed = {}, ""
        if at is Phase.REVIEWING and found.state in ("eligible", "assigned"):
            short = pages_gaps.shortages(connection, record.id, [application_id], **shortage.asked(plan))
            waits_for = deliberation.waiting(connection, record.id, plan, application_id).get(application_id)
            owed = waits_for[1].value if waits_for else ""
            if owed in deliberation.FURTHER:
                asked = shortage.asked_further(plan)
                short |= pages_gaps.shortages(connection, record.id, [application_id], **asked)
        given_back = pages_reviews.given_back(connection, application_id)
        said = pages_applicant.statements(connection, application_id)
        pages = frozen.pages_of(connection, application_id)
        files = attached.of_application(connection, application_id) if found.files else []
        requests = store_requests.of_application(connection, application_id)
        differs = store_requests.otherwise(connection, application_id) if requests else []
        minutes = meetings.said_of(connection, application_id) if Field.MEETING in sees(Role.OFFICER, at) else []
        conflicts = (
            pages_reviews.conflicts(connection, application_id) if Field.CONFLICTS in sees(Role.OFFICER, at) else []
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
        waits=waits,
        reviewers=reviewers,
        short=list(shortage.said(short, reader, by_hand=record.routed_by_hand).values()),
        owed=owed,
        minutes=minutes,
        given_back=given_back,
        said=applicant.spoken(plan.ruleset, said, reader),
        pages=pages,
        files=files,
        asked=unknown.spoken(plan.ruleset, requests, reader),
        differs=unknown.otherwise(plan.ruleset, differs, reader),
        may_ask=may(Role.OFFICER, Deed.ASK, record.timetable, reader.now),
        conflicts=conflicts,
        kinds=conflict_kinds(reader),
        criteria={c.id: say(c.title, reader.language) for c in plan.ruleset.rubric.criteria}
        if plan.ruleset.rubric
        else {},
    )


@get("/rounds/{code:str}/refused", opt=OPT)
@noted()
def refused(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], q: FromQuery[str] = "", side: FromQuery[int] = 1
) -> Response[Any]:
    """Rows of the imported files that could not be used."""
    record, plan = round_of(request, reader, code)
    where, unclear = asked_rows(q, seen(record, reader), reader)
    with reading(request.app.state.engine) as connection:
        found = pages_lists.refused(connection, record.id, where=where, page=side)
    return page(request, "office/refused.html", **frame(record, plan, reader), found=found, q=q, unclear=unclear)


HANDLERS = [rounds, overview, advance, applications, application, refused]
