"""Questions about how somebody gets in: their sessions, who they are at an identity provider, their second factor.

Whoever has several records with the same address and role (an officer of several offices) is one human being with one
second factor; whatever else is asked of an address is asked of every record that has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from laurea.store import tables as t
from laurea.store.pages_people import IDLE

p, s, i, f, rc = t.people.c, t.sessions.c, t.identities.c, t.second_factors.c, t.recovery_codes.c


@dataclass(frozen=True)
class Open:
    """A session of somebody. `key` names it in addresses: the head of a digest, which opens nothing."""

    key: str
    browser: str
    office: str
    role: str
    began_at: datetime
    seen_at: datetime
    mine: bool  # the one that asks


@dataclass(frozen=True)
class Factor:
    """A second factor. `last_step`: the moment of the code used last, in steps of 30 s since 1970."""

    person_id: int
    secret: str
    last_step: int
    salt: str
    enrolled_at: datetime
    codes: int  # recovery codes that are left


def same_address(person_id: int) -> Select[Any]:
    """The ids of every record with the address of this one, whatever its role or office."""
    me = t.people.alias("me")
    return select(p.id).join(me, func.lower(me.c.email) == func.lower(p.email)).where(me.c.id == person_id)


def _one_human(person_id: int) -> Select[Any]:
    me = t.people.alias("me")
    same = (func.lower(me.c.email) == func.lower(p.email)) & (me.c.role == p.role)
    return select(p.id).join(me, same).where(me.c.id == person_id)


def sessions_of(connection: Connection, person_id: int, token_digest: str, now: datetime) -> list[Open]:
    """Where somebody is signed in, the latest first."""
    query = (
        select(s.token_digest, s.browser, t.authorities.c.name, p.role, s.created_at, s.seen_at)
        .join(t.people, p.id == s.person_id)
        .join(t.authorities, t.authorities.c.id == p.authority_id)
        .where(s.person_id.in_(same_address(person_id)), s.expires_at > now)
        .order_by(s.seen_at.desc(), s.created_at.desc())
    )
    return [
        Open(row[0][:16], row[1], row[2], row[3], row[4], row[5], row[0] == token_digest)
        for row in connection.execute(query)
        if row[5] > now - IDLE[row[3]]
    ]


def end_sessions(connection: Connection, person_id: int, *, key: str = "", spare: str = "") -> int:
    """End the sessions of everybody with this person's address: the one of that key, or all but one; how many."""
    mine = delete(t.sessions).where(s.person_id.in_(same_address(person_id).scalar_subquery()))
    if key:
        mine = mine.where(func.substr(s.token_digest, 1, 16) == key)
    return int(connection.execute(mine.where(s.token_digest != spare)).rowcount)


def touch(connection: Connection, token_digest: str, now: datetime) -> None:
    """Write down that a session was used."""
    connection.execute(update(t.sessions).where(s.token_digest == token_digest).values(seen_at=now))


def session_row(connection: Connection, token_digest: str) -> tuple[int, str, bool] | None:
    """Whose session it is, its browser, and whether a second factor was given in it."""
    row = connection.execute(
        select(s.person_id, s.browser, s.second).where(s.token_digest == token_digest)
    ).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


def end_account(connection: Connection, person_id: int, now: datetime) -> None:
    """Let nobody in as this person from now on: no session, link or identity is left. A second factor stays, for it is
    also that of the same human being in other offices.
    """
    connection.execute(update(t.people).where(p.id == person_id).values(ended_at=now))
    for table in (t.sessions, t.sign_in_links, t.identities):
        connection.execute(delete(table).where(table.c.person_id == person_id))


def begin_account(connection: Connection, person_id: int) -> None:
    """Let somebody in again."""
    connection.execute(update(t.people).where(p.id == person_id).values(ended_at=None))


# --- Identity providers --------------------------------------------------------------------------------------


def person_behind(connection: Connection, issuer: str, subject: str) -> int | None:
    """Whom an identity was linked to, if they may still sign in."""
    query = select(i.person_id).join(t.people, p.id == i.person_id)
    query = query.where(i.issuer == issuer, i.subject == subject, p.ended_at.is_(None))
    found: int | None = connection.execute(query).scalar_one_or_none()
    return found


def is_known(connection: Connection, issuer: str, subject: str) -> bool:
    """Whether an identity is linked to anybody, who may sign in or not."""
    return connection.execute(select(i.id).where(i.issuer == issuer, i.subject == subject)).first() is not None


def linked(connection: Connection, person_id: int) -> list[tuple[str, datetime]]:
    """The issuers that know somebody with this person's address, and since when."""
    query = select(i.issuer, i.linked_at).where(i.person_id.in_(same_address(person_id))).order_by(i.id)
    return [(row[0], row[1]) for row in connection.execute(query)]


def link(connection: Connection, person_id: int, issuer: str, subject: str, now: datetime) -> None:
    """Link an identity to somebody."""
    connection.execute(insert(t.identities).values(issuer=issuer, subject=subject, person_id=person_id, linked_at=now))


def unlink(connection: Connection, person_id: int) -> int:
    """Forget who somebody is at identity providers; how many there were."""
    mine = delete(t.identities).where(i.person_id.in_(same_address(person_id).scalar_subquery()))
    return int(connection.execute(mine).rowcount)


# --- Second factors ------------------------------------------------------------------------------------------


def factor(connection: Connection, person_id: int) -> Factor | None:
    """The second factor of somebody."""
    left = select(func.count()).where(rc.person_id == f.person_id, rc.used_at.is_(None)).correlate(t.second_factors)
    query = select(f.person_id, f.secret, f.last_step, f.salt, f.enrolled_at, left.scalar_subquery())
    row = connection.execute(query.where(f.person_id.in_(_one_human(person_id))).order_by(f.id)).first()
    return None if row is None else Factor(*row)


def add_factor(
    connection: Connection, person_id: int, *, secret: str, step: int, salt: str, codes: Sequence[str], now: datetime
) -> None:
    """Keep a second factor with its recovery codes."""
    connection.execute(
        insert(t.second_factors).values(
            person_id=person_id, secret=secret, last_step=step, salt=salt, enrolled_at=now
        )
    )  # fmt: skip
    set_codes(connection, person_id, codes)


def set_codes(connection: Connection, person_id: int, codes: Sequence[str]) -> None:
    """Put recovery codes in the place of those there were."""
    connection.execute(delete(t.recovery_codes).where(rc.person_id == person_id))
    connection.execute(insert(t.recovery_codes), [{"person_id": person_id, "digest": one} for one in codes])


def use_step(connection: Connection, person_id: int, step: int) -> bool:
    """Use up the code of a step; false where it, or a later one, was used before."""
    mine = update(t.second_factors).where(f.person_id == person_id, f.last_step < step).values(last_step=step)
    return bool(connection.execute(mine).rowcount)


def use_code(connection: Connection, person_id: int, digest: str, now: datetime) -> bool:
    """Use up a recovery code; false where it is none, or none any more."""
    mine = update(t.recovery_codes).where(rc.person_id == person_id, rc.digest == digest, rc.used_at.is_(None))
    return bool(connection.execute(mine.values(used_at=now)).rowcount)


def remove_factor(connection: Connection, person_id: int) -> bool:
    """Remove the second factor of somebody; false where there was none."""
    mine = _one_human(person_id).scalar_subquery()
    connection.execute(delete(t.recovery_codes).where(rc.person_id.in_(mine)))
    return bool(connection.execute(delete(t.second_factors).where(f.person_id.in_(mine))).rowcount)
