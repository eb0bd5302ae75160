"""How reviews, sheets and decisions of a round stood at a moment, how they stand, and writing one over the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from laurea.store import earlier
from laurea.store import tables as t
from laurea.store.batches import batches

IdPair = tuple[int, int]  # an application and a juror
DECISION = (
    "application_id", "outcome", "granted", "points", "exact_points", "rank", "group_name", "first_failing", "trace",
    "rule_set", "policies",
)  # fmt: skip
"""What of a decision can be let stand again."""


@dataclass(frozen=True)
class Review:
    """A review as it stood or stands. `id` is its own in the records, or was."""

    id: int
    application_id: int
    juror_id: int
    state: str
    quality: int
    until: datetime | None


@dataclass(frozen=True)
class Sheet:
    """A sheet as it stood or stands. `begun_at` and `submitted_at` are the first times of it."""

    id: int
    assignment_id: int
    version: int
    marks: dict[str, str]
    comment: str
    saved_at: datetime
    begun_at: datetime
    submitted_at: datetime | None


@dataclass(frozen=True)
class Restoration:
    """What was restored in a round, when, why and by whom."""

    moment: datetime
    kinds: list[str]
    changed: dict[str, int]
    reason: str
    name: str | None
    restored_at: datetime


def reviews(connection: Connection, round_id: int) -> dict[IdPair, Review]:
    """Every review of a round as it stands, handed-back ones among them."""
    c = t.assignments.c
    query = select(c.id, c.application_id, c.juror_id, c.state, c.quality, c.until).where(c.round_id == round_id)
    return {(row.application_id, row.juror_id): Review(**row._mapping) for row in connection.execute(query)}


def reviews_at(connection: Connection, round_id: int, moment: datetime) -> dict[IdPair, Review]:
    """Every review of a round as it stood at a moment; its state as it was kept, see `standing_at`."""
    c, v = t.assignments.c, t.assignment_versions.c
    query = (
        select(c.id, c.application_id, c.juror_id, c.state, c.quality, c.until)
        .where(c.round_id == round_id, c.assigned_at <= moment)
    )  # fmt: skip
    found = {(row.application_id, row.juror_id): Review(**row._mapping) for row in connection.execute(query)}
    query = (
        select(v.assignment_id.label("id"), v.application_id, v.juror_id, v.state, v.quality, v.until)
        .where(v.round_id == round_id, v.assigned_at <= moment, v.stood_until > moment)
        .order_by(v.stood_until.desc(), v.id.desc())
    )  # the one that stood until the next change comes last
    return found | {(row.application_id, row.juror_id): Review(**row._mapping) for row in connection.execute(query)}


def sheets(connection: Connection, round_id: int) -> dict[int, Sheet]:
    """Every sheet of a round as it stands, by review."""
    s, v = t.sheets.c, t.sheet_versions.c
    first = select(v.sheet_id, func.min(v.saved_at).label("at")).group_by(v.sheet_id).subquery()
    query = (
        select(s.id, s.assignment_id, s.version, s.marks, s.comment, s.saved_at, s.submitted_at,
               func.coalesce(first.c.at, s.saved_at, type_=s.saved_at.type).label("begun_at"))
        .outerjoin(first, first.c.sheet_id == s.id)
        .where(s.round_id == round_id)
    )  # fmt: skip
    return {row.assignment_id: Sheet(**row._mapping) for row in connection.execute(query)}


def contents_at(connection: Connection, round_id: int, moment: datetime) -> dict[int, tuple[dict[str, str], str]]:
    """Marks and comment of the sheets that had changed since a moment, as they stood at it; by sheet.

    A sheet's versions are kept once a minute while somebody types, and whenever it is submitted or put aside.
    """
    s, v = t.sheets.c, t.sheet_versions.c
    last = (
        select(v.sheet_id, func.max(v.version).label("version"))
        .join(t.sheets, s.id == v.sheet_id)
        .where(s.round_id == round_id, s.saved_at > moment, v.saved_at <= moment)
        .group_by(v.sheet_id)
        .subquery()
    )
    query = select(v.sheet_id, v.marks, v.comment).join(
        last, (last.c.sheet_id == v.sheet_id) & (last.c.version == v.version)
    )
    return {row.sheet_id: (row.marks, row.comment) for row in connection.execute(query)}


def standing_at(review: Review, sheet: Sheet | None, moment: datetime) -> str:
    """The state of a review at a moment: the first way through its sheet is told by that sheet alone."""
    if review.state not in ("draft", "submitted") or sheet is None:
        return review.state
    if sheet.begun_at > moment:
        return "open"
    later = review.state == "submitted" and sheet.submitted_at is not None and sheet.submitted_at > moment
    return "draft" if later else review.state


def decisions_at(connection: Connection, round_id: int, moment: datetime | None = None) -> dict[int, dict[str, Any]]:
    """The proposed decisions of a round by application, as they stand, or as they stood at a moment."""
    d, v = t.decisions.c, t.decision_versions.c
    query = select(*(d[name] for name in DECISION)).where(d.round_id == round_id, d.state == "proposed")
    if moment is not None:
        query = query.where(d.proposed_at <= moment)
    found = {row.application_id: dict(row._mapping) for row in connection.execute(query)}
    if moment is not None:
        before = (
            select(*(v[name] for name in DECISION))
            .where(v.round_id == round_id, v.state == "proposed", v.proposed_at <= moment, v.stood_until > moment)
            .order_by(v.stood_until.desc(), v.id.desc())
        )
        found |= {row.application_id: dict(row._mapping) for row in connection.execute(before)}
    return found


def refs(connection: Connection, round_id: int) -> tuple[dict[int, tuple[str, str]], dict[int, tuple[str, int, bool]]]:
    """Applications by id with reference and state; jurors by id with reference, largest load and whether they left."""
    a, j = t.applications.c, t.jurors.c
    papers = connection.execute(select(a.id, a.ref, a.state).where(a.round_id == round_id))
    jury = connection.execute(select(j.id, j.ref, j.max_load, j.left_at).where(j.round_id == round_id))
    return (
        {row.id: (row.ref, row.state) for row in papers},
        {row.id: (row.ref, row.max_load, row.left_at is not None) for row in jury},
    )


def joint_since(connection: Connection, round_id: int, moment: datetime) -> set[int]:
    """Applications whose jury has written a joint sheet since."""
    s = t.joint_sheets.c
    query = select(s.application_id).where(s.round_id == round_id, s.saved_at > moment)
    return set(connection.execute(query).scalars())


def set_review(connection: Connection, review: Review, state: str, ended: str | None, now: datetime) -> bool:
    """Let a review stand in another state; as it stood is kept. Tells whether it still was as given."""
    earlier.keep_reviews(connection, [review.id], now)
    c = t.assignments.c
    query = update(t.assignments).where(c.id == review.id, c.state == review.state)
    return connection.execute(query.values(state=state, ended=ended, reason="")).rowcount == 1


def set_sheet(connection: Connection, sheet: Sheet, marks: Mapping[str, str], comment: str, now: datetime) -> bool:
    """Let another content stand on a sheet, as a new version; tells whether the sheet still was as given."""
    s, v = t.sheets.c, t.sheet_versions.c
    known = select(v.id).where(v.sheet_id == sheet.id, v.version == sheet.version)
    if connection.execute(known).first() is None:
        names = ("authority_id", "version", "marks", "comment", "saved_at")
        stands = select(*(s[name] for name in names), s.id).where(s.id == sheet.id, s.version == sheet.version)
        connection.execute(insert(t.sheet_versions).from_select([*names, "sheet_id"], stands))
    changed = update(t.sheets).where(s.id == sheet.id, s.version == sheet.version)
    values = {"marks": dict(marks), "comment": comment, "saved_at": now, "version": sheet.version + 1}
    return connection.execute(changed.values(**values)).rowcount == 1


def drop_decisions(connection: Connection, applications: Sequence[int], now: datetime) -> None:
    """Take the proposed decisions about some applications away; they are kept, and their reviews are due again."""
    d, a = t.decisions.c, t.applications.c
    for some in batches(applications):
        mine = d.application_id.in_(some) & (d.state == "proposed")
        earlier.keep_decisions(connection, mine, now)
        connection.execute(delete(t.decisions).where(mine))
        query = update(t.applications).where(a.id.in_(some), a.state == "decided")
        connection.execute(query.values(state="assigned", version=a.version + 1))


def put_decisions(
    connection: Connection, authority_id: int, round_id: int, rows: Iterable[Mapping[str, Any]], now: datetime
) -> None:
    """Write proposed decisions that stood before, for applications that have none."""
    same = {"authority_id": authority_id, "round_id": round_id, "state": "proposed", "proposed_at": now}
    new = [{**row, **same} for row in rows]
    if new:
        connection.execute(insert(t.decisions), new)
        query = update(t.applications).where(t.applications.c.id == bindparam("b_id"))
        changed = query.values(state="decided", version=t.applications.c.version + 1)
        connection.execute(changed, [{"b_id": row["application_id"]} for row in new])


def add_restoration(connection: Connection, **values: Any) -> None:
    """Write down that something was restored."""
    connection.execute(insert(t.restorations).values(**values))


def restorations(connection: Connection, round_id: int) -> list[Restoration]:
    """What was restored in a round, the newest first."""
    r, p = t.restorations.c, t.people.c
    query = (
        select(r.moment, r.kinds, r.changed, r.reason, p.name, r.restored_at)
        .outerjoin(t.people, p.id == r.restored_by)
        .where(r.round_id == round_id)
        .order_by(r.id.desc())
    )
    return [Restoration(**row._mapping) for row in connection.execute(query)]


def moments(connection: Connection, round_id: int, events: Sequence[str], most: int = 12) -> list[tuple[str, datetime]]:
    """When such things last happened in a round, the newest first."""
    c = t.audit.c
    query = select(c.event, c.at).where(c.round_id == round_id, c.event.in_(events)).order_by(c.id.desc()).limit(most)
    return [(row.event, row.at) for row in connection.execute(query)]
