"""The letters of a round in the office's own words: which there are, the editor, a letter to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from evaluators.permissions import Deed, Field, Role, may
from laurea.actions import wording as deeds
from laurea.errors import BadInput, Conflict, LaureaError
from laurea.store import rounds, wordings
from laurea.store.engine import Connection, reading
from laurea.store.pages_round import RoundPage
from laurea.store.rounds import RoundRecord
from laurea.store.wordings import Version
from laurea.web.attention import Need
from laurea.web.forms import Form, Who, first, whole
from laurea.web.letter_looks import OF_APPLICATION, Look, look, offers
from laurea.web.office_frame import frame, round_of, seen
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from notifications import checking, render
from notifications.catalogue import KINDS
from notifications.samples import samples
from notifications.starts import start
from notifications.wording import Wording, tidied
from rules.plan import Plan

OPT = {"role": Role.OFFICER}


@dataclass(frozen=True)
class Cell:
    """A letter in one language: the round's own text if it has one, and whether that can be used."""

    language: str
    own: Version | None
    broken: bool
    aside: int  # letters that went out in the house's words because of it


@dataclass(frozen=True)
class Typed:
    """What an officer typed, which is shown again whatever becomes of it."""

    text: Wording
    version: int
    wrong: LaureaError | None = None


@get("/letter.css", media_type="text/css", sync_to_thread=False)
def sheet() -> Response[str]:
    """The style sheet of letters, for a letter shown on a page."""
    return Response(render.screen_sheet(), media_type="text/css", headers={"cache-control": "public, max-age=3600"})


@get("/rounds/{code:str}/letters/templates", opt=OPT)
@in_thread
def texts(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Response[Any]:
    """Every letter of a round in every language it speaks: the house's text, or the round's own."""
    record, plan, full = _round(request, reader, code)
    with reading(request.app.state.engine) as connection:
        own = {(one.kind, one.language): one for one in wordings.newest(connection, record.id)}
        aside = wordings.set_aside(connection, record.id)
    rows = {
        kind: [_cell(own.get((kind, language)), kind, language, aside) for language in full.languages]
        for kind in KINDS
        if deeds.editable(kind)
    }
    lost = [one for (kind, _), one in own.items() if kind not in rows and not one.house]
    return page(
        request, "office/letter_texts.html", **frame(record, plan, reader), rows=rows, languages=full.languages,
        lost=lost, kinds=KINDS,
    )  # fmt: skip


def _cell(own: Version | None, kind: str, language: str, aside: Mapping[tuple[str, str], int]) -> Cell:
    stands = own if own is not None and not own.house else None
    broken = stands is not None and bool(checking.wrong_with(kind, language, stands.text))
    return Cell(language, stands, broken, aside.get((kind, language), 0))


@get("/rounds/{code:str}/letters/templates/{kind:str}/{language:str}", opt=OPT)
@in_thread
def editor(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], kind: FromPath[str], language: FromPath[str],
    number: FromQuery[int] = 0, of: FromQuery[str] = "", sample: FromQuery[int] = 1,
) -> Response[Any]:  # fmt: skip
    """One letter: its text, the names it may use, how it comes out, its earlier versions."""
    record, plan, full = _round(request, reader, code, kind, language)
    return _page(request, reader, (record, plan, full), (kind, language), None, number=number, of=of, sample=sample)


@post("/rounds/{code:str}/letters/templates/{kind:str}/{language:str}", opt=OPT, status_code=200)
@in_thread
def write(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], kind: FromPath[str], language: FromPath[str],
    data: Form,
) -> Response[Any] | Redirect:  # fmt: skip
    """Look at a text, or keep it as the round's own."""
    found = _round(request, reader, code, kind, language, Deed.WORD)
    text = tidied(Wording(first(data, "subject"), first(data, "heading"), first(data, "body")))
    typed = Typed(text, whole(first(data, "version")) or 0)
    asked: dict[str, Any] = {"of": first(data, "of"), "sample": whole(first(data, "sample")) or 1}
    if first(data, "do") != "save":
        return _page(request, reader, found, (kind, language), typed, **asked)
    try:
        deeds.save(
            request.app.state.engine, found[0].id, kind, language, text, version=typed.version,
            person_id=reader.person_id, now=reader.now,
        )  # fmt: skip
    except (BadInput, Conflict) as wrong:
        return _page(request, reader, found, (kind, language), replace(typed, wrong=wrong), **asked)
    return go(f"/rounds/{code}/letters/templates/{kind}/{language}#look")


