"""Writing a juror's sheet: one statement a deed, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, Insert, Update, bindparam, func, insert, select, update

from laurea.errors import NotFound
from laurea.store import direct, earlier
from laurea.store import tables as t
from laurea.store.sheet_states import SheetState


def open_sheet(connection: Connection, desk: SheetState, now: datetime) -> None:
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


@dataclass(frozen=True)
class Change:
    """A sheet's new content, over what a deed found at it."""

    over: SheetState
    marks: Mapping[str, str]
    comment: str
    now: datetime


def change_sheets(connection: Connection, changes: Sequence[Change]) -> int:
    """Write each sheet that still is at the version the deed found; how many were."""
    rows = (
        {
            "sheet": one.over.sheet_id, "seen": one.over.version, "next": one.over.version + 1,
            "new_marks": dict(one.marks), "new_comment": one.comment, "now": one.now,
        }
        for one in changes
    )  # fmt: skip
    return direct.tell(connection, _change(), *rows)


@cache
def _change() -> Update:
    """Built once, as `_keep`: every saving of every juror who types asks it."""
    c = t.sheets.c
    found = update(t.sheets).where(c.id == bindparam("sheet"), c.version == bindparam("seen"))
    return found.values(
        marks=bindparam("new_marks"), comment=bindparam("new_comment"), saved_at=bindparam("now"),
        version=bindparam("next"),
    )  # fmt: skip


def keep_versions(connection: Connection, states: Sequence[SheetState]) -> None:
    """Keep sheets as `states` holds them among their earlier versions."""
    direct.tell(connection, _keep(), *({name: getattr(one, name) for name in _KEPT} for one in states))


_KEPT = ("authority_id", "sheet_id", "version", "marks", "comment", "saved_at")


@cache
def _keep() -> Insert:
    c = t.sheet_versions.c
    # Only what stands here is written: left to itself, an insert asks for the new row's number in the same breath.
    return insert(t.sheet_versions).values({name: bindparam(name, type_=c[name].type) for name in _KEPT}).inline()


def submit(connection: Connection, desk: SheetState, version: int, now: datetime) -> None:
    """Mark a sheet as finished, at this version; the first time of submission stays."""
    earlier.keep_resubmitted(connection, desk.assignment_id, now)
    connection.execute(
        update(t.sheets)
        .where(t.sheets.c.id == desk.sheet_id)
        .values(submitted_at=func.coalesce(t.sheets.c.submitted_at, now), version=version)
    )
    set_state(connection, desk.assignment_id, "submitted")


def reopen(connection: Connection, assignment_id: int, now: datetime) -> None:
    """Make a draft of a submitted sheet."""
    earlier.keep_reviews(connection, [assignment_id], now)
    set_state(connection, assignment_id, "draft")


def set_state(connection: Connection, assignment_id: int, state: str) -> None:
    """Set the state of an assignment: open, draft or submitted. Raises NotFound where it was handed back meanwhile."""
    c = t.assignments.c
    query = update(t.assignments).where(c.id == assignment_id, c.state != "handed_back")
    if connection.execute(query.values(state=state)).rowcount == 0:
        raise NotFound("There is no such page.")


def skip(connection: Connection, assignment_id: int, now: datetime) -> None:
    """Send an assignment to the back of the juror's queue."""
    connection.execute(update(t.assignments).where(t.assignments.c.id == assignment_id).values(skipped_at=now))


def add_conflict(connection: Connection, desk: SheetState, kind: str, note: str, now: datetime) -> None:
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
