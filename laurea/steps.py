"""What a round needs next. The records are looked at, never a memory of what ran before.

`due` names the steps; `perform` does one. The clock does them as Prefect tasks, `advance` in this process:
both bring the same result, and doing a step again changes nothing that was done. A step that fails is kept with its
reason until it succeeds or is no longer due.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from evaluators.deliberation import Waits
from laurea import deliberation, ledger, statute
from laurea.actions import freeze, gather, route, screen, settle, third_review
from laurea.errors import LaureaError
from laurea.settings import Settings
from laurea.store import applications, failures, juries, plans, rounds
from laurea.store.engine import reading, trouble, writing

GATHER, SCREEN, ROUTE, THIRD, SETTLE = "gather", "screen", "route", "third_review", "settle"
FREEZE = "freeze"


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
        owed = {what for _, what in deliberation.waiting(connection, round_id, plan).values()}
        further = owed & {*deliberation.FURTHER}
        if further and not record.routed_by_hand:
            asked.append(Step(THIRD, round_id))
        if asked or unrouted or further or owed & {Waits.JOINT, Waits.POLICY}:
            return asked
        if juries.open_by_juror(connection, round_id) or deliberation.uncorrected(connection, round_id, plan):
            return []
        return settle


def perform(engine: Engine, step: Step, *, settings: Settings, now: datetime) -> dict[str, Any]:
    """Do one step; what it did, in figures. Where it fails, that and why is kept, and the error goes on."""
    deeds: dict[str, Callable[[], Any]] = {
        GATHER: lambda: gather.gather(engine, step.round_id, step.ids, addresses=settings.sources, now=now),
        FREEZE: lambda: freeze.freeze(engine, step.round_id, settings=settings, now=now),
        SCREEN: lambda: screen.screen(engine, step.round_id, settings=settings, now=now),
        ROUTE: lambda: route.route(engine, step.round_id, settings=settings, now=now),
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


def mended(
    engine: Engine, round_id: int, kinds: Collection[str] = (FREEZE, GATHER, SCREEN, ROUTE, THIRD, SETTLE)
) -> None:
    """These steps of a round were done, or are no longer due: what is kept of their failures goes."""
    with reading(engine) as connection:
        failed = [one.step for one in failures.of_round(connection, round_id) if one.step in kinds]
    if failed:
        with writing(engine) as connection:
            failures.mended(connection, round_id, failed)


def advance(
    engine: Engine,
    round_id: int,
    *,
    settings: Settings,
    now: datetime,
    told: Callable[[Step], None] = lambda _step: None,
) -> list[Step]:
    """Do everything that is due, step after step, in this process; the steps that were done."""
    done: list[Step] = []
    while steps := [step for step in due(engine, round_id, settings=settings, now=now) if step not in done]:
        for step in steps:
            told(step)
            perform(engine, step, settings=settings, now=now)
            done.append(step)
    mended(engine, round_id)
    return done
