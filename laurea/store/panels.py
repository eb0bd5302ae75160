"""What the jury of an application does together: its joint sheet, who agreed to it, who has time longer than others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from evaluators.sheets import Joint
from laurea.store import earlier
from laurea.store import tables as t

LIVE = t.assignments.c.state != "handed_back"


@dataclass(frozen=True)
class JointSheet:
    """A joint sheet as it stands. `written_by` and `agreed` are jurors' ids in the round."""

    id: int
    application_id: int
    version: int
    marks: dict[str, str]
    comment: str
    written_by: int
    saved_at: datetime
    agreed: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Colleague:
    """A juror of an application, and the sheet they submitted."""

    juror_id: int
    person_id: int
    ref: str
    marks: dict[str, str]
    comment: str


def joint_sheets(connection: Connection, round_id: int, application_id: int | None = None) -> dict[int, JointSheet]:
    """The joint sheet that stands for each application of a round that has one, or for one application."""
    s, c = t.joint_sheets.c, t.consents.c
    mine = s.round_id == round_id if application_id is None else s.application_id == application_id
    newest = select(s.application_id, func.max(s.version).label("version")).where(mine).group_by(s.application_id)
    last = newest.subquery()
    query = select(
        s.id, s.application_id, s.version, s.marks, s.comment, s.written_by, s.saved_at
    ).join(last, and_(last.c.application_id == s.application_id, last.c.version == s.version))  # fmt: skip
    found = list(connection.execute(query))
    agreed: dict[int, set[int]] = defaultdict(set)
    consents = select(c.joint_sheet_id, c.juror_id).join(t.joint_sheets, s.id == c.joint_sheet_id).where(mine)
    for row in connection.execute(consents):
        agreed[row.joint_sheet_id].add(row.juror_id)
    return {row.application_id: JointSheet(**row._mapping, agreed=frozenset(agreed[row.id])) for row in found}


def joint_by_ref(connection: Connection, round_id: int) -> dict[str, Joint]:
    """The same as the bench takes it: by the application's reference, with the references of those who agreed."""
    standing = joint_sheets(connection, round_id)
    if not standing:
        return {}
    a, j = t.applications.c, t.jurors.c
    jurors = {row.id: row.ref for row in connection.execute(select(j.id, j.ref).where(j.round_id == round_id))}
    refs = {row.id: row.ref for row in connection.execute(select(a.id, a.ref).where(a.round_id == round_id))}
    return {
        refs[number]: Joint(one.marks, frozenset(jurors[juror] for juror in one.agreed))
        for number, one in standing.items()
    }


def add_joint_sheet(
    connection: Connection,
    *,
    authority_id: int,
    round_id: int,
    application_id: int,
    version: int,
    marks: Mapping[str, str],
    comment: str,
    written_by: int,
    now: datetime,
) -> int:
    """Write the next version of a joint sheet; its id. Consents to earlier versions no longer count."""
    query = (
        insert(t.joint_sheets)
        .values(
            authority_id=authority_id, round_id=round_id, application_id=application_id, version=version,
            marks=dict(marks), comment=comment, written_by=written_by, saved_at=now,
        )
        .returning(t.joint_sheets.c.id)
    )  # fmt: skip
    return int(connection.execute(query).scalar_one())


def add_consent(connection: Connection, authority_id: int, joint_sheet_id: int, juror_id: int, now: datetime) -> bool:
    """A juror agrees to this version; tells whether that is new."""
    c = t.consents.c
    known = select(c.id).where(c.joint_sheet_id == joint_sheet_id, c.juror_id == juror_id)
    if connection.execute(known).first() is not None:
        return False
    connection.execute(
        insert(t.consents).values(
            authority_id=authority_id, joint_sheet_id=joint_sheet_id, juror_id=juror_id, given_at=now
        )
    )
    return True


def colleagues(connection: Connection, application_id: int) -> list[Colleague]:
    """Everybody who submitted a sheet of an application, in order of first submission."""
    s, j = t.sheets.c, t.jurors.c
    query = (
        select(j.id.label("juror_id"), j.person_id, j.ref, s.marks, s.comment)
        .join_from(t.assignments, t.sheets, s.assignment_id == t.assignments.c.id)
        .join(t.jurors, j.id == t.assignments.c.juror_id)
        .where(t.assignments.c.application_id == application_id, t.assignments.c.state == "submitted")
        .order_by(s.submitted_at, s.id)
    )
    return [Colleague(**row._mapping) for row in connection.execute(query)]


def complete(connection: Connection, round_id: int, reviews: int, application_id: int | None = None) -> list[int]:
    """Applications with their jurors of which every live review is submitted, and at least `reviews` are."""
    s, a = t.assignments.c, t.applications.c
    query = (
        select(s.application_id)
        .join(t.applications, a.id == s.application_id)
        .where(s.round_id == round_id, LIVE, a.state.in_(("eligible", "assigned")))
        .group_by(s.application_id)
        .having(
            func.count() >= reviews,
            func.count() == func.count().filter(s.state == "submitted"),
        )
        .order_by(s.application_id)
    )
    if application_id is not None:
        query = query.where(s.application_id == application_id)
    return list(connection.execute(query).scalars())


def live(connection: Connection, application_id: int) -> int:
    """How many jurors an application is with or was submitted by."""
    query = select(func.count()).where(t.assignments.c.application_id == application_id, LIVE)
    return int(connection.execute(query).scalar_one())


def extend(connection: Connection, juror_id: int, until: datetime) -> int:
    """Keep a juror's live reviews open until then, where they would close earlier; how many."""
    s = t.assignments.c
    result = connection.execute(
        update(t.assignments)
        .where(s.juror_id == juror_id, LIVE, or_(s.until.is_(None), s.until < until))
        .values(until=until)
    )
    return int(result.rowcount)


def end(connection: Connection, assignment_id: int, ended: str, reason: str, now: datetime) -> None:
    """Take an assignment from its juror; `ended` says why, `reason` in the juror's own words."""
    earlier.keep_reviews(connection, [assignment_id], now)
    connection.execute(
        update(t.assignments)
        .where(t.assignments.c.id == assignment_id)
        .values(state="handed_back", ended=ended, reason=reason)
    )
