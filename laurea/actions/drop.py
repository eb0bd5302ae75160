"""A juror leaves a round: what is not submitted goes to others, with as few changes as possible. And one returns."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine

from evaluators.assignment import Gap
from laurea import deliberation, ledger, routing
from laurea.errors import BadInput
from laurea.routing import Routed
from laurea.settings import Settings
from laurea.standing import Pair, look
from laurea.store import plans, rounds
from laurea.store.engine import reading, writing


@dataclass(frozen=True)
class Dropped:
    """What leaving did. `known`: the juror had left before. `routed` is None where nothing is assigned yet."""

    known: bool
    routed: Routed | None


@dataclass(frozen=True)
class Foreseen:
    """What leaving would do, as pairs of application and juror: `freed` are the juror's own, `given` go to others.

    `moved` are reviews of others that change hands because of it; `gaps` are reviews nobody could give then.
    """

    freed: tuple[Pair, ...]
    given: tuple[Pair, ...]
    moved: tuple[Pair, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True)
class Returned:
    """What returning did. `known`: the juror had not left. `again`: begun sheets that are theirs again."""

    known: bool
    again: int


def foresee(engine: Engine, round_id: int, ref: str, *, settings: Settings, now: datetime) -> Foreseen:
    """What would become of a juror's reviews if they left now; nothing is written. Raises as `drop` does."""
    with reading(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        juror = routing.juror_of(connection, record, ref)
        standing = look(connection, round_id, settings, now)
    if standing.plan.jury is None or not record.routed_at:
        return Foreseen((), (), (), ())
    jury = [replace(one, left_at=one.left_at or now) if one.id == juror.id else one for one in standing.jury]
    without = replace(standing, jury=jury)
    proposal = routing.repaired(without)
    changes = routing.changes_to(without, proposal, whole=True)
    freed = without.pairs(
        one for one in without.reviews if one.id in changes.free and one.application_id in without.refs
    )
    given = {(without.refs[a], without.juror_refs[j]) for a, j, _ in changes.add}
    moved = without.pairs(changes.take)
    return Foreseen(tuple(sorted(freed)), tuple(sorted(given)), tuple(sorted(moved)), tuple(proposal.gaps))


def drop(
    engine: Engine, round_id: int, ref: str, why: str, *, actor: ledger.Actor, settings: Settings, now: datetime
) -> Dropped:
    """Let a juror go. What they submitted counts; what they did not is freed and given to others, who are told once.

    First it is noted that the juror left, then the gaps are filled: if the second is interrupted, the clock does it.
    Raises NotFound for an unknown juror and NotNow once decisions are proposed.
    """
    if not why.strip():
        raise BadInput("It is not said why the juror leaves.", remedy="Add --why TEXT; it is kept with the juror.")
    with writing(engine) as connection:
        record = rounds.held(connection, round_id)
        juror = routing.juror_of(connection, record, ref)
        new = plans.leave(connection, juror.id, why.strip()[:2000], now)
        if new:
            rounds.change_round(connection, record)
            ledger.record_of(
                connection,
                record,
                actor=actor,
                event=ledger.Event.JUROR_LEFT,
                subject=f"juror:{juror.id}",
                now=now,
            )
    routed = None
    if record.routed_at:
        routed = routing.fill(engine, round_id, settings=settings, now=now, actor=actor)
    return Dropped(not new, routed)


def come_back(
    engine: Engine, round_id: int, ref: str, *, actor: ledger.Actor, settings: Settings, now: datetime
) -> Returned:
    """Let a juror who left take part again, in one transaction.

    Sheets they had begun are theirs again where nobody took the review over; they are told once. Everything else they
    had is free: they may be given it, or anything else, by the next plan. Raises NotFound and NotNow as `drop` does.
    """
    with writing(engine) as connection:
        record = rounds.held(connection, round_id)
        juror = routing.juror_of(connection, record, ref)
        if not plans.come_back(connection, juror.id):
            return Returned(known=True, again=0)
        lost = plans.given_up_by_leaving(connection, juror.id)
        standing = look(connection, round_id, settings, now)
        asked = standing.plan.jury.reviews if standing.plan.jury is not None else 0
        counts = Counter(one.application_id for one in standing.kept)
        load = sum(one.juror_id == juror.id for one in standing.kept)
        barred = set(standing.barred)
        again = [
            one for one in lost
            if one.begun and one.application_id in standing.refs and counts[one.application_id] < asked
            and (one.application_id, juror.id) not in barred
        ][: max(0, juror.max_load - load)]  # fmt: skip
        plans.take_up_again(connection, [one.id for one in again], [one.id for one in lost if not one.begun], now)
        until = deliberation.until(record, settings.review_days, now)
        if until is not None and again:
            plans.give_time(connection, [one.id for one in again], until)
        add = [(one.application_id, juror.id, one.quality) for one in again]
        post = routing.told_of(standing, add, f"{record.version}-back", until)
        rounds.change_round(connection, record)
        ledger.post(connection, post, authority_id=record.authority_id, round_id=round_id, now=now)
        ledger.record_of(
            connection,
            record,
            actor=actor,
            event=ledger.Event.JUROR_RETURNED,
            subject=f"juror:{juror.id}",
            now=now,
            details={"again": len(again)},
        )
    return Returned(known=False, again=len(again))
