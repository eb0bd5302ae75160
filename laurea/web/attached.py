"""Files of an application: applicants add them to a draft and take their own away, officers the originals. Officers are
shown pictures of their pages, and jurors nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, MultipartBody
from litestar.response import Redirect

from evaluators.permissions import Deed, Field, Role, may
from laurea.actions import attach
from laurea.actions.apply import Elsewhere
from laurea.errors import BadInput, LaureaError
from laurea.sources.attached import LARGEST, MEGABYTES, MOST_FILES, PICTURE, name_of
from laurea.store import attached, pages_applicant, pages_lists, replays
from laurea.store.engine import Connection, reading
from laurea.store.pages_round import RoundPage
from laurea.web.applicant_draft import draft_page, find, save_typed
from laurea.web.forms import Who, first
from laurea.web.looks import noted
from laurea.web.office_frame import round_of, seen
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread
from laurea.web.sheet_page import readable

APPLICANT, JUROR, OFFICER = {"role": Role.APPLICANT}, {"role": Role.JUROR}, {"role": Role.OFFICER}
LARGEST_SENT = MOST_FILES * LARGEST + 1_000_000  # bytes: all the files of an application, and its form
ALONE = {"cache-control": "private, no-store", "cross-origin-resource-policy": "same-origin"}
_SUFFIXES = {"jpeg": (".jpg", ".jpeg")}


@get("/drafts/{key:str}/files", opt=APPLICANT)
@in_thread
def back(request: Request[Any, Any, Any], reader: Who, key: FromPath[str]) -> Redirect:
    """Where somebody comes who asks again for the answer to what they sent."""
    return go(f"/drafts/{key}#files")


def fewer(_: Callable[[str], str]) -> str:
    """What to do where more was sent than all files of an application may be."""
    return _("Add fewer at a time, or smaller ones. Nothing was kept.")


@post(
    "/drafts/{key:str}/files",
    opt={**APPLICANT, "megabytes": MOST_FILES * MEGABYTES, "fewer": fewer},
    status_code=200,
    request_max_body_size=LARGEST_SENT,
)
@in_thread
def change(
    request: Request[Any, Any, Any], reader: Who, key: FromPath[str], data: MultipartBody[dict[str, Any]]
) -> Response[Any] | Redirect:
    """Add files, or take one out (`out`, its digest); what stands in the form beside them is saved as well."""
    find(request, reader, key)
    wrong: list[tuple[str, LaureaError]] = []
    who: dict[str, Any] = {"person_id": reader.person_id, "key": key, "now": reader.now}
    if first(data, "out"):
        attach.take_out(request.app.state.engine, digest=first(data, "out"), **who)
    else:
        wrong = _add(request, reader, data, who)
    try:
        save_typed(request, reader, key, data)
    except Elsewhere as found:
        return draft_page(request, reader, key, status=409, typed=data, theirs=found.theirs, wrong=wrong)
    if wrong:
        return draft_page(request, reader, key, status=422, wrong=wrong)
    return go(f"/drafts/{key}?done=draft-{key}#files")


def _add(
    request: Request[Any, Any, Any], reader: Reader, data: dict[str, Any], who: dict[str, Any]
) -> list[tuple[str, LaureaError]]:
    """Add what was sent; the files that were not taken, each with why."""
    _, given = reader.words.gettext, data.get("added", [])
    files = [one for one in (given if isinstance(given, list) else [given]) if isinstance(one, UploadFile)]
    wrong: list[tuple[str, LaureaError]] = []
    for one in files:
        if not one.filename:
            continue
        one.file.seek(0)
        try:
            attach.add(request.app.state.engine, name=one.filename, content=one.file.read(LARGEST + 1), **who)
        except BadInput as refused:
            wrong.append((name_of(one.filename), refused))
    if not any(one.filename for one in files):
        wrong.append(("", BadInput(_("No file was sent."), remedy=_("Choose a file, then send it."))))
    return wrong


@get("/drafts/{key:str}/files/{number:int}", opt=APPLICANT)
@in_thread
def of_draft(
    request: Request[Any, Any, Any], reader: Who, key: FromPath[str], number: FromPath[int]
) -> Response[bytes]:
    """A file of one's own draft, as it was sent."""
    draft = find(request, reader, key)
    with reading(request.app.state.engine) as connection:
        return _original(attached.whole(connection, number, draft_id=draft.id), number)


