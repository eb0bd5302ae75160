"""What applicants said to the office: appeals, changes they ask for, words, feedback; and dealing with them."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from evaluators import trace
from evaluators.permissions import Deed, Role, may
from laurea.actions import answer as deeds
from laurea.store import pages_heard
from laurea.store.engine import reading
from laurea.store.pages_round import RoundPage
from laurea.web.attention import Need
from laurea.web.forms import Form, Who, first
from laurea.web.office_frame import frame, round_of
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from rules.ruleset import say

OPT = {"role": Role.OFFICER}


@get("/rounds/{code:str}/heard", opt=OPT)
@in_thread
def heard(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Response[Any]:
    """Everything applicants said in this round, what waits first."""
    record, plan = round_of(request, reader, code)
    with reading(request.app.state.engine) as connection:
        found = pages_heard.heard(connection, record.id)
    facts, outcomes = dict(plan.ruleset.facts), {}
    if plan.ruleset.appeals is not None:
        facts |= plan.ruleset.appeals.facts
        outcomes = {one.id: say(one.title, reader.language) for one in plan.ruleset.appeals.outcomes}
    return page(
        request,
        "office/heard.html",
        **frame(record, plan, reader),
        heard=found,
        labels={name: say(fact.meaning, reader.language) for name, fact in facts.items()},
        findings=outcomes,
        plain=lambda value: trace.plain(str(value), reader.language),
    )


@post("/rounds/{code:str}/heard/{kind:str}/{item:int}", opt=OPT)
@in_thread
def settle(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    kind: FromPath[str],
    item: FromPath[int],
    data: Form,
) -> Redirect:
    """Answer an appeal, or lay a word aside."""
    record, _plan = round_of(request, reader, code)
    if not may(Role.OFFICER, Deed.ANSWER, record.timetable, reader.now):
        raise NotFoundException
    deeds.answer(
        request.app.state.engine, authority_id=reader.authority_id, round_id=record.id, kind=kind, number=item,
        words=first(data, "says"), person_id=reader.person_id, now=reader.now,
    )  # fmt: skip
    return go(f"/rounds/{code}/heard")


def needs(request: Request[Any, Any, Any], record: RoundPage, reader: Reader) -> tuple[list[Need], list[Need]]:
    """What waits for the office: appeals, which come before everything else, and words, which come last."""
    ngettext, _ = reader.words.ngettext, reader.words.gettext
    with reading(request.app.state.engine) as connection:
        waits = pages_heard.waiting(connection, record.id)
    link = f"/rounds/{record.code}/heard"
    found: tuple[list[Need], list[Need]] = ([], [])
    if n := waits["appeal"]:
        says = ngettext("{n} appeal waits for an answer.", "{n} appeals wait for an answer.", n)
        found[0].append(Need(n, says.format(n=n), link, _("Answer"), "now"))
    if n := waits["statement"]:
        says = ngettext(
            "{n} applicant's word to the office has not been dealt with.",
            "{n} words of applicants to the office have not been dealt with.",
            n,
        )
        found[1].append(Need(n, says.format(n=n), link, _("Read"), "note"))
    return found


HANDLERS = [heard, settle]
