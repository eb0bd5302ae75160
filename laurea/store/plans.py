"""What routing reads and writes: reviews that stand, kinds of conflict, pins, jurors who left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, insert, or_, select, update

from laurea.store import earlier
from laurea.store import tables as t
from laurea.store.batches import batches

IdPair = tuple[int, int]  # an application and a juror


@dataclass(frozen=True)
class Review:
    """A review somebody was asked for and has not handed back. `begun`: there is a sheet, finished or not."""

    id: int
    application_id: int
    juror_id: int
    state: str
    quality: int
    begun: bool


def _sheet() -> ColumnElement[bool]:
    return exists().where(t.sheets.c.assignment_id == t.assignments.c.id)


def reviews(connection: Connection, round_id: int) -> list[Review]:
    """Every review that stands in a round."""
    c = t.assignments.c
    query = (
        select(c.id, c.application_id, c.juror_id, c.state, c.quality, _sheet().label("begun"))
        .where(c.round_id == round_id, c.state != "handed_back")
        .order_by(c.id)
    )
    return [
        Review(r.id, r.application_id, r.juror_id, r.state, r.quality, bool(r.begun) or r.state != "open")
        for r in connection.execute(query)
    ]


def handed_back(connection: Connection, round_id: int) -> set[IdPair]:
    """Pairs that met and were given up; they do not meet again."""
    c = t.assignments.c
    query = select(c.application_id, c.juror_id).where(c.round_id == round_id, c.state == "handed_back")
    return {(row.application_id, row.juror_id) for row in connection.execute(query)}


def conflict_kinds(connection: Connection, round_id: int) -> dict[IdPair, str]:
    """Pairs that may not meet, with the kind of their conflict."""
    c = t.conflicts.c
    query = (
        select(c.application_id, c.juror_id, c.kind)
        .join(t.jurors, t.jurors.c.id == c.juror_id)
        .where(t.jurors.c.round_id == round_id)
        .order_by(c.id)
    )
    return {(row.application_id, row.juror_id): row.kind for row in connection.execute(query)}


def pins(connection: Connection, round_id: int) -> dict[IdPair, str]:
    """Pairs an officer pinned: `must` or `never`."""
    c = t.pins.c
    query = select(c.application_id, c.juror_id, c.pin).where(c.round_id == round_id)
    return {(row.application_id, row.juror_id): row.pin for row in connection.execute(query)}


def pair_ids(connection: Connection, round_id: int, pairs: Sequence[tuple[str, str]]) -> list[IdPair]:
    """The ids of pairs given by reference; a pair of somebody unknown is left out."""
    a, j = t.applications.c, t.jurors.c
    papers = select(a.ref, a.id).where(a.round_id == round_id, a.ref.in_({one for one, _ in pairs}))
    bench = select(j.ref, j.id).where(j.round_id == round_id, j.ref.in_({one for _, one in pairs}))
    applications = dict(connection.execute(papers).tuples().all())
    jurors = dict(connection.execute(bench).tuples().all())
    return [(applications[a], jurors[j]) for a, j in dict.fromkeys(pairs) if a in applications and j in jurors]


def set_pins(
    connection: Connection, authority_id: int, round_id: int, wanted: Mapping[IdPair, str], now: datetime
) -> int:
    """Pin pairs; a pair pinned otherwise before is changed. Gives how many were new or changed."""
    known = pins(connection, round_id)
    changed = {pair: pin for pair, pin in wanted.items() if known.get(pair) != pin}
    for (application, juror), pin in changed.items():
        if (application, juror) in known:
            c = t.pins.c
            query = update(t.pins).where(c.application_id == application, c.juror_id == juror)
            connection.execute(query.values(pin=pin, pinned_at=now))
    rows = [
        {
            "authority_id": authority_id,
            "round_id": round_id,
            "application_id": application,
            "juror_id": juror,
            "pin": pin,
            "pinned_at": now,
        }
        for (application, juror), pin in changed.items()
        if (application, juror) not in known
    ]
    if rows:
        connection.execute(insert(t.pins), rows)
    return len(changed)


def hand_back(connection: Connection, reviews_: Mapping[int, str], now: datetime) -> bool:
    """Give up reviews for good, by id, with why (`left` or `conflict`); what stands on a sheet is kept.

    False when one of them was submitted meanwhile (roll back then).
    """
    c = t.assignments.c
    earlier.keep_reviews(connection, reviews_, now)
    gone = 0
    for why in sorted({*reviews_.values()}):
        for some in batches([one for one, said in reviews_.items() if said == why]):
            query = update(t.assignments).where(c.id.in_(some), c.state.in_(("open", "draft")))
            gone += connection.execute(query.values(state="handed_back", ended=why)).rowcount
    return gone == len(reviews_)


def take_back(connection: Connection, review_ids: Sequence[int], now: datetime) -> bool:
    """Take reviews away that nobody has begun; false when one of them was begun meanwhile (roll back then)."""
    c = t.assignments.c
    earlier.keep_reviews(connection, review_ids, now)
    gone = 0
    for some in batches(review_ids):
        gone += connection.execute(delete(t.assignments).where(c.id.in_(some), c.state == "open", ~_sheet())).rowcount
    return gone == len(review_ids)


def leave(connection: Connection, juror_id: int, why: str, now: datetime) -> bool:
    """Note that a juror left the round; tells whether that is new."""
    c = t.jurors.c
    query = update(t.jurors).where(c.id == juror_id, c.left_at.is_(None))
    return connection.execute(query.values(left_at=now, left_why=why)).rowcount == 1


def come_back(connection: Connection, juror_id: int) -> bool:
    """Note that a juror who had left is back; tells whether that is new."""
    c = t.jurors.c
    query = update(t.jurors).where(c.id == juror_id, c.left_at.is_not(None))
    return connection.execute(query.values(left_at=None, left_why="")).rowcount == 1


def given_up_by_leaving(connection: Connection, juror_id: int) -> list[Review]:
    """The reviews a juror lost by leaving the round."""
    c = t.assignments.c
    query = (
        select(c.id, c.application_id, c.juror_id, c.state, c.quality, _sheet().label("begun"))
        .where(c.juror_id == juror_id, c.state == "handed_back", c.ended == "left")
        .order_by(c.id)
    )
    return [Review(**row._mapping) for row in connection.execute(query)]


def take_up_again(connection: Connection, begun: Sequence[int], untouched: Sequence[int], now: datetime) -> None:
    """Give reviews lost by leaving back, as drafts; forget those nobody had begun, so that the pairs may meet again."""
    c = t.assignments.c
    earlier.keep_reviews(connection, [*begun, *untouched], now)
    if begun:
        query = update(t.assignments).where(c.id.in_(begun))
        connection.execute(query.values(state="draft", ended=None, reason=""))
    if untouched:
        connection.execute(delete(t.assignments).where(c.id.in_(untouched), ~_sheet()))


def give_time(connection: Connection, review_ids: Sequence[int], until: datetime) -> None:
    """Keep reviews open until then."""
    connection.execute(update(t.assignments).where(t.assignments.c.id.in_(review_ids)).values(until=until))


def unpin(connection: Connection, pair: IdPair) -> bool:
    """Take a pin away; tells whether there was one."""
    c = t.pins.c
    done = connection.execute(delete(t.pins).where(c.application_id == pair[0], c.juror_id == pair[1]))
    return done.rowcount == 1


def to_free(connection: Connection, round_id: int) -> int:
    """How many unsubmitted reviews stand that may not: their juror left, or has a conflict, or is pinned never."""
    c, conflict, pin = t.assignments.c, t.conflicts.c, t.pins.c
    in_conflict = exists().where(conflict.application_id == c.application_id, conflict.juror_id == c.juror_id)
    never = exists().where(pin.application_id == c.application_id, pin.juror_id == c.juror_id, pin.pin == "never")
    query: Any = (
        select(func.count())
        .select_from(t.assignments.join(t.jurors, t.jurors.c.id == c.juror_id))
        .where(
            c.round_id == round_id,
            c.state.in_(("open", "draft")),
            or_(t.jurors.c.left_at.is_not(None), in_conflict, and_(never, c.state == "open", ~_sheet())),
        )
    )
    return int(connection.execute(query).scalar_one())
