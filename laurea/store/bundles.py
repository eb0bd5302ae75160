"""What goes into a round's bundle beside its applications and sheets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from laurea.store import tables as t


def evidence(connection: Connection, round_id: int) -> dict[int, list[dict[str, str]]]:
    """Source, digest and moment of each piece of evidence, and of each file (its source is `file`), by application."""
    e, a = t.evidence.c, t.applications.c
    query = (
        select(e.application_id, e.source, e.digest, e.observed_at)
        .join(t.applications, a.id == e.application_id)
        .where(a.round_id == round_id)
        .order_by(e.application_id, e.id)
    )
    found: defaultdict[int, list[dict[str, str]]] = defaultdict(list)
    for row in connection.execute(query):
        piece = {"source": row.source, "digest": row.digest, "observed_at": row.observed_at.isoformat()}
        found[row.application_id].append(piece)
    f = t.application_files.c
    files = select(f.application_id, f.digest, f.added_at).join(t.applications, a.id == f.application_id)
    for row in connection.execute(files.where(a.round_id == round_id).order_by(f.id)):
        piece = {"source": "file", "digest": row.digest, "observed_at": row.added_at.isoformat()}
        found[row.application_id].append(piece)
    return found


def assignments(connection: Connection, round_id: int) -> Iterator[dict[str, Any]]:
    """Who was asked to review what, and what came of it."""
    s, a, j = t.assignments.c, t.applications.c, t.jurors.c
    query = (
        select(a.ref, j.ref.label("juror"), s.state, s.ended, s.quality, s.assigned_at)
        .join_from(t.assignments, t.applications, a.id == s.application_id)
        .join(t.jurors, j.id == s.juror_id)
        .where(s.round_id == round_id)
        .order_by(s.id)
    )
    for row in connection.execute(query):
        told = {"state": row.state, "ended": row.ended, "quality": row.quality}
        yield {"application": row.ref, "juror": row.juror, "assigned_at": row.assigned_at.isoformat()} | told


def decisions(connection: Connection, round_id: int) -> Iterator[dict[str, Any]]:
    """Every decision with its trace, by reference of the application."""
    d, a = t.decisions.c, t.applications.c
    query = (
        select(
            a.ref, d.state, d.outcome, d.granted, d.points, d.exact_points, d.rank, d.group_name, d.first_failing,
            d.trace,
        )
        .join(t.applications, a.id == d.application_id)
        .where(d.round_id == round_id)
        .order_by(d.id)
    )  # fmt: skip
    for row in connection.execute(query):
        told = dict(row._mapping)
        yield {"application": told.pop("ref")} | told
