"""Deeds on many letters: those a search finds, after one look at how many; the letters of a release; how letters go."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from evaluators.permissions import Deed
from laurea.actions import outbox as deeds
from laurea.actions import post_rules
from laurea.errors import BadInput, Conflict
from laurea.ledger import Actor
from laurea.store import letter_deeds
from laurea.store.engine import reading
from laurea.store.pages_round import RoundPage
from laurea.web.forms import Form, Who, first, whole
from laurea.web.looks import noted
from laurea.web.office_frame import frame, round_of, seen
from laurea.web.outbox import OPT, InState
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from laurea.web.searching import asked_letters
from notifications.outbox import MANY, STATES, Move, from_states
from rules.plan import Plan


@get("/rounds/{code:str}/outbox/all", opt=OPT)
@noted()
def look(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    deed: FromQuery[str] = "",
    in_state: InState = "",
    q: FromQuery[str] = "",
) -> Response[Any]:
    """How many letters a deed would touch, before it is done."""
    record, plan = round_of(request, reader, code, Deed.POST)
    return _look(request, reader, record, plan, _move(deed), (q, in_state))


@post("/rounds/{code:str}/outbox/all", opt=OPT, status_code=200)
@in_thread
def do(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Response[Any] | Redirect:
    """Do it with exactly the letters that were counted; where there are others by now, they are counted again."""
    record, plan = round_of(request, reader, code, Deed.POST)
    move, q, state = _move(first(data, "deed")), first(data, "q"), first(data, "state")
    where, unclear = asked_letters(q, seen(record, reader), plan, reader)
    expected, newest = whole(first(data, "expected")), whole(first(data, "newest"))
    if unclear or expected is None or newest is None:
        return _look(request, reader, record, plan, move, (q, state))
    try:
        deeds.move_found(
            request.app.state.engine, record.id, where, [state] if state in STATES else [], move, expected=expected,
            newest=newest, actor=Actor.person(reader.person_id), now=reader.now,
        )  # fmt: skip
    except Conflict as found:
        return _look(request, reader, record, plan, move, (q, state), found)
    return go(f"/rounds/{code}/outbox?done={expected}")


@post("/rounds/{code:str}/outbox/stop", opt=OPT)
@in_thread
def stop(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Redirect:
    """Hold all letters of the release that have not gone."""
    record, _ = round_of(request, reader, code, Deed.POST)
    actor = Actor.person(reader.person_id)
    deeds.stop_release(request.app.state.engine, record.id, actor=actor, now=reader.now)
    return go(f"/rounds/{code}/outbox?state=held")


@get("/rounds/{code:str}/outbox/rules", opt=OPT)
@in_thread
def rules(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Response[Any]:
    """How letters go: quiet hours, digests, the undo window."""
    record, plan = round_of(request, reader, code, Deed.POST)
    return _rules(request, reader, record, plan)


@post("/rounds/{code:str}/outbox/rules", opt=OPT, status_code=200)
@in_thread
def set_rules(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form
) -> Response[Any] | Redirect:
    """Keep how letters go."""
    record, plan = round_of(request, reader, code, Deed.POST)
    names = ("quiet_from", "quiet_until", "digest_minutes", "undo_minutes")
    typed = {name: first(data, name).strip() for name in names}
    digest, undo = whole(typed["digest_minutes"] or "0", 4), whole(typed["undo_minutes"], 4)
    if undo is None and typed["undo_minutes"]:
        undo = -1  # no number: refused like one that is out of bounds
    try:
        post_rules.set_rules(
            request.app.state.engine, record.id, quiet_from=typed["quiet_from"], quiet_until=typed["quiet_until"],
            digest_minutes=-1 if digest is None else digest, undo_minutes=undo,
            actor=Actor.person(reader.person_id), now=reader.now,
        )  # fmt: skip
    except BadInput as wrong:
        return _rules(request, reader, record, plan, typed, wrong)
    return go(f"/rounds/{code}/outbox/rules?done=1")


def _move(deed: str) -> Move:
    if deed not in MANY:
        raise NotFoundException
    return Move(deed)


def _look(
    request: Request[Any, Any, Any],
    reader: Reader,
    record: RoundPage,
    plan: Plan,
    move: Move,
    asked: tuple[str, str],
    problem: Conflict | None = None,
) -> Response[Any]:
    q, state = asked[0], asked[1] if asked[1] in STATES else ""
    where, unclear = asked_letters(q, seen(record, reader), plan, reader)
    may = from_states(move, many=True)
    with reading(request.app.state.engine) as connection:
        counts = letter_deeds.counts(connection, record.id, where)
        newest = letter_deeds.newest(connection, record.id)
    touched = {one: counts[one] for one in STATES if one in may and counts[one] and state in ("", one)}
    return page(
        request,
        "office/outbox_all.html",
        status=409 if problem else 200,
        **frame(record, plan, reader),
        move=move.value,
        touched=touched,
        expected=sum(touched.values()),
        newest=newest,
        state=state,
        q=q,
        unclear=unclear,
        problem=problem,
    )


def _rules(
    request: Request[Any, Any, Any],
    reader: Reader,
    record: RoundPage,
    plan: Plan,
    typed: dict[str, str] | None = None,
    wrong: BadInput | None = None,
) -> Response[Any]:
    with reading(request.app.state.engine) as connection:
        now = letter_deeds.rules(connection, record.id)
    shown = typed or {
        "quiet_from": now.quiet_from,
        "quiet_until": now.quiet_until,
        "digest_minutes": str(now.digest_minutes or ""),
        "undo_minutes": "" if now.undo_minutes is None else str(now.undo_minutes),
    }
    return page(
        request,
        "office/outbox_rules.html",
        status=422 if wrong else 200,
        **frame(record, plan, reader),
        shown=shown,
        timezone=now.timezone,
        usual=request.app.state.settings.undo_minutes,
        done=bool(request.query_params.get("done")),
        wrong=wrong,
    )


HANDLERS = [look, do, stop, rules, set_rules]
