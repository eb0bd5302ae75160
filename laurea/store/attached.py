"""Files of applications: what is known of each, the file itself, and single pages of its copies.

Files of one application are told apart by their place, 1 for the first; once it is handed in no place changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, LargeBinary, Select, bindparam, delete, func, insert, select, update

from laurea.store import direct
from laurea.store import tables as t

f, d = t.application_files.c, t.application_drafts.c


@dataclass(frozen=True)
class File:
    """A file without its bytes. `name` is empty once the file was erased; `pages`: width, height, bytes of each."""

    name: str
    kind: str
    size: int
    digest: str
    pages: list[list[int]]
    added_by: str
    added_at: datetime

    @property
    def erased(self) -> bool:
        """Whether its bytes are gone because their time was over."""
        return not self.name


def _query() -> Select[Any]:
    columns = (f.name, f.kind, f.size, f.digest, f.pages, t.people.c.name.label("added_by"), f.added_at)
    return select(*columns).join(t.people, t.people.c.id == f.added_by).order_by(f.id)


@cache
def _of_application() -> Select[Any]:
    """Built once: a sheet whose application has files asks it."""
    return _query().where(f.application_id == bindparam("application"))


def of_application(connection: Connection, application_id: int) -> list[File]:
    """The files of an application, in their places."""
    return [File(**row._mapping) for row in direct.ask(connection, _of_application(), application=application_id)]


def of_draft(connection: Connection, draft_id: int) -> list[File]:
    """The files of a draft, in their places."""
    return [File(**row._mapping) for row in connection.execute(_query().where(f.draft_id == draft_id))]


def hold(connection: Connection, draft_id: int) -> bool:
    """Until this transaction ends nobody else adds to a draft or hands it in; false when it is handed in."""
    query = select(d.id).where(d.id == draft_id, d.application_id.is_(None)).with_for_update()
    return connection.execute(query).first() is not None


def add(connection: Connection, values: Mapping[str, Any]) -> None:
    """Keep a file with its copies."""
    connection.execute(insert(t.application_files).values(**values))


def take_out(connection: Connection, draft_id: int, digest: str) -> bool:
    """Throw a file of a draft away; tells whether there was one."""
    return (
        connection.execute(delete(t.application_files).where(f.draft_id == draft_id, f.digest == digest)).rowcount > 0
    )


def hand_in(connection: Connection, draft_id: int, application_id: int) -> list[str]:
    """Make the files of a draft those of an application; their digests."""
    moved = update(t.application_files).where(f.draft_id == draft_id).values(application_id=application_id)
    digests = connection.execute(moved.returning(f.id, f.digest)).all()
    if digests:
        of_it = update(t.applications).where(t.applications.c.id == application_id)
        connection.execute(of_it.values(files=len(digests)))
    return [row.digest for row in sorted(digests, key=lambda row: int(row.id))]


def whole(
    connection: Connection, number: int, *, draft_id: int = 0, application_id: int = 0
) -> tuple[str, str, bytes] | None:
    """Name, kind and bytes of the file in a place; None where none is, or its bytes are gone."""
    mine = f.draft_id == draft_id if draft_id else f.application_id == application_id
    row = _in_place(connection, number, mine, f.name, f.kind, f.content)
    return (row.name, row.kind, bytes(row.content)) if row is not None and row.content else None


def picture(connection: Connection, application_id: int, number: int, side: int) -> bytes | None:
    """The picture of a page of the file in a place, both counted from 1; None where none is."""
    row = _in_place(connection, number, f.application_id == application_id, f.id, f.pages)
    if row is None or not 1 <= side <= len(row.pages):
        return None
    begins, size = sum(page[2] for page in row.pages[: side - 1]), row.pages[side - 1][2]
    part = func.substr(f.copies, begins + 1, size, type_=LargeBinary)  # no file is read whole for a page of it
    found = connection.execute(select(part).where(f.id == row.id)).scalar_one()
    return bytes(found) if found else None


def _in_place(connection: Connection, number: int, mine: ColumnElement[bool], *columns: ColumnElement[Any]) -> Any:
    if number < 1:
        return None
    return connection.execute(select(*columns).where(mine).order_by(f.id).offset(number - 1).limit(1)).one_or_none()
