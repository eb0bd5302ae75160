"""Signing in by a mailed link: asking for it, using it once, signing out.

Tokens are 256 random bits and stand in the records only as SHA-256 digests. A request for an unknown
address looks exactly like one for a known address.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import Engine

from laurea.ledger import Actor, Event, post, record
from laurea.settings import Settings
from laurea.store import applying, pages_people
from laurea.store.engine import reading, writing
from laurea.store.pages_people import Session
from notifications.compose import Recipient, compose

LINK_MINUTES = 30
SESSION_HOURS = 12
LIVE_LINKS = 5  # unused links a person may have at a time; further requests send nothing
ROLES = ("officer", "juror", "applicant")


@dataclass(frozen=True)
class Newcomer:
    """Somebody who wants to apply in a round: the authority that runs it, and the language they read."""

    authority_id: int
    language: str


@dataclass(frozen=True)
class Opened:
    """A new session: the cookie's value and the page the link leads to."""

    token: str
    target: str
    role: str


def digest(token: str) -> str:
    """How a token stands in the records."""
    return hashlib.sha256(token.encode()).hexdigest()


def safe_target(target: str) -> str:
    """`target` if it is a page of this portal, else nothing (no other site, no scheme, no backslash)."""
    parts = urlsplit(target)
    local = target.startswith("/") and not target.startswith("//") and not parts.netloc and not parts.scheme
    printable = target.isprintable() and "\\" not in target
    return target if local and printable and len(target) <= 200 else ""


def request_link(
    engine: Engine,
    email: str,
    role: str | None,
    now: datetime,
    settings: Settings,
    target: str = "",
    newcomer: Newcomer | None = None,
) -> list[str]:
    """Mail a sign-in link to everybody with this address (in `role`, where one is given).

    A `newcomer` is mailed one as an applicant of the authority they apply at, and made one where they are new.

    Gives the links, for the trial mode that shows them on the page; nobody else may see them.
    """
    address = email.strip()
    roles = (role,) if role in ROLES else ROLES
    links: list[str] = []
    with writing(engine) as connection:
        people = pages_people.people_at(connection, address, roles)
        if newcomer is not None:
            known = applying.ensure_applicant(connection, newcomer.authority_id, address, newcomer.language, now)
            people = pages_people.people_at(connection, address, ("applicant",), known)
        for person in people:
            if pages_people.live_links(connection, person.id, now) >= LIVE_LINKS:
                continue
            token = secrets.token_urlsafe(32)
            link = f"{settings.public_url.rstrip('/')}/enter/{token}"
            pages_people.add_link(
                connection,
                token_digest=digest(token),
                person_id=person.id,
                target=safe_target(target),
                expires_at=now + timedelta(minutes=LINK_MINUTES),
            )
            letter = compose(
                "sign_in",
                f"sign_in:{digest(token)[:16]}:{person.id}",
                Recipient(person.id, person.name, person.email, person.language),
                {"link": link, "minutes": LINK_MINUTES, "place": ""},
                sender=settings.mail_from,
                now=now,
            )
            post(connection, [letter], authority_id=person.authority_id, round_id=None, now=now)
            links.append(link)
    return links


def open_session(engine: Engine, token: str, now: datetime) -> Opened | None:
    """Use up a link and open a session; None when the link is unknown, used or too old."""
    with writing(engine) as connection:
        found = pages_people.use_link(connection, digest(token), now)
        if found is None:
            return None
        person, target = found
        cookie = secrets.token_urlsafe(32)
        pages_people.add_session(
            connection,
            token_digest=digest(cookie),
            person_id=person.id,
            csrf=secrets.token_urlsafe(32),
            now=now,
            expires_at=now + timedelta(hours=SESSION_HOURS),
        )
        record(
            connection,
            authority_id=person.authority_id,
            actor=Actor.person(person.id),
            event=Event.SIGNED_IN,
            subject=f"person:{person.id}",
            now=now,
        )
    return Opened(cookie, target, person.role)


def session_of(engine: Engine, cookie: str, now: datetime) -> Session | None:
    """Who is behind this cookie, if the session still runs."""
    with reading(engine) as connection:
        return pages_people.session(connection, digest(cookie), now)


def close_session(engine: Engine, cookie: str) -> None:
    """Sign out."""
    with writing(engine) as connection:
        pages_people.end_session(connection, digest(cookie))
