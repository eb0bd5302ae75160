"""What everybody may read: the start page, results of released rounds, and the check of a certificate."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from laurea.statute import plan_for
from laurea.store import pages_public
from laurea.store.engine import reading
from laurea.store.pages_public import Certificate, Holder, Released
from laurea.web.applicant_check import open_calls
from laurea.web.forms import Who
from laurea.web.reader import EVERY_LANGUAGE, Reader
from laurea.web.render import go, in_thread, page
from rules.errors import RuleSetError
from rules.ruleset import say

NUMBER = re.compile(r"[A-Za-z0-9_-]{1,40}")
WITHIN = re.compile(r"[A-Za-z0-9_-]{20,40}")  # as long as a number we give, inside other text
DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
LONGEST = 400


@get("/", opt=EVERY_LANGUAGE)
@in_thread
def start(request: Request[Any, Any, Any], reader: Who) -> Response[Any]:
    """The start page: rounds to apply in, results, certificate check, sign in."""
    with reading(request.app.state.engine) as connection:
        rounds = pages_public.released_rounds(connection)
    return page(request, "public/start.html", rounds=rounds, calls=open_calls(request, reader))


@get("/results/{code:str}", opt=EVERY_LANGUAGE)
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
    titles = titles_of(request, found[0], reader)
    return page(
        request,
        "public/results.html",
        round=found[0],
        countries=countries,
        grants=grants,
        titles={grant.outcome: titles.get(grant.outcome, grant.title) for grant in grants.rows},
        country=country,
        q=q,
    )


@get("/gallery", opt=EVERY_LANGUAGE)
@in_thread
def gallery(
    request: Request[Any, Any, Any],
    reader: Who,
    country: FromQuery[str] = "",
    year: FromQuery[int] = 0,
    q: FromQuery[str] = "",
    side: FromQuery[int] = 1,
) -> Response[Any]:
    """Who holds a label, out of all released rounds; a holder who does not want to be named is not here."""
    if not 0 <= year <= 9998:
        raise NotFoundException
    with reading(request.app.state.engine) as connection:
        countries, years = pages_public.gallery_choices(connection)
        found = pages_public.gallery(connection, country=country, year=year, search=q, page=side)
    titles: dict[str, Mapping[str, str]] = {}
    for one in found.rows:
        if one.code not in titles:
            titles[one.code] = titles_of(request, one, reader)
    return page(
        request,
        "public/gallery.html",
        found=found,
        titles=titles,
        countries=countries,
        years=years,
        country=country,
        year=year,
        q=q,
    )


def titles_of(
    request: Request[Any, Any, Any], found: Released | Certificate | Holder, reader: Reader
) -> Mapping[str, str]:
    """What the outcomes are called in the reader's language, out of the rules the label was granted under.

    A rule set in the records that this version can no longer read must not hide who holds a label: then there are
    none, and the title written down with the label stands.
    """
    try:
        with reading(request.app.state.engine) as connection:
            ruleset = plan_for(connection, found.rule_set, found.policies, found.parameters).ruleset
    except RuleSetError:
        return {}
    return {outcome.id: say(outcome.title, reader.language) for outcome in ruleset.outcomes}


@get("/certificates", opt=EVERY_LANGUAGE)
@in_thread
def find(request: Request[Any, Any, Any], reader: Who, number: FromQuery[str] = "") -> Response[Any]:
    """The form that asks for a certificate's number."""
    meant = understood(number)
    if meant:
        return go(f"/certificates/{meant}")
    return page(request, "public/find.html", number=number.strip()[:LONGEST])


def understood(text: str) -> str:
    """The number somebody means who pasted a number or the address of a certificate; empty when none can be told.

    An address counts with its last part; spaces and line ends inside are dropped, as are the signs of a sentence.
    """
    text = "".join(sign for sign in text[:LONGEST] if sign.isprintable() or sign.isspace()).translate(DASHES)
    address = urlsplit("".join(text.split()).strip(".,;:()<>[]\"'“”„«»"))
    parts = [part for part in unquote(address.path).split("/") if part not in ("", ".", "..")]
    last = parts[-1].strip(".,;:()<>[]\"'“”„«»") if parts else ""
    if NUMBER.fullmatch(last) and last not in ("certificates", "results"):
        return last
    within = WITHIN.findall(text)
    return str(within[0]) if len(within) == 1 else ""


@get("/certificates/{number:str}", opt=EVERY_LANGUAGE)
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
        title=titles_of(request, found, reader).get(found.outcome, found.title),
        state=_state(found, reader.now.astimezone(ZoneInfo(found.timezone)).date()),
    )


def _state(certificate: Certificate, today: date) -> str:
    if certificate.withdrawn_at is not None:
        return "withdrawn"
    if certificate.valid_until is not None and certificate.valid_until < today:
        return "expired"
    return "valid" if certificate.valid_from <= today else "later"


HANDLERS = [start, results, gallery, find, check]
