"""Applying: begin, the draft with its autosave, who works on it, and the summary before it is handed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from evaluators.permissions import Role
from evaluators.precheck import asked
from laurea.actions import apply as deeds
from laurea.actions import sign_in
from laurea.errors import BadInput, LaureaError
from laurea.sources import attached as limits
from laurea.statute import plan_for
from laurea.store import attached, pages_applicant
from laurea.store.engine import reading
from laurea.store.pages_applicant import Draft
from laurea.web.applicant_check import look, open_call, takes
from laurea.web.applicant_forms import Answers, answers, questions, unreadable
from laurea.web.door import mail_link
from laurea.web.forms import Form, Who, first, version
from laurea.web.reader import Reader
from laurea.web.render import Html, go, in_thread, page, text
from rules.plan import Plan

OPT = {"role": Role.APPLICANT}


@get("/apply/{code:str}/start")
@in_thread
def start(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Response[Any]:
    """Where applying begins: the address for a link, or the button for those who are signed in."""
    call, _ = open_call(request, reader, code)
    here = reader.role is Role.APPLICANT and reader.authority_id == call.authority_id
    if here:
        with reading(request.app.state.engine) as connection:
            key = pages_applicant.begun(connection, reader.person_id, call.id)
        if key is not None:
            return go(f"/drafts/{key}")
    return page(request, "applicant/start.html", call=call, here=here, nameless=_nameless(reader), problem="")


@post("/apply/{code:str}/start", status_code=200)
async def send_link(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Response[Any]:
    """Mail a link to whoever wants to apply. The answer is the same whether the address is known or not."""
    call, _ = await sync_to_thread(open_call, request, reader, code)
    address = first(data, "email").strip()
    if not is_address(address):
        return page(request, "applicant/start.html", status=422, call=call, here=False, nameless=False, problem=address)
    newcomer = sign_in.Newcomer(call.authority_id, reader.reads)
    target = f"/apply/{code}/start" + (f"?lang={reader.chosen}" if reader.chosen else "")
    links = await mail_link(request, reader, address, target, newcomer)
    return page(request, "door/sent.html", address=address, minutes=sign_in.LINK_MINUTES, links=links, call=call)


@post("/apply/{code:str}/begin", opt=OPT)
@in_thread
def begin(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Redirect:
    """Begin a draft, or go on with the one begun."""
    key = deeds.begin(
        request.app.state.engine, person_id=reader.person_id, authority_id=reader.authority_id, code=code,
        name=first(data, "name"), now=reader.now,
    )  # fmt: skip
    return go(f"/drafts/{key}")


@get("/drafts/{key:str}", opt=OPT)
@in_thread
def draft(request: Request[Any, Any, Any], reader: Who, key: FromPath[str], more: FromQuery[str] = "") -> Response[Any]:
    """The draft; `more` names a list that gets one row more. Once handed in, its page is the application's."""
    return draft_page(request, reader, key, more=more)


@post("/drafts/{key:str}", opt=OPT, status_code=200)
@in_thread
def send(request: Request[Any, Any, Any], reader: Who, key: FromPath[str], data: Form) -> Response[Any]:
    """The form as a browser sends it: save, and go on to the summary, to one row more, or back to the draft."""
    try:
        save_typed(request, reader, key, data)
    except deeds.Elsewhere as found:
        return draft_page(request, reader, key, status=409, typed=data, theirs=found.theirs)
    done = f"?done=draft-{key}"
    if first(data, "do") == "submit":
        return go(f"/drafts/{key}/summary{done}")
    more = first(data, "more")
    return go(f"/drafts/{key}{done}" + (f"&more={more}#q-{more}" if more.isidentifier() else ""))


@post("/drafts/{key:str}/save", opt=OPT, status_code=200)
@in_thread
def autosave(request: Request[Any, Any, Any], reader: Who, key: FromPath[str], data: Form) -> Response[Any]:
    """The page's own saving while people write: parts of the page to put in place."""
    try:
        saved = save_typed(request, reader, key, data)
    except deeds.Elsewhere as found:
        given = _given(found.theirs, _plan(request, found.theirs), data)
        values = _values(request, reader, found.theirs, given)
        parts = text("applicant/_elsewhere_part.html", reader, theirs=_theirs(request, reader, found.theirs), **values)
        return Html(parts, status_code=409)
    values = _values(request, reader, saved.draft, _given(saved.draft, saved.plan, data))
    parts = text("applicant/_saved_part.html", reader, saved=saved, **values)
    return Html(parts)


@post("/drafts/{key:str}/people", opt=OPT)
@in_thread
def invite(request: Request[Any, Any, Any], reader: Who, key: FromPath[str], data: Form) -> Redirect:
    """Invite somebody by mail."""
    _, address = reader.words.gettext, first(data, "email").strip()
    if not is_address(address):
        raise BadInput(_("This does not look like an e-mail address. Write it as name@example.org."))
    deeds.invite(
        request.app.state.engine, person_id=reader.person_id, key=key, address=address, now=reader.now,
        settings=request.app.state.settings,
    )  # fmt: skip
    return go(f"/drafts/{key}#people")


