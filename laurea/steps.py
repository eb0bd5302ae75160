"""What a round needs next. The records are looked at, never a memory of what ran before.

`due` names the steps; `perform` does one, and `share` what of one no other machine has taken. The clock does them as
Prefect tasks, `advance` in this process: both bring the same result, and doing a step again changes nothing that was
done. A step that fails is kept with its reason until it succeeds or is no longer due.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from evaluators.deliberation import Waits
from laurea import deliberation, ledger, statute
from laurea.actions import freeze, gather, relieve, route, screen, settle, third_review
from laurea.errors import LaureaError
from laurea.settings import Settings
from laurea.store import applications, claims, failures, juries, plans, rounds
from laurea.store.engine import reading, trouble, writing

GATHER, SCREEN, ROUTE, THIRD, SETTLE = "gather", "screen", "route", "third_review", "settle"
FREEZE, RELIEVE = "freeze", "relieve"
ALL = (FREEZE, GATHER, SCREEN, ROUTE, RELIEVE, THIRD, SETTLE)
PAUSE = 0.5  # seconds between two looks whether others have finished
LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Step:
    """One due piece of work: its kind, its round and, for a chunk, the applications."""

    kind: str
    round_id: int
    ids: tuple[int, ...] = ()


def due(engine: Engine, round_id: int, *, settings: Settings, now: datetime) -> list[Step]:
    """The steps that can be done now: pages to be looked at, and what takes the round on."""
    pages = [Step(FREEZE, round_id)] if freeze.due(engine, round_id, now=now) else []
    return pages + _due(engine, round_id, settings=settings, now=now)


def _due(engine: Engine, round_id: int, *, settings: Settings, now: datetime) -> list[Step]:
    """The steps that take the round on; gathering comes in chunks.

    Decisions wait until every review is in, third reviews and joint sheets among them, and until the end of the review
    period while evidence is missing. A round that is routed by hand waits for its officer's plan, and one whose totals
    cannot be corrected as its rules prescribe for the reviews that its jury lacks.
    """
    with reading(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        if record.proposed_at or now < record.closes_at:
            return []
        ruleset = statute.rule_set_of(connection, record)
        states = applications.state_counts(connection, round_id)
        if not states:
            return []
        if gather.sources_of(ruleset):
            ids = applications.ids_to_gather(connection, round_id)
            if ids:
                chunks = range(0, len(ids), settings.chunk)
                return [Step(GATHER, round_id, tuple(ids[i : i + settings.chunk])) for i in chunks]
        if states["submitted"] or record.screened_at is None:
            return [Step(SCREEN, round_id)]
        waits = now < record.review_until and (states["needs_evidence"] or states["undecided"])
        settle = [] if waits else [Step(SETTLE, round_id)]
        plan = statute.plan_of(connection, record)
        if plan.jury is None:
            return settle
        asked: list[Step] = []
        short = juries.short_of_reviews(connection, round_id, plan.jury.reviews)
        unrouted = bool(states["eligible"] or short or plans.to_free(connection, round_id))
        if unrouted and not record.routed_by_hand:
            asked.append(Step(ROUTE, round_id))
        if not record.routed_by_hand and _relievable(connection, record, now):
            asked.append(Step(RELIEVE, round_id))
        owed = {what for _, what in deliberation.waiting(connection, round_id, plan).values()}
        further = owed & {*deliberation.FURTHER}
        if further and not record.routed_by_hand:
            asked.append(Step(THIRD, round_id))
        if asked or unrouted or further or owed & {Waits.JOINT, Waits.POLICY}:
            return asked
        if juries.open_by_juror(connection, round_id) or deliberation.uncorrected(connection, round_id, plan):
            return []
        return settle


def _relievable(connection: Connection, record: rounds.RoundRecord, now: datetime) -> bool:
    """Whether a silent juror has something unbegun that a reserve might take."""
    return juries.has_reserve(connection, record.id) and bool(
        juries.unbegun_of_silent(connection, record.id, record.review_until, now)
    )


def perform(engine: Engine, step: Step, *, settings: Settings, now: datetime) -> dict[str, Any]:
    """Do one step; what it did, in figures. Where it fails, that and why is kept, and the error goes on."""
    deeds: dict[str, Callable[[], Any]] = {
        GATHER: lambda: gather.gather(engine, step.round_id, step.ids, addresses=settings.sources, now=now),
        FREEZE: lambda: freeze.freeze(engine, step.round_id, settings=settings, now=now),
        SCREEN: lambda: screen.screen(engine, step.round_id, settings=settings, now=now),
        ROUTE: lambda: route.route(engine, step.round_id, settings=settings, now=now),
        RELIEVE: lambda: relieve.relieve(engine, step.round_id, settings=settings, now=now),
        THIRD: lambda: third_review.third_review(engine, step.round_id, settings=settings, now=now),
        SETTLE: lambda: settle.settle(engine, step.round_id, now=now),
    }
    try:
        result = deeds[step.kind]()
    except Exception as error:
        with suppress(SQLAlchemyError):  # the records may be what fails
            _note(engine, step, error, now)
        raise
    if step.kind != GATHER:  # one of several chunks; when all of them are in, another step follows
        mended(engine, step.round_id, (FREEZE,) if step.kind == FREEZE else (GATHER, step.kind))
    return {"step": step.kind, "applications": len(step.ids), "result": str(result)}


def _note(engine: Engine, step: Step, error: Exception, now: datetime) -> None:
    told = error if isinstance(error, LaureaError) else trouble(error)
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, step.round_id)
        name = type(error).__name__
        said = {"error": name, "says": told.says if told else "", "remedy": told.remedy if told else ""}
        if failures.note(connection, record.authority_id, record.id, step.kind, now=now, **said):
            details = {"step": step.kind, "error": name}
            event = ledger.Event.STEP_FAILED
            ledger.record_of(connection, record, actor=ledger.SYSTEM, event=event, now=now, details=details)


def mended(engine: Engine, round_id: int, kinds: Collection[str] = ALL) -> None:
    """These steps of a round were done, or are no longer due: what is kept of their failures goes."""
    with reading(engine) as connection:
        failed = [one.step for one in failures.of_round(connection, round_id) if one.step in kinds]
    if failed:
        with writing(engine) as connection:
            failures.mended(connection, round_id, failed)


def share(engine: Engine, step: Step, *, settings: Settings, now: datetime) -> dict[str, Any] | None:
    """Do one step, or the applications of it that nobody else has taken; None when others have it, or had it.

    A worker that was thought lost and comes back writes nothing: its work was done elsewhere.
    """
    with claims.claimed(engine, step.round_id, step.kind, step.ids, lease=settings.lease) as mine:
        if mine is None:
            return None
        free = Step(step.kind, step.round_id, mine.applications)
        left = free if mine.engine is engine else _left(engine, free, settings, now)
        if left is None:
            return None
        try:
            return perform(mine.engine, left, settings=settings, now=now)
        except claims.ClaimLost:
            LOG.warning("round %s: %s was done elsewhere; what came too late is refused", step.round_id, step.kind)
            return None


def _left(engine: Engine, step: Step, settings: Settings, now: datetime) -> Step | None:
    """What of a step is still to be done: others may have been at it between the look at the records and the claim."""
    if not step.ids:
        return step if step in due(engine, step.round_id, settings=settings, now=now) else None
    with reading(engine) as connection:
        wanted = set(applications.ids_to_gather(connection, step.round_id, step.ids))
    ids = tuple(one for one in step.ids if one in wanted)
    return Step(step.kind, step.round_id, ids) if ids else None


def advance(
    engine: Engine,
    round_id: int,
    *,
    settings: Settings,
    now: datetime,
    told: Callable[[Step], None] = lambda _step: None,
    do: Callable[[Step], Any] | None = None,
    wait: Collection[str] = (),
) -> list[Step]:
    """Do everything that is due, step after step, in this process; the steps that were done here.

    `do` does one step and gives None when others are at it; it is `share`. While others are at everything that is due,
    this waits for them where a step is one of `wait`, and comes back else. Of those whose machine is lost while this
    waits, the work is done here.
    """
    do = do or (lambda step: share(engine, step, settings=settings, now=now))
    done: list[Step] = []
    while steps := [step for step in due(engine, round_id, settings=settings, now=now) if step not in done]:
        before = len(done)
        for step in steps:
            told(step)
            if do(step) is not None:
                done.append(step)
        if len(done) == before:
            if not any(step.kind in wait for step in steps):
                return done
            time.sleep(PAUSE)
    mended(engine, round_id)
    return done
