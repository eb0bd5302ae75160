"""Correcting what somebody is called and where they are written to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, update

from laurea.store import tables as t
from laurea.store.erasing import WAITING

p = t.people.c


def taken(connection: Connection, authority_id: int, role: str, email: str, person_id: int) -> bool:
    """Whether somebody else of an office has this address in this role; letter case does not count."""
    same = select(p.id).where(
        p.authority_id == authority_id, p.role == role, func.lower(p.email) == email.lower(), p.id != person_id
    )
    return connection.execute(same).first() is not None


def correct(connection: Connection, person_id: int, seen: tuple[str, str], *, name: str, email: str) -> bool:
    """Give somebody another name and address; false where they are not those that were `seen` any more."""
    query = update(t.people).where(p.id == person_id, p.name == seen[0], p.email == seen[1])
    return connection.execute(query.values(name=name, email=email)).rowcount == 1


def shut_out(connection: Connection, person_id: int, now: datetime) -> None:
    """End every session of somebody, and every link that was mailed to them."""
    s, k = t.sessions.c, t.sign_in_links.c
    connection.execute(delete(t.sessions).where(or_(s.person_id == person_id, s.viewing == person_id)))
    mine = update(t.sign_in_links).where(k.person_id == person_id, k.used_at.is_(None))
    connection.execute(mine.values(used_at=now))


def waiting_letters(connection: Connection, person_id: int) -> int:
    """How many letters to somebody have not left yet."""
    m = t.messages.c
    query = select(func.count()).where(m.person_id == person_id, m.state.in_(WAITING))
    return int(connection.execute(query).scalar_one())


def labels_called(connection: Connection, person_id: int, holder: str) -> list[Any]:
    """Number, round and authority of somebody's labels whose holder is called so; none that were withdrawn."""
    g = t.grants.c
    query = select(g.id, g.number, g.round_id, g.authority_id).where(
        g.person_id == person_id, g.holder == holder, g.withdrawn_at.is_(None)
    )
    return list(connection.execute(query.order_by(g.id)))
