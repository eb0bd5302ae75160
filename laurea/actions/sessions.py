"""What happens to a session after it began: another office, looking as somebody else, and its end."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from laurea import entering
from laurea.entering import Browser, Opened
from laurea.errors import NotFound
from laurea.ledger import SYSTEM, Actor, Event, record
from laurea.store import accounts, applications, pages_people, people, personal, rounds
from laurea.store.engine import writing
from laurea.store.keeping import token_digest

LOG = logging.getLogger("laurea.sessions")
SEEN_EVERY = timedelta(minutes=5)  # a session's last use is known to that


def seen(engine: Engine, cookie: str, now: datetime) -> None:
    """Write down that a session is in use. Where the records cannot be written now, the page is shown all the same."""
    try:
        with writing(engine) as connection:
            accounts.touch(connection, token_digest(cookie), now)
    except DBAPIError:
        LOG.warning("the use of a session could not be written down")


def change_office(engine: Engine, cookie: str, person_id: int, now: datetime) -> Opened | None:
    """Go on in another office of one's own: the session ends and another begins there.

    None where it is nobody's office who has the same address and the same role; nothing is changed then.
    """
    with writing(engine) as connection:
        session = pages_people.session(connection, token_digest(cookie), now)
        row = accounts.session_row(connection, token_digest(cookie))
        if session is None or row is None:
            return None
        offices = pages_people.offices_of(connection, session.person.id)
        there = next((one for one in offices if one.person_id == person_id), None)
        if there is None:
            return None
        came = Browser(name=row[1], cookie=cookie)
        fresh = entering.begin(
            connection, there.person_id, there.authority_id, now, browser=came, second=row[2], by="office"
        )
    return Opened(fresh, "", session.person.role)


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
        _told(connection, whom.authority_id, session.person.id, Event.VIEWED_AS, now, f"person:{whom.id}")
    return whom.role


def look_no_longer(engine: Engine, cookie: str) -> None:
    """Let an officer be themselves again."""
    with writing(engine) as connection:
        pages_people.set_viewing(connection, token_digest(cookie), None)


def close_session(engine: Engine, cookie: str) -> None:
    """Sign out."""
    with writing(engine) as connection:
        pages_people.end_session(connection, token_digest(cookie))


def end_sessions(engine: Engine, person_id: int, cookie: str, now: datetime, *, key: str = "") -> int:
    """End the sessions of somebody, in every office and role of their address: the one of that key, or all but the
    browser's own; how many.
    """
    with writing(engine) as connection:
        ended = accounts.end_sessions(
            connection, person_id, key=key, spare="" if key else token_digest(cookie)
        )  # fmt: skip
        if ended:
            person = pages_people.person(connection, person_id)
            _told(connection, person.authority_id, person_id, Event.SESSIONS_ENDED, now, details={"sessions": ended})
    return ended


def sign_out(engine: Engine, person_id: int, authority_id: int, *, actor: Actor, now: datetime) -> None:
    """End every session of somebody of an office, and every link that was mailed to them.

    Raises NotFound for anybody else.
    """
    with writing(engine) as connection:
        if personal.someone(connection, person_id, authority_id) is None:
            raise NotFound("There is no such person.")
        people.shut_out(connection, person_id, now)
        record(
            connection, authority_id=authority_id, actor=actor,
            event=Event.SESSIONS_ENDED, subject=f"person:{person_id}", now=now,
        )  # fmt: skip


def unlink(engine: Engine, person_id: int, now: datetime) -> None:
    """Forget who somebody is at an identity provider; a mailed link is their way in again."""
    with writing(engine) as connection:
        if accounts.unlink(connection, person_id):
            person = pages_people.person(connection, person_id)
            _told(connection, person.authority_id, person_id, Event.IDENTITY_UNLINKED, now)


def end_officer(engine: Engine, authority: str, email: str, now: datetime) -> int:
    """End an officer's account: their sessions at once, and every way to begin another. The id of the person.

    What they did stays in the records. Raises NotFound.
    """
    with writing(engine) as connection:
        office = rounds.authority(connection, authority)
        person_id = applications.officer(connection, office.id, email)
        accounts.end_account(connection, person_id, now)
        record(
            connection, authority_id=office.id, actor=SYSTEM,
            event=Event.ACCOUNT_ENDED, subject=f"person:{person_id}", now=now,
        )  # fmt: skip
    return person_id


def _told(
    connection: Connection,
    authority_id: int,
    by: int,
    event: Event,
    now: datetime,
    subject: str = "",
    details: dict[str, int] | None = None,
) -> None:
    record(
        connection, authority_id=authority_id, actor=Actor.person(by), event=event, subject=subject or f"person:{by}",
        now=now, details=dict(details or {}),
    )  # fmt: skip
