"""The evidence desk of an office: exports looked at and taken in, who took part in what, sources that are watched."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, MultipartBody
from litestar.response import Redirect

from evaluators.permissions import Deed, Field, Role, may_at_home, sees_at_home
from evaluators.registers import KINDS, PARTICIPATION
from laurea.actions import participation, take_register
from laurea.errors import BadInput
from laurea.sources.portal_exports import LARGEST
from laurea.store import registers, rounds
from laurea.store.engine import reading
from laurea.store.registers import Import
from laurea.web.forms import Form, Who, first
from laurea.web.looks import noted
from laurea.web.office_frame import paged
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page

OPT = {"role": Role.OFFICER}
HOME = "/evidence"


def _entering(deed: Deed | None = None) -> None:
    """Whether an officer sees the desk, and may do this."""
    if Field.REGISTERS not in sees_at_home(Role.OFFICER) or (deed and not may_at_home(Role.OFFICER, deed)):
        raise NotFoundException


@get(HOME, opt=OPT)
@in_thread
def desk(request: Request[Any, Any, Any], reader: Who, done: FromQuery[str] = "") -> Response[Any]:
    """What the desk holds, the files that came, and the sources that are watched."""
    _entering()
    return _desk(request, reader, done=done)


def _desk(
    request: Request[Any, Any, Any],
    reader: Reader,
    *,
    wrong: BadInput | None = None,
    kind: str = "",
    done: str = "",
) -> Response[Any]:
    settings = request.app.state.settings
    with reading(request.app.state.engine) as connection:
        held = {one.kind: one for one in registers.holdings(connection, reader.authority_id)}
        came = registers.imports(connection, reader.authority_id)
        seen = registers.watched(connection, reader.authority_id)
        code = rounds.authority_of(connection, reader.authority_id).code
    return page(
        request,
        "office/evidence.html",
        status=422 if wrong else 200,
        kinds=KINDS,
        held=held,
        came=came,
        waiting=[one for one in came if one.state == "waiting"],
        watched=[
            (one, seen.get((reader.authority_id, one)))
            for one in KINDS
            if f"{code}/{one}" in settings.watched
        ],
        wrong=wrong,
        chosen=kind,
        done=done,
        largest=LARGEST // 1_000_000,
    )  # fmt: skip


@post(f"{HOME}/files", opt=OPT, request_max_body_size=LARGEST + 1_000_000)
@in_thread
def send(request: Request[Any, Any, Any], reader: Who, data: MultipartBody[dict[str, Any]]) -> Response[Any]:
    """Look at an export: what it would change."""
    _entering(Deed.REGISTER)
    state = request.app.state
    upload, kind = data.get("file"), first(data, "kind")
    if not isinstance(upload, UploadFile) or not upload.filename:
        return _desk(request, reader, wrong=BadInput("There is no file.", remedy="Choose one."), kind=kind)
    try:
        upload.file.seek(0)
        number = take_register.preview(
            state.engine, authority_id=reader.authority_id, kind=kind, name=upload.filename,
            content=upload.file.read(LARGEST + 1), settings=state.settings, person_id=reader.person_id, now=reader.now,
        )  # fmt: skip
    except BadInput as wrong:
        return _desk(request, reader, wrong=wrong, kind=kind)
    return go(f"{HOME}/files/{number}")


@get(HOME + "/files/{number:int}", opt=OPT)
@noted("office")
def file(
    request: Request[Any, Any, Any], reader: Who, number: FromPath[int], side: FromQuery[int] = 1
) -> Response[Any]:
    """One file: what it changes or changed, row by row, and what of it could not be read."""
    _entering()
    with reading(request.app.state.engine) as connection:
        found = registers.imports(connection, reader.authority_id, number=number)
    if not found:
        raise NotFoundException
    return page(request, "office/evidence_file.html", one=found[0], found=_changes(found[0], side))


def _changes(one: Import, side: int) -> Any:
    """Its changes, a page at a time: what goes and changes before what is new."""
    order = {"gone": 0, "changed": 1, "new": 2}
    return paged(sorted(one.changes, key=lambda change: order[change["what"]]), side)


@post(HOME + "/files/{number:int}/{deed:str}", opt=OPT)
@in_thread
def settle(
    request: Request[Any, Any, Any], reader: Who, number: FromPath[int], deed: FromPath[str], data: Form
) -> Redirect:
    """Take a file in, or leave it."""
    _entering(Deed.REGISTER)
    state = request.app.state
    if deed not in ("take", "leave"):
        raise NotFoundException
    if deed == "take":
        take_register.take(
            state.engine, authority_id=reader.authority_id, number=number, settings=state.settings,
            person_id=reader.person_id, now=reader.now,
        )  # fmt: skip
    else:
        take_register.discard(
            state.engine, authority_id=reader.authority_id, number=number, person_id=reader.person_id, now=reader.now
        )
    return go(f"{HOME}/files/{number}" if deed == "take" else f"{HOME}?done=left")


@get(f"{HOME}/participations", opt=OPT)
@noted("office")
def participations(
    request: Request[Any, Any, Any], reader: Who, unit: FromQuery[str] = "", done: FromQuery[str] = ""
) -> Response[Any]:
    """Who took part in what."""
    _entering()
    return _participations(request, reader, unit=unit, done=done)


def _participations(
    request: Request[Any, Any, Any],
    reader: Reader,
    *,
    unit: str = "",
    done: str = "",
    typed: dict[str, str] | None = None,
    wrong: BadInput | None = None,
) -> Response[Any]:
    with reading(request.app.state.engine) as connection:
        found = registers.participations(connection, reader.authority_id, unit.strip()[:80])
    return page(
        request,
        "office/evidence_participations.html",
        status=422 if wrong else 200,
        found=found,
        unit=unit,
        done=done,
        typed=typed or {},
        wrong={one.field: f"{one.problem} {one.remedy}" for one in wrong.refusals} if wrong else {},
        known=bool(wrong and not wrong.refusals),
    )


@post(f"{HOME}/participations", opt=OPT)
@in_thread
def enter(request: Request[Any, Any, Any], reader: Who, data: Form) -> Response[Any]:
    """Write one participation down."""
    _entering(Deed.REGISTER)
    typed = {name: first(data, name) for name in ("unit_id", *PARTICIPATION)}
    try:
        participation.enter(
            request.app.state.engine, authority_id=reader.authority_id, typed=typed, person_id=reader.person_id,
            now=reader.now,
        )  # fmt: skip
    except BadInput as wrong:
        return _participations(request, reader, typed=typed, wrong=wrong)
    return go(f"{HOME}/participations?done=entered")


@post(HOME + "/participations/{number:int}/withdraw", opt=OPT)
@in_thread
def withdraw(request: Request[Any, Any, Any], reader: Who, number: FromPath[int], data: Form) -> Redirect:
    """Take a participation that was entered by hand away."""
    _entering(Deed.REGISTER)
    participation.withdraw(
        request.app.state.engine, authority_id=reader.authority_id, number=number, person_id=reader.person_id,
        now=reader.now,
    )  # fmt: skip
    return go(f"{HOME}/participations?done=withdrawn")


HANDLERS = [desk, send, file, settle, participations, enter, withdraw]
