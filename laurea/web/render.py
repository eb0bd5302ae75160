"""From a template and its values to an answer in HTML."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import copy_context
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from litestar.concurrency import sync_to_thread
from litestar.datastructures import Cookie
from litestar.response import Redirect

from laurea.entering import Signed, Stranger, strangers
from laurea.store import pages_jury
from laurea.store.engine import Engine, answers_at_once, glancing
from laurea.web.gate import cookie_name, from_memory, known, secure
from laurea.web.reader import NAMES, Reader
from laurea.web.row_words import row_says
from laurea.web.spoken import Kept, Pieces, Spoken
from laurea.web.together import Together
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

        async def told() -> Any:
            given = {**kwargs, "reader": request.scope["laurea_reader"]}
            return await together(request, "asking", functools.partial(copy_context().run, handler, *args, **given))

        found: T = await known(request, told)
        return found

    return run


class Question(NamedTuple):
    """What a page asks the records, and whom the gate remembered: they are asked for in the same breath."""

    asked: Any
    signed: Signed | None
    now: datetime


Answers = Callable[[Engine, Sequence[Question]], list[Any]]


async def together(request: Request[Any, Any, Any], lots: str, asked: Any) -> Any:
    """Ask with whatever else waits: in the lots of this name. Raises Stranger for whom the gate had wrong."""
    state, scope = request.app.state, cast("dict[str, Any]", request.scope)
    question = Question(asked, from_memory(request), scope["laurea_reader"].now)
    if not answers_at_once(state.engine):
        return await state[lots](question)
    (found,) = LOTS[lots](state.engine, [question])
    if isinstance(found, Exception):
        raise found
    return found


def lots_of(engine: Engine) -> dict[str, Together[Question, Any]]:
    """What `together` asks with, where the records are over a network: a thread there and back for a whole lot."""
    return {name: Together(functools.partial(answers, engine), most=16, lanes=2) for name, answers in LOTS.items()}


def _one_by_one(engine: Engine, lot: Sequence[Question]) -> list[Any]:
    """Questions that hang together by nothing but the thread, each a function with its own answer or error."""
    told: list[Any] = []
    with glancing(engine) as connection:
        gone = strangers(connection, [(one.signed, one.now) for one in lot if one.signed])
    for one in lot:
        try:
            told.append(Stranger() if one.signed in gone else one.asked())
        except Exception as error:  # noqa: BLE001 - it is raised where it was asked for
            told.append(error)
    return told


def _queues(engine: Engine, lot: Sequence[Question]) -> list[Any]:
    """Jurors' queues, each asked for by person and round; None for those who have no place there."""
    with glancing(engine) as connection:
        gone = strangers(connection, [(one.signed, one.now) for one in lot if one.signed])
        found = pages_jury.queues(connection, [one.asked for one in lot])
    return [Stranger() if one.signed in gone else found.get(one.asked) for one in lot]


LOTS: Mapping[str, Answers] = {"asking": _one_by_one, "queues": _queues}


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
PIECES = Pieces()  # of all languages together


@functools.cache
def _spoken(language: str) -> Spoken:
    return Spoken(ENVIRONMENT, language, PIECES)


class Html(Response[str]):
    """A page, or parts of one. What the framework works out anew for each answer is the same for all of these."""

    def __init__(self, content: str, **more: Any) -> None:
        super().__init__(content, media_type=HTML, **more)

    def to_asgi_response(self, *_: Any, status_code: int | None = None, **__: Any) -> Any:
        """What sends it; `status_code` is what its handler answers with where the page does not say."""
        body = self.content.encode()
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", b"%d" % len(body))]
        headers += [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        headers += [cookie.to_encoded_header() for cookie in self.cookies]
        start = {"type": "http.response.start", "status": self.status_code or status_code, "headers": headers}

        async def send_it(scope: Any, receive: Any, send: Any) -> None:
            await send(start)
            await send({"type": "http.response.body", "body": body, "more_body": False})

        return send_it


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
    return Html(text(template, reader, **values), status_code=status, cookies=_cookies(request, reader))


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
