"""Questions of the front door: who somebody is, links and sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from laurea.store import tables as t


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in. `role` is officer, juror or applicant."""

    id: int
    authority_id: int
    name: str
    email: str
    language: str
    role: str


@dataclass(frozen=True)
class Session:
    """A signed-in browser: the person, the authority's zone, and the token every form must carry."""

    person: Person
    csrf: str
    timezone: str
    authority: str


_PERSON = tuple(t.people.c[name] for name in ("id", "authority_id", "name", "email", "language", "role"))


def people_at(connection: Connection, address: str, roles: tuple[str, ...], person_id: int = 0) -> list[Person]:
    """The people with this address (letter case does not count) in these roles, officers first; or one of them."""
    query = (
        select(*_PERSON)
        .where(func.lower(t.people.c.email) == address.lower(), t.people.c.role.in_(roles))
        .order_by(t.people.c.role.desc(), t.people.c.id)
        .limit(5)
    )
    if person_id:
        query = query.where(t.people.c.id == person_id)
    return [Person(**row._mapping) for row in connection.execute(query)]


def live_links(connection: Connection, person_id: int, now: datetime) -> int:
    """How many unused links of this person still open the door."""
    c = t.sign_in_links.c
    query = select(func.count()).where(c.person_id == person_id, c.used_at.is_(None), c.expires_at > now)
    return int(connection.execute(query).scalar_one())


def add_link(connection: Connection, *, token_digest: str, person_id: int, target: str, expires_at: datetime) -> None:
    """Keep the digest of a link that was mailed."""
    connection.execute(
        insert(t.sign_in_links).values(
            token_digest=token_digest, person_id=person_id, target=target, expires_at=expires_at
        )
    )


def use_link(connection: Connection, token_digest: str, now: datetime) -> tuple[Person, str] | None:
    """Use up a link: the person and the page it leads to, or None when it is unknown, used or too old."""
    c = t.sign_in_links.c
    used = connection.execute(
        update(t.sign_in_links)
        .where(c.token_digest == token_digest, c.used_at.is_(None), c.expires_at > now)
        .values(used_at=now)
        .returning(c.person_id, c.target)
    ).one_or_none()
    if used is None:
        return None
    row = connection.execute(select(*_PERSON).where(t.people.c.id == used.person_id)).one()
    return Person(**row._mapping), used.target


def add_session(
    connection: Connection, *, token_digest: str, person_id: int, csrf: str, now: datetime, expires_at: datetime
) -> None:
    """Open a session; those that ended are cleared away with it."""
    connection.execute(delete(t.sessions).where(t.sessions.c.expires_at <= now))
    connection.execute(
        insert(t.sessions).values(
            token_digest=token_digest,
            person_id=person_id,
            csrf=csrf,
            created_at=now,
            seen_at=now,
            expires_at=expires_at,
        )
    )


def session(connection: Connection, token_digest: str, now: datetime) -> Session | None:
    """The session behind a cookie, if it still runs."""
    query = (
        select(*_PERSON, t.sessions.c.csrf, t.authorities.c.timezone, t.authorities.c.name.label("authority"))
        .join(t.people, t.people.c.id == t.sessions.c.person_id)
        .join(t.authorities, t.authorities.c.id == t.people.c.authority_id)
        .where(t.sessions.c.token_digest == token_digest, t.sessions.c.expires_at > now)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    person = Person(row.id, row.authority_id, row.name, row.email, row.language, row.role)
    return Session(person, row.csrf, row.timezone, row.authority)


def end_session(connection: Connection, token_digest: str) -> None:
    """Sign out."""
    connection.execute(delete(t.sessions).where(t.sessions.c.token_digest == token_digest))
