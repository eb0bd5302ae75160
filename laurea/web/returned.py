"""Addresses that letters came back from: the officer's list of them, and what a relay service tells us of letters."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Redirect

from evaluators.permissions import Deed, Role
from laurea import clock
from laurea.actions import bounces as deeds
from laurea.ledger import Actor
from laurea.settings import Settings
from laurea.store import bounces
from laurea.store.engine import Engine, reading
from laurea.web.api_words import Problem, problem
from laurea.web.forms import Form, Who, first
from laurea.web.looks import noted
from laurea.web.office_frame import frame, round_of
from laurea.web.render import go, in_thread, page
from notifications import webhooks

OPT = {"role": Role.OFFICER}
MOST_EVENTS = 1000  # of one call


@get("/rounds/{code:str}/outbox/returned", opt=OPT)
@noted()
def returned(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Response[Any]:
    """The addresses the office writes to no more, because a letter came back."""
    record, plan = round_of(request, reader, code)
    with reading(request.app.state.engine) as connection:
        found = bounces.stopped(connection, record.authority_id)
    return page(request, "office/returned.html", **frame(record, plan, reader), stopped=found)


@post("/rounds/{code:str}/outbox/returned", opt=OPT)
@in_thread
def confirm(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Redirect:
    """Say that an address is right: it is written to again."""
    record, _ = round_of(request, reader, code, Deed.POST)
    actor = Actor.person(reader.person_id)
    deeds.confirm(request.app.state.engine, record.id, first(data, "address"), actor=actor, now=reader.now)
    return go(f"/rounds/{code}/outbox/returned?done=1")


@post("/api/v1/bounces", opt={"program": True}, status_code=200)
async def told(request: Request[Any, Any, Any]) -> Response[Any]:
    """What a relay service tells of letters, signed as Standard Webhooks say: how many events were of which kind."""
    settings: Settings = request.app.state.settings
    now, body, secret = clock.now(), await request.body(), settings.bounces_secret.get_secret_value()
    headers = dict(request.headers.items())
    if not secret or not webhooks.is_ours(secret, headers, body, now):
        return _refused("no-token", "Sign the call with the key in LAUREA_BOUNCES_SECRET; it is good for five minutes.")
    try:
        events = json.loads(body)["events"]
        right = isinstance(events, list) and len(events) <= MOST_EVENTS and all(isinstance(one, dict) for one in events)
    except (ValueError, LookupError, TypeError, RecursionError):
        right = False
    if not right:
        return _refused("bad-input", f'Send {{"events": [...]}} with at most {MOST_EVENTS} objects.')
    done = await sync_to_thread(_take, request.app.state.engine, headers["webhook-id"], events, now)
    return Response(dict(done))


def _take(engine: Engine, call: str, events: list[dict[str, Any]], now: datetime) -> Counter[str]:
    return deeds.take_told(engine, call, events, now=now)


def _refused(kind: str, remedy: str) -> Response[Problem]:
    return problem(kind, remedy=remedy)


HANDLERS = [returned, confirm, told]
