"""What appeals had judged again: who was asked, what they said, and the decision before and after."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, update

from laurea.errors import Conflict
from laurea.store import earlier, under_review
from laurea.store import tables as t
from laurea.store.moments import beside_times, timetable
from laurea.store.under_review import UnderReview

LIVE = ("asked", "open", "replayed")
r, w, a, j = t.replays.c, t.appeals.c, t.applications.c, t.jurors.c
DECIDED = ("outcome", "granted", "points", "exact_points", "rank", "group_name", "first_failing", "trace")


@dataclass(frozen=True)
class Appealed:
    """An appeal with the application it is about."""

    id: int
    application_id: int
    ref: str
    unit_name: str
    name: str
    words: str
    contested: list[str]
    filed_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True)
class Replay:
    """One time that an appeal's contested part is judged again; `juror` is the reference of who is asked."""

    id: int
    appeal_id: int
    application_id: int
    contested: list[str]
    juror_id: int | None
    juror: str | None
    state: str
    until: datetime | None
    facts: dict[str, Any]
    marks: dict[str, str]
    comment: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str
    asked_at: datetime
    replayed_at: datetime | None
    taken_at: datetime | None
    version: int


@dataclass(frozen=True)
class Task(UnderReview):
    """A replay as the juror sees it who is asked; content may be shown once `state` is open."""

    id: int
    juror_id: int
    contested: list[str]
    state: str
    until: datetime | None
    marks: dict[str, str]
    comment: str
    version: int


def appeal(connection: Connection, round_id: int, number: int, *, hold: bool = False) -> Appealed | None:
    """An appeal of a round; with `hold` nobody else answers it, or has it judged again, until this transaction ends."""
    query = (
        select(
            w.id, w.application_id, a.ref, a.unit_name, t.people.c.name, w.words, w.contested, w.filed_at, w.settled_at
        )
        .join(t.applications, a.id == w.application_id)
        .join(t.people, t.people.c.id == w.person_id)
        .where(w.id == number, w.round_id == round_id)
    )
    if hold:
        query = query.with_for_update(key_share=True, of=t.appeals)
    row = connection.execute(query).one_or_none()
    return None if row is None else Appealed(**row._mapping)


def _query() -> Select[Any]:
    names = [one.name for one in fields(Replay) if one.name != "juror"]
    return select(*(r[name] for name in names), j.ref.label("juror")).outerjoin(t.jurors, j.id == r.juror_id)


def of_appeal(connection: Connection, appeal_id: int) -> list[Replay]:
    """Every time an appeal was judged again, the newest first."""
    query = _query().where(r.appeal_id == appeal_id).order_by(r.id.desc())
    return [Replay(**row._mapping) for row in connection.execute(query)]


def one(connection: Connection, number: int) -> Replay:
    """A replay by its number; it must be there."""
    return Replay(**connection.execute(_query().where(r.id == number)).one()._mapping)


def loads(connection: Connection, round_id: int) -> Counter[int]:
    """How many such tasks each juror of a round was given."""
    query = select(r.juror_id, func.count()).where(r.round_id == round_id, r.juror_id.is_not(None))
    return Counter(dict(connection.execute(query.group_by(r.juror_id)).tuples().all()))


def standing(connection: Connection, application_id: int) -> dict[str, Any]:
    """The decision about an application as it stands, as far as deciding again makes it anew."""
    d = t.decisions.c
    query = select(*(d[name] for name in DECIDED)).where(d.application_id == application_id)
    return dict(connection.execute(query).one()._mapping)


def leave(connection: Connection, appeal_id: int) -> None:
    """The appeal is answered without it: what was asked is not asked any more, what was found is not taken over."""
    connection.execute(
        update(t.replays).where(r.appeal_id == appeal_id, r.state.in_(LIVE)).values(state="left", version=r.version + 1)
    )


def taken(connection: Connection, round_id: int) -> list[tuple[str, Replay]]:
    """What of a round was corrected after an appeal, by reference of the application."""
    query = _query().add_columns(a.ref.label("about")).join(t.applications, a.id == r.application_id)
    rows = connection.execute(query.where(r.round_id == round_id, r.state == "taken").order_by(r.id))
    return [(row[-1], Replay(**{one.name: row._mapping[one.name] for one in fields(Replay)})) for row in rows]


def add(connection: Connection, **values: Any) -> int:
    """Write down that a part is judged again; its id."""
    return int(connection.execute(insert(t.replays).values(**values).returning(r.id)).scalar_one())


def change(connection: Connection, number: int, version: int, **values: Any) -> None:
    """Change a replay. Raises Conflict where somebody else did since it was read."""
    query = update(t.replays).where(r.id == number, r.version == version)
    if connection.execute(query.values(**values, version=version + 1)).rowcount == 0:
        raise Conflict("This was marked already, or is not asked for any more.", "Look at it again.")


def known_to(connection: Connection, application_id: int) -> set[int]:
    """The jurors who were ever asked about an application, by whatever way, or agreed on it."""
    s, v, n, c = t.assignments.c, t.assignment_versions.c, t.joint_sheets.c, t.conflicts.c
    found: set[int] = set()
    for query in (
        select(s.juror_id).where(s.application_id == application_id),
        select(v.juror_id).where(v.application_id == application_id),
        select(n.written_by).where(n.application_id == application_id),
        select(c.juror_id).where(c.application_id == application_id),
        select(r.juror_id).where(r.application_id == application_id, r.juror_id.is_not(None)),
    ):
        found |= set(connection.execute(query).scalars())
    return found


def task(connection: Connection, person_id: int, number: int) -> Task | None:
    """What somebody is asked to judge again; None where it is not theirs, or they gave it back."""
    rows = _tasks(connection, _task_query(person_id).where(r.id == number))
    return rows[0] if rows else None


def tasks(connection: Connection, person_id: int, round_id: int | None = None) -> list[Task]:
    """Everything somebody is asked to judge again, what waits for them first."""
    query = _task_query(person_id).order_by(r.replayed_at.is_not(None), r.id)
    return _tasks(connection, query if round_id is None else query.where(r.round_id == round_id))


def _task_query(person_id: int) -> Select[Any]:
    mine = (r.id, r.juror_id, r.application_id, r.authority_id, r.round_id, r.contested, r.state, r.until)
    return (
        select(*mine, r.marks, r.comment, r.version, *under_review.columns())
        .join(t.jurors, j.id == r.juror_id)
        .join(t.rounds, t.rounds.c.id == r.round_id)
        .join(t.applications, a.id == r.application_id)
        .join(t.people, t.people.c.id == a.applicant_id)
        .where(j.person_id == person_id, r.state != "handed_back")
    )


def _tasks(connection: Connection, query: Select[Any]) -> list[Task]:
    return [Task(timetable=timetable(row), **beside_times(row)) for row in connection.execute(query)]


def correct(connection: Connection, application_id: int, after: dict[str, Any], now: datetime) -> int:
    """Let a decision stand as it was decided again; the one before is kept. Gives its id."""
    d = t.decisions.c
    earlier.keep_decisions(connection, d.application_id == application_id, now)
    query = update(t.decisions).where(d.application_id == application_id, d.state == "released").returning(d.id)
    values = {name: after[name] for name in DECIDED}
    return int(connection.execute(query.values(**values, version=d.version + 1)).scalar_one())
