"""Signing in by a mailed link: asking for it, using it once, signing out.

Tokens are 256 random bits and stand in the records only as SHA-256 digests. A request for an unknown
address looks exactly like one for a known address.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from sqlalchemy import Connection, Engine

from laurea.errors import NotFound, TooOften
from laurea.ledger import Actor, Event, post, record
from laurea.settings import Settings
from laurea.store import applying, meters, pages_people, rounds
from laurea.store.engine import glancing, writing
from laurea.store.keeping import token_digest
from laurea.store.pages_people import Person, Session
from notifications.compose import Recipient, compose

LINK_MINUTES = 30
SESSION_HOURS = 12
LIVE_LINKS = 5  # unused links a person may have at a time; further requests send nothing
DAILY_LINKS = 10  # after so many in 24 hours a person has one unused link at a time
NETWORK_SECONDS = 600  # in which `links_per_network` of the settings are counted
LONGEST_TARGET = 200  # signs of the page a link leads to
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


def safe_target(target: str) -> str:
    """`target` if it is a page of this portal, else nothing (no other site, no scheme, no backslash)."""
    parts = urlsplit(target)
    local = target.startswith("/") and not target.startswith("//") and not parts.netloc and not parts.scheme
    printable = target.isprintable() and "\\" not in target
    return target if local and printable and len(target) <= LONGEST_TARGET else ""


def request_link(
    engine: Engine,
    email: str,
    role: str | None,
    now: datetime,
    settings: Settings,
    target: str = "",
    newcomer: Newcomer | None = None,
    asker: str = "",
) -> list[str]:
    """Mail a sign-in link to everybody with this address (in `role`, where one is given).

    A `newcomer` is mailed one as an applicant of the authority they apply at, and made one where they are new. `asker`
    is the network address the request comes from. Raises TooOften where too many came from there, whomever they name;
    how many were sent to a person is never told.

    Gives the links, for the trial mode that shows them on the page; nobody else may see them.
    """
    address = email.strip()
    roles = (role,) if role in ROLES else ROLES
    links: list[str] = []
    if asker:
        _count_asker(engine, asker, now, settings)
    with writing(engine) as connection:
        people = pages_people.people_at(connection, address, roles)
        if newcomer is not None:
            known = applying.ensure_applicant(connection, newcomer.authority_id, address, newcomer.language, now)
            people = pages_people.people_at(connection, address, ("applicant",), known)
        for person in people:
            if _had_enough(connection, person.id, now):
                continue
            token = secrets.token_urlsafe(32)
            link = f"{settings.public_url.rstrip('/')}/enter/{token}"
            pages_people.add_link(
                connection,
                token_digest=token_digest(token),
                person_id=person.id,
                target=safe_target(target),
                expires_at=now + timedelta(minutes=LINK_MINUTES),
            )
            letter = compose(
                "sign_in",
                f"sign_in:{token_digest(token)[:16]}:{person.id}",
                Recipient(person.id, person.name, person.email, person.language),
                {"link": link, "minutes": LINK_MINUTES, "place": _place(connection, people, person)},
                sender=settings.mail_from,
                now=now,
            )
            post(connection, [letter], authority_id=person.authority_id, round_id=None, now=now)
            links.append(link)
    return links


def _had_enough(connection: Connection, person_id: int, now: datetime) -> bool:
    """Whether a person has links enough. After many in a day one at a time is sent, and never none: who has it in the
    mailbox can sign in, however many somebody else asks for.
    """
    live = pages_people.live_links(connection, person_id, now)
    if live == 0:
        return False
    day_ago = now + timedelta(minutes=LINK_MINUTES) - timedelta(days=1)
    return live >= LIVE_LINKS or pages_people.links_since(connection, person_id, day_ago) >= DAILY_LINKS


def _count_asker(engine: Engine, asker: str, now: datetime, settings: Settings) -> None:
    """Count a request of a network; it stands in the records as a digest, for a day."""
    key = f"sign_in:{token_digest(network_of(asker))[:32]}"
    with writing(engine) as connection:
        enough = not meters.count(connection, key, meters.window(now, NETWORK_SECONDS), settings.links_per_network)
    if enough:
        raise TooOften(
            "Too many links were asked for from your network.",
            "Try again in ten minutes. A link that was mailed to you before still works for half an hour.",
        )


def network_of(address: str) -> str:
    """What counts as one network: an IPv4 address, or the first 64 bits of an IPv6 one, which one place shares."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(found) if found.version == 4 else str(ip_network((found, 64), strict=False))


