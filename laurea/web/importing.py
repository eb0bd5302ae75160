"""An officer's room: files are sent, looked at, and taken into the round; what is refused says how to mend it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, MultipartBody
from litestar.response import Redirect

from evaluators.permissions import Deed, Role, may
from laurea.actions import uploads
from laurea.errors import BadInput, Conflict, LaureaError
from laurea.intake import ORDINARY, Asked, Imported
from laurea.ledger import Actor
from laurea.sources.files import APPLICATION_COLUMNS
from laurea.sources.tables import columns_of
from laurea.store import uploads as store_uploads
from laurea.store.engine import reading
from laurea.store.pages_round import RoundPage
from laurea.store.uploads import Upload
from laurea.web.api_files import as_csv
from laurea.web.files_in import CHILDREN, Kind, digest_of, kept, run
from laurea.web.forms import Form, Who, first
from laurea.web.looks import noted
from laurea.web.office_frame import frame, paged, round_of
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from rules.plan import Plan
from rules.ruleset import say

OPT = {"role": Role.OFFICER}
LARGEST_UPLOAD = 50_000_000  # bytes of all files sent together; a program may send more
KINDS: tuple[str, ...] = get_args(Kind)
SHOWN = 50  # records named one by one on a page
DRY = Asked(keep=False)


@get("/rounds/{code:str}/import", opt=OPT)
@in_thread
def choose(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], kind: FromQuery[str] = ""
) -> Response[Any]:
    """What can be sent, with the columns a file may have; and what waits to be taken in."""
    record, plan = round_of(request, reader, code, Deed.IMPORT)
    return _form(request, reader, record, plan, kind)


def _form(
    request: Request[Any, Any, Any],
    reader: Reader,
    record: RoundPage,
    plan: Plan,
    kind: str,
    wrong: LaureaError | None = None,
) -> Response[Any]:
    with reading(request.app.state.engine) as connection:
        sent = store_uploads.of_round(connection, record.id)
    kinds = KINDS if plan.jury is not None else KINDS[:1]
    kind = kind if kind in kinds else kinds[0]
    lists = [(name, fact) for name, fact in plan.ruleset.facts.items() if fact.type == "list"]
    return page(
        request,
        "office/import.html",
        status=200 if wrong is None else 422,
        **frame(record, plan, reader),
        kinds=kinds,
        kind=kind,
        columns=_columns(plan, kind),
        meanings={name: say(fact.meaning, reader.language) for name, fact in plan.ruleset.facts.items()},
        lists=[(name, say(fact.meaning, reader.language), list(fact.fields)) for name, fact in lists],
        sent=sent,
        wrong=wrong,
        refused=wrong.refusals if isinstance(wrong, BadInput) else (),
        megabytes=LARGEST_UPLOAD // 1_000_000,
    )


def _columns(plan: Plan, kind: str) -> tuple[Sequence[str], Sequence[str]]:
    """The columns a file of this kind must have, and those it may have."""
    if kind != "applications":
        return columns_of(kind)
    must, rest = APPLICATION_COLUMNS
    return must, [*rest, *(name for name, fact in plan.ruleset.facts.items() if fact.type != "list")]


@get("/rounds/{code:str}/import.csv", opt=OPT)
@in_thread
def template(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], kind: FromQuery[str] = ""
) -> Response[Any]:
    """An empty file of a kind, or of one list of facts (`children.NAME`): its header alone."""
    _, plan = round_of(request, reader, code, Deed.IMPORT)
    fact = plan.ruleset.facts.get(kind.removeprefix(CHILDREN))
    if kind.startswith(CHILDREN) and fact is not None and fact.type == "list":
        names = ["application_id", *fact.fields]
    elif kind in KINDS:
        names = [name for part in _columns(plan, kind) for name in part]
    else:
        raise NotFoundException
    return as_csv(f"{code}-{kind.replace('.', '-')}", [names])


@post(
    "/rounds/{code:str}/import",
    opt={**OPT, "megabytes": LARGEST_UPLOAD // 1_000_000},
    status_code=200,
    request_max_body_size=LARGEST_UPLOAD,
)
@in_thread
def send(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    data: MultipartBody[dict[str, Any]],
) -> Response[Any] | Redirect:
    """Keep files and see what they would do; a file that cannot be read at all is refused here."""
    record, plan = round_of(request, reader, code, Deed.IMPORT)
    engine = request.app.state.engine
    kind, assigns = first(data, "kind"), first(data, "assigns") == "yes"
    sent = {name: one for name, one in data.items() if isinstance(one, UploadFile) and one.filename}
    try:
        if kind not in KINDS or "file" not in sent or any(name != "file" and CHILDREN not in name for name in sent):
            _ = reader.words.gettext
            raise BadInput(_("No file was sent."), remedy=_("Choose a file, then send it."))
        with tempfile.TemporaryDirectory(prefix="laurea-") as folder:
            files = {name: kept(one, Path(folder), number) for number, (name, one) in enumerate(sorted(sent.items()))}
            actor = Actor.person(reader.person_id)
            would = run(engine, record.id, kind, files, actor, reader.now, DRY, assigns=assigns)
            key = uploads.keep(
                engine, record.id, kind=kind, assigns=assigns, files=files, would=would,
                digest=digest_of([code, kind, str(assigns)], files), person_id=reader.person_id, now=reader.now,
            )  # fmt: skip
    except LaureaError as wrong:
        return _form(request, reader, record, plan, kind, wrong)
    return go(f"/rounds/{code}/import/{key}")


def _upload(request: Request[Any, Any, Any], record: RoundPage, key: str) -> Upload:
    with reading(request.app.state.engine) as connection:
        found = store_uploads.of_round(connection, record.id, key)
    if not found:
        raise NotFoundException
    return found[0]


@get("/rounds/{code:str}/import/{key:str}", opt=OPT)
@noted()
def look(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], key: FromPath[str], side: FromQuery[int] = 1
) -> Response[Any]:
    """What the files would do, record by record and refusal by refusal; or what they did."""
    record, plan = round_of(request, reader, code)
    return _look(request, reader, record, plan, _upload(request, record, key), side=side)


def _look(
    request: Request[Any, Any, Any],
    reader: Reader,
    record: RoundPage,
    plan: Plan,
    upload: Upload,
    *,
    side: int = 1,
    wrong: LaureaError | None = None,
) -> Response[Any]:
    changes = upload.told["changes"]
    return page(
        request,
        "office/import_look.html",
        status=200 if wrong is None else 409,
        **frame(record, plan, reader),
        upload=upload,
        told=upload.told,
        new=[one for one in changes if one[0]],
        changed=[one for one in changes if not one[0]],
        shown=SHOWN,
        refused=paged(upload.told["refusals"], side),
        wrong=wrong,
        may_import=may(Role.OFFICER, Deed.IMPORT, record.timetable, reader.now),
    )


@post("/rounds/{code:str}/import/{key:str}", opt=OPT, status_code=200)
@in_thread
def take(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], key: FromPath[str], data: Form
) -> Response[Any] | Redirect:
    """Take the files in, exactly as they were looked at, or throw them away."""
    record, plan = round_of(request, reader, code, Deed.IMPORT)
    engine, upload = request.app.state.engine, _upload(request, record, key)
    if first(data, "do") == "discard":
        uploads.discard(engine, record.id, upload, person_id=reader.person_id, now=reader.now)
        return go(f"/rounds/{code}/import?kind={upload.kind}")
    if upload.taken_at is not None:  # pressed twice
        return go(f"/rounds/{code}/import/{key}")
    try:
        _run(request, reader, record, upload, Asked(receipt=uploads.receipt(upload, reader.person_id, reader.now)))
    except Conflict as wrong:
        upload = _upload(request, record, key)
        if upload.taken_at is None:
            uploads.look_again(engine, upload, _run(request, reader, record, upload, DRY))
        return _look(request, reader, record, plan, _upload(request, record, key), wrong=wrong)
    except LaureaError as wrong:
        return _look(request, reader, record, plan, upload, wrong=wrong)
    return go(f"/rounds/{code}/import/{key}")


def _run(
    request: Request[Any, Any, Any], reader: Reader, record: RoundPage, upload: Upload, asked: Asked = ORDINARY
) -> Imported:
    engine, actor = request.app.state.engine, Actor.person(reader.person_id)
    with tempfile.TemporaryDirectory(prefix="laurea-") as folder:
        with reading(engine) as connection:
            files = store_uploads.unpack(connection, upload.id, Path(folder))
        return run(engine, record.id, upload.kind, files, actor, reader.now, asked, assigns=upload.assigns)


@get("/rounds/{code:str}/import/{key:str}/refused.csv", opt=OPT)
@noted()
def refused(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], key: FromPath[str]) -> Response[Any]:
    """What is refused, as a file to mend by."""
    record, _ = round_of(request, reader, code)
    rows = _upload(request, record, key).told["refusals"]
    return as_csv(f"{code}-refused", [("file", "row", "field", "problem", "remedy"), *rows])


HANDLERS = [choose, template, send, look, take, refused]
