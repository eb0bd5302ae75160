"""An applicant asks others: the head of the school or a partner confirms a fact by a link of their own."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from evaluators.permissions import Deed, Role, may
from evaluators.witness import CAPACITIES
from laurea.actions import ask as deeds
from laurea.errors import BadInput
from laurea.statute import plan_for
from laurea.store import pages_applicant, requests
from laurea.store.applications import WAITING
from laurea.store.engine import reading
from laurea.store.pages_applicant import Own
from laurea.web import unknown
from laurea.web.forms import Form, Who, first
from laurea.web.reader import NAMES, Reader
from laurea.web.render import go, in_thread, page
from rules.ruleset import say

OPT = {"role": Role.APPLICANT}


@get("/my/{key:str}/ask", opt=OPT)
@in_thread
def asking(
    request: Request[Any, Any, Any],
    reader: Who,
    key: FromPath[str],
    fact: FromQuery[str] = "",
    done: FromQuery[str] = "",
) -> Response[Any]:
    """Whom to ask for what, and what was asked before."""
    return _form(request, reader, _own(request, reader, key), {"fact": fact}, done=bool(done))


def may_ask(own: Own, reader: Reader) -> bool:
    """Whether others can still be asked: while the application has no verdict."""
    return own.state in WAITING and may(Role.APPLICANT, Deed.ASK, own.call.timetable, reader.now)


def _own(request: Request[Any, Any, Any], reader: Reader, key: str) -> Own:
    with reading(request.app.state.engine) as connection:
        own = pages_applicant.own(connection, reader.person_id, key)
    if own is None or not may_ask(own, reader):
        raise NotFoundException
    return own


def _form(
    request: Request[Any, Any, Any],
    reader: Reader,
    own: Own,
    typed: dict[str, str],
    *,
    wrong: bool = False,
    done: bool = False,
) -> Response[Any]:
    with reading(request.app.state.engine) as connection:
        ruleset = plan_for(connection, own.call.rule_set, own.call.policies, own.call.parameters).ruleset
        asked = requests.of_application(connection, own.id, reader.person_id)
    return page(
        request,
        "applicant/ask.html",
        status=422 if wrong else 200,
        own=own,
        facts=[(name, say(one.meaning, reader.language)) for name, one in ruleset.facts.items()],
        capacities=[(name, unknown.capacity(name, reader)) for name in CAPACITIES if name != "applicant"],
        languages=NAMES,
        typed=typed,
        wrong=wrong,
        done=done,
        asked=unknown.spoken(ruleset, asked, reader),
    )


@post("/my/{key:str}/ask", opt=OPT)
@in_thread
def ask(request: Request[Any, Any, Any], reader: Who, key: FromPath[str], data: Form) -> Response[Any]:
    """Ask somebody to confirm a fact."""
    own, state = _own(request, reader, key), request.app.state
    typed = {name: first(data, name) for name in ("fact", "capacity", "name", "address", "language", "words")}
    if typed["capacity"] == "applicant":
        raise NotFoundException
    try:
        deeds.ask(
            state.engine, own.call.id, [own.id], fact=typed["fact"], whom=unknown.whom_of(typed), words=typed["words"],
            person_id=reader.person_id, role=Role.APPLICANT, settings=state.settings, now=reader.now,
        )  # fmt: skip
    except BadInput:
        return _form(request, reader, own, typed, wrong=True)
    return go(f"/my/{key}/ask?done=1")


HANDLERS = [asking, ask]
