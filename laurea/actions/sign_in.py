"""Signing in by a mailed link: asking for it, using it once, or typing the code that stands beside it.

Tokens are 256 random bits and stand in the records only as SHA-256 digests. A link opens in the browser alone that
asked for it: whoever sends somebody a link they asked for themselves gains nothing. Who reads their mail elsewhere
types the code in that browser. A request for an unknown address looks exactly like one for a known address.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from sqlalchemy import Connection, Engine

from laurea import entering
from laurea.entering import Browser, Opened
from laurea.errors import TooOften
from laurea.ledger import post
from laurea.settings import Settings
from laurea.store import applying, links, meters, pages_people, rounds
from laurea.store.engine import glancing, reading, writing
from laurea.store.keeping import token_digest
from laurea.store.pages_people import Person, Session
from notifications.compose import Recipient, compose

LINK_MINUTES = 10
LIVE_LINKS = 5  # unused links a person may have at a time; further requests send nothing
DAILY_LINKS = 10  # after so many in 24 hours a person has one unused link at a time
NETWORK_SECONDS = 600  # in which `links_per_network` of the settings are counted
WRONG_CODES = 5  # typed for one link: its code opens nothing any more, the link still does
DAILY_WRONG_CODES = 20  # of one person: 20 in a million a day is what guessing comes to
BROWSER_CODES = 10  # typed in one browser in ten minutes, right or wrong
ROLES = ("officer", "juror", "applicant")


@dataclass(frozen=True)
class Newcomer:
    """Somebody who wants to apply in a round: the authority that runs it, and the language they read."""

    authority_id: int
    language: str


def request_link(
    engine: Engine,
    email: str,
    role: str | None,
    now: datetime,
    settings: Settings,
    target: str = "",
    *,
    newcomer: Newcomer | None = None,
    asker: str = "",
    browser: str = "",
) -> list[str]:
    """Mail a sign-in link to everybody with this address (in `role`, where one is given).

    A `newcomer` is mailed one as an applicant of the authority they apply at, and made one where they are new. `asker`
    is the network address the request comes from, `browser` the digest of the asking browser's cookie: the link opens
    there alone, and the letter holds a code to type there. Raises TooOften where too many came from a network, whomever
    they name; how many were sent to a person is never told.

    Gives the links, for the trial mode that shows them on the page; nobody else may see them.
    """
    address = email.strip()
    roles = (role,) if role in ROLES else ROLES
    made: list[str] = []
    if asker:
        count_asker(engine, asker, now, settings)
    with writing(engine) as connection:
        people = pages_people.people_at(connection, address, roles)
        if newcomer is not None:
            known = applying.ensure_applicant(connection, newcomer.authority_id, address, newcomer.language, now)
            people = pages_people.people_at(connection, address, ("applicant",), known)
        for person in people:
            if _had_enough(connection, person.id, now):
                continue
            token = secrets.token_urlsafe(32)
            code = f"{secrets.randbelow(1_000_000):06}" if browser else ""
            link = f"{settings.public_url.rstrip('/')}/enter/{token}"
            links.add_link(
                connection,
                token_digest=token_digest(token),
                person_id=person.id,
                target=entering.safe_target(target),
                expires_at=now + timedelta(minutes=LINK_MINUTES),
                address=person.email,
                browser=browser,
                code=_code_digest(settings, token_digest(token), code) if code else "",
            )
            letter = compose(
                "sign_in",
                f"sign_in:{token_digest(token)[:16]}:{person.id}",
                Recipient(person.id, person.name, person.email, person.language),
                {
                    "link": link, "minutes": LINK_MINUTES, "code": f"{code[:3]} {code[3:]}".strip(),
                    "place": _place(connection, people, person),
                },
                sender=settings.mail_from,
                now=now,
            )  # fmt: skip
            post(connection, [letter], authority_id=person.authority_id, round_id=None, now=now)
            made.append(link)
    return made


def _code_digest(settings: Settings, link: str, code: str) -> str:
    """How a code stands in the records: with a key that does not, for six digits are soon tried."""
    return hmac.new(settings.signing_key(), f"code:{link}:{code}".encode(), hashlib.sha256).hexdigest()


def _had_enough(connection: Connection, person_id: int, now: datetime) -> bool:
    """Whether a person has links enough. After many in a day one at a time is sent, and never none: who has it in the
    mailbox can sign in, however many somebody else asks for.
    """
    live = links.live_links(connection, person_id, now)
    if live == 0:
        return False
    day_ago = now + timedelta(minutes=LINK_MINUTES) - timedelta(days=1)
    return live >= LIVE_LINKS or links.links_since(connection, person_id, day_ago) >= DAILY_LINKS


def count_asker(engine: Engine, asker: str, now: datetime, settings: Settings) -> None:
    """Count a request of a network; it stands in the records as a digest, for a day. Raises TooOften."""
    key = f"sign_in:{token_digest(network_of(asker))[:32]}"
    if left := meters.wait(engine, key, now, most=settings.links_per_network, seconds=NETWORK_SECONDS):
        raise TooOften("Too many links were asked for from your network.", seconds=left)


def network_of(address: str) -> str:
    """What counts as one network: an IPv4 address, or the first 64 bits of an IPv6 one, which one place shares."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(found) if found.version == 4 else str(ip_network((found, 64), strict=False))


