"""The gate every request passes: who is it, may they enter this room, does the form come from our page.

An unsafe request must carry the token of its session in a hidden field `_csrf` (for those who did not
sign in: one bound to a cookie), and must not come from another site. Rooms name the role they are for in
their handler's `opt`; whoever has another role gets "not found".
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from litestar import Request
from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.exceptions import HTTPException, NotAuthorizedException, NotFoundException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.types import Message, Scope

from laurea import clock
from laurea.actions.sessions import SEEN_EVERY, seen
from laurea.actions.sign_in import session_of, sessions_of
from laurea.entering import Browser, Signed, Stranger, browser_name
from laurea.settings import Settings
from laurea.store.engine import Engine, answers_at_once
from laurea.store.keeping import token_digest
from laurea.store.pages_people import Session
from laurea.web import limits
from laurea.web.reader import Reader, choose_language
from laurea.web.together import Together
from notifications.catalogues import LANGUAGES, STAFF

T = TypeVar("T")
REMEMBERED = 4_096  # sessions
YEAR = 365 * 24 * 3600  # seconds
HIGHEST = 2**31 - 1  # number of anything: what a column of whole numbers holds
NUL = "\0"  # no text: PostgreSQL keeps none, and what went on its way with it would fail too
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    # Not `no-referrer`: browsers then send `Origin: null` with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


# A file that is handed out runs nothing, and stands apart from our pages, even where a browser shows it.
_FILE = (b"content-security-policy", b"default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'")
_RAW_HEADERS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
_STRICT = (b"strict-transport-security", f"max-age={YEAR}; includeSubDomains".encode())


class FormRefused(PermissionDeniedException):
    """A form without the right token. `fields` is what was typed, so that the page can show it again."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("form refused")
        self.fields = fields


class OnlyLooking(PermissionDeniedException):
    """A form of somebody who looks at the portal as another person: nothing can be changed then."""


def cookie_name(settings: Settings, name: str) -> str:
    """A cookie's name: bound to the host where the portal runs under https."""
    return f"__Host-{name}" if secure(settings) else name


def secure(settings: Settings) -> bool:
    """Whether people reach the portal under https."""
    return settings.public_url.startswith("https://")


def signing_key(settings: Settings) -> bytes:
    """The key for form tokens."""
    return settings.signing_key()


def visitor_token(key: bytes, cookie: str) -> str:
    """The form token of somebody who did not sign in, bound to their cookie."""
    return hmac.new(key, cookie.encode(), hashlib.sha256).hexdigest()


async def enter(connection: Request[Any, Any, Any]) -> None:
    """Before every request to a handler; leaves the Reader in the request's scope. Programs have a gate of their own,
    and what is the same for everybody (style, health) is handed out without asking the records who it is for. What no
    record can have, as a number or a sign in an address, leads nowhere.
    """
    handler, scope = connection.route_handler, connection.scope
    if any(isinstance(value, int) and not 0 <= value <= HIGHEST for value in connection.path_params.values()):
        raise NotFoundException
    if NUL in scope["path"] or b"%00" in scope["query_string"]:
        raise NotFoundException
    if handler.opt.get("program") or handler.opt.get("unasked"):
        return
    try:
        await _admit(connection)
    except HTTPException:
        if not _forgotten(connection):
            raise
        await _admit(connection)  # nobody is refused for what is only remembered