@post("/rounds/{code:str}/letters/templates/{kind:str}/{language:str}/{deed:str}", opt=OPT)
@in_thread
def turn_back(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], kind: FromPath[str], language: FromPath[str],
    deed: FromPath[str], data: Form,
) -> Redirect:  # fmt: skip
    """Let an earlier version stand again (`restore`), or the house's text (`reset`)."""
    record, _plan = round_of(request, reader, code, Deed.WORD)
    version, engine = whole(first(data, "version")) or 0, request.app.state.engine
    who: dict[str, Any] = {"version": version, "person_id": reader.person_id, "now": reader.now}
    if deed == "restore":
        deeds.restore(engine, record.id, kind, language, number=whole(first(data, "number")) or 0, **who)
    elif deed == "reset":
        deeds.reset(engine, record.id, kind, language, **who)
    else:
        raise NotFoundException
    if kind not in KINDS:
        return go(f"/rounds/{code}/letters/templates")
    return go(f"/rounds/{code}/letters/templates/{kind}/{language}")


def _round(
    request: Request[Any, Any, Any], reader: Reader, code: str, kind: str = "", language: str = "",
    deed: Deed | None = None,
) -> tuple[RoundPage, Plan, RoundRecord]:  # fmt: skip
    record, plan = round_of(request, reader, code, deed)
    with reading(request.app.state.engine) as connection:
        full = rounds.round_by_id(connection, record.id)
    if Field.WORDINGS not in seen(record, reader):
        raise NotFoundException
    if kind and not (deeds.editable(kind) and language in full.languages):
        raise NotFoundException
    return record, plan, full


def _page(
    request: Request[Any, Any, Any], reader: Reader, found: tuple[RoundPage, Plan, RoundRecord],
    letter: tuple[str, str], typed: Typed | None, *, number: int = 0, of: str = "", sample: int = 1,
) -> Response[Any]:  # fmt: skip
    """`typed`: what somebody typed and did not keep; else what stands, or version `number`."""
    record, plan, full = found
    kind, language = letter
    with reading(request.app.state.engine) as connection:
        every = wordings.versions(connection, record.id, kind, language)
        stands = every[0] if every and not every[0].house else None
        older = next((one for one in every if one.version == number and not one.house), None)
        text = typed.text if typed else older.text if older else stands.text if stands else start(kind, language)
        faults = checking.wrong_with(kind, language, text)
        shown = Look() if faults else look(connection, request, reader, found, letter, text, of, sample)
        aside = wordings.set_aside(connection, record.id).get(letter, 0)
    wrong = typed.wrong if typed else None
    return page(
        request,
        "office/letter_text.html",
        status=409 if isinstance(wrong, Conflict) else 422 if wrong else 200,
        **frame(record, plan, reader),
        kind=kind,
        told=KINDS[kind].told,
        language=language,
        languages=full.languages,
        text=text,
        stands=stands,
        older=older,
        version=typed.version if typed else every[0].version if every else 0,
        versions=every,
        faults=faults,
        wrong=wrong,
        look=shown,
        aside=aside,
        offers=offers(kind, language, sample),
        samples=sum(name == kind for name, _ in samples(language)),
        sample=sample,
        of=of,
        with_application=kind in OF_APPLICATION,
        may_word=may(Role.OFFICER, Deed.WORD, record.timetable, reader.now),
        changed=typed is not None or (stands or older) is not None,
    )


def needs(connection: Connection, record: RoundPage, reader: Reader) -> list[Need]:
    """Own texts that cannot be used any more, so that letters go out in the house's words."""
    broken = [
        key
        for key, text in wordings.standing(connection, record.id).items()
        if key[0] not in KINDS or checking.wrong_with(*key, text)
    ]
    if not broken:
        return []
    says = reader.words.ngettext(
        "{n} letter of your own can no longer be used; the usual text goes out instead.",
        "{n} letters of your own can no longer be used; the usual text goes out instead.",
        len(broken),
    )
    link = f"/rounds/{record.code}/letters/templates"
    return [Need(len(broken), says.format(n=len(broken)), link, reader.words.gettext("Put right"), "now")]


HANDLERS = [sheet, texts, editor, write, turn_back]
