"""Writing a juror's sheet: one statement a deed, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, Insert, Update, bindparam, func, insert, select, update

from laurea.store import direct, earlier
from laurea.store import tables as t
from laurea.store.pages_jury import Desk


def open_sheet(connection: Connection, desk: Desk, now: datetime) -> None:
    """Open an empty sheet: the juror declared that there is no conflict."""
    connection.execute(
        insert(t.sheets).values(
            authority_id=desk.authority_id,
            round_id=desk.round_id,
            assignment_id=desk.assignment_id,
            marks={},
            comment="",
            saved_at=now,
        )
    )
    set_state(connection, desk.assignment_id, "draft")


def change_sheet(
    connection: Connection, desk: Desk, version: int, marks: Mapping[str, str], comment: str, now: datetime
) -> bool:
    """Write a sheet if it still is at `version`; tells whether it was."""
    values = {"new_marks": dict(marks), "new_comment": comment, "now": now, "next": version + 1}
    return direct.tell(connection, _change(), sheet=desk.sheet_id, seen=version, **values) == 1


@cache
def _change() -> Update:
    """Built once, as `_keep`: every saving of every juror who types asks it."""
    c = t.sheets.c
    found = update(t.sheets).where(c.id == bindparam("sheet"), c.version == bindparam("seen"))
    return found.values(
        marks=bindparam("new_marks"), comment=bindparam("new_comment"), saved_at=bindparam("now"),
        version=bindparam("next"),
    )  # fmt: skip


def keep_version(connection: Connection, desk: Desk) -> None:
    """Keep the sheet as `desk` holds it among its earlier versions."""
    direct.tell(connection, _keep(), **{name: getattr(desk, name) for name in _KEPT})


_KEPT = ("authority_id", "sheet_id", "version", "marks", "comment", "saved_at")


@cache
def _keep() -> Insert:
    c = t.sheet_versions.c
    # Only what stands here is written: left to itself, an insert asks for the new row's number in the same breath.
    return insert(t.sheet_versions).values({name: bindparam(name, type_=c[name].type) for name in _KEPT}).inline()


def submit(connection: Connection, desk: Desk, now: datetime) -> None:
    """Mark a sheet as finished; the first time of submission stays."""
    earlier.keep_resubmitted(connection, desk.assignment_id, now)
    connection.execute(
        update(t.sheets)
        .where(t.sheets.c.id == desk.sheet_id)
        .values(submitted_at=func.coalesce(t.sheets.c.submitted_at, now))
    )
    set_state(connection, desk.assignment_id, "submitted")


def reopen(connection: Connection, assignment_id: int, now: datetime) -> None:
    """Make a draft of a submitted sheet."""
    earlier.keep_reviews(connection, [assignment_id], now)
    set_state(connection, assignment_id, "draft")


def set_state(connection: Connection, assignment_id: int, state: str) -> None:
    """Set the state of an assignment: open, draft, submitted or handed_back."""
    connection.execute(update(t.assignments).where(t.assignments.c.id == assignment_id).values(state=state))


def skip(connection: Connection, assignment_id: int, now: datetime) -> None:
    """Send an assignment to the back of the juror's queue."""
    connection.execute(update(t.assignments).where(t.assignments.c.id == assignment_id).values(skipped_at=now))


def add_conflict(connection: Connection, desk: Desk, kind: str, note: str, now: datetime) -> None:
    """Write a declared conflict; the same kind stands once."""
    c = t.conflicts.c
    known = select(c.id).where(c.application_id == desk.application_id, c.juror_id == desk.juror_id, c.kind == kind)
    if connection.execute(known).first() is None:
        connection.execute(
            insert(t.conflicts).values(
                authority_id=desk.authority_id,
                application_id=desk.application_id,
                juror_id=desk.juror_id,
                kind=kind,
                source="declared",
                note=note,
                declared_at=now,
            )
        )
