"""An officer's outbox: the letters of a round, and the page of one with what it says and what happened to it."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect

from evaluators.permissions import Deed, Role
from laurea.actions import outbox as deeds
from laurea.errors import BadInput
from laurea.ledger import Actor
from laurea.store import letter_deeds, pages_lists
from laurea.store.engine import reading
from laurea.store.letter_deeds import Happened, OneLetter
from laurea.store.pages_round import RoundPage
from laurea.web.forms import Form, Who, first
from laurea.web.gate import HEADERS
from laurea.web.letter_words import LOOKS, classes
from laurea.web.looks import noted
from laurea.web.office_frame import frame, round_of, seen
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from laurea.web.searching import asked_letters
from notifications import rewrite
from notifications.catalogue import KINDS
from notifications.outbox import FROM, MANY, NOT_LEFT, SECRET, STATES, Move
from rules.plan import Plan

OPT = {"role": Role.OFFICER}
InState = Annotated[str, QueryParameter(name="state")]  # `state` itself is Litestar's own word
CSP = "content-security-policy"
WITH_SHEET = {CSP: HEADERS[CSP] + "; frame-src 'self'"}  # the letter lies in a frame of its own
# What a letter says is shown as text and pictures alone: no script, no form, no address it could call.
SHEET = {
    CSP: "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox",
}


@get("/rounds/{code:str}/outbox", opt=OPT)
@noted()
def outbox(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    in_state: InState = "",
    q: FromQuery[str] = "",
    side: FromQuery[int] = 1,
) -> Response[Any]:
    """The letters of a round: to whom, of which kind, what became of them, and what can be done with all of these."""
    record, plan = round_of(request, reader, code)
    where, unclear = asked_letters(q, seen(record, reader), plan, reader)
    state = in_state if in_state in STATES else ""
    with reading(request.app.state.engine) as connection:
        found = pages_lists.letters(connection, record.id, state=state, where=where, page=side)
        counts = letter_deeds.counts(connection, record.id, where)
        waits = letter_deeds.stoppable(connection, record.id, reader.now)
    can = {move: sum(counts[one] for one in FROM[move] & NOT_LEFT if state in ("", one)) for move in MANY}
    return page(
        request,
        "office/outbox.html",
        **frame(record, plan, reader),
        found=found,
        counts=counts,
        state=state,
        states=STATES,
        can={move.value: n for move, n in can.items() if n},
        waits=waits,
        look=LOOKS,
        q=q,
        unclear=unclear,
    )


@get("/rounds/{code:str}/outbox/{number:int}", opt=OPT)
@noted("letter")
def letter(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], number: FromPath[int]) -> Response[Any]:
    """One letter."""
    record, plan = round_of(request, reader, code)
    found, lines = _letter(request, record, number)
    return _page(request, reader, record, plan, found, lines)


@get("/rounds/{code:str}/outbox/{number:int}/sheet", opt=OPT)
@noted("letter")
def sheet(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    number: FromPath[int],
    version: FromQuery[int] = 0,
) -> Response[str]:
    """The HTML of a letter as its reader sees it, alone in a frame; or an earlier one, counted from 1."""
    record, _ = round_of(request, reader, code)
    found, lines = _letter(request, record, number)
    if found.kind in SECRET:
        raise NotFoundException
    earlier = [line.content for line in lines if line.content is not None]
    content = earlier[version - 1] if 0 < version <= len(earlier) else found.content
    html = rewrite.read(content).html.replace("<head>", '<head><base target="_blank">', 1)
    return Response(html, media_type="text/html", headers=SHEET)


@get("/rounds/{code:str}/outbox/{number:int}/edit", opt=OPT)
@noted("letter")
def words(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], number: FromPath[int]) -> Response[Any]:
    """The form that changes the words of a letter that has not left."""
    record, plan = round_of(request, reader, code, Deed.POST)
    found, _ = _letter(request, record, number)
    said = rewrite.read(found.content)
    if found.kind in SECRET or found.state not in NOT_LEFT or not said.plain:
        raise NotFoundException
    return _form(request, reader, record, plan, found, (said.subject, said.text, deeds.mark(found.content)))


@post("/rounds/{code:str}/outbox/{number:int}/edit", opt=OPT, status_code=200)
@in_thread
def edit(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], number: FromPath[int], data: Form
) -> Response[Any] | Redirect:
    """Keep the changed words; where they cannot be, the form comes again with them."""
    record, plan = round_of(request, reader, code, Deed.POST)
    subject, text, mark = first(data, "subject"), first(data, "comment"), first(data, "seen")
    try:
        deeds.edit(
            request.app.state.engine, record.id, number, subject, text, seen=mark,
            actor=Actor.person(reader.person_id), now=reader.now,
        )  # fmt: skip
    except BadInput as wrong:
        found, _ = _letter(request, record, number)
        return _form(request, reader, record, plan, found, (subject, text, mark), wrong)
    return go(f"/rounds/{code}/outbox/{number}")


@post("/rounds/{code:str}/outbox/{number:int}/{deed:str}", opt=OPT)
@in_thread
def do(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    number: FromPath[int],
    deed: FromPath[str],
    data: Form,
) -> Redirect:
    """Hold a letter, let it go, cancel it, send it now, or say what became of one nobody is certain of."""
    record, _ = round_of(request, reader, code, Deed.POST)
    if deed not in set(Move):
        raise NotFoundException
    deeds.move(
        request.app.state.engine, record.id, number, Move(deed), why=first(data, "why"),
        actor=Actor.person(reader.person_id), now=reader.now,
    )  # fmt: skip
    return go(f"/rounds/{code}/outbox/{number}")


def _letter(request: Request[Any, Any, Any], record: RoundPage, number: int) -> tuple[OneLetter, list[Happened]]:
    with reading(request.app.state.engine) as connection:
        found = letter_deeds.one(connection, record.id, number)
        if found is None:
            raise NotFoundException
        return found, letter_deeds.happened(connection, number)


def _page(
    request: Request[Any, Any, Any],
    reader: Reader,
    record: RoundPage,
    plan: Plan,
    found: OneLetter,
    lines: list[Happened],
) -> Response[Any]:
    said, secret = rewrite.read(found.content), found.kind in SECRET
    kind = KINDS.get(found.kind)
    answer = page(
        request,
        "office/letter.html",
        **frame(record, plan, reader),
        letter=found,
        said=said,
        secret=secret,
        lines=lines,
        look=LOOKS,
        earlier=[rewrite.read(line.content) for line in lines if line.content is not None],
        ground=classes(reader.words.gettext).get(kind.ground.value, "") if kind else "",
        can={move.value for move in Move if found.state in FROM[move]},
        editable=found.state in NOT_LEFT and said.plain and not secret,
        waits=found.state == "due" and found.not_before > reader.now,
    )
    answer.headers.update(WITH_SHEET)
    return answer


def _form(
    request: Request[Any, Any, Any],
    reader: Reader,
    record: RoundPage,
    plan: Plan,
    found: OneLetter,
    typed: tuple[str, str, str],
    wrong: BadInput | None = None,
) -> Response[Any]:
    kind = KINDS.get(found.kind)
    return page(
        request,
        "office/letter_edit.html",
        status=422 if wrong else 200,
        **frame(record, plan, reader),
        letter=found,
        subject=typed[0],
        text=typed[1],
        mark=typed[2],
        wrong=wrong,
        ground=classes(reader.words.gettext).get(kind.ground.value, "") if kind else "",
    )


HANDLERS = [outbox, letter, sheet, words, edit, do]
