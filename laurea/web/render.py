"""From a template and its values to an answer in HTML."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from litestar.concurrency import sync_to_thread
from litestar.datastructures import Cookie
from litestar.response import Redirect

from laurea.store.engine import answers_at_once
from laurea.web.gate import cookie_name, secure
from laurea.web.reader import NAMES, Reader
from laurea.web.row_words import row_says
from laurea.web.spoken import Kept, Spoken
from notifications.catalogues import STAFF
from notifications.filled import marked

HERE = Path(__file__).parent
HTML = "text/html"
P = ParamSpec("P")
T = TypeVar("T")


def in_thread(handler: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """Run a handler that asks the database in the thread pool.

    Litestar's own `sync_to_thread=True` wraps a handler twice when two methods share an address (2.25.0): the page
    is then a coroutine that nobody awaits.
    """

    @functools.wraps(handler)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return await sync_to_thread(handler, *args, **kwargs)

    return run


def at_once(handler: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """Run a page's handler that asks little and writes nothing: on the spot where the database is a file beside us, and
    in a thread, with others that wait, where its answer comes over a network.

    A thread takes longer to wake than such an answer takes, and while Python runs in one thread, it runs in no other.
    """

    @functools.wraps(handler)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        request: Any = kwargs["request"]
        state = request.app.state
        if answers_at_once(state.engine):
            return handler(*args, **kwargs)
        found: T = await state.asking(functools.partial(copy_context().run, handler, *args, **kwargs))
        return found

    return run


@functools.cache
def asset(name: str) -> str:
    """Address of a static file; it changes with the file, so that a browser never keeps an old one."""
    return f"/static/{name}?v={hashlib.sha256((HERE / 'static' / name).read_bytes()).hexdigest()[:12]}"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[Kept],
        auto_reload=False,  # looking whether a file changed took a tenth of a page's time; start anew to see it
    )
    environment.globals.update(asset=asset, language_names=NAMES, staff=STAFF)
    environment.filters["row_says"] = row_says
    return environment


ENVIRONMENT = _environment()


@functools.cache
def _spoken(language: str) -> Spoken:
    return Spoken(ENVIRONMENT, language)


def text(template: str, reader: Reader, **values: Any) -> str:
    """A template in the reader's words."""
    words = reader.words
    drawn = _spoken(reader.language).get_template(template)
    return marked(drawn.render(_=words.gettext, ngettext=words.ngettext, reader=reader, **values))


def page(
    request: Request[Any, Any, Any], template: str, *, status: int = 200, reader: Reader | None = None, **values: Any
) -> Response[str]:
    """A whole page, with the cookies that belong to it."""
    reader = reader or request.scope["laurea_reader"]  # type: ignore[typeddict-item]
    return Response(
        text(template, reader, **values), status_code=status, media_type=HTML, cookies=_cookies(request, reader)
    )


def go(address: str) -> Redirect:
    """Send the browser on to a page after a deed (303: it asks with GET)."""
    return Redirect(address, status_code=303)


def _cookies(request: Request[Any, Any, Any], reader: Reader) -> list[Cookie]:
    settings = request.app.state.settings
    common: dict[str, Any] = {"httponly": True, "samesite": "lax", "secure": secure(settings)}
    cookies = []
    visitor = request.scope.get("laurea_visitor")
    if reader.session is None and visitor:
        cookies.append(Cookie(cookie_name(settings, "visitor"), value=str(visitor), **common))
    return cookies
