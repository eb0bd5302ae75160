"""Rounds that take applications, and the check of one's own case by their rules. Nothing of it is stored."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from evaluators.permissions import takes_applications
from evaluators.precheck import Precheck, asked, precheck
from laurea.errors import NotNow
from laurea.statute import plan_for
from laurea.store import pages_calls
from laurea.store.engine import reading
from laurea.store.pages_calls import Call
from laurea.web.applicant_forms import Answers, answers, questions
from laurea.web.forms import Form, Who, first
from laurea.web.reader import Reader
from laurea.web.render import Html, in_thread, page, text
from rules.errors import RuleSetError
from rules.plan import Plan


def open_calls(request: Request[Any, Any, Any], reader: Reader, code: str = "") -> list[Call]:
    """The rounds that take applications now; one whose rules this version cannot read is left out."""
    found = []
    with reading(request.app.state.engine) as connection:
        for call in pages_calls.calls(connection, reader.now, code):
            try:
                plan = plan_for(connection, call.rule_set, call.policies, call.parameters)
            except RuleSetError:
                continue
            if takes(call, plan, reader):
                found.append(call)
    return found


def open_call(request: Request[Any, Any, Any], reader: Reader, code: str) -> tuple[Call, Plan]:
    """A round that takes applications now, with its rules. One that closed says so, any other does not exist here."""
    _ = reader.words.gettext
    with reading(request.app.state.engine) as connection:
        found = pages_calls.calls(connection, reader.now, code)
        if not found:
            raise NotFoundException
        plan = plan_for(connection, found[0].rule_set, found[0].policies, found[0].parameters)
    if not takes(found[0], plan, reader):
        closed = reader.deadline(found[0].closes_at, found[0].timezone)
        raise NotNow(
            _("This round took applications until {moment}.").format(moment=closed),
            _("The rounds that are open stand on the first page."),
        )
    return found[0], plan


def takes(call: Call, plan: Plan, reader: Reader) -> bool:
    """Whether a round takes applications now."""
    windows = any(clause.window for clause in plan.ruleset.admission)
    return takes_applications(call.opens_at, call.timetable, reader.now, own_window=windows)


def look(call: Call, plan: Plan, given: Answers, reader: Reader, **known: str) -> Precheck:
    """What the rules say of these answers, handed in now."""
    row = {"submitted_at": reader.now, "country": call.country, "applicant_id": "me", "unit_id": "mine", **known}
    return precheck(plan, {**row, **given.row()}, reader.language)


@get("/apply/{code:str}")
@in_thread
def ask(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Response[Any]:
    """What the rules ask of an application, and the questions that tell how one's own case stands."""
    call, plan = open_call(request, reader, code)
    return _answer(request, reader, call, plan, Answers({}, {}))


@post("/apply/{code:str}", status_code=200)
@in_thread
def check(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Response[Any]:
    """How the answers stand against the rules; htmx gets only what changes."""
    call, plan = open_call(request, reader, code)
    given = answers(plan, data, ZoneInfo(call.timezone), asked(plan))
    return _answer(request, reader, call, plan, given, more=first(data, "more"))


def _answer(
    request: Request[Any, Any, Any], reader: Reader, call: Call, plan: Plan, given: Answers, *, more: str = ""
) -> Response[Any]:
    found = look(call, plan, given, reader)
    says = {one.clause: one.says for one in found.sentences}
    fields = questions(plan, asked(plan), given, says, reader, ZoneInfo(call.timezone), more=more)
    values: dict[str, Any] = {
        "call": call,
        "late": reader.now >= call.closes_at,
        "check": found,
        "any": bool(given.facts or given.children),
        "questions": fields,
        "needs": [one for one in fields if one.id in found.needs],
    }
    if request.headers.get("hx-request") and not more:
        return Html(text("applicant/_verdict_part.html", reader, **values))
    return page(request, "applicant/check.html", **values)


HANDLERS = [ask, check]
