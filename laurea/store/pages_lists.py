"""An officer's lists: applications, refused rows, decisions, letters. Paged in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, FromClause, RowMapping, Select, func, null, select

from laurea.store import tables as t
from laurea.store.searching import Where

PAGE = 50

Row = TypeVar("Row")


@dataclass(frozen=True)
class Paged(Generic[Row]):
    """One page of a list and how long the whole list is."""

    rows: list[Row]
    total: int
    page: int
    size: int = PAGE

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """Number of the first row shown, counted from one; 0 when there is none."""
        return (self.page - 1) * self.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """Number of the last row shown."""
        return (self.page - 1) * self.size + len(self.rows)


@dataclass(frozen=True)
class ApplicationRow:
    """One line in the list of applications."""

    id: int
    ref: str
    unit_name: str
    institution: str
    country: str | None
    applicant: str
    state: str
    submitted_at: datetime
    reviews: int  # assignments that were not handed back
    reviews_in: int  # of these, submitted
    outcome: str | None
    points: str | None


@dataclass(frozen=True)
class DecisionRow:
    """One line in the list of proposed or released decisions."""

    application_id: int
    ref: str
    unit_name: str
    country: str | None
    outcome: str
    granted: bool
    points: str | None
    rank: int | None
    group_name: str | None
    failing: dict[str, Any] | None  # the trace's entry of the first condition that is not met


@dataclass(frozen=True)
class LetterRow:
    """One line of the outbox."""

    id: int
    kind: str
    person: str
    language: str
    state: str
    attempts: int
    reply: str
    created_at: datetime
    sent_at: datetime | None
    not_before: datetime


@dataclass(frozen=True)
class RefusedRow:
    """A row of a file that could not be used, and the way out."""

    file: str
    row: int | None
    field: str
    problem: str
    remedy: str
    refused_at: datetime


@dataclass(frozen=True)
class ApplicationPage:
    """One application as its officer sees it; the decision's part is None before there is one."""

    id: int
    ref: str
    unit_name: str
    institution: str
    region: str
    country: str | None
    applicant: str
    applicant_id: int
    state: str
    submitted_at: datetime
    files: int
    facts: dict[str, Any]
    children: dict[str, list[dict[str, Any]]]
    decision_state: str | None
    outcome: str | None
    granted: bool | None
    points: str | None
    rank: int | None
    group_name: str | None
    trace: list[dict[str, Any]] | None
    decided_policies: dict[str, str] | None


