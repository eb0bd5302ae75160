"""What of the jury's words applicants are to read: the comments themselves, and what an office made of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from evaluators.feedback import Known
from laurea.store import tables as t

f = t.feedback.c
JOINT, OFFICE = "joint", "office"


@dataclass(frozen=True)
class Comment:
    """One comment: what the jury wrote, and what of it goes to the applicant. `version` 0: nobody looked at it yet.

    `changed`: the jury's words are others than those that were looked at.
    """

    source: str  # sheet:12 | joint | office
    original: str
    words: str
    sent: bool = False
    version: int = 0
    changed: bool = False


@dataclass(frozen=True)
class Line:
    """An application in the list: how many comments it has, how many were looked at, how many go out."""

    id: int
    ref: str
    unit_name: str
    granted: bool
    outcome: str
    comments: int
    seen: int
    sent: int


def of_application(connection: Connection, application_id: int) -> list[Comment]:
    """Every comment about an application, the office's own words last."""
    s, a, j = t.sheets.c, t.assignments.c, t.joint_sheets.c
    sheets = (
        select(s.id, s.comment)
        .join(t.assignments, a.id == s.assignment_id)
        .where(a.application_id == application_id, a.state == "submitted")
        .order_by(s.id)
    )
    joint = select(j.comment).where(j.application_id == application_id).order_by(j.version.desc()).limit(1)
    found = [(f"sheet:{row.id}", row.comment) for row in connection.execute(sheets)]
    found += [(JOINT, words) for words in connection.execute(joint).scalars()]
    query = select(f.source, f.original, f.words, f.sent, f.version).where(f.application_id == application_id)
    kept = {row.source: Comment(**row._mapping) for row in connection.execute(query)}
    every = []
    for source, words in found:
        if one := kept.get(source):
            every.append(replace(one, original=words, changed=words != one.original))
        elif words.strip():
            every.append(Comment(source, words, words))
    return [*every, kept.get(OFFICE, Comment(OFFICE, "", ""))]


def keep(
    connection: Connection, *, authority_id: int, round_id: int, application_id: int, one: Comment, person_id: int,
    now: datetime,
) -> None:  # fmt: skip
    """Write what becomes of a comment; its `version` is the one that stood before."""
    values = {"original": one.original, "words": one.words, "sent": one.sent, "moderated_by": person_id,
              "moderated_at": now, "version": one.version + 1}  # fmt: skip
    if one.version:
        mine = (f.application_id == application_id, f.source == one.source)
        connection.execute(update(t.feedback).where(*mine).values(**values))
        return
    connection.execute(
        insert(t.feedback).values(
            authority_id=authority_id, round_id=round_id, application_id=application_id, source=one.source, **values
        )
    )


def told(connection: Connection, round_id: int, application_id: int | None = None) -> Mapping[int, list[str]]:
    """What goes to applicants of a round, by application: paragraphs, in the order of the jury's comments."""
    query = select(f.application_id, f.words).where(f.round_id == round_id, f.sent).order_by(f.source == OFFICE, f.id)
    if application_id is not None:
        query = query.where(f.application_id == application_id)
    found: dict[int, list[str]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.application_id] += [line.strip() for line in row.words.splitlines() if line.strip()]
    return dict(found)


def listing(connection: Connection, round_id: int) -> list[Line]:
    """Every application of a round that has a decision, with its comments."""
    s, a, d = t.sheets.c, t.assignments.c, t.decisions.c
    comments = (
        select(a.application_id, func.count().label("n"))
        .join_from(t.assignments, t.sheets, s.assignment_id == a.id)
        .where(a.round_id == round_id, a.state == "submitted", func.trim(s.comment) != "")
        .group_by(a.application_id)
        .subquery()
    )
    kept = (
        select(f.application_id, func.count().label("n"), func.count().filter(f.sent).label("sent"))
        .where(f.round_id == round_id)
        .group_by(f.application_id)
        .subquery()
    )
    query = (
        select(
            t.applications.c.id, t.applications.c.ref, t.applications.c.unit_name, d.granted, d.outcome,
            func.coalesce(comments.c.n, 0).label("comments"), func.coalesce(kept.c.n, 0).label("seen"),
            func.coalesce(kept.c.sent, 0).label("sent"),
        )
        .join_from(t.applications, t.decisions, d.application_id == t.applications.c.id)
        .outerjoin(comments, comments.c.application_id == t.applications.c.id)
        .outerjoin(kept, kept.c.application_id == t.applications.c.id)
        .where(t.applications.c.round_id == round_id)
        .order_by(t.applications.c.ref)
    )  # fmt: skip
    return [Line(**row._mapping) for row in connection.execute(query)]


def jury(connection: Connection, round_id: int, application_id: int) -> Sequence[Known]:
    """Everybody of a round's jury, as a text about one application could give them away."""
    j, a = t.jurors.c, t.assignments.c
    marked = select(a.juror_id).where(a.application_id == application_id, a.state == "submitted")
    query = (
        select(t.people.c.name, t.people.c.email, j.ref, j.id.in_(marked).label("marked"))
        .join(t.people, t.people.c.id == j.person_id)
        .where(j.round_id == round_id)
        .order_by(j.id)
    )
    return [Known(**row._mapping) for row in connection.execute(query)]
