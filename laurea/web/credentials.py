"""Credentials in public: who signs (did.json), what was withdrawn (status lists), and the check of one sent in."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, MultipartBody

from laurea import credentials
from laurea.documents.credentials import LONGEST, MEDIA_TYPE
from laurea.store import pages_public
from laurea.store.engine import reading
from laurea.web.forms import Who, first
from laurea.web.public import titles_of
from laurea.web.reader import EVERY_LANGUAGE
from laurea.web.render import in_thread, page

KEPT = {"cache-control": "public, max-age=300", "access-control-allow-origin": "*"}  # programs of others read these


@get("/credentials/{code:str}/did.json")
@in_thread
def did(request: Request[Any, Any, Any], code: FromPath[str]) -> Response[Any]:
    """The keys an authority signs with."""
    with reading(request.app.state.engine) as connection:
        found = credentials.did_document(connection, code, settings=request.app.state.settings)
    if found is None:
        raise NotFoundException
    return Response(found, media_type="application/json", headers=KEPT)


@get("/credentials/{code:str}/status/{side:int}")
@in_thread
def status(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], side: FromPath[int]) -> Response[Any]:
    """Which of an authority's labels were withdrawn, as signed bits."""
    if not 0 <= side < 100_000:
        raise NotFoundException
    with reading(request.app.state.engine) as connection:
        settings = request.app.state.settings
        found = credentials.status_list(connection, code, side, settings=settings, now=reader.now)
    if found is None:
        raise NotFoundException
    return Response(found.encode(), media_type=MEDIA_TYPE, headers=KEPT)


@post("/credentials/check", opt=EVERY_LANGUAGE, status_code=200)
@in_thread
def check(request: Request[Any, Any, Any], reader: Who, data: MultipartBody[dict[str, Any]]) -> Response[Any]:
    """What a credential is worth that somebody sends as a file or as text."""
    state = request.app.state
    text = _sent(data)
    with reading(state.engine) as connection:
        found = credentials.examine(connection, text, settings=state.settings, now=reader.now)
        certificate = pages_public.certificate(connection, found.number) if found.number else None
    return page(
        request,
        "public/credential.html",
        found=found,
        certificate=certificate,
        title=titles_of(request, certificate, reader).get(certificate.outcome, certificate.title)
        if certificate
        else "",
    )


def _sent(data: dict[str, Any]) -> str:
    """The file, or else the text that was pasted; no more of either than a credential may be long."""
    file = data.get("file")
    if isinstance(file, UploadFile) and file.filename:
        file.file.seek(0)
        return file.file.read(LONGEST + 1).decode("ascii", "replace")
    return "".join(first(data, "text").split())


HANDLERS = [did, status, check]
