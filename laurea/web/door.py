"""The front door: ask for a link, use it, sign out."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from laurea.actions import sign_in
from laurea.errors import TooOften
from laurea.settings import Settings
from laurea.web.forms import Form, Who, first
from laurea.web.gate import cookie_name, secure
from laurea.web.reader import EVERY_LANGUAGE, Reader
from laurea.web.render import go, in_thread, page

HOMES = {"juror": "/juror", "officer": "/rounds", "applicant": "/my"}


@get("/sign-in", opt=EVERY_LANGUAGE)
@in_thread
def ask(request: Request[Any, Any, Any], reader: Who, to: FromQuery[str] = "") -> Response[Any]:
    """The page that asks for an address."""
    if reader.session is not None:
        return go(HOMES.get(reader.session.person.role, "/"))
    return page(request, "door/ask.html", to=sign_in.safe_target(to), problem="")


@post("/sign-in", opt=EVERY_LANGUAGE, status_code=200)
@in_thread
def send_link(request: Request[Any, Any, Any], reader: Who, data: Form) -> Response[Any]:
    """Mail a link. The answer is the same whether the address is known or not."""
    state = request.app.state
    address = first(data, "email").strip()
    to = sign_in.safe_target(first(data, "to"))
    if "@" not in address[1:-1] or len(address) > 320 or not address.isprintable():
        return page(request, "door/ask.html", status=422, to=to, problem=address)
    try:
        links = sign_in.request_link(
            state.engine, address, None, reader.now, state.settings, _with_language(to, reader), asker=asker(request)
        )
    except TooOften:
        return too_often(request, reader)
    shown = links if state.settings.show_links else []
    return page(request, "door/sent.html", address=address, minutes=sign_in.LINK_MINUTES, links=shown)


@get("/enter/{token:str}", opt=EVERY_LANGUAGE)
@in_thread
def door(request: Request[Any, Any, Any], reader: Who, token: FromPath[str]) -> Response[Any]:
    """What a mailed link opens: a page with a button. Opening it changes nothing, however often."""
    return page(request, "door/enter.html", token=token)


@post("/enter/{token:str}", opt=EVERY_LANGUAGE, status_code=200)
@in_thread
def enter(request: Request[Any, Any, Any], reader: Who, token: FromPath[str]) -> Response[Any]:
    """The button: signs in, once."""
    state = request.app.state
    opened = sign_in.open_session(state.engine, token, reader.now)
    if opened is None:
        return page(request, "door/stale.html", status=410)
    home = HOMES[opened.role]
    answer = go(home + opened.target.removeprefix("/") if opened.target[:2] in ("", "/?") else opened.target)
    answer.set_cookie(session_cookie(state.settings, opened.token))
    return answer


def session_cookie(settings: Settings, token: str) -> Cookie:
    """The cookie of a session."""
    return Cookie(
        cookie_name(settings, "laurea"),
        value=token,
        httponly=True,
        samesite="lax",
        secure=secure(settings),
        max_age=sign_in.SESSION_HOURS * 3600,
    )


@post("/sign-out", status_code=200)
@in_thread
def leave(request: Request[Any, Any, Any], reader: Who) -> Redirect:
    """End the session."""
    name = cookie_name(request.app.state.settings, "laurea")
    cookie = request.cookies.get(name)
    if cookie:
        sign_in.close_session(request.app.state.engine, cookie)
    answer = go("/")
    answer.delete_cookie(name, path="/")
    return answer


def too_often(request: Request[Any, Any, Any], reader: Reader) -> Response[Any]:
    """What is told where too many links were asked for from one network, whomever they were for."""
    _ = reader.words.gettext
    says = _("Too many links were asked for from your network.")
    remedy = _("Try again in ten minutes. A link that was mailed to you before still works for half an hour.")
    return page(request, "error.html", status=429, code=429, says=says, remedy=remedy)


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


HANDLERS = [ask, send_link, door, enter, leave]
