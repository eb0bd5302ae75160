"""The gate every request passes: who is it, may they enter this room, does the form come from our page.

An unsafe request must carry the token of its session in a hidden field `_csrf` (for those who did not
sign in: one bound to a cookie), and must not come from another site. Rooms name the role they are for in
their handler's `opt`; whoever has another role gets "not found".
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.exceptions import NotAuthorizedException, NotFoundException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.types import Message, Scope

from laurea import clock
from laurea.actions.sign_in import session_of
from laurea.settings import Settings
from laurea.web.reader import Reader, choose_language
from notifications.catalogues import LANGUAGES

YEAR = 365 * 24 * 3600  # seconds
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
    """The key for form tokens: from the settings, or one made once and kept in the workspace."""
    given = settings.secret.get_secret_value()
    if given:
        return hashlib.sha256(given.encode()).digest()
    file = Path(settings.workspace) / "secret"
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return hashlib.sha256(file.read_bytes()).digest()


def visitor_token(key: bytes, cookie: str) -> str:
    """The form token of somebody who did not sign in, bound to their cookie."""
    return hmac.new(key, cookie.encode(), hashlib.sha256).hexdigest()


async def enter(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Litestar guard of every handler; leaves the Reader in the request's scope. Programs have a gate of their own."""
    if handler.opt.get("program"):
        return
    state = connection.app.state
    settings: Settings = state.settings
    cookie = connection.cookies.get(cookie_name(settings, "laurea"))
    session = await sync_to_thread(session_of, state.engine, cookie, clock.now()) if cookie else None
    visitor = connection.cookies.get(cookie_name(settings, "visitor")) or secrets.token_urlsafe(24)
    connection.scope["laurea_visitor"] = visitor  # type: ignore[typeddict-unknown-key]
    reader = reader_of(connection, session, session.csrf if session else visitor_token(state.key, visitor))
    connection.scope["laurea_reader"] = reader  # type: ignore[typeddict-unknown-key]
    method = connection.scope["method"]  # type: ignore[typeddict-item]
    if method not in SAFE:
        if isinstance(connection, Request):
            await _refuse_foreign(connection, settings, reader)
        if reader.viewer is not None and not handler.opt.get("viewing"):
            raise OnlyLooking
    _check_role(handler, reader, method)


def reader_of(connection: ASGIConnection[Any, Any, Any, Any], session: Any, csrf: str) -> Reader:
    """The reader of a request, in the language they choose."""
    asked = connection.query_params.get("lang")
    settings: Settings = connection.app.state.settings
    cookie = connection.cookies.get(cookie_name(settings, "lang"))
    return Reader(
        language=choose_language(
            asked,
            cookie,
            (session.viewer or session.person).language if session else None,
            connection.headers.get("accept-language", ""),
        ),
        session=session,
        csrf=csrf,
        now=clock.now(),
        path=connection.url.path,
        query=str(connection.url.query),
        asked_language=asked in LANGUAGES,
        chosen=next((str(choice) for choice in (asked, cookie) if choice in LANGUAGES), ""),
    )


def _check_role(handler: BaseRouteHandler, reader: Reader, method: str) -> None:
    room = handler.opt.get("role")
    if room is None or reader.role == room:
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
    if foreign or not hmac.compare_digest(fields.pop("_csrf", "").encode(), reader.csrf.encode()):
        await form.close()  # files that came with it
        raise FormRefused(fields)


async def set_headers(message: Message, scope: Scope) -> None:
    """Litestar `before_send` hook: the security headers on every answer, errors included."""
    if message["type"] != "http.response.start":
        return
    headers = list(message.get("headers", []))
    present = {name.lower() for name, _ in headers}
    for name, value in HEADERS.items():
        if name.encode() not in present:
            headers.append((name.encode(), value.encode()))
    if b"cache-control" not in present:
        static = str(scope.get("path", "")).startswith("/static/")
        headers.append((b"cache-control", b"public, max-age=86400" if static else b"no-store"))
    reader = scope.get("laurea_reader")
    if isinstance(reader, Reader) and reader.asked_language:  # whatever the answer is, a redirect too
        headers.append((b"set-cookie", _language_cookie(scope["litestar_app"].state.settings, reader).encode()))
    message["headers"] = headers


def _language_cookie(settings: Settings, reader: Reader) -> str:
    cookie = Cookie(
        cookie_name(settings, "lang"), value=reader.language, max_age=YEAR, httponly=True, samesite="lax",
        secure=secure(settings),
    )  # fmt: skip
    return cookie.to_header(header="")
