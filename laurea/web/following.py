"""A page that follows something by itself: its live part is asked for again every two seconds, by `follow.js`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response
from markupsafe import Markup

from laurea.web.reader import Reader
from laurea.web.render import Html, text


@dataclass(frozen=True)
class Live:
    """The live part of a page: what it shows now, where to ask again, and the name of this state of it."""

    address: str
    shows: Markup
    version: str


def live(address: str, template: str, reader: Reader, **values: Any) -> Live:
    """The live part as it stands."""
    shows = text(template, reader, **values)
    return Live(address, Markup(shows), hashlib.sha256(shows.encode()).hexdigest()[:20])  # noqa: S704 - our template


def answer(request: Request[Any, Any, Any], part: Live) -> Response[str]:
    """The live part alone; nothing where the page shows it already."""
    headers = {"etag": f'"{part.version}"', "cache-control": "no-store"}
    if request.headers.get("if-none-match", "").strip('"') == part.version:
        return Response("", status_code=304, headers=headers)
    return Html(str(part.shows), headers=headers)
