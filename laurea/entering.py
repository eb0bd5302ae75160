"""What every way in ends with: a session begins, and the audit says so."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from laurea.errors import NotAllowed
from laurea.ledger import Actor, Event, record
from laurea.store import pages_people
from laurea.store.keeping import token_digest
from laurea.store.pages_people import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

SESSION_HOURS = 12  # however often it is used; pages_people.IDLE: how long it lives unused
LONGEST_TARGET = 200  # signs of the page a link leads to
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrom", "Chrome"), ("Safari/", "Safari"))


@dataclass(frozen=True)
class Opened:
    """A new session: the cookie's value and the page it begins at."""

    token: str
    target: str
    role: str


@dataclass(frozen=True)
class Browser:
    """The browser somebody comes in with: the digest of its cookie, what it calls itself, and its session until now."""

    digest: str = ""
    name: str = ""
    cookie: str = ""


class Signed(NamedTuple):
    """Whom the gate remembers behind a cookie, by the cookie's digest."""

    digest: str
    session: Session


class Stranger(NotAllowed):
    """Behind a cookie the records no longer know whom the gate remembers there; nothing was done."""

    def __init__(self) -> None:
        super().__init__("This session is over.", "Sign in again.")


def strangers(connection: Connection, asked: Sequence[tuple[Signed, datetime]]) -> list[Signed]:
    """Of remembered sessions, each with its moment, those that the records have otherwise or no longer."""
    if not asked:
        return []
    digests = list({signed.digest for signed, _ in asked})
    standing = pages_people.sessions(connection, digests, max(now for _, now in asked))
    return [signed for signed, _ in asked if standing.get(signed.digest) != signed.session]


def begin(
    connection: Connection,
    person_id: int,
    authority_id: int,
    now: datetime,
    *,
    browser: Browser | None = None,
    second: bool = False,
    by: str = "link",
) -> str:
    """Begin a session of a person; its cookie. The one this browser had ends. `second`: a second factor was given."""
    came = browser or Browser()
    if came.cookie:
        pages_people.end_session(connection, token_digest(came.cookie))
    cookie = secrets.token_urlsafe(32)
    pages_people.add_session(
        connection,
        token_digest=token_digest(cookie),
        person_id=person_id,
        csrf=secrets.token_urlsafe(32),
        now=now,
        expires_at=now + timedelta(hours=SESSION_HOURS),
        second=second,
        browser=came.name,
    )
    record(
        connection,
        authority_id=authority_id,
        actor=Actor.person(person_id),
        event=Event.SIGNED_IN,
        subject=f"person:{person_id}",
        now=now,
        details={"by": by},
    )
    return cookie


def safe_target(target: str) -> str:
    """`target` if it is a page of this portal, else nothing (no other site, no scheme, no backslash)."""
    parts = urlsplit(target)
    local = target.startswith("/") and not target.startswith("//") and not parts.netloc and not parts.scheme
    printable = target.isprintable() and "\\" not in target
    return target if local and printable and len(target) <= LONGEST_TARGET else ""


def browser_name(agent: str) -> str:
    """A browser as its owner knows it, out of what it says of itself: Firefox, Linux. Nothing finer is kept."""
    names = (next((name for sign, name in signs if sign in agent), "") for signs in (_BROWSERS, _SYSTEMS))
    return ", ".join(filter(None, names))
