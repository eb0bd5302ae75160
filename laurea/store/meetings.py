"""Meetings of a jury: calling one, moving it on, its minutes; what is read of the application in discussion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, exists, func, insert, select, update

from laurea.store import direct
from laurea.store import tables as t

_M, _I, _A, _S = t.meetings.c, t.meeting_items.c, t.applications.c, t.assignments.c


@dataclass(frozen=True)
class Meeting:
    """A meeting as it stands. `place` is the item in discussion, from 1; 0 before the first."""

    id: int
    round_id: int
    authority_id: int
    room: str
    place: int
    items: int
    called_at: datetime
    closed_at: datetime | None
    version: int

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


@dataclass(frozen=True)
class Item:
    """An application on an agenda, with what the minutes say of it. `recommends`: an outcome's id, or nothing."""

    id: int
    place: int
    application_id: int
    ref: str
    unit_name: str
    institution: str
    country: str | None
    region: str
    minutes: str
    recommends: str
    written_by: str | None
    written_at: datetime | None
    version: int


@dataclass(frozen=True)
class SheetSeen:
    """A submitted score sheet as it lies on the table of a meeting. `juror` stands for the officer alone."""

    juror_id: int
    juror: str
    marks: dict[str, str]
    comment: str


def _query(*conditions: ColumnElement[bool]) -> Select[Any]:
    items = select(func.count()).where(_I.meeting_id == _M.id).scalar_subquery().label("items")
    columns = [_M.id, _M.round_id, _M.authority_id, _M.room, _M.place, items, _M.called_at, _M.closed_at, _M.version]
    return select(*columns).where(*conditions).order_by(_M.closed_at.is_not(None), _M.id)


def _found(connection: Connection, *conditions: ColumnElement[bool]) -> list[Meeting]:
    return [Meeting(**row._mapping) for row in connection.execute(_query(*conditions))]


def of_round(connection: Connection, round_id: int) -> list[Meeting]:
    """The meetings of a round, those that are open first."""
    return _found(connection, _M.round_id == round_id)


def meeting(connection: Connection, round_id: int, number: int) -> Meeting | None:
    """One meeting of a round."""
    found = _found(connection, _M.round_id == round_id, _M.id == number)
    return found[0] if found else None


def call(
    connection: Connection,
    *,
    authority_id: int,
    round_id: int,
    room: str,
    applications: Sequence[int],
    person_id: int,
    now: datetime,
) -> int:
    """Call a meeting with this agenda; its id."""
    values = {"authority_id": authority_id, "round_id": round_id, "room": room, "called_by": person_id}
    number = int(connection.execute(insert(t.meetings).values(**values, called_at=now).returning(_M.id)).scalar_one())
    rows = [
        {"authority_id": authority_id, "meeting_id": number, "application_id": one, "place": place}
        for place, one in enumerate(applications, 1)
    ]
    connection.execute(insert(t.meeting_items), rows)
    return number


def reorder(connection: Connection, number: int, applications: Sequence[int]) -> None:
    """Take the applications of a meeting that has not begun in this order."""
    for offset in (len(applications), 0):  # places are unique at every moment
        rows = [{"b_id": one, "b_place": place + offset} for place, one in enumerate(applications, 1)]
        mine = and_(_I.meeting_id == number, _I.application_id == bindparam("b_id"))
        connection.execute(update(t.meeting_items).where(mine).values(place=bindparam("b_place")), rows)


def move(connection: Connection, number: int, version: int, place: int) -> bool:
    """Take up another item; False when somebody moved the meeting meanwhile, or it is closed."""
    stands = and_(_M.id == number, _M.version == version, _M.closed_at.is_(None))
    return connection.execute(update(t.meetings).where(stands).values(place=place, version=version + 1)).rowcount == 1


