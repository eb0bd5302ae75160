"""Invariants of the records, as queries: each finds what must not exist."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, String, and_, cast, exists, func, or_, select

from laurea.store import tables as t

a, d, g, m, s = t.applications.c, t.decisions.c, t.grants.c, t.messages.c, t.sheets.c
assigned, jurors, rounds = t.assignments.c, t.jurors.c, t.rounds.c


@dataclass(frozen=True)
class Broken:
    """An invariant that does not hold: how many records break it, and the id of one."""

    name: str
    count: int
    example: int


def _no_review_in_conflict() -> Select[Any]:
    """No juror holds a live assignment for an application they have a conflict with."""
    c = t.conflicts.c
    return select(assigned.id).where(
        assigned.state != "handed_back",
        exists().where(c.application_id == assigned.application_id, c.juror_id == assigned.juror_id),
    )


def _no_juror_above_load() -> Select[Any]:
    """No juror has more live assignments than their maximum."""
    load = (
        select(assigned.juror_id, func.count().label("n"))
        .where(assigned.state != "handed_back")
        .group_by(assigned.juror_id)
        .subquery()
    )
    return select(jurors.id).join(load, load.c.juror_id == jurors.id).where(load.c.n > jurors.max_load)


def _released_together() -> Select[Any]:
    """A released round has only released decisions, an unreleased one none."""
    return (
        select(d.id)
        .join(t.rounds, rounds.id == d.round_id)
        .where(
            or_(
                and_(rounds.released_at.is_not(None), d.state != "released"),
                and_(rounds.released_at.is_(None), d.state == "released"),
            )
        )
    )


def _grants_match_decisions() -> Select[Any]:
    """Every released decision that grants has its grant."""
    return select(d.id).where(d.state == "released", d.granted, ~exists().where(g.decision_id == d.id))


def _no_grant_without_decision() -> Select[Any]:
    """No grant that holds rests on a decision that does not grant or is not released."""
    resting = select(g.id).join(t.decisions, d.id == g.decision_id).where(g.withdrawn_at.is_(None))
    return resting.where(or_(~d.granted, d.state != "released"))


def _submitted_sheets_closed() -> Select[Any]:
    """A submitted sheet and its assignment say the same; one that was opened again is a draft."""
    return (
        select(s.id)
        .join(t.assignments, assigned.id == s.assignment_id)
        .where(s.submitted_at.is_not(None), assigned.state.not_in(("submitted", "draft", "handed_back")))
    )


def _decided_have_decisions() -> Select[Any]:
    """An application is decided exactly when it has a decision."""
    decision = exists().where(d.application_id == a.id)
    return select(a.id).where(or_(and_(a.state == "decided", ~decision), and_(a.state != "decided", decision)))


def _released_are_told() -> Select[Any]:
    """Every released decision about an applicant has its letter."""
    key = "decision:" + cast(d.id, String) + ":" + d.outcome
    return (
        select(d.id)
        .join(t.applications, a.id == d.application_id)
        .join(t.people, t.people.c.id == a.applicant_id)
        .where(d.state == "released", t.people.c.role == "applicant", ~exists().where(m.key == key))
    )


def _sent_have_a_time() -> Select[Any]:
    """A sent letter says when it was sent, an unsent one does not."""
    return select(m.id).where(
        or_(
            and_(m.state == "sent", m.sent_at.is_(None)),
            and_(m.state.not_in(("sent", "delivered", "bounced")), m.sent_at.is_not(None)),  # reports come later
        )
    )


def _same_authority() -> Select[Any]:
    """An application belongs to the authority of its round."""
    return select(a.id).join(t.rounds, rounds.id == a.round_id).where(rounds.authority_id != a.authority_id)


def _writers_keep_their_application() -> Select[Any]:
    """Whoever wrote a draft works on the application it became."""
    m, w = t.application_members.c, t.application_drafts.c
    return (
        select(m.id)
        .join(t.application_drafts, w.id == m.draft_id)
        .where(w.application_id.is_not(None), or_(m.application_id.is_(None), m.application_id != w.application_id))
    )


def _appeals_are_about_results() -> Select[Any]:
    """An appeal is about an application of its own round, and that round is released."""
    w = t.appeals.c
    return (
        select(w.id)
        .join(t.applications, a.id == w.application_id)
        .join(t.rounds, rounds.id == w.round_id)
        .where(or_(a.round_id != w.round_id, rounds.released_at.is_(None)))
    )


def _files_are_counted() -> Select[Any]:
    """An application has as many files as it says."""
    f = t.application_files.c
    held = select(func.count()).where(f.application_id == a.id).correlate(t.applications).scalar_subquery()
    return select(a.id).where(a.files != held)


INVARIANTS: tuple[Callable[[], Select[Any]], ...] = (
    _no_review_in_conflict,
    _no_juror_above_load,
    _released_together,
    _grants_match_decisions,
    _no_grant_without_decision,
    _submitted_sheets_closed,
    _decided_have_decisions,
    _released_are_told,
    _sent_have_a_time,
    _same_authority,
    _writers_keep_their_application,
    _appeals_are_about_results,
    _files_are_counted,
)


def broken(connection: Connection) -> list[Broken]:
    """The invariants that do not hold."""
    found = []
    for invariant in INVARIANTS:
        ids = list(connection.execute(invariant()).scalars())
        if ids:
            found.append(Broken(str(invariant.__doc__), len(ids), ids[0]))
    return found