def _page(connection: Connection, query: Select[Any], page: int) -> tuple[list[Any], int, int]:
    total = int(connection.execute(select(func.count()).select_from(query.order_by(None).subquery())).scalar_one())
    page = min(max(1, page), max(1, -(-total // PAGE)))
    return list(connection.execute(query.limit(PAGE).offset((page - 1) * PAGE))), total, page


def applications(
    connection: Connection,
    round_id: int,
    *,
    state: str = "",
    where: Where = (),
    page: int = 1,
    fewer_than: int = 0,
    outcomes: bool = False,
    undecided: bool = False,
) -> Paged[ApplicationRow]:
    """Applications of a round, in the order of their reference; `where` is a search (`laurea.store.searching`).

    `fewer_than` keeps those that are to be reviewed and have fewer assignments; without `outcomes` no decision
    leaves the records. `undecided` keeps those that are not withdrawn and have no decision.
    """
    mine = t.assignments.c.application_id == t.applications.c.id
    live = select(func.count()).where(mine, t.assignments.c.state != "handed_back").correlate(t.applications)
    done = select(func.count()).where(mine, t.assignments.c.state == "submitted").correlate(t.applications)
    a = t.applications.c
    tables: FromClause = t.applications.join(t.people, t.people.c.id == a.applicant_id)
    decided: list[ColumnElement[Any]] = [null().label("outcome"), null().label("points")]
    if outcomes:
        tables = tables.outerjoin(t.decisions, t.decisions.c.application_id == a.id)
        decided = [t.decisions.c.outcome, t.decisions.c.points]
    query = (
        select(
            a.id,
            a.ref,
            a.unit_name,
            a.institution,
            a.country,
            t.people.c.name.label("applicant"),
            a.state,
            a.submitted_at,
            live.scalar_subquery().label("reviews"),
            done.scalar_subquery().label("reviews_in"),
            *decided,
        )
        .select_from(tables)
        .where(a.round_id == round_id)
        .order_by(a.ref, a.id)
    )
    if undecided:
        decided_too = select(t.decisions.c.id).where(t.decisions.c.application_id == a.id)
        query = query.where(a.state != "withdrawn", ~decided_too.correlate(t.applications).exists())
    if fewer_than:
        query = query.where(a.state.in_(("eligible", "assigned")), live.scalar_subquery() < fewer_than)
    if state:
        query = query.where(a.state == state)
    query = query.where(*where)
    rows, total, page = _page(connection, query, page)
    return Paged([ApplicationRow(**row._mapping) for row in rows], total, page)


def decisions(
    connection: Connection, round_id: int, *, outcome: str = "", where: Where = (), page: int = 1
) -> Paged[DecisionRow]:
    """Decisions of a round; ranked ones by group and rank, then by reference."""
    d = t.decisions.c
    query = (
        select(
            d.application_id,
            t.applications.c.ref,
            t.applications.c.unit_name,
            t.applications.c.country,
            d.outcome,
            d.granted,
            d.points,
            d.rank,
            d.group_name,
            d.first_failing,
            d.trace,
        )
        .join(t.applications, t.applications.c.id == d.application_id)
        .join(t.people, t.people.c.id == t.applications.c.applicant_id)
        .where(d.round_id == round_id)
        .order_by(d.group_name, d.rank.is_(None), d.rank, t.applications.c.ref)
    )
    if outcome:
        query = query.where(d.outcome == outcome)
    query = query.where(*where)
    rows, total, page = _page(connection, query, page)
    return Paged([_decision(row._mapping) for row in rows], total, page)


def _decision(row: RowMapping) -> DecisionRow:
    kept = {name: row[name] for name in DecisionRow.__dataclass_fields__ if name != "failing"}
    failing = next((entry for entry in row["trace"] if entry["clause"] == row["first_failing"]), None)
    return DecisionRow(failing=failing, **kept)


def application(connection: Connection, round_id: int, application_id: int) -> ApplicationPage | None:
    """One application of a round with its decision, or None."""
    a, d = t.applications.c, t.decisions.c
    query = (
        select(
            *(a[name] for name in ("id", "ref", "unit_name", "institution", "region", "country")),
            t.people.c.name.label("applicant"),
            *(a[name] for name in ("applicant_id", "state", "submitted_at", "files", "facts", "children")),
            d.state.label("decision_state"),
            *(d[name] for name in ("outcome", "granted", "points", "rank", "group_name", "trace")),
            d.policies.label("decided_policies"),
        )
        .join(t.people, t.people.c.id == a.applicant_id)
        .outerjoin(t.decisions, d.application_id == a.id)
        .where(a.round_id == round_id, a.id == application_id)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else ApplicationPage(**row._mapping)


def refused(connection: Connection, round_id: int, *, where: Where = (), page: int = 1) -> Paged[RefusedRow]:
    """Rows of files that could not be used, by file and row; `where` is a search of them."""
    c = t.refused_rows.c
    query = (
        select(*(c[name] for name in RefusedRow.__dataclass_fields__))
        .where(c.round_id == round_id, *where)
        .order_by(c.file, c.row, c.field)
    )
    rows, total, page = _page(connection, query, page)
    return Paged([RefusedRow(**row._mapping) for row in rows], total, page)


def letters(
    connection: Connection, round_id: int, *, state: str = "", where: Where = (), page: int = 1
) -> Paged[LetterRow]:
    """The outbox of a round, the newest first, without what the letters say. `where` is a search of letters."""
    c = t.messages.c
    query = (
        select(
            t.people.c.name.label("person"),
            *(c[name] for name in LetterRow.__dataclass_fields__ if name != "person"),
        )
        .join(t.people, t.people.c.id == c.person_id)
        .where(c.round_id == round_id, *where)
        .order_by(c.id.desc())
    )
    if state:
        query = query.where(c.state == state)
    rows, total, page = _page(connection, query, page)
    return Paged([LetterRow(**row._mapping) for row in rows], total, page)
