"""After the result: an appeal weighed before it is filed, a word about the round, the holder's say on the gallery."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from evaluators.appeals import asked_of_appellants
from evaluators.permissions import Deed, Role, may
from evaluators.replay import contestable
from laurea.actions import appeal as deeds
from laurea.statute import plan_for
from laurea.store import pages_applicant
from laurea.store.engine import reading
from laurea.store.pages_applicant import Own
from laurea.web.applicant_forms import Answers, answers, questions, unreadable
from laurea.web.forms import Form, Who, first, several
from laurea.web.reader import Reader
from laurea.web.render import Html, go, in_thread, page, text
from laurea.web.replaying import names
from rules.plan import Plan
from rules.ruleset import say

OPT = {"role": Role.APPLICANT}
KNOWN = (deeds.FILED, deeds.PUBLISHED)


@get("/my/{key:str}/appeal", opt=OPT)
@in_thread
def ask(request: Request[Any, Any, Any], reader: Who, key: FromPath[str]) -> Response[Any]:
    """What an appeal needs, and what the rules say of it so far."""
    own, plan = _own(request, reader, key)
    return _page(request, reader, own, plan, Answers({}, {}), "")


@post("/my/{key:str}/appeal", opt=OPT, status_code=200)
@in_thread
def file(request: Request[Any, Any, Any], reader: Who, key: FromPath[str], data: Form) -> Response[Any]:
    """Look at an appeal, or file it; htmx gets only what changes."""
    own, plan = _own(request, reader, key)
    assert plan.appeal is not None
    given = answers(plan.appeal, data, ZoneInfo(own.call.timezone), _asked(plan))
    words = first(data, "says")
    values = _values(reader, own, plan, given)
    if first(data, "do") != "file":
        if request.headers.get("hx-request"):
            return Html(text("applicant/_verdict_part.html", reader, **values))
        return _page(request, reader, own, plan, given, words)
    if not words.strip() or unreadable(values["questions"]):
        return _page(request, reader, own, plan, given, words, status=422)
    state = request.app.state
    deeds.appeal(
        state.engine, person_id=reader.person_id, key=key, given=given.facts, words=words, now=reader.now,
        contested=several(data, "contested"), settings=state.settings,
    )  # fmt: skip
    return go(f"/my/{key}#appeal")


@post("/my/{key:str}/reply", opt=OPT)
@in_thread
def reply(request: Request[Any, Any, Any], reader: Who, key: FromPath[str], data: Form) -> Redirect:
    """A word about the round, for the office."""
    deeds.reply(
        request.app.state.engine, person_id=reader.person_id, key=key, words=first(data, "says"), now=reader.now
    )
    return go(f"/my/{key}?said=feedback#words")


@post("/my/{key:str}/show", opt=OPT)
@in_thread
def show(request: Request[Any, Any, Any], reader: Who, key: FromPath[str], data: Form) -> Redirect:
    """Whether the public pages name this label."""
    deeds.show(
        request.app.state.engine, person_id=reader.person_id, key=key, public=first(data, "public") == "1",
        now=reader.now,
    )  # fmt: skip
    return go(f"/my/{key}#result")


def _own(request: Request[Any, Any, Any], reader: Reader, key: str) -> tuple[Own, Plan]:
    """An application whose result can be appealed against; no other has this page."""
    with reading(request.app.state.engine) as connection:
        own = pages_applicant.own(connection, reader.person_id, key)
        if own is None:
            raise NotFoundException
        plan = plan_for(connection, own.call.rule_set, own.call.policies, own.call.parameters)
        filed = pages_applicant.appeal(connection, own.id)
    if plan.appeal is None or filed is not None or not may(Role.APPLICANT, Deed.APPEAL, own.call.timetable, reader.now):
        raise NotFoundException
    return own, plan


def _asked(plan: Plan) -> dict[str, tuple[str, ...]]:
    return {name: clauses for name, clauses in asked_of_appellants(plan).items() if name not in KNOWN}


def _values(reader: Reader, own: Own, plan: Plan, given: Answers) -> dict[str, Any]:
    assert plan.appeal is not None
    found = deeds.weighed(plan, own, given.facts, reader.now, reader.language)
    says = {one.clause: one.says for one in found.check.sentences}
    titles = {one.id: say(one.title, reader.language) for one in plan.appeal.ruleset.outcomes}
    return {
        "check": found.check,
        "finding": titles.get(found.outcome or "", ""),
        "questions": questions(plan.appeal, _asked(plan), given, says, reader, ZoneInfo(own.call.timezone)),
    }


def _page(
    request: Request[Any, Any, Any],
    reader: Reader,
    own: Own,
    plan: Plan,
    given: Answers,
    words: str,
    *,
    status: int = 200,
) -> Response[Any]:
    assert plan.ruleset.appeals is not None
    says = plan.ruleset.appeals.says
    return page(
        request,
        "applicant/appeal.html",
        status=status,
        own=own,
        words=words,
        about=say(says, reader.language) if says else "",
        contestable=[name for some in contestable(plan) for name in some],
        names=names(plan, reader),
        missing=status == 422 and not words.strip(),
        **_values(reader, own, plan, given),
    )


HANDLERS = [ask, file, reply, show]
