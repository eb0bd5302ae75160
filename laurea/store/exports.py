"""What a round hands out, table by table: every row, one by one, bound to one round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from laurea.store import tables as t
from laurea.store.searching import Where

AT_A_TIME = 1_000
Row = Sequence[Any]

APPLICATION = (
    "application_id", "applicant_id", "applicant_name", "applicant_email", "unit_id", "unit_name", "country", "region",
    "institution", "language", "topics", "submitted_at", "state",
)  # fmt: skip
ASSIGNMENT = (
    "application_id", "juror_id", "juror", "state", "score", "assigned_at", "until", "ended", "reason",
)  # fmt: skip
SHEET = ("application_id", "juror_id", "juror", "kind", "submitted_at")  # then a column a criterion, then `comment`
MARK = ("application_id", "juror_id", "criterion", "points", "submitted_at")  # as an import takes them
DECISION = (
    "application_id", "unit_name", "country", "outcome", "granted", "points", "exact_points", "rank", "group", "state",
    "proposed_at", "released_at", "certificate", "valid_from", "valid_until", "first_failing_clause", "cite",
    "policies", "rule_set",
)  # fmt: skip
LETTER = ("kind", "person", "language", "state", "attempts", "reply", "created_at", "sent_at")


def _stream(connection: Connection, query: Select[Any]) -> Iterator[Any]:
    return iter(connection.execute(query, execution_options={"yield_per": AT_A_TIME}))


def applications(connection: Connection, round_id: int, facts: Sequence[str], where: Where = ()) -> Iterator[Row]:
    """`APPLICATION`, then what is known of each of these facts."""
    a = t.applications.c
    query = (
        select(
            a.ref, a.applicant_ref, t.people.c.name, t.people.c.email, a.unit_ref, a.unit_name, a.country, a.region,
            a.institution, a.language, a.topics, a.submitted_at, a.state, a.facts,
        )
        .join(t.people, t.people.c.id == a.applicant_id)
        .where(a.round_id == round_id, *where)
        .order_by(a.ref, a.id)
    )  # fmt: skip
    for *house, known in _stream(connection, query):
        yield [*house, *(known.get(name) for name in facts)]


def items(connection: Connection, round_id: int, name: str, fields: Sequence[str], where: Where = ()) -> Iterator[Row]:
    """The items of one list fact: `application_id`, then its fields."""
    a = t.applications.c
    query = select(a.ref, a.children).where(a.round_id == round_id, *where).order_by(a.ref, a.id)
    for ref, children in _stream(connection, query):
        for item in children.get(name) or ():
            yield [ref, *(item.get(one) for one in fields)]


def assignments(connection: Connection, round_id: int, where: Where = ()) -> Iterator[Row]:
    """`ASSIGNMENT`: who was asked to review what, and what came of it."""
    s, a, j = t.assignments.c, t.applications.c, t.jurors.c
    query = (
        select(
            a.ref, j.ref.label("juror_ref"), t.people.c.name, s.state, s.quality, s.assigned_at, s.until, s.ended,
            s.reason,
        )
        .join_from(t.assignments, t.applications, a.id == s.application_id)
        .join(t.jurors, j.id == s.juror_id)
        .join(t.people, t.people.c.id == j.person_id)
        .where(s.round_id == round_id, *where)
        .order_by(a.ref, j.ref)
    )  # fmt: skip
    return _stream(connection, query)


def _submitted(connection: Connection, round_id: int, where: Where) -> Iterator[Any]:
    s, a, j = t.assignments.c, t.applications.c, t.jurors.c
    query = (
        select(a.ref, j.ref, t.people.c.name, t.sheets.c.submitted_at, t.sheets.c.marks, t.sheets.c.comment)
        .join_from(t.sheets, t.assignments, s.id == t.sheets.c.assignment_id)
        .join(t.applications, a.id == s.application_id)
        .join(t.jurors, j.id == s.juror_id)
        .join(t.people, t.people.c.id == j.person_id)
        .where(s.round_id == round_id, s.state == "submitted", *where)
        .order_by(a.ref, j.ref)
    )
    return _stream(connection, query)


def _joint(connection: Connection, round_id: int, where: Where) -> Iterator[Any]:
    """The newest joint sheet of each application that has one."""
    s, a, j = t.joint_sheets.c, t.applications.c, t.jurors.c
    mine = select(s.application_id, func.max(s.version).label("version")).where(s.round_id == round_id)
    last = mine.group_by(s.application_id).subquery()
    query = (
        select(a.ref, j.ref, t.people.c.name, s.saved_at, s.marks, s.comment)
        .join_from(t.joint_sheets, last, and_(last.c.application_id == s.application_id, last.c.version == s.version))
        .join(t.applications, a.id == s.application_id)
        .join(t.jurors, j.id == s.written_by)
        .join(t.people, t.people.c.id == j.person_id)
        .where(s.round_id == round_id, *where)
        .order_by(a.ref)
    )
    return _stream(connection, query)


def sheets(connection: Connection, round_id: int, criteria: Sequence[str], where: Where = ()) -> Iterator[Row]:
    """`SHEET`, a column a criterion and the comment: every submitted sheet, then what juries wrote together."""
    for kind, found in (("own", _submitted), ("joint", _joint)):
        for ref, juror, name, at, marks, comment in found(connection, round_id, where):
            yield [ref, juror, name, kind, at, *(marks.get(one) for one in criteria), comment]


def marks(connection: Connection, round_id: int, where: Where = ()) -> Iterator[Row]:
    """`MARK`: one row a mark of every submitted sheet."""
    for ref, juror, _, at, given, _ in _submitted(connection, round_id, where):
        for criterion, points in given.items():
            yield [ref, juror, criterion, points, at]


def decisions(connection: Connection, round_id: int, cites: Mapping[str, str], where: Where = ()) -> Iterator[Row]:
    """`DECISION`: each with its certificate where there is one. `cites` says where a clause is written."""
    d, a, g = t.decisions.c, t.applications.c, t.grants.c
    query = (
        select(
            a.ref, a.unit_name, a.country, d.outcome, d.granted, d.points, d.exact_points, d.rank, d.group_name,
            d.state, d.proposed_at, d.released_at, g.number, g.valid_from, g.valid_until, d.first_failing, d.policies,
            d.rule_set,
        )
        .join_from(t.decisions, t.applications, a.id == d.application_id)
        .outerjoin(t.grants, g.decision_id == d.id)
        .where(d.round_id == round_id, *where)
        .order_by(a.ref, d.id)
    )  # fmt: skip
    for *told, failing, policies, rule_set in _stream(connection, query):
        answers = [f"{name}={answer}" for name, answer in sorted(policies.items())]
        yield [*told, failing, cites.get(failing or "", ""), answers, rule_set]


def letters(connection: Connection, round_id: int, where: Where = ()) -> Iterator[Row]:
    """`LETTER`: the outbox, oldest first; never what a letter says. `where` are conditions on letters."""
    c = t.messages.c
    query = (
        select(c.kind, t.people.c.name, c.language, c.state, c.attempts, c.reply, c.created_at, c.sent_at)
        .join(t.people, t.people.c.id == c.person_id)
        .where(c.round_id == round_id, *where)
        .order_by(c.id)
    )
    return _stream(connection, query)
