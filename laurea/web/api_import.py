"""Files programs send in: the same readers, refusals and deeds as `laurea round import`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from litestar import Request, Response, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery, HeaderParameter, MultipartBody

from evaluators.permissions import Scope
from laurea import clock
from laurea.errors import BadInput
from laurea.intake import Asked, Imported
from laurea.ledger import Actor
from laurea.store import programs
from laurea.store.engine import Connection, Engine, reading
from laurea.store.programs import Token
from laurea.web.api_gate import Program, round_for
from laurea.web.api_words import ImportAnswer, ImportOperation, described, places, problem
from laurea.web.files_in import CHILDREN, Kind, digest_of, kept, run
from laurea.web.render import in_thread

LARGEST_IMPORT = 200_000_000  # bytes
Key = Annotated[str | None, HeaderParameter(name="Idempotency-Key", min_length=1, max_length=255, required=False)]


@post(
    "/rounds/{code:str}/imports/{kind:str}",
    opt={"program": True, "scope": Scope.IMPORT},
    status_code=200,
    request_max_body_size=LARGEST_IMPORT,
    operation_id="import",
    operation_class=ImportOperation,
    summary="Import a file",
    tags=["import"],
    responses=described("not-now", "conflict", "too-large", "bad-input", "key-used"),
)
@in_thread
def take_in(
    request: Request[Any, Any, Any],
    program: Program,
    code: FromPath[str],
    kind: FromPath[Kind],
    data: MultipartBody[dict[str, UploadFile]],
    key: Key = None,
    dry_run: FromQuery[bool] = False,
    assigns: FromQuery[bool] = False,
) -> Response[ImportAnswer]:
    """Take a file into the round: multipart/form-data with a part `file`; for applications also `children.NAME` for
    each list of facts. The ending of a file's name says what it is: .csv, .jsonl (JSON lines), .parquet or .xlsx.

    A wrong row is refused with file, row, field, problem and remedy; the other rows come in. A file that cannot be
    read at all changes nothing. With `dry_run` nothing is kept. `assigns` is for sheets of jurors assigned elsewhere.

    Sent again under the same Idempotency-Key, the request is not done twice: the answer is the first one.
    """
    now = clock.now()
    record, _ = round_for(request, program, code, now)
    if "file" not in data or any(name != "file" and not name.startswith(CHILDREN) for name in data):
        raise BadInput(
            "The form has no part called file, or a part nobody reads.",
            remedy="Send the table as the part `file`, and lists of facts as `children.NAME`.",
        )
    engine = request.app.state.engine
    with tempfile.TemporaryDirectory(prefix="laurea-") as folder:
        files = {name: kept(one, Path(folder), number) for number, (name, one) in enumerate(sorted(data.items()))}
        digest = digest_of([code, kind, str(assigns), str(dry_run)], files)
        if key is not None and not dry_run:
            before = _before(engine, program, key, digest)
            if before is not None:
                return before
        asked = Asked(not dry_run, _receipt(program, kind, key, digest, now) if key is not None else None)
        done = run(engine, record.id, kind, files, Actor.program(program.id), now, asked, assigns=assigns)
    return Response(_answer(kind, done, dry_run=dry_run))


def _before(engine: Engine, program: Token, key: str, digest: str) -> Response[Any] | None:
    """What this key was answered before, if it was used."""
    with reading(engine) as connection:
        kept = programs.kept_answer(connection, program.id, key)
    if kept is None:
        return None
    if kept.digest != digest:
        return problem("key-used", remedy="Take a new key for every new request.")
    return Response(kept.answer, headers={"idempotent-replayed": "true"})


def _receipt(program: Token, kind: str, key: str, digest: str, now: datetime) -> Callable[[Connection, Imported], None]:
    def keep(connection: Connection, done: Imported) -> None:
        answer = asdict(_answer(kind, done, dry_run=False))
        programs.keep_answer(connection, program, key=key, digest=digest, answer=answer, now=now)

    return keep


def _answer(kind: str, done: Imported, *, dry_run: bool) -> ImportAnswer:
    return ImportAnswer(kind, dry_run, done.added, done.known, done.completed, places(done.refusals))


HANDLERS = [take_in]