@get("/drafts/{key:str}/summary", opt=OPT)
@in_thread
def summary(request: Request[Any, Any, Any], reader: Who, key: FromPath[str]) -> Response[Any]:
    """What is about to be handed in, and what the rules would say of it."""
    found = find(request, reader, key)
    if found.application is not None:
        return go(f"/my/{found.application}")
    given = Answers(found.facts, found.children)
    values = _values(request, reader, found, given)
    with reading(request.app.state.engine) as connection:
        files = attached.of_draft(connection, found.id)
    return page(request, "applicant/summary.html", wrong=unreadable(values["questions"]), files=files, **values)


@post("/drafts/{key:str}/summary", opt=OPT)
@in_thread
def hand_in(request: Request[Any, Any, Any], reader: Who, key: FromPath[str], data: Form) -> Response[Any]:
    """Hand it in."""
    state = request.app.state
    seen = first(data, "files").split() if "files" in data else None
    try:
        made = deeds.hand_in(
            state.engine, person_id=reader.person_id, key=key, version=version(data), now=reader.now,
            settings=state.settings, files=seen,
        )  # fmt: skip
    except deeds.Elsewhere:
        return go(f"/drafts/{key}/summary?changed=1")
    return go(f"/my/{made}")


def is_address(text_: str) -> bool:
    """Whether this can be the address of a mailbox."""
    return "@" in text_[1:-1] and len(text_) <= 320 and text_.isprintable() and " " not in text_


def _nameless(reader: Reader) -> bool:
    """Whether somebody has not said their name yet."""
    return reader.session is not None and reader.session.person.name == reader.session.person.email


def find(request: Request[Any, Any, Any], reader: Reader, key: str) -> Draft:
    """A draft this reader works on. Raises NotFoundException where there is none."""
    with reading(request.app.state.engine) as connection:
        found = pages_applicant.draft(connection, reader.person_id, key)
    if found is None or (reader.viewer is not None and found.application is None):
        raise NotFoundException  # what is not handed in is nobody else's
    return found


def _plan(request: Request[Any, Any, Any], found: Draft) -> Plan:
    with reading(request.app.state.engine) as connection:
        return plan_for(connection, found.call.rule_set, found.call.policies, found.call.parameters)


def save_typed(request: Request[Any, Any, Any], reader: Reader, key: str, data: dict[str, Any]) -> deeds.Saved:
    """Save what stands in the form of a draft. Raises `Elsewhere` where somebody else did meanwhile."""
    found = find(request, reader, key)
    given = _given(found, _plan(request, found), data)
    return deeds.save(
        request.app.state.engine,
        person_id=reader.person_id,
        key=key,
        content={
            "heading": {name: first(data, name) for name in deeds.HEADING},
            "facts": given.facts,
            "children": given.children,
        },
        version=version(data),
        now=reader.now,
        over=bool(first(data, "over")),
    )


def _given(found: Draft, plan: Plan, data: dict[str, Any]) -> Answers:
    return answers(plan, data, ZoneInfo(found.call.timezone), _mine(plan))


def _mine(plan: Plan) -> dict[str, tuple[str, ...]]:
    """The facts an applicant supplies, each with the clauses that look at it."""
    looks = asked(plan)
    return {
        name: looks.get(name, ()) for name, fact in plan.ruleset.facts.items() if fact.supplied_by == "applicant"
    }  # fmt: skip


def _values(
    request: Request[Any, Any, Any], reader: Reader, found: Draft, given: Answers, more: str = ""
) -> dict[str, Any]:
    plan, zone = _plan(request, found), ZoneInfo(found.call.timezone)
    check = look(found.call, plan, given, reader)
    says = {one.clause: one.says for one in check.sentences}
    return {
        "draft": found,
        "call": found.call,
        "open": takes(found.call, plan, reader),
        "late": reader.now >= found.call.closes_at,
        "check": check,
        "questions": questions(plan, _mine(plan), given, says, reader, zone, more=more),
    }


def _theirs(request: Request[Any, Any, Any], reader: Reader, theirs: Draft) -> dict[str, Any]:
    """What stands in the records, as its fields would show it."""
    values = _values(request, reader, theirs, Answers(theirs.facts, theirs.children))
    return {"draft": theirs, "questions": values["questions"]}


def draft_page(
    request: Request[Any, Any, Any],
    reader: Reader,
    key: str,
    *,
    status: int = 200,
    typed: dict[str, Any] | None = None,
    theirs: Draft | None = None,
    more: str = "",
    wrong: Sequence[tuple[str, LaureaError]] = (),
) -> Response[Any]:
    """The page of a draft; `wrong` are files that were sent and not taken, each with why."""
    found = find(request, reader, key)
    if found.application is not None:
        return go(f"/my/{found.application}")
    with reading(request.app.state.engine) as connection:
        people = pages_applicant.members(connection, draft_id=found.id)
        files = attached.of_draft(connection, found.id)
    given, heading = Answers(found.facts, found.children), found.heading
    if typed is not None:
        given = _given(found, _plan(request, found), typed)
        heading = {name: first(typed, name) for name in deeds.HEADING}
    return page(
        request,
        "applicant/draft.html",
        status=status,
        heading=heading,
        people=people,
        files=files,
        limits=limits,
        wrong=wrong,
        carried=any(len(one) > 2 for one in found.typed.values()),  # out of the application for an award held
        theirs=None if theirs is None else _theirs(request, reader, theirs),
        **_values(request, reader, found, given, more),
    )


HANDLERS = [start, send_link, begin, draft, send, autosave, invite, summary, hand_in]