async def _admit(connection: Request[Any, Any, Any]) -> None:
    handler = connection.route_handler
    state = connection.app.state
    settings: Settings = state.settings
    cookie = connection.cookies.get(cookie_name(settings, "laurea"))
    session = await _session(connection, handler, cookie)
    if session is not None and session.lacks and session.lacks not in handler.opt.get("half", ()):
        connection.scope["laurea_lacks"] = session.lacks  # type: ignore[typeddict-unknown-key]
        session = None  # half signed in opens nothing but what is missing
    visitor = connection.cookies.get(cookie_name(settings, "visitor")) or secrets.token_urlsafe(32)
    connection.scope["laurea_visitor"] = visitor  # type: ignore[typeddict-unknown-key]
    only_staff = not handler.opt.get("every_language")
    csrf = session.csrf if session else visitor_token(state.key, visitor)
    reader = reader_of(connection, session, csrf, only_staff=only_staff)
    connection.scope["laurea_reader"] = reader  # type: ignore[typeddict-unknown-key]
    method = connection.scope["method"]
    if method not in SAFE:
        if not handler.opt.get("one_click"):
            await _refuse_foreign(connection, settings, reader)
        if reader.viewer is not None and not handler.opt.get("viewing"):
            raise OnlyLooking
    _check_role(handler, reader, method)
    limits.count(connection, handler, reader)


def _forgotten(connection: Request[Any, Any, Any]) -> bool:
    """Forget whom the gate remembered behind this cookie; whether it did, and the records are still to be asked."""
    signed = from_memory(connection)
    if signed is not None:
        connection.app.state.remembered.pop(signed.digest, None)
        connection.scope["laurea_signed"] = None  # type: ignore[typeddict-unknown-key]
    return signed is not None


def from_memory(connection: ASGIConnection[Any, Any, Any, Any]) -> Signed | None:
    """Whom the gate only remembers behind this cookie; None where the records were asked in this very request."""
    return connection.scope.get("laurea_signed")  # type: ignore[return-value]


async def known(request: Request[Any, Any, Any], deed: Callable[[], Awaitable[T]]) -> T:
    """Carry out a deed that asks the records again who it is for; once more for whom the gate had wrong."""
    try:
        return await deed()
    except Stranger:
        if not _forgotten(request):
            raise
        await _admit(request)
        return await deed()
    finally:
        request.scope["laurea_signed"] = None  # type: ignore[typeddict-unknown-key]


async def _session(connection: Request[Any, Any, Any], handler: BaseRouteHandler, cookie: str | None) -> Session | None:
    """Who is behind a cookie. Where the deed asks the records in its own transaction (`asks_again`), whoever came
    before is remembered until the records say otherwise, and until the next use is to be written down: an idle session
    has ended, and only the records know how long it was.
    """
    if not cookie:
        return None
    state = connection.app.state
    digest, remembered = token_digest(cookie), state.remembered if handler.opt.get("asks_again") else {}
    now, engine = clock.now(), state.engine
    found: Session | None = remembered.get(digest)
    if found is not None and found.seen_at is not None and now - found.seen_at < SEEN_EVERY:
        connection.scope["laurea_signed"] = Signed(digest, found)  # type: ignore[typeddict-unknown-key]
        return found
    if answers_at_once(engine):  # to go to a thread and back takes longer than the answer
        found = session_of(engine, cookie, now)
    else:
        found = await state.sessions((cookie, now))
    if found is None:
        remembered.pop(digest, None)
        return None
    if found.seen_at is not None and now - found.seen_at >= SEEN_EVERY:
        await sync_to_thread(seen, engine, cookie, now)
        found = replace(found, seen_at=now)
    if len(remembered) >= REMEMBERED:
        remembered.clear()
    remembered[digest] = found
    return found


def behind(engine: Engine) -> Together[tuple[str, datetime], Session | None]:
    """Who is behind a cookie, where the records are over a network: cookies that come in together are one question."""
    return Together(partial(sessions_of, engine), most=64, lanes=2)


def browser_of(request: Request[Any, Any, Any]) -> Browser:
    """The browser a request comes from: what links are bound to, and the session that a new one takes the place of."""
    settings: Settings = request.app.state.settings
    return Browser(
        token_digest(str(request.scope.get("laurea_visitor", ""))),
        browser_name(request.headers.get("user-agent", "")),
        request.cookies.get(cookie_name(settings, "laurea"), ""),
    )