@get("/my/{key:str}/files/{number:int}", opt=APPLICANT)
@in_thread
def own(request: Request[Any, Any, Any], reader: Who, key: FromPath[str], number: FromPath[int]) -> Response[bytes]:
    """A file of one's own application, as it was handed in."""
    with reading(request.app.state.engine) as connection:
        mine = pages_applicant.own(connection, reader.person_id, key)
        if mine is None:
            raise NotFoundException
        return _original(attached.whole(connection, number, application_id=mine.id), number)


@get("/rounds/{code:str}/applications/{application_id:int}/files/{number:int}", opt=OFFICER)
@noted("application")
def for_officer(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    application_id: FromPath[int],
    number: FromPath[int],
) -> Response[bytes]:
    """A file of an application, as it was handed in."""
    record, _plan = round_of(request, reader, code)
    with reading(request.app.state.engine) as connection:
        _evidence_of(connection, record, reader, application_id)
        return _original(attached.whole(connection, number, application_id=application_id), number)


@get("/rounds/{code:str}/applications/{application_id:int}/pictures/{number:int}/{side:int}", opt=OFFICER)
@noted("application")
def pictured(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    application_id: FromPath[int],
    number: FromPath[int],
    side: FromPath[int],
) -> Response[bytes]:
    """A page of a file of an application, as its jurors see it: nothing that a stranger sent has to be opened."""
    record, _plan = round_of(request, reader, code)
    with reading(request.app.state.engine) as connection:
        _evidence_of(connection, record, reader, application_id)
        return _picture(attached.picture(connection, application_id, number, side))


def _evidence_of(connection: Connection, record: RoundPage, reader: Reader, application_id: int) -> None:
    """Not found for an officer who may not see this application's evidence."""
    held = pages_lists.application(connection, record.id, application_id)
    if held is None or Field.EVIDENCE not in seen(record, reader):
        raise NotFoundException


@get("/sheets/{assignment_id:int}/files/{number:int}/{side:int}", opt=JUROR)
@in_thread
def for_juror(
    request: Request[Any, Any, Any],
    reader: Who,
    assignment_id: FromPath[int],
    number: FromPath[int],
    side: FromPath[int],
) -> Response[bytes]:
    """A page of a file of an application the juror may read: after declaring, and never with a conflict."""
    with reading(request.app.state.engine) as connection:
        desk = readable(connection, reader, assignment_id)
        return _picture(attached.picture(connection, desk.application_id, number, side))


@get("/again/{number:int}/files/{item:int}/{side:int}", opt=JUROR)
@in_thread
def for_another(
    request: Request[Any, Any, Any], reader: Who, number: FromPath[int], item: FromPath[int], side: FromPath[int]
) -> Response[bytes]:
    """A page of a file, for the juror who judges again what an appeal contests."""
    with reading(request.app.state.engine) as connection:
        task = replays.task(connection, reader.person_id, number)
        if task is None or task.state == "asked" or not may(Role.JUROR, Deed.JUDGE_AGAIN, task.timetable, reader.now):
            raise NotFoundException
        return _picture(attached.picture(connection, task.application_id, item, side))


def _picture(found: bytes | None) -> Response[bytes]:
    """A picture for a page of ours. That it has a disposition sets it apart from our pages (`gate.set_headers`)."""
    if found is None:
        raise NotFoundException
    return Response(found, media_type=PICTURE, headers={**ALONE, "content-disposition": "inline"})


def _original(found: tuple[str, str, bytes] | None, number: int) -> Response[bytes]:
    """A file to be kept, never shown: no browser is told what it is. Its name ends as its content says."""
    if found is None:
        raise NotFoundException
    name, kind, content = found
    ending = _SUFFIXES.get(kind, (f".{kind}",))
    if not name.lower().endswith(ending):
        name += ending[0]
    plain = f"file-{number}{ending[0]}"
    told = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type="application/octet-stream", headers={**ALONE, "content-disposition": told})


HANDLERS = [back, change, of_draft, own, for_officer, pictured, for_juror, for_another]