def open_session(engine: Engine, token: str, now: datetime) -> Opened | None:
    """Use up a link and open a session; None when the link is unknown, used or too old."""
    with writing(engine) as connection:
        found = pages_people.use_link(connection, token_digest(token), now)
        if found is None:
            return None
        person, target = found
        cookie = _begin(connection, person.id, person.authority_id, now)
    return Opened(cookie, target, person.role)


def change_office(engine: Engine, cookie: str, person_id: int, now: datetime) -> Opened | None:
    """Go on in another office of one's own: the session ends and another begins there.

    None where it is nobody's office who has the same address and the same role; nothing is changed then.
    """
    with writing(engine) as connection:
        session = pages_people.session(connection, token_digest(cookie), now)
        if session is None:
            return None
        offices = pages_people.offices_of(connection, session.person.id)
        there = next((one for one in offices if one.person_id == person_id), None)
        if there is None:
            return None
        pages_people.end_session(connection, token_digest(cookie))
        fresh = _begin(connection, there.person_id, there.authority_id, now)
    return Opened(fresh, "", session.person.role)


def _begin(connection: Connection, person_id: int, authority_id: int, now: datetime) -> str:
    """Begin a session of a person; its cookie."""
    cookie = secrets.token_urlsafe(32)
    pages_people.add_session(
        connection,
        token_digest=token_digest(cookie),
        person_id=person_id,
        csrf=secrets.token_urlsafe(32),
        now=now,
        expires_at=now + timedelta(hours=SESSION_HOURS),
    )
    record(
        connection,
        authority_id=authority_id,
        actor=Actor.person(person_id),
        event=Event.SIGNED_IN,
        subject=f"person:{person_id}",
        now=now,
    )
    return cookie


def _place(connection: Connection, people: list[Person], person: Person) -> str:
    """The office a link leads into, for somebody who has the same role in several."""
    if sum(one.role == person.role for one in people) < 2:
        return ""
    return rounds.authority_of(connection, person.authority_id).name


def session_of(engine: Engine, cookie: str, now: datetime) -> Session | None:
    """Who is behind this cookie, if the session still runs."""
    with glancing(engine) as connection:
        return pages_people.session(connection, token_digest(cookie), now)


def look_as(engine: Engine, cookie: str, person_id: int, now: datetime) -> str:
    """Let an officer look at the portal as a juror or an applicant of the same authority; the role of that person.

    Nothing can be changed meanwhile. Raises NotFound for anybody else, and for who looks as somebody already.
    """
    with writing(engine) as connection:
        session = pages_people.session(connection, token_digest(cookie), now)
        whom = None
        if session is not None and session.viewer is None:
            whom = pages_people.to_view(connection, session.person.id, person_id)
        if session is None or whom is None:
            raise NotFound("There is no such person.")
        pages_people.set_viewing(connection, token_digest(cookie), whom.id)
        record(
            connection,
            authority_id=whom.authority_id,
            actor=Actor.person(session.person.id),
            event=Event.VIEWED_AS,
            subject=f"person:{whom.id}",
            now=now,
        )
    return whom.role


def look_no_longer(engine: Engine, cookie: str) -> None:
    """Let an officer be themselves again."""
    with writing(engine) as connection:
        pages_people.set_viewing(connection, token_digest(cookie), None)


def close_session(engine: Engine, cookie: str) -> None:
    """Sign out."""
    with writing(engine) as connection:
        pages_people.end_session(connection, token_digest(cookie))
