"""The front door: ask for a link, use it or type its code, sign out."""

from __future__ import annotations

import logging
from asyncio import sleep
from functools import partial
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import Cookie
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from laurea import entering
from laurea.actions import sessions, sign_in
from laurea.settings import Settings
from laurea.web.forms import Form, Who, first
from laurea.web.gate import browser_of, cookie_name, secure
from laurea.web.reader import EVERY_LANGUAGE, Reader
from laurea.web.render import go, in_thread, page

LOG = logging.getLogger("laurea.sign_in")
HOMES = {"juror": "/juror", "officer": "/rounds", "applicant": "/my"}
ANSWER_SECONDS = 0.25  # until the answer to an address, known or not: longer than a letter takes to be written


@get("/sign-in", opt=EVERY_LANGUAGE)
@in_thread
def ask(request: Request[Any, Any, Any], reader: Who, to: FromQuery[str] = "") -> Response[Any]:
    """The page that asks for an address."""
    if reader.session is not None:
        return go(HOMES.get(reader.session.person.role, "/"))
    return _ask(request, entering.safe_target(to))


def _ask(request: Request[Any, Any, Any], to: str, problem: str = "", status: int = 200) -> Response[Any]:
    provider = request.app.state.settings.provider_name
    return page(request, "door/ask.html", status=status, to=to, problem=problem, provider=provider)


@post("/sign-in", opt=EVERY_LANGUAGE, status_code=200)
async def send_link(request: Request[Any, Any, Any], reader: Who, data: Form) -> Response[Any]:
    """Mail a link. The answer is the same whether the address is known or not, and takes the same time."""
    address = first(data, "email").strip()
    to = entering.safe_target(first(data, "to"))
    if "@" not in address[1:-1] or len(address) > 320 or not address.isprintable():
        return _ask(request, to, address, 422)
    links = await mail_link(request, reader, address, _with_language(to, reader))
    return page(request, "door/sent.html", address=address, minutes=sign_in.LINK_MINUTES, links=links)


async def mail_link(
    request: Request[Any, Any, Any],
    reader: Reader,
    address: str,
    to: str,
    newcomer: sign_in.Newcomer | None = None,
) -> list[str]:
    """Mail a link for this browser; the links to show on the page, in a trial. Raises TooOften."""
    state, began = request.app.state, monotonic()
    bound = browser_of(request).digest if reader.session is None else ""  # who is signed in has no such cookie
    made = await sync_to_thread(
        partial(
            sign_in.request_link, state.engine, address, None, reader.now, state.settings, to, newcomer=newcomer,
            asker=asker(request), browser=bound,
        )
    )  # fmt: skip
    if state.settings.show_links:
        return made
    await sleep(max(0.0, ANSWER_SECONDS - (monotonic() - began)))
    return []


@get("/enter/{token:str}", opt=EVERY_LANGUAGE)
@in_thread
def door(request: Request[Any, Any, Any], reader: Who, token: FromPath[str]) -> Response[Any]:
    """What a mailed link opens: a page with a button. Opening it changes nothing, however often."""
    return page(request, "door/enter.html", token=token)


@post("/enter/{token:str}", opt=EVERY_LANGUAGE, status_code=200)
@in_thread
def enter(request: Request[Any, Any, Any], reader: Who, token: FromPath[str]) -> Response[Any]:
    """The button: signs in, once, in the browser that asked for the link."""
    engine, browser = request.app.state.engine, browser_of(request)
    opened = sign_in.open_session(engine, token, reader.now, browser)
    if opened is None:
        LOG.info("sign-in failed", extra={"by": "link"})
    if opened is None:
        elsewhere = sign_in.is_elsewhere(engine, token, browser.digest, reader.now)
        return page(request, "door/stale.html", status=409 if elsewhere else 410, elsewhere=elsewhere)
    return welcome(request, opened)


@post("/sign-in/code", opt=EVERY_LANGUAGE, status_code=200)
@in_thread
def by_code(request: Request[Any, Any, Any], reader: Who, data: Form) -> Response[Any]:
    """The code out of the letter, typed in the browser that asked for it."""
    state = request.app.state
    opened = sign_in.open_by_code(
        state.engine, first(data, "code")[:40], state.settings, reader.now, browser_of(request)
    )  # fmt: skip
    if opened is None:
        LOG.info("sign-in failed", extra={"by": "code"})
        return page(request, "door/code.html", status=422)
    return welcome(request, opened)


def welcome(request: Request[Any, Any, Any], opened: entering.Opened) -> Redirect:
    """To the page somebody wanted, or to their room, with the cookie of their session."""
    home = HOMES[opened.role]
    answer = go(home + opened.target.removeprefix("/") if opened.target[:2] in ("", "/?") else opened.target)
    answer.set_cookie(session_cookie(request.app.state.settings, opened.token))
    return answer


def session_cookie(settings: Settings, token: str) -> Cookie:
    """The cookie of a session."""
    return Cookie(
        cookie_name(settings, "laurea"),
        value=token,
        httponly=True,
        samesite="lax",
        secure=secure(settings),
        max_age=entering.SESSION_HOURS * 3600,
    )


@post("/sign-out", opt={"half": ("code", "enrolment")}, status_code=200)
@in_thread
def leave(request: Request[Any, Any, Any], reader: Who) -> Redirect:
    """End the session."""
    settings = request.app.state.settings
    cookie = request.cookies.get(cookie_name(settings, "laurea"))
    if cookie:
        sessions.close_session(request.app.state.engine, cookie)
    answer = go("/")
    gone = session_cookie(settings, "")
    gone.max_age = 0
    answer.set_cookie(gone)
    return answer


def asker(request: Request[Any, Any, Any]) -> str:
    """The network address a request comes from; behind a proxy, the one it names (docs/operating.md)."""
    return request.client.host if request.client else ""


def _with_language(to: str, reader: Reader) -> str:
    """The page a link leads to, in the language chosen by hand before: the link may be opened where no cookie is."""
    if not reader.chosen:
        return to
    parts = urlsplit(to or "/")
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name != "lang"]
    return urlunsplit(parts._replace(query=urlencode([*kept, ("lang", reader.chosen)])))


HANDLERS = [ask, send_link, door, enter, by_code, leave]