def is_elsewhere(engine: Engine, token: str, browser: str, now: datetime) -> bool:
    """Whether a link would open the door, but in another browser than this one."""
    with reading(engine) as connection:
        bound = links.browser_of(connection, token_digest(token), now)
    return bound not in (None, "", browser)


def open_session(engine: Engine, token: str, now: datetime, browser: Browser | None = None) -> Opened | None:
    """Use up a link and open a session; None when the link is unknown, used, too old or of another browser."""
    came = browser or Browser()
    with writing(engine) as connection:
        return _open(connection, token_digest(token), came, now, "link")


def open_by_code(engine: Engine, typed: str, settings: Settings, now: datetime, browser: Browser) -> Opened | None:
    """The same by the code of a link that this browser asked for. A wrong one is counted for each of them.

    Raises TooOften where this browser typed too many.
    """
    code = "".join(typed.split())
    key = f"code:{browser.digest[:32]}"
    if left := meters.wait(engine, key, now, most=BROWSER_CODES, seconds=NETWORK_SECONDS):
        raise TooOften("Too many attempts.", seconds=left)
    with writing(engine) as connection:
        for link, digest in links.codes_of(connection, browser.digest, now, WRONG_CODES, DAILY_WRONG_CODES):
            if hmac.compare_digest(digest, _code_digest(settings, link, code)):
                return _open(connection, link, browser, now, "code")
        links.count_try(connection, browser.digest, now)
    return None


def _open(connection: Connection, link: str, browser: Browser, now: datetime, by: str) -> Opened | None:
    found = links.use_link(connection, link, browser.digest, now)
    if found is None:
        return None
    person = pages_people.person(connection, found[0])
    cookie = entering.begin(connection, person.id, person.authority_id, now, browser=browser, by=by)
    return Opened(cookie, found[1], person.role)


def _place(connection: Connection, people: list[Person], person: Person) -> str:
    """The office a link leads into, for somebody who has the same role in several."""
    if sum(one.role == person.role for one in people) < 2:
        return ""
    return rounds.authority_of(connection, person.authority_id).name


def session_of(engine: Engine, cookie: str, now: datetime) -> Session | None:
    """Who is behind this cookie, if the session still runs."""
    return sessions_of(engine, [(cookie, now)])[0]


def sessions_of(engine: Engine, cookies: Sequence[tuple[str, datetime]]) -> list[Session | None]:
    """As `session_of`, for many cookies that came in together, each with its moment."""
    digests = [token_digest(cookie) for cookie, _ in cookies]
    with glancing(engine) as connection:
        found = pages_people.sessions(connection, digests, max(now for _, now in cookies))
    return [found.get(one) for one in digests]
