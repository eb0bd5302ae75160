"""Awards with a term: the steps of their schedules, what the clock asks of them, and decisions about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, true, update

from evaluators.permissions import Timetable
from evaluators.renewal import Holding, How, Kind, Step
from laurea.store import tables as t
from laurea.store.batches import batches

g, s, a = t.grants.c, t.grant_steps.c, t.applications.c
OPEN = and_(s.how == How.OPEN, s.kind != Kind.OFFICE)


@dataclass(frozen=True)
class Held:
    """An award with what the clock needs of it: its days, whom to write to, and the papers it was granted on."""

    id: int
    authority_id: int
    round_id: int
    application_id: int
    person_id: int
    number: str
    award: str
    title: str
    holder: str
    country: str | None
    valid_from: date
    valid_until: date | None
    renewal_opens: date | None
    grace_until: date | None
    told_on: date | None
    lapsed_at: datetime | None
    withdrawn_at: datetime | None
    key: str  # of the application's page
    submitted_at: datetime
    facts: dict[str, Any]
    children: dict[str, list[dict[str, Any]]]
    name: str
    email: str
    reads: str
    role: str

    def row(self) -> dict[str, Any]:
        """Its application as evaluators.facts takes it."""
        return {
            "application_id": str(self.id),
            "submitted_at": self.submitted_at,
            "country": self.country,
            "facts": self.facts,
            "children": self.children,
        }


@dataclass(frozen=True)
class Call:
    """A round of an award in which one can apply for its renewal, now or later."""

    authority_id: int
    award: str
    code: str
    title: str
    country: str | None
    opens_at: datetime
    closes_at: datetime
    timetable: Timetable
    rule_set: str
    policies: dict[str, str]
    parameters: dict[str, str]


_OF_GRANT = tuple(g[name] for name in (
    "id", "authority_id", "round_id", "application_id", "person_id", "number", "award", "title", "holder", "country",
    "valid_from", "valid_until", "renewal_opens", "grace_until", "told_on", "lapsed_at", "withdrawn_at",
))  # fmt: skip
_HELD = (
    select(*_OF_GRANT, a.key, a.submitted_at, a.facts, a.children, t.people.c.name, t.people.c.email,
           t.people.c.language.label("reads"), t.people.c.role)
    .join(t.applications, a.id == g.application_id)
    .join(t.people, t.people.c.id == g.person_id)
)  # fmt: skip


def add_steps(connection: Connection, authority_id: int, schedules: Mapping[int, Iterable[Step]]) -> None:
    """Write the schedules of grants, by their ids."""
    rows = [_row(authority_id, grant_id, one) for grant_id, steps in schedules.items() for one in steps]
    if rows:
        connection.execute(insert(t.grant_steps), rows)


def _row(authority_id: int, grant_id: int, one: Step) -> dict[str, Any]:
    return {
        "authority_id": authority_id,
        "grant_id": grant_id,
        "kind": one.kind.value,
        "name": one.name,
        "day": one.day,
        "due_on": one.due_on,
        "last": one.last,
        "how": one.how.value,
    }


def granted(connection: Connection, round_id: int) -> dict[int, int]:
    """The grants of a round: their ids by that of their decision."""
    query = select(g.decision_id, g.id).where(g.round_id == round_id)
    return {row.decision_id: row.id for row in connection.execute(query)}


def due(connection: Connection, today: Mapping[int, date]) -> list[int]:
    """The grants about which something may be due, by the day each authority has; in order of their ids."""
    days: dict[date, list[int]] = {}
    for authority_id, day in today.items():
        days.setdefault(day, []).append(authority_id)
    ripe = [
        and_(s.authority_id.in_(ids), s.due_on <= day,
             or_(s.kind == Kind.LAPSE, g.told_on.is_(None), g.told_on < day))
        for day, ids in days.items()
    ]  # fmt: skip
    if not ripe:
        return []
    query = select(s.grant_id).join(t.grants, g.id == s.grant_id)
    query = query.where(OPEN, g.withdrawn_at.is_(None), or_(*ripe)).distinct().order_by(s.grant_id)
    return list(connection.execute(query).scalars())


def held(connection: Connection, ids: Sequence[int]) -> list[Held]:
    """Grants with their holders, in the order of their ids."""
    return [
        Held(**row._mapping)
        for some in batches(ids)
        for row in connection.execute(_HELD.where(g.id.in_(some)).order_by(g.id))
    ]


def steps(connection: Connection, ids: Sequence[int]) -> dict[int, list[tuple[int, Step]]]:
    """The steps of grants, each with its id, in the order of their days."""
    found: dict[int, list[tuple[int, Step]]] = {one: [] for one in ids}
    for some in batches(ids):
        query = select(t.grant_steps).where(s.grant_id.in_(some)).order_by(s.due_on, s.id)
        for row in connection.execute(query):
            step = Step(Kind(row.kind), row.name, row.day, row.due_on, row.last, How(row.how))
            found[row.grant_id].append((row.id, step))
    return found


def holdings(connection: Connection, grants: Sequence[Held]) -> dict[int, Holding]:
    """What the clock must know of each holder: whether an application for the renewal is in, or was granted."""
    later, past, new, rules = t.applications.alias(), t.rounds.alias(), t.grants.alias(), t.rule_sets.alias()
    applied: set[int] = set()
    renewed: set[int] = set()
    for some in batches([one.id for one in grants]):
        query = (
            select(g.id, new.c.id.label("new"))
            .join(t.applications, a.id == g.application_id)
            .join(later, and_(later.c.applicant_id == g.person_id, later.c.id > g.application_id,
                              or_(later.c.unit_ref == a.unit_ref, later.c.unit_name == a.unit_name)))
            .join(past, and_(past.c.id == later.c.round_id, past.c.id != g.round_id))
            .join(rules, and_(rules.c.digest == past.c.rule_set, rules.c.award == g.award))
            .outerjoin(new, and_(new.c.application_id == later.c.id, new.c.withdrawn_at.is_(None)))
            .where(g.id.in_(some), later.c.state != "withdrawn",
                   or_(new.c.id.is_not(None), past.c.released_at.is_(None)))
        )  # fmt: skip
        for row in connection.execute(query):
            (applied if row.new is None else renewed).add(row.id)
    return {one.id: Holding(one.told_on, one.id in applied, one.id in renewed) for one in grants}


def calls(connection: Connection, awards: Iterable[tuple[int, str]] = ()) -> list[Call]:
    """Rounds whose applications are not yet with jurors, the first to open before the others; those of some
    (authority, award) pairs where any are given.
    """
    r = t.rounds.c
    names = ("authority_id", "code", "title", "country", "opens_at", "closes_at", "rule_set", "policies", "parameters")
    when = ("review_until", "routed_at", "proposed_at", "released_at")
    wanted = [and_(r.authority_id == office, t.rule_sets.c.award == award) for office, award in set(awards)]
    query = (
        select(*(r[name] for name in (*names, *when)), t.rule_sets.c.award)
        .join(t.rule_sets, t.rule_sets.c.digest == r.rule_set)
        .where(
            r.routed_at.is_(None), r.proposed_at.is_(None), r.released_at.is_(None), or_(*wanted) if wanted else true()
        )
        .order_by(r.opens_at, r.id)
    )
    return [
        Call(**{name: row._mapping[name] for name in names}, award=row.award,
             timetable=Timetable(row.closes_at, *(row._mapping[name] for name in when)))
        for row in connection.execute(query)
    ]  # fmt: skip


def standing(connection: Connection, ids: Sequence[int]) -> set[int]:
    """Which of these grants are not withdrawn; kept from others until the transaction ends.

    Whoever changes grants takes them first and in this order, their steps after them.
    """
    found: set[int] = set()
    for some in batches(sorted(ids)):
        query = select(g.id).where(g.id.in_(some), g.withdrawn_at.is_(None)).order_by(g.id).with_for_update()
        found |= set(connection.execute(query).scalars())
    return found


def close(connection: Connection, how: Mapping[How, Sequence[int]], now: datetime) -> set[int]:
    """Close steps that are still open; gives the ids of those it closed, so that nobody tells one twice."""
    done: set[int] = set()
    for what, ids in how.items():
        for some in batches(ids):
            query = update(t.grant_steps).where(s.id.in_(some), s.how == How.OPEN)
            done.update(connection.execute(query.values(how=what.value, done_at=now).returning(s.id)).scalars())
    return done


def mark(connection: Connection, ids: Sequence[int], **values: Any) -> None:
    """Change grants, e.g. `lapsed_at`."""
    for some in batches(ids):
        connection.execute(update(t.grants).where(g.id.in_(some)).values(**values))


def put(connection: Connection, authority_id: int, schedules: Mapping[int, Sequence[Step]], now: datetime) -> None:
    """Write schedules in place of those there were; a step that is closed keeps how."""
    for some in batches(list(schedules)):
        connection.execute(t.grant_steps.delete().where(s.grant_id.in_(some)))
    rows = [
        _row(authority_id, grant_id, one) | {"done_at": now if one.how is not How.OPEN else None}
        for grant_id, schedule in schedules.items()
        for one in schedule
    ]
    if rows:
        connection.execute(insert(t.grant_steps), rows)


def of_round(connection: Connection, round_id: int, *, country: str = "", number: str = "") -> list[Held]:
    """The grants of a round that were not withdrawn, in the order of their ids."""
    query = _HELD.where(g.round_id == round_id, g.withdrawn_at.is_(None))
    if country:
        query = query.where(g.country == country)
    if number:
        query = query.where(g.number == number)
    return [Held(**row._mapping) for row in connection.execute(query.order_by(g.id))]


def of_application(connection: Connection, application_id: int) -> Held | None:
    """The grant of an application, unless it was withdrawn."""
    row = connection.execute(_HELD.where(g.application_id == application_id, g.withdrawn_at.is_(None))).one_or_none()
    return None if row is None else Held(**row._mapping)


def change(connection: Connection, one: Held, **values: Any) -> bool:
    """Change one grant if nobody withdrew it or changed its term since it was read; tells whether it was changed."""
    same = g.valid_until == one.valid_until if one.valid_until is not None else g.valid_until.is_(None)
    query = update(t.grants).where(g.id == one.id, g.withdrawn_at.is_(None), same)
    return connection.execute(query.values(**values)).rowcount == 1


def add_acts(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write decisions down."""
    if rows:
        connection.execute(insert(t.grant_acts), list(rows))


def next_due(connection: Connection) -> tuple[int, date] | None:
    """How many grants have something ahead, and the first day on which something is due."""
    query = select(func.count(s.grant_id.distinct()), func.min(s.due_on)).join(t.grants, g.id == s.grant_id)
    row = connection.execute(query.where(OPEN, g.withdrawn_at.is_(None))).one()
    return (int(row[0]), row[1]) if row[0] else None
