"""The page behind the link that ends letters of a kind: it shows, and its button (or a mail program's) does.

A mail program sends its one click from nowhere, without cookie or form token (RFC 8058). The address itself is the
right to do it: it stands in the letter alone, and can do nothing but this and take it back.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from laurea.actions import unsubscribe
from laurea.web.forms import Who
from laurea.web.render import in_thread, page

OPT = {"one_click": True}


@get("/unsubscribe/{token:str}", opt=OPT)
@in_thread
def shown(request: Request[Any, Any, Any], reader: Who, token: FromPath[str]) -> Response[Any]:
    """What the link ends. Opening it changes nothing, however often."""
    found = unsubscribe.look(request.app.state.engine, token)
    return page(request, "jury/unsubscribe.html", token=token, wish=found)


@post("/unsubscribe/{token:str}", opt=OPT, status_code=200)
async def said(request: Request[Any, Any, Any], reader: Who, token: FromPath[str]) -> Response[Any]:
    """The click: no more such letters, or (from our page alone) such letters again. Its form may be of either sort."""
    try:
        wanted = (await request.form()).get("again") == "1"
    except (UnicodeError, LookupError):  # text that is none; the framework lets errors of its decoding through
        wanted = False
    engine = request.app.state.engine
    found = await sync_to_thread(partial(unsubscribe.say, engine, token, wanted=wanted, now=reader.now))
    return page(request, "jury/unsubscribe.html", token=token, wish=found)


HANDLERS = [shown, said]
