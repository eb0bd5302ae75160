"""A web page as it was frozen, beside what it is now: for the officer of a round and for a juror of the application."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from evaluators.frozen import differences
from evaluators.permissions import Deed, Field, Role
from laurea.actions import freeze
from laurea.store import frozen, keeping
from laurea.store.engine import reading
from laurea.store.frozen import Page
from laurea.web.forms import Form, Who, first
from laurea.web.looks import noted
from laurea.web.office_frame import round_of, seen
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from laurea.web.sheet_page import readable

OFFICE = {"role": Role.OFFICER}


@get("/rounds/{code:str}/applications/{application_id:int}/pages/{number:int}", opt=OFFICE)
@noted("application")
def for_officer(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    application_id: FromPath[int],
    number: FromPath[int],
) -> Response[Any]:
    """A page an application points to."""
    record, _plan = round_of(request, reader, code)
    if Field.EVIDENCE not in seen(record, reader):
        raise NotFoundException
    with reading(request.app.state.engine) as connection:
        held = [one for one in frozen.pages_of_round(connection, record.id) if one.application_id == application_id]
    return _show(request, held, number, f"/rounds/{code}/applications/{application_id}", record.title)


@get("/sheets/{assignment_id:int}/pages/{number:int}", opt={"role": Role.JUROR})
@in_thread
def for_juror(
    request: Request[Any, Any, Any], reader: Who, assignment_id: FromPath[int], number: FromPath[int]
) -> Response[Any]:
    """A page of an application the juror may read: after declaring, and never with a conflict."""
    with reading(request.app.state.engine) as connection:
        desk = readable(connection, reader, assignment_id)
        held = frozen.pages_of(connection, desk.application_id)
    return _show(request, held, number, f"/sheets/{assignment_id}", desk.unit_name or desk.ref)


def _show(
    request: Request[Any, Any, Any], held: list[Page], number: int, back: str, heading: str
) -> Response[Any]:  # fmt: skip
    """Its text, as text: nothing of the page itself is ever run or shown as it came."""
    one = next((page for page in held if page.id == number and page.digest), None)
    if one is None:
        raise NotFoundException
    with reading(request.app.state.engine) as connection:
        before = _text(keeping.read(connection, one.digest or ""))
        after = _text(keeping.read(connection, one.now_digest or "")) if one.changed_at else None
    differs = differences(before, after) if before is not None and after is not None else []
    return page(request, "office/frozen.html", one=one, text=before, differs=differs, back=back, heading=heading)


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode()


@post("/rounds/{code:str}/applications/{application_id:int}/pages", opt=OFFICE)
@in_thread
def name(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], application_id: FromPath[int], data: Form
) -> Redirect:
    """Have a page frozen, or all pages of the application looked at again."""
    state, record = request.app.state, _gathering(request, reader, code)
    common: dict[str, Any] = {"settings": state.settings, "now": reader.now}
    address = first(data, "address").strip()
    if address:
        freeze.name(
            state.engine, record, application_id, address=address, person_id=reader.person_id, **common
        )  # fmt: skip
    freeze.freeze(state.engine, record, application_id=application_id, **common)
    return go(f"/rounds/{code}/applications/{application_id}#pages")


def _gathering(request: Request[Any, Any, Any], reader: Reader, code: str) -> int:
    record, _plan = round_of(request, reader, code, Deed.GATHER)
    return record.id


HANDLERS = [for_officer, for_juror, name]
