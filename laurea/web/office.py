"""An officer's room: rounds, what needs attention, applications, decisions, release, letters."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect
from sqlalchemy import Connection

from evaluators import trace
from evaluators.permissions import Deed, Field, Phase, Role, may, phase, sees
from laurea import steps
from laurea.actions import release as releasing
from laurea.ledger import Actor
from laurea.store import pages_jury, pages_lists, pages_round
from laurea.store.engine import reading
from laurea.store.pages_round import RoundPage
from laurea.store.pages_rules import plan_of
from laurea.web import attention, evidence
from laurea.web.forms import Form, Who, first
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from rules.plan import Plan
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
LETTER_STATES = ("held", "due", "sending", "sent", "uncertain", "failed", "cancelled")


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
    with reading(request.app.state.engine) as connection:
        record, plan = _round(connection, reader, code)
        at = phase(record.timetable, reader.now)
        counts = pages_round.counts(connection, record.id)
        progress = pages_round.progress(connection, record.id)
        uncovered = 0
        if at is Phase.REVIEWING and plan.jury is not None:
            uncovered = pages_round.missing_jurors(connection, record.id, int(plan.jury.asked_reviews or 0))
    situation = attention.Situation(record, at, counts, progress, plan.unanswered, uncovered)
    return page(
        request,
        "office/round.html",
        **_frame(record, plan, reader),
        needs=attention.needs(situation, reader),
        counts=counts,
        progress=progress,
        may_advance=may(Role.OFFICER, Deed.ADVANCE, record.timetable, reader.now),
        answers=_answers(plan, record, reader),
    )


@post("/rounds/{code:str}/advance", opt=OPT)
@in_thread
def advance(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Redirect:
    """Do now what the records say is due."""
    state = request.app.state
    with reading(state.engine) as connection:
        record, _ = _round(connection, reader, code)
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
    with reading(request.app.state.engine) as connection:
        record, plan = _round(connection, reader, code)
        needed = int(plan.jury.asked_reviews or 0) if plan.jury is not None and reviews == "missing" else 0
        found = pages_lists.applications(
            connection,
            record.id,
            state=in_state if in_state in STATES else "",
            search=q,
            page=side,
            fewer_than=needed,
            outcomes=_sees_decisions(record, reader),
        )
    return page(
        request,
        "office/applications.html",
        **_frame(record, plan, reader),
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
    with reading(request.app.state.engine) as connection:
        record, plan = _round(connection, reader, code)
        found = pages_lists.application(connection, record.id, application_id)
        if found is None:
            raise NotFoundException
        pieces = pages_jury.pieces(connection, application_id)
        sheets = (
            pages_lists.sheets(connection, application_id)
            if Field.OTHER_SHEETS in sees(Role.OFFICER, phase(record.timetable, reader.now))
            else []
        )
    shown = found.trace is not None and _sees_decisions(record, reader)
    return page(
        request,
        "office/application.html",
        **_frame(record, plan, reader),
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
    with reading(request.app.state.engine) as connection:
        record, plan = _round(connection, reader, code)
        found = pages_lists.refused(connection, record.id, page=side)
    return page(request, "office/refused.html", **_frame(record, plan, reader), found=found)


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
    with reading(request.app.state.engine) as connection:
        record, plan = _round(connection, reader, code)
        if not _sees_decisions(record, reader):
            return page(request, "office/no_decisions.html", **_frame(record, plan, reader))
        counts = pages_round.counts(connection, record.id)
        found = pages_lists.decisions(connection, record.id, outcome=outcome, search=q, page=side)
    return page(
        request,
        "office/decisions.html",
        **_frame(record, plan, reader),
        found=found,
        counts=counts,
        outcome=outcome,
        q=q,
        clauses=_clauses(plan, reader),
    )


@get("/rounds/{code:str}/release", opt=OPT)
@in_thread
def consequences(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Response[Any]:
    """What releasing would do, before it is done."""
    with reading(request.app.state.engine) as connection:
        record, plan = _round(connection, reader, code)
        counts = pages_round.counts(connection, record.id)
    return page(
        request,
        "office/release.html",
        **_frame(record, plan, reader),
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
    with reading(state.engine) as connection:
        record, _ = _round(connection, reader, code)
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
    with reading(request.app.state.engine) as connection:
        record, plan = _round(connection, reader, code)
        state = in_state if in_state in LETTER_STATES else ""
        found = pages_lists.letters(connection, record.id, state=state, page=side)
    return page(
        request,
        "office/outbox.html",
        **_frame(record, plan, reader),
        found=found,
        state=state,
        states=LETTER_STATES,
    )


def _round(connection: Connection, reader: Reader, code: str) -> tuple[RoundPage, Plan]:
    record = pages_round.round_of(connection, reader.authority_id, code)
    if record is None:
        raise NotFoundException
    return record, plan_of(connection, record.rule_set, record.policies, record.parameters)


def _sees_decisions(record: RoundPage, reader: Reader) -> bool:
    return Field.PROPOSED in sees(Role.OFFICER, phase(record.timetable, reader.now))


def _frame(record: RoundPage, plan: Plan, reader: Reader) -> dict[str, Any]:
    return {
        "round": record,
        "phase": phase(record.timetable, reader.now),
        "phases": Phase,
        "award": say(plan.ruleset.title, reader.language),
        "rule_set": plan.ruleset.key,
        "jury": plan.jury is not None,
        "outcomes": {
            outcome.id: (say(outcome.title, reader.language), outcome.grants) for outcome in plan.ruleset.outcomes
        },
    }


def _answers(plan: Plan, record: RoundPage, reader: Reader) -> list[tuple[str, str, str]]:
    found = []
    for name, policy in plan.ruleset.policies.items():
        answer = record.policies.get(name)
        option = policy.options.get(answer) if answer is not None else None
        shown = say(option, reader.language) if option else (answer or "")
        found.append((name, say(policy.asks, reader.language), shown))
    return found


def _clauses(plan: Plan, reader: Reader) -> dict[str, str]:
    found = {clause.id: say(clause.says, reader.language) for _, block in plan.ruleset.blocks() for clause in block}
    if plan.ruleset.selection is not None:
        found[plan.ruleset.selection.id] = say(plan.ruleset.selection.says, reader.language)
    return found


HANDLERS = [
    rounds,
    overview,
    advance,
    applications,
    application,
    refused,
    decisions,
    consequences,
    release,
    outbox,
]
