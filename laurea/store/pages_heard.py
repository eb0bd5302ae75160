"""What applicants said to the office of a round: appeals, changes asked for, words, feedback."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, select, update

from laurea.store import tables as t

SPOKEN = ("asked", "comment", "feedback")  # statements somebody has to read
_TABLES: dict[str, Table] = {"appeal": t.appeals, "statement": t.statements}


@dataclass(frozen=True)
class Heard:
    """One thing said. `kind` is appeal or that of a statement; `fact` and `after` belong to a change asked for."""

    id: int
    kind: str
    application_id: int
    ref: str
    unit_name: str
    name: str
    fact: str
    before: Any
    after: Any
    words: str
    finding: str | None
    facts: dict[str, Any]
    at: datetime
    settled_at: datetime | None
    answer: str

    @property
    def table(self) -> str:
        """Under which name it is settled."""
        return "appeal" if self.kind == "appeal" else "statement"


@dataclass(frozen=True)
class Found:
    """Whether something said was dealt with."""

    settled_at: datetime | None


@dataclass(frozen=True)
class Appellant:
    """Who filed an appeal, and the application it is about as a letter to them names it."""

    person_id: int
    ref: str
    unit_name: str
    key: str


@dataclass(frozen=True)
class Wish:
    """A change of a fact that was asked of the office, with the application as it stands. `reviewed`: it has jurors."""

    fact: str
    after: Any
    settled_at: datetime | None
    application_id: int
    state: str
    facts: dict[str, Any]
    children: dict[str, Any]
    version: int
    reviewed: bool


def asked(connection: Connection, authority_id: int, round_id: int, number: int) -> Wish | None:
    """One change asked for in a round of this authority."""
    s, a, g = t.statements.c, t.applications.c, t.assignments.c
    reviews = select(g.id).where(g.application_id == a.id, g.state != "handed_back").exists()
    query = (
        select(
            s.fact, s.after, s.settled_at, a.id.label("application_id"), a.state, a.facts, a.children, a.version,
            reviews.label("reviewed"),
        )
        .join(t.applications, a.id == s.application_id)
        .where(s.id == number, s.kind == "asked", s.authority_id == authority_id, a.round_id == round_id)
    )  # fmt: skip
    row = connection.execute(query).one_or_none()
    return None if row is None else Wish(**row._mapping)


def heard(connection: Connection, round_id: int) -> list[Heard]:
    """Everything said in a round: what waits first, then the newest."""
    a, p, w, s = t.applications.c, t.people.c, t.appeals.c, t.statements.c
    about = (a.ref, a.unit_name, p.name)
    appeals = (
        select(
            w.id, w.application_id, w.words, w.finding, w.facts, w.filed_at.label("at"), w.settled_at, w.answer, *about
        )
        .join(t.applications, a.id == w.application_id)
        .join(t.people, p.id == w.person_id)
        .where(w.round_id == round_id)
    )
    said = (
        select(s.id, s.kind, s.application_id, s.fact, s.before, s.after, s.words, s.said_at.label("at"), s.settled_at,
               *about)
        .join(t.applications, a.id == s.application_id)
        .join(t.people, p.id == s.person_id)
        .where(a.round_id == round_id, s.kind.in_(SPOKEN))
    )  # fmt: skip
    found = [
        Heard(**row._mapping, kind="appeal", fact="", before=None, after=None) for row in connection.execute(appeals)
    ]
    found += [Heard(**row._mapping, finding=None, facts={}, answer="") for row in connection.execute(said)]
    return sorted(found, key=lambda one: (one.settled_at is not None, one.kind != "appeal", -one.at.timestamp()))


def waiting(connection: Connection, round_id: int) -> Counter[str]:
    """How many appeals, and how many statements, nobody has dealt with."""
    w, s, a = t.appeals.c, t.statements.c, t.applications.c
    appeals = select(func.count()).where(w.round_id == round_id, w.settled_at.is_(None)).scalar_subquery()
    said = (
        select(func.count())
        .select_from(t.statements.join(t.applications, a.id == s.application_id))
        .where(a.round_id == round_id, s.kind.in_(SPOKEN), s.settled_at.is_(None))
        .scalar_subquery()
    )
    row = connection.execute(select(appeals.label("appeal"), said.label("statement"))).one()
    return Counter({"appeal": row.appeal, "statement": row.statement})


def find(connection: Connection, authority_id: int, round_id: int, kind: str, number: int) -> Found | None:
    """One thing said in a round of this authority."""
    table = _TABLES.get(kind)
    if table is None:
        return None
    query = (
        select(table.c.settled_at)
        .join(t.applications, t.applications.c.id == table.c.application_id)
        .where(table.c.id == number, table.c.authority_id == authority_id, t.applications.c.round_id == round_id)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Found(row.settled_at)


def settle(connection: Connection, kind: str, number: int, words: str, person_id: int, now: datetime) -> bool:
    """Write down that the office dealt with it, unless somebody else did meanwhile; an appeal keeps the answer."""
    table = _TABLES[kind]
    values: dict[str, Any] = {"settled_at": now, "settled_by": person_id}
    if kind == "appeal":
        values["answer"] = words
    waits = update(table).where(table.c.id == number, table.c.settled_at.is_(None))
    return connection.execute(waits.values(**values)).rowcount == 1


def appellant(connection: Connection, number: int) -> Appellant:
    """Whoever filed an appeal; it must be there."""
    w, a = t.appeals.c, t.applications.c
    query = select(w.person_id, a.ref, a.unit_name, a.key).join(t.applications, a.id == w.application_id)
    return Appellant(**connection.execute(query.where(w.id == number)).one()._mapping)
