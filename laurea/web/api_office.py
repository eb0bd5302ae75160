"""An officer's room: the programs of a round, by their tokens; the addresses told of its events; files out."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Stream

from evaluators.permissions import Deed, Role, Scope, may
from laurea.actions import tokens, webhooks
from laurea.errors import BadInput, NotFound, NotNow
from laurea.ledger import TOLD, Actor
from laurea.store import programs as store_programs
from laurea.store import webhooks as store_webhooks
from laurea.store.engine import reading
from laurea.store.pages_round import RoundPage
from laurea.store.searching import Where
from laurea.web.api_files import hand_out
from laurea.web.forms import Form, Who, first, several
from laurea.web.looks import noted
from laurea.web.office_frame import frame, round_of, seen
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from laurea.web.searching import asked, asked_letters
from rules.plan import Plan

OPT = {"role": Role.OFFICER}
TERMS = (30, 90, 180, 365)  # days


@get("/rounds/{code:str}/programs", opt=OPT)
@in_thread
def programs(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Response[Any]:
    """Which programs may come in, and which addresses are told of what."""
    record, plan = round_of(request, reader, code)
    return _page(request, reader, record, plan)


def _page(
    request: Request[Any, Any, Any],
    reader: Reader,
    record: RoundPage,
    plan: Plan,
    *,
    shown: tuple[str, str] = ("", ""),
    wrong: BadInput | None = None,
) -> Response[Any]:
    """The page; `shown` is a new token or secret, with which of the two it is."""
    with reading(request.app.state.engine) as connection:
        given = store_programs.tokens_of(connection, record.id)
        hooks = store_webhooks.of_round(connection, record.id)
        calls = store_webhooks.calls_of(connection, record.id)
    return page(
        request,
        "office/programs.html",
        status=422 if wrong else 200,
        **frame(record, plan, reader),
        tokens=given,
        webhooks=hooks,
        calls=calls,
        scopes=list(Scope),
        events=[event.value for event in TOLD],
        terms=TERMS,
        shown=shown,
        wrong=wrong,
        may_connect=may(Role.OFFICER, Deed.CONNECT, record.timetable, reader.now),
    )


def _entering(request: Request[Any, Any, Any], reader: Reader, code: str) -> tuple[RoundPage, Plan]:
    record, plan = round_of(request, reader, code)
    if not may(Role.OFFICER, Deed.CONNECT, record.timetable, reader.now):
        raise NotNow("Programs cannot be connected in this phase.")
    return record, plan


@post("/rounds/{code:str}/programs/tokens", opt=OPT)
@in_thread
def give_token(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Response[Any]:
    """Make a token; this answer is the only one that shows it."""
    record, plan = _entering(request, reader, code)
    days = first(data, "days")
    try:
        _, token = tokens.give(
            request.app.state.engine,
            record.id,
            name=first(data, "name"),
            scopes=several(data, "scope"),
            days=int(days) if days.isascii() and days.isdecimal() and len(days) < 5 else 0,
            actor=Actor.person(reader.person_id),
            now=reader.now,
        )
    except BadInput as wrong:
        return _page(request, reader, record, plan, wrong=wrong)
    return _page(request, reader, record, plan, shown=("token", token))


@post("/rounds/{code:str}/programs/tokens/{number:int}/revoke", opt=OPT)
@in_thread
def revoke_token(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], number: FromPath[int]) -> Redirect:
    """End a token at once."""
    record, _ = _entering(request, reader, code)
    tokens.revoke(request.app.state.engine, record.id, number, actor=Actor.person(reader.person_id), now=reader.now)
    return go(f"/rounds/{code}/programs")


@post("/rounds/{code:str}/programs/webhooks", opt=OPT)
@in_thread
def add_webhook(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Response[Any]:
    """Have an address told of events; this answer is the only one that shows the secret."""
    record, plan = _entering(request, reader, code)
    state = request.app.state
    try:
        _, secret = webhooks.add(
            state.engine,
            record.id,
            address=first(data, "address").strip(),
            events=several(data, "event"),
            settings=state.settings,
            actor=Actor.person(reader.person_id),
            now=reader.now,
        )
    except BadInput as wrong:
        return _page(request, reader, record, plan, wrong=wrong)
    return _page(request, reader, record, plan, shown=("secret", secret))


@post("/rounds/{code:str}/programs/webhooks/{number:int}/stop", opt=OPT)
@in_thread
def stop_webhook(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], number: FromPath[int]) -> Redirect:
    """Tell an address nothing more."""
    record, _ = _entering(request, reader, code)
    webhooks.stop(request.app.state.engine, record.id, number, actor=Actor.person(reader.person_id), now=reader.now)
    return go(f"/rounds/{code}/programs")


@post("/rounds/{code:str}/programs/webhooks/{number:int}/again", opt=OPT)
@in_thread
def call_again(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], number: FromPath[int]) -> Redirect:
    """Try the calls that failed for good once more."""
    record, _ = _entering(request, reader, code)
    webhooks.again(request.app.state.engine, record.id, number, actor=Actor.person(reader.person_id), now=reader.now)
    return go(f"/rounds/{code}/programs#calls")


@get("/rounds/{code:str}/exports/{name:str}", opt=OPT)
@noted()
def exports(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], name: FromPath[str], q: FromQuery[str] = ""
) -> Stream:
    """A table of the round as a file, or as `round.xlsx` all that may be seen now."""
    record, plan = round_of(request, reader, code)
    see = seen(record, reader)
    letters: Where | None = None
    if name.startswith("outbox."):
        where: Where = ()
        letters, unclear = asked_letters(q, see, plan, reader)
    else:
        where, unclear = asked(q, see, plan, reader)
    if unclear:
        raise BadInput(unclear)
    actor = Actor.person(reader.person_id)
    try:
        return hand_out(
            request.app.state.engine, record.id, code, name, where=where, letters=letters, seen=see, actor=actor,
            now=reader.now,
        )  # fmt: skip
    except (BadInput, NotNow) as closed:
        raise NotFound(closed.says) from None


HANDLERS = [programs, give_token, revoke_token, add_webhook, stop_webhook, call_again, exports]
