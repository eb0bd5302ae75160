"""Freeze the web pages applications point to, and look at them again before and while jurors read them.

Pages are fetched outside any transaction through the guard of `laurea.sources.outside`; what is kept is their text
under its digest, never what a browser would run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import httpcore
from sqlalchemy import Engine

from evaluators import frozen as pure
from evaluators.frozen import Link, Trouble
from laurea import ledger
from laurea.errors import BadInput, NotFound
from laurea.ledger import Actor, Event
from laurea.settings import Settings
from laurea.sources import outside
from laurea.store import applications, frozen, keeping, rounds
from laurea.store.engine import reading, writing
from laurea.store.frozen import Page
from laurea.store.rounds import RoundRecord
from notifications.filled import Filled

AT_A_TIME = 8
CHUNK = 200  # pages written in one transaction
_TEXT = ("text/html", "application/xhtml+xml", "")


@dataclass(frozen=True)
class _Found:
    """What a look at a page brought: its text or the digest of its bytes, or why there is none."""

    trouble: str = ""
    title: str = ""
    media_type: str = ""
    digest: str | None = None
    text: str | None = None


def due(engine: Engine, round_id: int, *, now: datetime) -> bool:
    """Whether a page of this round is to be looked at."""
    with reading(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        return bool(_due(record, frozen.pages_of_round(connection, round_id), now))


def _due(record: RoundRecord, pages: Sequence[Page], now: datetime) -> list[Page]:
    if record.proposed_at:
        return []
    return [one for one in pages if pure.due(one.checked_at, record.routed_at, record.screened_at, now)]


def freeze(
    engine: Engine, round_id: int, *, settings: Settings, now: datetime, application_id: int | None = None
) -> Counter[str]:
    """Look at the pages that are due, or at all of one application; how many stand how."""
    with reading(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        pages = frozen.pages_of_round(connection, round_id)
    wanted = _due(record, pages, now)
    if application_id is not None:
        wanted = [one for one in pages if one.application_id == application_id]
    told: Counter[str] = Counter()
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            found = list(pool.map(lambda one: _look(one.address, settings), chunk))
        with writing(engine) as connection:
            rows = []
            for page, one in zip(chunk, found, strict=True):
                if one.text is not None:
                    keeping.keep(connection, one.text.encode(), now)
                rows.append(_row(page, one, now))
            frozen.seen(connection, rows)
            keeping.drop_unused(connection)
            stands = Counter(
                pure.standing(row["digest"], row["trouble"], row["changed_at"], row["gone_at"]).value for row in rows
            )
            ledger.record_of(
                connection, record, actor=ledger.CLOCK, event=Event.PAGES_CHECKED, now=now, details=dict(stands)
            )
        told += stands
    return told


def _row(page: Page, one: _Found, now: datetime) -> dict[str, Any]:
    """How a page stands after a look: frozen when it is had for the first time, else compared with that."""
    row = asdict(page) | {"checked_at": now, "trouble": one.trouble}
    if one.trouble:
        return row | {"gone_at": (page.gone_at or now) if page.digest else None}
    if page.digest is None:
        row |= {"digest": one.digest, "frozen_at": now, "title": one.title, "media_type": one.media_type}
    changed = page.digest is not None and one.digest != page.digest
    return row | {
        "now_digest": one.digest,
        "changed_at": (page.changed_at or now) if changed else None,
        "gone_at": None,
    }


def _look(address: str, settings: Settings) -> _Found:
    try:
        got = outside.get(address, private=settings.pages_private)
    except BadInput:
        return _Found(Trouble.FORBIDDEN)
    except outside.TooManyRedirects:
        return _Found(Trouble.LOOP)
    except (OSError, UnicodeError, httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError):
        return _Found(Trouble.SILENT)
    if got.status in (404, 410):
        return _Found(Trouble.MISSING)
    if not 200 <= got.status < 300:
        return _Found(Trouble.SILENT if got.status >= 500 else Trouble.REFUSED)
    if got.cut:
        return _Found(Trouble.LARGE)
    if got.media_type not in _TEXT and not got.media_type.startswith("text/"):
        return _Found("", "", got.media_type, keeping.digest_of(got.content))
    written = _decoded(got)
    found = pure.told(written) if got.media_type in _TEXT else pure.Told("", pure.plain(written))
    return _Found("", found.title, got.media_type or "text/html", pure.digest(found.text), found.text)


def _decoded(got: outside.Got) -> str:
    try:
        return got.content.decode(got.charset or "utf-8", errors="replace")
    except LookupError:
        return got.content.decode("utf-8", errors="replace")


def name(
    engine: Engine,
    round_id: int,
    application_id: int,
    *,
    address: str,
    person_id: int,
    settings: Settings,
    now: datetime,
) -> None:
    """Have a page frozen that an officer names. Raises BadInput for an address nothing may be fetched from."""
    found = list(pure.addresses(address.strip()))
    if len(found) != 1 or len(found[0]) > 1000:
        raise BadInput("This is not the address of a page.", remedy="Write it with https://.")
    outside.check_address(outside.as_sent(found[0]), private=settings.pages_private, page=True)
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        if not applications.load(connection, round_id, ids=[application_id]):
            raise NotFound("There is no such application.")
        if frozen.count_of(connection, application_id) >= 2 * pure.MOST_LINKS:
            raise BadInput("This application has enough pages.", remedy=Filled("At most {n}.", n=2 * pure.MOST_LINKS))
        links = {application_id: [Link("", found[0])]}
        frozen.name_pages(connection, record.authority_id, round_id, links, person_id, now)
        ledger.record_of(
            connection, record, actor=Actor.person(person_id), event=Event.PAGE_NAMED,
            subject=f"application:{application_id}", now=now,
        )  # fmt: skip
