"""What one authority hands to another, seen from either side; nothing else of the other is ever read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select, update

from laurea.errors import Conflict
from laurea.store import tables as t
from laurea.store.engine import upsert

LABELS, LIST, NOMINATIONS, AWARDS = "labels_and_scores", "list", "nominations", "awards"
_GIVER, _RECEIVER = t.authorities.alias("giver"), t.authorities.alias("receiver")
_BY, _TAKER = t.people.alias("by"), t.people.alias("taker")


@dataclass(frozen=True)
class Handover:
    """One hand-over. `about` is what the receiver needs to know beside the rows; `taken_at` None: not taken in.

    `rows` stay empty in lists; `newest`: no later one of its kind between the two is about the same round.
    """

    id: int
    kind: str
    label: str
    giver: int
    giver_code: str
    giver_name: str
    receiver: int
    receiver_code: str
    receiver_name: str
    round_id: int | None
    about: dict[str, Any]
    handed_at: datetime
    handed_by: str | None
    taken_into: int | None
    taken_at: datetime | None
    taken_by: str | None
    newest: bool = True
    rows: tuple[dict[str, Any], ...] = ()

    @property
    def released_at(self) -> datetime | None:
        """When its giver released what it holds; None where that is not told."""
        told = self.about.get("released_at")
        return datetime.fromisoformat(told) if told else None

    @property
    def title(self) -> str:
        """The round it is about, as people call it; of a file, its name."""
        return str(self.about.get("round") or self.label)

    @property
    def round_code(self) -> str:
        """The round it is about, by its code."""
        return str(self.about.get("code", self.label))


_COLUMNS = (
    t.handovers.c.id,
    t.handovers.c.kind,
    t.handovers.c.label,
    _GIVER.c.id.label("giver"),
    _GIVER.c.code.label("giver_code"),
    _GIVER.c.name.label("giver_name"),
    _RECEIVER.c.id.label("receiver"),
    _RECEIVER.c.code.label("receiver_code"),
    _RECEIVER.c.name.label("receiver_name"),
    t.handovers.c.round_id,
    t.handovers.c.about,
    t.handovers.c.handed_at,
    _BY.c.name.label("handed_by"),
    t.handovers.c.taken_into,
    t.handovers.c.taken_at,
    _TAKER.c.name.label("taken_by"),
)


def _found(connection: Connection, *conditions: Any, rows: bool = False) -> list[Handover]:
    c = t.handovers.c
    query = (
        select(*_COLUMNS, *([c.rows] if rows else []))
        .select_from(t.handovers)
        .join(_GIVER, _GIVER.c.id == c.from_authority)
        .join(_RECEIVER, _RECEIVER.c.id == c.to_authority)
        .outerjoin(_BY, _BY.c.id == c.handed_by)
        .outerjoin(_TAKER, _TAKER.c.id == c.taken_by)
        .where(*conditions)
        .order_by(c.id.desc())
    )
    found, seen = [], set()
    for row in connection.execute(query):
        values = dict(row._mapping)
        one = Handover(**values | {"rows": tuple(values.get("rows", ()))})
        line = (one.giver, one.receiver, one.kind, one.round_code)
        found.append(replace(one, newest=line not in seen))
        seen.add(line)
    return found


def of_authority(connection: Connection, authority_id: int) -> list[Handover]:
    """Everything an authority gave and received, the latest first, without the rows."""
    c = t.handovers.c
    return _found(connection, or_(c.from_authority == authority_id, c.to_authority == authority_id))


def one_of(connection: Connection, authority_id: int, handover_id: int) -> Handover | None:
    """One hand-over with its rows, if this authority gave or received it."""
    c = t.handovers.c
    mine = or_(c.from_authority == authority_id, c.to_authority == authority_id)
    found = _found(connection, c.id == handover_id, mine, rows=True)
    if not found:
        return None
    beside = and_(c.kind == found[0].kind, c.from_authority == found[0].giver, c.to_authority == found[0].receiver)
    every = _found(connection, beside, c.id >= handover_id)
    return replace(found[0], newest=next(one.newest for one in every if one.id == handover_id))


def received(connection: Connection, authority_id: int, kind: str, *, rows: bool = True) -> list[Handover]:
    """What an authority received of a kind, the latest first."""
    c = t.handovers.c
    return _found(connection, c.to_authority == authority_id, c.kind == kind, rows=rows)


def given(connection: Connection, authority_id: int, kind: str, *, rows: bool = True) -> list[Handover]:
    """What an authority gave of a kind, the latest first."""
    c = t.handovers.c
    return _found(connection, c.from_authority == authority_id, c.kind == kind, rows=rows)


def add(connection: Connection, **values: Any) -> bool:
    """Record what one authority gives another; False when the same label was handed over before."""
    same = ("from_authority", "to_authority", "kind", "label")
    adding = upsert(connection, t.handovers).values(**values).on_conflict_do_nothing(index_elements=same)
    return connection.execute(adding.returning(t.handovers.c.id)).first() is not None


def take(connection: Connection, ids: Sequence[int], *, round_id: int, person_id: int | None, now: datetime) -> None:
    """Mark hand-overs as used by a round of their receiver. Raises Conflict where another round was quicker."""
    if ids:
        c = t.handovers.c
        query = update(t.handovers).where(c.id.in_(ids), c.taken_into.is_(None))
        if connection.execute(query.values(taken_into=round_id, taken_at=now, taken_by=person_id)).rowcount != len(ids):
            raise Conflict("There is no such hand-over, or a round has taken it in already.")


def labels_of(connection: Connection, round_id: int) -> list[dict[str, Any]]:
    """Released labels of a round as they are handed on: project, its name and exact points."""
    query = (
        select(
            t.applications.c.unit_ref.label("project_id"),
            t.applications.c.unit_name.label("title"),
            t.decisions.c.exact_points.label("score"),
        )
        .join(t.applications, t.applications.c.id == t.decisions.c.application_id)
        .where(t.decisions.c.round_id == round_id, t.decisions.c.state == "released", t.decisions.c.granted)
        .order_by(t.applications.c.ref)
    )
    return [dict(row._mapping) for row in connection.execute(query)]


def awards_of(connection: Connection, round_id: int) -> list[dict[str, Any]]:
    """Released decisions of a round about what others nominated: whose it was, project, outcome, certificate."""
    d = t.decisions.c
    query = (
        select(
            t.applications.c.applicant_ref.label("office"),
            t.applications.c.facts,
            t.applications.c.unit_ref.label("project_id"),
            t.applications.c.unit_name.label("title"),
            d.outcome,
            d.granted,
            d.first_failing.label("clause"),
            func.coalesce(t.grants.c.number, "").label("certificate"),
        )
        .join(t.applications, t.applications.c.id == d.application_id)
        .join(t.people, t.people.c.id == t.applications.c.applicant_id)
        .outerjoin(t.grants, t.grants.c.decision_id == d.id)
        .where(d.round_id == round_id, d.state == "released", t.people.c.role == "authority")
        .order_by(t.applications.c.ref)
    )
    return [dict(row._mapping) for row in connection.execute(query)]
