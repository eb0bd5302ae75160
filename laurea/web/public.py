"""What everybody may read: the start page, results of released rounds, and the check of a certificate."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from laurea.store import pages_public
from laurea.store.engine import reading
from laurea.store.pages_public import Certificate
from laurea.web.forms import Who
from laurea.web.render import go, in_thread, page

NUMBER = re.compile(r"[A-Za-z0-9_-]{1,40}")


@get("/")
@in_thread
def start(request: Request[Any, Any, Any], reader: Who) -> Response[Any]:
    """The start page: results, certificate check, sign in."""
    with reading(request.app.state.engine) as connection:
        rounds = pages_public.released_rounds(connection)
    return page(request, "public/start.html", rounds=rounds)


@get("/results/{code:str}")
@in_thread
def results(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    country: FromQuery[str] = "",
    q: FromQuery[str] = "",
    side: FromQuery[int] = 1,
) -> Response[Any]:
    """Who holds a label out of a released round. A round that is not released does not exist here."""
    with reading(request.app.state.engine) as connection:
        found = pages_public.released_rounds(connection, code)
        if not found:
            raise NotFoundException
        countries = pages_public.countries(connection, found[0].id)
        grants = pages_public.grants(connection, found[0].id, country=country, search=q, page=side)
    return page(
        request, "public/results.html", round=found[0], countries=countries, grants=grants, country=country, q=q
    )


@get("/certificates")
@in_thread
def find(request: Request[Any, Any, Any], reader: Who, number: FromQuery[str] = "") -> Response[Any]:
    """The form that asks for a certificate's number."""
    number = number.strip()
    if NUMBER.fullmatch(number):
        return go(f"/certificates/{number}")
    return page(request, "public/find.html", number=number)


@get("/certificates/{number:str}")
@in_thread
def check(request: Request[Any, Any, Any], reader: Who, number: FromPath[str]) -> Response[Any]:
    """Whether a certificate is valid. Every number we do not know gets the same page."""
    found = None
    if NUMBER.fullmatch(number):
        with reading(request.app.state.engine) as connection:
            found = pages_public.certificate(connection, number)
    if found is None:
        return page(request, "public/unknown.html", status=404)
    return page(
        request,
        "public/certificate.html",
        certificate=found,
        state=_state(found, reader.now.astimezone(ZoneInfo(found.timezone)).date()),
    )


def _state(certificate: Certificate, today: date) -> str:
    if certificate.withdrawn_at is not None:
        return "withdrawn"
    if certificate.valid_until is not None and certificate.valid_until < today:
        return "expired"
    return "valid" if certificate.valid_from <= today else "later"


HANDLERS = [start, results, find, check]