def reader_of(
    connection: ASGIConnection[Any, Any, Any, Any], session: Any, csrf: str, *, only_staff: bool = False
) -> Reader:
    """The reader of a request, in the language they choose, or the next best that the page speaks."""
    asked = connection.query_params.get("lang")
    settings: Settings = connection.app.state.settings
    cookie = connection.cookies.get(cookie_name(settings, "lang"))
    own = (session.viewer or session.person).language if session else None
    wishes = (asked, cookie, own, connection.headers.get("accept-language", ""))
    wished = choose_language(*wishes)
    language = choose_language(*wishes, offered=STAFF) if only_staff and wished not in STAFF else wished
    return Reader(
        language=language,
        session=session,
        csrf=csrf,
        now=clock.now(),
        path=connection.scope["path"],
        query=connection.scope["query_string"].decode("latin-1"),
        asked_language=asked in LANGUAGES,
        chosen=next((str(choice) for choice in (asked, cookie) if choice in LANGUAGES), ""),
        wished=wished if wished != language else "",
        only_staff=only_staff,
    )


def known_reader(request: Request[Any, Any, Any]) -> Reader:
    """Who a page about an error is for: nobody by name where the records were not asked."""
    reader = request.scope.get("laurea_reader")
    if isinstance(reader, Reader) and from_memory(request) is None:
        return reader.on_public_page()
    return reader_of(request, None, visitor_token(request.app.state.key, ""))


def _check_role(handler: BaseRouteHandler, reader: Reader, method: str) -> None:
    room = handler.opt.get("role")
    if reader.role == room or (room is None and (reader.session is not None or not handler.opt.get("own"))):
        return
    if reader.session is not None:
        raise NotFoundException
    raise NotAuthorizedException("sign in")


async def _refuse_foreign(request: Request[Any, Any, Any], settings: Settings, reader: Reader) -> None:
    try:
        form = await request.form()
    except (UnicodeError, LookupError):  # text that is none; the framework lets errors of its decoding through
        raise FormRefused({}) from None
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    origin = request.headers.get("origin")
    ours = {urlsplit(settings.public_url).netloc, request.headers.get("host", "")}
    foreign = origin is not None and urlsplit(origin).netloc not in ours
    foreign = foreign or request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
    no_text = any(NUL in name or NUL in getattr(value, "filename", value) for name, value in form.multi_items())
    if no_text or foreign or not hmac.compare_digest(fields.pop("_csrf", "").encode(), reader.csrf.encode()):
        await form.close()  # files that came with it
        raise FormRefused({name: value.replace(NUL, "") for name, value in fields.items()})


async def set_headers(message: Message, scope: Scope) -> None:
    """Litestar `before_send` hook: the security headers on every answer, errors included."""
    if message["type"] != "http.response.start":
        return
    headers = list(message.get("headers", []))
    present = {name.lower() for name, _ in headers}
    if any(name.lower() == b"content-disposition" for name, _ in headers):
        headers.append(_FILE)
        present.add(_FILE[0])
    headers += [one for one in _RAW_HEADERS if one[0] not in present]
    if secure(scope["litestar_app"].state.settings):
        headers.append(_STRICT)
    if b"cache-control" not in present:
        static = str(scope.get("path", "")).startswith("/static/")
        headers.append((b"cache-control", b"public, max-age=86400" if static else b"no-store"))
    reader = scope.get("laurea_reader")
    if isinstance(reader, Reader) and reader.asked_language:  # whatever the answer is, a redirect too
        headers.append((b"set-cookie", _language_cookie(scope["litestar_app"].state.settings, reader).encode()))
    message["headers"] = headers


def _language_cookie(settings: Settings, reader: Reader) -> str:
    cookie = Cookie(
        cookie_name(settings, "lang"), value=reader.chosen, max_age=YEAR, httponly=True, samesite="lax",
        secure=secure(settings),
    )  # fmt: skip
    return cookie.to_header(header="")
