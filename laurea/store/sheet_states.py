"""The sheets that deeds are at: what a deed must know of each, asked for many at once.

Each only for the person it was asked for, and none that was handed back or meets a conflict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from evaluators.permissions import Timetable
from laurea.store import direct, listed
from laurea.store import tables as t
from laurea.store.moments import times, timetable
from laurea.store.pages_jury import mine, with_sheet


@dataclass(frozen=True)
class SheetState:
    """One assignment with its round and its sheet; `sheet_id` is None until the juror declared."""

    assignment_id: int
    application_id: int
    juror_id: int
    authority_id: int
    round_id: int
    state: str
    code: str
    rule_set: str
    policies: dict[str, str]
    parameters: dict[str, str]
    timetable: Timetable
    sheet_id: int | None
    marks: dict[str, str]
    comment: str
    saved_at: datetime | None
    version: int
    kept_at: datetime | None  # when the last earlier version of the sheet was kept
    kept_version: int | None  # its number
    until: datetime | None  # open longer than the round's review period

    @property
    def declared(self) -> bool:
        """Whether the juror said that there is no conflict: the sheet is opened by it."""
        return self.sheet_id is not None


def _columns() -> list[ColumnElement[Any]]:
    """What a `SheetState` is made of, and whose it is."""
    versions = t.sheet_versions.c
    kept_at, kept_version = (
        select(func.max(one)).where(versions.sheet_id == t.sheets.c.id).scalar_subquery()
        for one in (versions.saved_at, versions.version)
    )
    a, r, s = t.assignments.c, t.rounds.c, t.sheets.c
    return [
        t.jurors.c.person_id, a.id.label("assignment_id"), a.application_id, a.juror_id, a.authority_id, a.round_id,
        a.state, a.until, r.code, r.rule_set, r.policies, r.parameters, *times(), s.id.label("sheet_id"), s.marks,
        s.comment, s.saved_at, s.version, kept_at.label("kept_at"), kept_version.label("kept_version"),
    ]  # fmt: skip


@cache
def _states(on_postgresql: bool) -> Select[Any]:
    """Built once for each kind of database."""
    asked, (person, assignment) = listed.opened("pairs", int, int, on_postgresql=on_postgresql)
    a = t.assignments.c
    return (
        select(*_columns())
        .select_from(asked)
        .join(t.assignments, a.id == assignment)
        .join(t.jurors, t.jurors.c.id == a.juror_id)
        .join(t.rounds, t.rounds.c.id == a.round_id)
        .outerjoin(t.sheets, t.sheets.c.assignment_id == a.id)
        .where(t.jurors.c.person_id == person, mine())
    )


def found(connection: Connection, pairs: Sequence[tuple[int, int]]) -> dict[tuple[int, int], SheetState]:
    """Of these pairs of person and assignment, those where the assignment is that person's to work on."""
    question = _states(connection.dialect.name == "postgresql")
    rows = direct.ask(connection, question, pairs=listed.written(pairs))
    return {(row.person_id, row.assignment_id): _state(row) for row in rows}


def state(connection: Connection, person_id: int, assignment_id: int) -> SheetState | None:
    """The state of one sheet, or None when it is not this person's, was handed back, or meets a conflict."""
    return found(connection, [(person_id, assignment_id)]).get((person_id, assignment_id))


def _state(row: Any) -> SheetState:
    values = with_sheet(row)
    del values["person_id"]
    if isinstance(row.kept_at, str):  # SQLite forgets the type of a moment inside max()
        values["kept_at"] = datetime.fromisoformat(row.kept_at)
    return SheetState(timetable=timetable(row), **values)
