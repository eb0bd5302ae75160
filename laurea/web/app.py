"""The portal as an ASGI application: rooms, gate, headers, and what people see when something goes wrong."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlencode

from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException, NotAuthorizedException
from litestar.static_files import create_static_files_router

from laurea import errors
from laurea.entering import LONGEST_TARGET
from laurea.settings import Settings
from laurea.store.engine import open_engine, trouble
from laurea.web import (
    account,
    api,
    api_office,
    api_page,
    api_words,
    applicant,
    applicant_after,
    applicant_asking,
    applicant_check,
    applicant_draft,
    assigning,
    attached,
    bundles,
    ceremonies,
    certificates,
    confirming,
    credentials,
    decisions,
    deliberating,
    door,
    evidence_desk,
    feedback,
    figures,
    frozen_pages,
    handovers,
    heard,
    identity,
    importing,
    invitations,
    jurors,
    jury,
    kit,
    letter_texts,
    meeting_screens,
    meetings,
    next_round,
    office,
    offices,
    other_rules,
    outbox,
    outbox_many,
    paper,
    parcels,
    personal,
    public,
    renewal,
    replaying,
    restoring,
    returned,
    round_handovers,
    scores,
    table,
    terms,
    unknown,
    unsubscribing,
    versions,
    viewing,
    watching,
)
from laurea.web.api_gate import Meter
from laurea.web.gate import FormRefused, OnlyLooking, behind, enter, known_reader, set_headers, signing_key
from laurea.web.limits import Counts
from laurea.web.reader import Reader
from laurea.web.render import HERE, go, lots_of, page

LOG = logging.getLogger("laurea.web")
LARGEST_FORM = 1_000_000  # bytes
_HUNG_UP = "client disconnected prematurely"  # the framework's words; it has no class of its own for this
# Shown again when a form is refused, and so are answers.
_OWN_WORDS = ("comment", "note", "unit_name", "says", "subject", "heading", "body")
_ANSWERS = ("mark.", "fact.", "row.", "words.")

STATUS: dict[type[errors.LaureaError], int] = {
    errors.NotFound: 404,
    errors.NotAllowed: 404,  # who may not do a thing does not learn that it exists
    errors.NotNow: 409,
    errors.Conflict: 409,
    errors.BadInput: 422,
    errors.TooOften: 429,
    errors.SetupMissing: 503,
}
AGAIN = {503: "30", 429: "60"}  # seconds after which it is worth asking once more


def create_app(settings: Settings) -> watching.Portal:
    """The portal for these settings. The tables must exist already."""
    return watching.Portal(
        route_handlers=[
            *door.HANDLERS,
            *identity.HANDLERS,
            *account.HANDLERS,
            *jury.HANDLERS,
            *deliberating.HANDLERS,
            *table.HANDLERS,
            *versions.HANDLERS,
            *paper.HANDLERS,
            *office.HANDLERS,
            *importing.HANDLERS,
            *assigning.HANDLERS,
            *jurors.HANDLERS,
            *scores.HANDLERS,
            *meetings.HANDLERS,
            *meeting_screens.HANDLERS,
            *decisions.HANDLERS,
            *returned.HANDLERS,
            *letter_texts.HANDLERS,
            *feedback.HANDLERS,
            *outbox.HANDLERS,
            *outbox_many.HANDLERS,
            *unsubscribing.HANDLERS,
            *next_round.HANDLERS,
            *other_rules.HANDLERS,
            *restoring.HANDLERS,
            *replaying.HANDLERS,
            *certificates.HANDLERS,
            *bundles.HANDLERS,
            *kit.HANDLERS,
            *parcels.HANDLERS,
            *ceremonies.HANDLERS,
            *invitations.HANDLERS,
            *credentials.HANDLERS,
            *figures.HANDLERS,
            *personal.HANDLERS,
            *renewal.HANDLERS,
            *terms.HANDLERS,
            *handovers.HANDLERS,
            *round_handovers.HANDLERS,
            *offices.HANDLERS,
            *api_office.HANDLERS,
            *evidence_desk.HANDLERS,
            *unknown.HANDLERS,
            *frozen_pages.HANDLERS,
            *confirming.HANDLERS,
            *public.HANDLERS,
            api.ROUTER,
            *applicant_check.HANDLERS,
            *applicant_draft.HANDLERS,
            *attached.HANDLERS,
            *applicant.HANDLERS,
            *applicant_after.HANDLERS,
            *applicant_asking.HANDLERS,
            *heard.HANDLERS,
            *viewing.HANDLERS,
            *watching.HANDLERS,
            create_static_files_router(
                path="/static", directories=[HERE / "static"], include_in_schema=False, opt={"unasked": True}
            ),  # style and scripts are everybody's: the gate need not ask the records who it is
        ],
        before_request=enter,
        dependencies={"reader": Provide(_reader, sync_to_thread=False)},
        exception_handlers={
            FormRefused: _form_refused,
            OnlyLooking: _only_looking,
            NotAuthorizedException: _sign_in_first,
            HTTPException: _http_error,
            errors.LaureaError: _house_error,
            Exception: _unexpected,
        },
        after_exception=[watching.refused],
        before_send=[set_headers],
        state=state_of(settings),
        on_shutdown=[_close],
        logging_config=None,  # ours is laurea.log, and errors are told by the handlers above
        request_max_body_size=LARGEST_FORM,
        include_in_schema=False,  # the API alone is described
        openapi_config=api_page.CONFIG,
    )


def state_of(settings: Settings) -> State:
    """What a portal keeps between requests; all that differs between two of them."""
    engine = open_engine(settings.url)
    kept = {"settings": settings, "engine": engine, "key": signing_key(settings), "metrics": watching.Metrics(engine)}
    lots = {"saving": jury.saving(engine), "sessions": behind(engine), "remembered": {}, **lots_of(engine)}
    return State(kept | lots | {"meter": Meter(), "limits": Counts()})


def _close(app: Litestar) -> None:
    app.state.engine.dispose()


def _reader(request: Request[Any, Any, Any]) -> Reader:
    reader: Reader = request.scope["laurea_reader"]  # type: ignore[typeddict-item]
    return reader


def _error(request: Request[Any, Any, Any], status: int, says: str, remedy: str = "", **more: Any) -> Response[Any]:
    reader = known_reader(request)
    told = page(request, "error.html", status=status, reader=reader, code=status, says=says, remedy=remedy, **more)
    if status in AGAIN:
        told.headers["retry-after"] = AGAIN[status]
    return told


def _form_refused(request: Request[Any, Any, Any], found: FormRefused) -> Response[Any]:
    """Nothing typed is lost: the page shows it again."""
    _ = known_reader(request).words.gettext
    typed = {name: value for name, value in found.fields.items() if value.strip() and not name.startswith("_")}
    typed = {name: value for name, value in typed.items() if name in _OWN_WORDS or name.startswith(_ANSWERS)}
    return _error(
        request,
        403,
        _("Nothing was changed: this page was too old, or you are no longer signed in."),
        _("Open the page again, sign in if you are asked to, and repeat it."),
        typed=typed,
    )


def _only_looking(request: Request[Any, Any, Any], found: OnlyLooking) -> Response[Any]:
    _ = known_reader(request).words.gettext
    says = _("Nothing was changed: you are looking at the portal as somebody else.")
    return _error(request, 403, says, _("Stop looking first, at the top of the page."))


def _sign_in_first(request: Request[Any, Any, Any], found: NotAuthorizedException) -> Response[Any]:
    if request.method != "GET":
        return _form_refused(request, FormRefused({}))
    asked = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    to = "?" + urlencode({"to": asked if len(asked) <= LONGEST_TARGET else request.url.path})
    lacks = request.scope.get("laurea_lacks")
    if lacks:
        return go(account.ENROL_PAGE if lacks == "enrolment" else account.SECOND_PAGE + to)
    return go("/sign-in" + to)


def _http_error(request: Request[Any, Any, Any], found: HTTPException) -> Response[Any]:
    if found.status_code == 500 and found.detail == _HUNG_UP:
        return Response(b"", status_code=400)  # nobody reads it, and nothing failed
    if request.scope["path"].startswith("/api/"):  # not of the URL: its host may be none
        return api_words.of_http(request, found)
    _ = known_reader(request).words.gettext
    if found.status_code in (404, 405):
        return _error(request, 404, _("There is no such page."), _("Check the address, or start from the first page."))
    if found.status_code == 413 and (megabytes := request.route_handler.opt.get("megabytes")):
        says = _("These files are larger than {n} MB together.").format(n=megabytes)
        fewer = request.route_handler.opt.get("fewer")  # a room's own way out
        remedy = fewer(_) if fewer else _("Divide them, or let a program send them. Nothing was taken in.")
        return _error(request, 413, says, remedy)
    if found.status_code == 413:
        return _error(request, 413, _("This form is too large."), _("Shorten the text and send it again."))
    if found.status_code < 500:
        return _error(
            request, found.status_code, _("This address or form is not complete."), _("Go back and try again.")
        )
    return _unexpected(request, found)


def _house_error(request: Request[Any, Any, Any], found: errors.LaureaError) -> Response[Any]:
    _ = known_reader(request).words.gettext
    status = next((code for kind, code in STATUS.items() if isinstance(found, kind)), 400)
    if status == 404:
        return _error(request, 404, _("There is no such page."), _("Check the address, or start from the first page."))
    if isinstance(found, errors.TooOften):
        return _too_often(request, found)
    return _error(request, status, _(found.says), _(found.remedy) if found.remedy else "")


def _too_often(request: Request[Any, Any, Any], found: errors.TooOften) -> Response[Any]:
    words, minutes = known_reader(request).words, -(-found.seconds // 60)
    wait = words.ngettext("Try again in {n} minute.", "Try again in {n} minutes.", minutes).format(n=minutes)
    answer = _error(request, 429, words.gettext(found.says), wait)
    answer.headers["retry-after"] = str(found.seconds)
    return answer


def _unexpected(request: Request[Any, Any, Any], found: Exception) -> Response[Any]:
    LOG.error("a page failed", exc_info=found)  # never with its address: sign-in tokens stand in addresses
    _ = known_reader(request).words.gettext
    status = 503 if trouble(found) else 500  # the database is away, busy or full; its own words are not for readers
    remedy = _("Try again in a moment; if it happens again, tell the office what you were doing.")
    return _error(request, status, _("Something went wrong on our side. Nothing was changed."), remedy)