def close(connection: Connection, number: int, now: datetime) -> bool:
    """Close a meeting; False when it is closed."""
    stands = and_(_M.id == number, _M.closed_at.is_(None))
    return connection.execute(update(t.meetings).where(stands).values(closed_at=now)).rowcount == 1


def write_minutes(
    connection: Connection,
    item: int,
    version: int,
    *,
    minutes: str,
    recommends: str,
    person_id: int,
    now: datetime,
) -> bool:
    """Write what the minutes say of one item; False when somebody else wrote meanwhile."""
    values = {"minutes": minutes, "recommends": recommends, "written_by": person_id, "written_at": now}
    stands = and_(_I.id == item, _I.version == version)
    return connection.execute(update(t.meeting_items).where(stands).values(**values, version=version + 1)).rowcount == 1


def _items(connection: Connection, *conditions: ColumnElement[bool]) -> list[Item]:
    query = (
        select(
            _I.id, _I.place, _I.application_id, _A.ref, _A.unit_name, _A.institution, _A.country, _A.region,
            _I.minutes, _I.recommends, t.people.c.name.label("written_by"), _I.written_at, _I.version,
        )
        .join_from(t.meeting_items, t.applications, _A.id == _I.application_id)
        .outerjoin(t.people, t.people.c.id == _I.written_by)
        .where(*conditions)
        .order_by(_I.place)
    )  # fmt: skip
    return [Item(**row._mapping) for row in connection.execute(query)]


def agenda(connection: Connection, number: int) -> list[Item]:
    """What a meeting takes up, in its order."""
    return _items(connection, _I.meeting_id == number)


def said_of(connection: Connection, application_id: int) -> list[Item]:
    """What meetings wrote down about one application, the first meeting first."""
    return _items(connection, _I.application_id == application_id, _I.written_at.is_not(None))


def ready(connection: Connection, round_id: int, *conditions: ColumnElement[bool]) -> list[tuple[int, str]]:
    """Applications that can be talked about: each has score sheets, all of them are in. Id and reference, by reference.

    What is on the agenda of an open meeting is left out: no application is in two rooms.
    """
    mine = _S.application_id == _A.id
    taken = exists().where(_I.application_id == _A.id, _I.meeting_id == _M.id, _M.closed_at.is_(None))
    query = select(_A.id, _A.ref).where(
        _A.round_id == round_id,
        exists().where(mine, _S.state == "submitted"),
        ~exists().where(mine, _S.state.in_(("open", "draft"))),
        ~taken,
        *conditions,
    )
    return [(row.id, row.ref) for row in connection.execute(query.order_by(_A.ref, _A.id))]


def sheets(connection: Connection, application_id: int) -> list[SheetSeen]:
    """The submitted sheets of an application, in the order in which it was given to its jurors."""
    query = (
        select(_S.juror_id, t.people.c.name.label("juror"), t.sheets.c.marks, t.sheets.c.comment)
        .join_from(t.sheets, t.assignments, _S.id == t.sheets.c.assignment_id)
        .join(t.jurors, t.jurors.c.id == _S.juror_id)
        .join(t.people, t.people.c.id == t.jurors.c.person_id)
        .where(_S.application_id == application_id, _S.state == "submitted")
        .order_by(_S.id)
    )
    return [SheetSeen(**row._mapping) for row in connection.execute(query)]


def followed(connection: Connection, round_id: int) -> list[Meeting]:
    """The meetings of a round whose screens a juror may follow: those that are open."""
    return [Meeting(**row._mapping) for row in direct.ask(connection, _followed(), round=round_id)]


@cache
def _followed() -> Select[Any]:
    """Built once: every queue of every juror asks it."""
    return _query(_M.round_id == bindparam("round"), _M.closed_at.is_(None))


def all_in(connection: Connection, application_id: int) -> bool:
    """Whether no juror of an application still has a score sheet to hand in."""
    owed = select(_S.id).where(_S.application_id == application_id, _S.state.in_(("open", "draft")))
    return connection.execute(owed.limit(1)).first() is None
