"""Who wants no more letters of a kind, and the links by which they say so."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from laurea.store import tables as t

u = t.unsubscribed.c


@dataclass(frozen=True)
class Wish:
    """One person and one kind of letter. `since`: when they said no; None: they are still written to."""

    id: int
    authority_id: int
    authority: str
    person_id: int
    kind: str
    since: datetime | None


def token_of(connection: Connection, authority_id: int, person_id: int, kind: str, now: datetime) -> str | None:
    """What stands in the link of such a letter to this person, made with the first one; None: they said no."""
    query = select(u.token, u.since).where(u.person_id == person_id, u.kind == kind)
    row = connection.execute(query).one_or_none()
    if row is not None:
        return None if row.since else str(row.token)
    token = secrets.token_urlsafe(24)
    values = {"authority_id": authority_id, "person_id": person_id, "kind": kind, "token": token, "made_at": now}
    connection.execute(insert(t.unsubscribed).values(**values))
    return token


def wish(connection: Connection, token: str) -> Wish | None:
    """Whom a link belongs to, or None."""
    columns = (u.id, u.authority_id, t.authorities.c.name.label("authority"), u.person_id, u.kind, u.since)
    query = select(*columns).join(t.authorities, t.authorities.c.id == u.authority_id).where(u.token == token)
    row = connection.execute(query).one_or_none()
    return None if row is None else Wish(**row._mapping)


def say(connection: Connection, number: int, since: datetime | None) -> None:
    """Write down that somebody wants no more such letters, or wants them again."""
    connection.execute(update(t.unsubscribed).where(u.id == number).values(since=since))
