"""Certificates, letters and credentials to take away: a holder's own, an officer's all of a released round."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from evaluators.permissions import Deed, Field, Role, may, phase, sees
from laurea import credentials, papers
from laurea.actions import reissue as deeds
from laurea.documents.credentials import MEDIA_TYPE
from laurea.documents.papers.engine import NoSuchSign
from laurea.ledger import Actor
from laurea.store import pages_applicant
from laurea.store import papers as records
from laurea.store.engine import reading
from laurea.store.papers import Granted
from laurea.web.api_files import download
from laurea.web.forms import Form, Who, first
from laurea.web.looks import noted
from laurea.web.office_frame import frame, round_of, seen
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from notifications.catalogues import LANGUAGES

OFFICER = {"role": Role.OFFICER}
APPLICANT = {"role": Role.APPLICANT}


@get("/rounds/{code:str}/certificates", opt=OFFICER)
@noted()
def listed(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], q: FromQuery[str] = "", side: FromQuery[int] = 1
) -> Response[Any]:
    """The labels of a released round with their papers."""
    record, plan = round_of(request, reader, code)
    if Field.CERTIFICATES not in seen(record, reader):
        raise NotFoundException
    with reading(request.app.state.engine) as connection:
        found = records.listing(connection, record.id, search=q, page=side)
        titles = {one.id: papers.title(connection, one, reader.language) for one in found.rows}
    return page(
        request,
        "office/certificates.html",
        **frame(record, plan, reader),
        found=found,
        titles=titles,
        q=q,
        may_withdraw=may(Role.OFFICER, Deed.WITHDRAW, record.timetable, reader.now),
        may_reissue=may(Role.OFFICER, Deed.REISSUE, record.timetable, reader.now),
    )


@get("/rounds/{code:str}/certificates/{number:str}/{kind:str}", opt=OFFICER)
@noted("label")
def taken(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    number: FromPath[str],
    kind: FromPath[str],
    language: FromQuery[str] = "",
) -> Response[Any]:
    """A paper of a label of this round."""
    record, _plan = round_of(request, reader, code)
    if Field.CERTIFICATES not in seen(record, reader):
        raise NotFoundException
    with reading(request.app.state.engine) as connection:
        found = records.granted(connection, record.id, [number])
    return _paper(request, reader, found[0] if found else None, kind, language, f"/rounds/{code}/certificates")


@post("/rounds/{code:str}/certificates/{number:str}/name", opt=OFFICER)
@in_thread
def named(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], number: FromPath[str], data: Form
) -> Response[Any]:  # fmt: skip
    """Correct the name on a label; its number stays."""
    record, _plan = round_of(request, reader, code, Deed.REISSUE)
    deeds.reissue(
        request.app.state.engine, record.id, {number: first(data, "holder")}, actor=Actor.person(reader.person_id),
        now=reader.now,
    )  # fmt: skip
    return go(f"/rounds/{code}/certificates#n-{number}")


@get("/my/{key:str}/papers/{kind:str}", opt=APPLICANT)
@in_thread
def own(
    request: Request[Any, Any, Any],
    reader: Who,
    key: FromPath[str],
    kind: FromPath[str],
    language: FromQuery[str] = "",
) -> Response[Any]:
    """A paper of the label one's own application was granted."""
    with reading(request.app.state.engine) as connection:
        mine = pages_applicant.own(connection, reader.person_id, key)
        if mine is None:
            raise NotFoundException
        allowed = Field.CERTIFICATES in sees(Role.APPLICANT, phase(mine.call.timetable, reader.now))
        found = records.of_application(connection, mine.id) if allowed else None
    return _paper(request, reader, found, kind, language, f"/my/{key}")


def _paper(
    request: Request[Any, Any, Any], reader: Reader, grant: Granted | None, kind: str, language: str, back: str
) -> Response[Any]:
    """A paper as a download, in the language asked for or else the page's; made on the spot from the records."""
    if grant is None or grant.withdrawn_at is not None or kind not in (*papers.KINDS, "credential"):
        raise NotFoundException
    settings, _ = request.app.state.settings, reader.words.gettext
    spoken = language if language in LANGUAGES else reader.reads
    if kind == "credential":
        with reading(request.app.state.engine) as connection:
            signed = credentials.credential(connection, grant, language=spoken, settings=settings)
        return download(signed.encode(), f"credential-{grant.number}.jwt", MEDIA_TYPE)
    style = papers.style(settings, grant.authority_code, grant.award)
    with reading(request.app.state.engine) as connection:
        try:
            drawn = papers.paper(connection, grant, kind=kind, style=style, language=spoken, settings=settings)
        except NoSuchSign as wrong:
            says = _("The name {holder} cannot be printed: no font has its sign {sign} (U+{code}).")
            return page(
                request,
                "error.html",
                status=422,
                code=422,
                says=says.format(holder=wrong.holder, sign=wrong.sign, code=f"{ord(wrong.sign):04X}"),
                remedy=_("Where the sign is not part of the name, the office can correct it."),
                back=((back, _("Back")),),
            )
    return download(drawn, f"{kind}-{grant.number}-{spoken}.pdf")


HANDLERS = [listed, taken, named, own]
