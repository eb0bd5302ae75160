"""What holds an application up: too few jurors and why, no decision. Bound to one round."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, select

from evaluators import reasons
from evaluators.conflicts import Candidate, Juror, share_place
from evaluators.reasons import Reason
from laurea.store import tables as t


@dataclass(frozen=True)
class Undecided:
    """The applications of a round without a decision: how many, and the references of the first."""

    total: int
    refs: tuple[str, ...]


@dataclass(frozen=True)
class Recorded:
    """What the last routing wrote down about an application it could not fill."""

    missing: int
    reason: str  # in English
    why: Reason = ()  # the same as clauses; records of an older version have none


@dataclass(frozen=True)
class Shortage:
    """Why an application has too few jurors, each juror of the round counted once, the first reason first."""

    missing: int
    jurors: int
    reviewing: int  # hold it, or did
    conflicted: int  # a conflict, or gave it back
    unread: int  # do not read its language
    full: int  # hold as many as they may
    free: int  # could take it
    last: Recorded | None = None  # of the last routing, where it wrote about this state
    language: str = ""  # of the application


def undecided(connection: Connection, round_id: int, named: int = 8) -> Undecided:
    """Applications that are neither withdrawn nor have a decision."""
    a = t.applications.c
    without = and_(a.round_id == round_id, a.state != "withdrawn", t.decisions.c.id.is_(None))
    query = (
        select(a.ref, func.count().over().label("total"))
        .outerjoin_from(t.applications, t.decisions, t.decisions.c.application_id == a.id)
        .where(without)
        .order_by(a.ref)
        .limit(named)
    )
    rows = list(connection.execute(query))
    return Undecided(rows[0].total if rows else 0, tuple(row.ref for row in rows))


def recorded(connection: Connection, round_id: int, event: str, what: str = "gaps") -> dict[str, Recorded]:
    """The gaps (or seats) that the last audit line `event` (a routing) of a round names, by reference of the
    application.
    """
    c = t.audit.c
    query = select(c.details).where(c.round_id == round_id, c.event == event).order_by(c.id.desc()).limit(1)
    details = connection.execute(query).scalar_one_or_none() or {}
    return {
        gap["application"]: Recorded(gap["missing"], gap["reason"], reasons.read(gap.get("why")))
        for gap in details.get(what, [])
    }


def shortages(
    connection: Connection,
    round_id: int,
    application_ids: Sequence[int],
    *,
    reviews: int,
    languages: bool,
    event: str,
    experienced: bool = False,
    apart: Sequence[str] = (),
) -> dict[int, Shortage]:
    """Why each of these applications has fewer jurors than `reviews`; those that have enough are left out.

    With `languages` a juror must read an application's language; `event` is the audit's name of a routing. With
    `experienced`, only an experienced juror will do, and others are not counted. `apart` (own_region, own_country) are
    conflicts between everybody of a place.
    """
    if not application_ids:
        return {}
    a, s, j = t.applications.c, t.assignments.c, t.jurors.c
    applications = list(
        connection.execute(
            select(a.id, a.ref, a.language, a.country, a.region).where(
                a.round_id == round_id, a.id.in_(application_ids)
            )
        )
    )
    live = (
        select(func.count()).where(s.juror_id == j.id, s.state != "handed_back").correlate(t.jurors).scalar_subquery()
    )
    bench = select(j.id, j.languages, j.max_load, j.country, j.region, live.label("load"))
    bench = bench.where(j.round_id == round_id, j.left_at.is_(None))
    bench = bench.where(j.experienced) if experienced else bench
    jurors = list(connection.execute(bench))
    places = {one.id: Juror("", country=one.country or "", region=one.region) for one in jurors} if apart else {}
    holds: dict[int, set[int]] = defaultdict(set)
    kept_away: dict[int, set[int]] = defaultdict(set)
    for row in connection.execute(
        select(s.application_id, s.juror_id, s.state).where(s.application_id.in_(application_ids))
    ):
        (kept_away if row.state == "handed_back" else holds)[row.application_id].add(row.juror_id)
    c = t.conflicts.c
    for row in connection.execute(select(c.application_id, c.juror_id).where(c.application_id.in_(application_ids))):
        kept_away[row.application_id].add(row.juror_id)
    told = recorded(connection, round_id, event)
    found = {}
    for one in applications:
        missing = reviews - len(holds[one.id])
        if missing <= 0:
            continue
        count = Counter[str]()
        paper = Candidate("", country=one.country or "", region=one.region) if apart else None
        for juror in jurors:
            if juror.id in holds[one.id]:
                count["reviewing"] += 1
            elif juror.id in kept_away[one.id] or (paper and share_place(apart, paper, places[juror.id])):
                count["conflicted"] += 1
            elif languages and one.language and one.language not in juror.languages:
                count["unread"] += 1
            else:
                count["full" if juror.load >= juror.max_load else "free"] += 1
        last = told.get(one.ref)
        found[one.id] = Shortage(
            missing=missing,
            jurors=len(jurors),
            last=last if last is not None and last.missing == missing else None,
            language=one.language or "",
            **{name: count[name] for name in ("reviewing", "conflicted", "unread", "full", "free")},
        )
    return found
