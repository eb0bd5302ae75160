"""The page behind a link that asks for one fact: what is asked, and the buttons that answer it once."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.params import FromPath

from evaluators.witness import asks_value
from laurea.actions import ask
from laurea.errors import BadInput, NotFound
from laurea.statute import plan_for
from laurea.store.engine import reading
from laurea.store.requests import Asked
from laurea.web import evidence
from laurea.web.applicant_forms import Answers, answers, questions
from laurea.web.forms import Form, Who, first
from laurea.web.reader import EVERY_LANGUAGE, Reader
from laurea.web.render import in_thread, page
from rules.plan import Plan
from rules.ruleset import say


@get("/confirm/{token:str}", opt=EVERY_LANGUAGE)
@in_thread
def asked(request: Request[Any, Any, Any], reader: Who, token: FromPath[str]) -> Response[Any]:
    """What a link asks. Opening it changes nothing, however often."""
    found = ask.opened(request.app.state.engine, token, reader.now)
    if found is None:
        return stale(request)
    return _show(request, reader, token, found)


@post("/confirm/{token:str}", opt=EVERY_LANGUAGE, status_code=200)
@in_thread
def answer(request: Request[Any, Any, Any], reader: Who, token: FromPath[str], data: Form) -> Response[Any]:
    """The button: answers, once."""
    engine = request.app.state.engine
    found = ask.opened(engine, token, reader.now)
    if found is None:
        return stale(request)
    given = answers(_plan(request, found), data, ZoneInfo(found.timezone), (found.fact,))
    words, said = first(data, "says"), first(data, "answer")
    value = given.facts.get(found.fact, given.children.get(found.fact, ""))
    try:
        ask.answer(engine, token, said=said, value=value, words=words, now=reader.now)
    except BadInput:
        return _show(request, reader, token, found, given=given, words=words, wrong=True)
    except NotFound:
        return stale(request)
    return page(request, "door/confirmed.html", said=said, asked=found)


def _plan(request: Request[Any, Any, Any], found: Asked) -> Plan:
    with reading(request.app.state.engine) as connection:
        return plan_for(connection, found.rule_set, found.policies, found.parameters)


def _show(
    request: Request[Any, Any, Any],
    reader: Reader,
    token: str,
    found: Asked,
    *,
    given: Answers | None = None,
    words: str = "",
    wrong: bool = False,
) -> Response[Any]:
    plan = _plan(request, found)
    fact = plan.ruleset.facts[found.fact]
    stated = {found.fact: found.stated}
    value = next((one for one in evidence.known(plan.ruleset, stated, (), reader) if one.id == found.fact), None)
    rows = next((one for one in evidence.listings(plan.ruleset, stated, (), reader) if one.id == found.fact), None)
    supply = asks_value(fact, found.stated)
    asks = questions(
        plan, {found.fact: ()}, given or Answers({}, {}), {}, reader, ZoneInfo(found.timezone)
    )  # fmt: skip
    return page(
        request,
        "door/confirm.html",
        status=422 if wrong else 200,
        token=token,
        asked=found,
        label=say(fact.meaning, reader.language),
        known=found.stated is not None,
        value=value,
        rows=rows,
        supply=supply,
        question=asks[0],
        words=words,
        wrong=wrong,
        until=reader.deadline(found.expires_at, found.timezone),
    )


def stale(request: Request[Any, Any, Any]) -> Response[Any]:
    """The page behind a link that is over, or never was."""
    return page(request, "door/confirm_stale.html", status=410)


HANDLERS = [asked, answer]
