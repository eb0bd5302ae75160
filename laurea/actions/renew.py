"""Look after awards with a term, every day: holders told what is due, and what has lapsed marked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from evaluators import renewal
from evaluators.renewal import How, Kind, Step
from laurea import ledger, letters, renewing, statute, term_letters
from laurea.settings import Settings
from laurea.store import rounds, terms
from laurea.store.batches import batches
from laurea.store.engine import reading, writing
from laurea.store.terms import Held
from notifications.compose import Letter
from rules.errors import RuleSetError
from rules.plan import Plan

EVENTS = {
    Kind.RENEWAL: ledger.Event.RENEWAL_OPENED,
    Kind.REMINDER: ledger.Event.HOLDERS_REMINDED,
    Kind.GRACE: ledger.Event.GRACE_BEGAN,
    Kind.MILESTONE: ledger.Event.MILESTONE_TOLD,
    Kind.LAPSE: ledger.Event.GRANT_LAPSED,
}
ASKS_AHEAD = (Kind.RENEWAL, Kind.REMINDER, Kind.GRACE)


@dataclass(frozen=True)
class Told:
    """One step that is due about one award; `silent`: it happens without a letter."""

    grant: Held
    step: Step
    number: int  # of the step in the records
    silent: bool


@dataclass(frozen=True)
class Renewals:
    """What a day brings: the steps that are told, and how many are closed without a word."""

    told: tuple[Told, ...]
    closed: int

    def of(self, kind: Kind) -> tuple[Told, ...]:
        """Those of one kind."""
        return tuple(one for one in self.told if one.step.kind is kind)


@dataclass(frozen=True)
class _Found:
    told: tuple[Told, ...]
    closed: Mapping[How, Sequence[int]]


def waiting(engine: Engine, now: datetime) -> bool:
    """Whether anything may be due: one question, for the clock."""
    with reading(engine) as connection:
        return bool(terms.due(connection, _today(connection, None, now)))


def due(engine: Engine, as_of: date | None, now: datetime) -> Renewals:
    """What `renew` would do; nothing is written. `as_of` None: on each authority's own day at `now`."""
    with reading(engine) as connection:
        today = _today(connection, as_of, now)
        found = [_look(connection, some, today) for some in batches(terms.due(connection, today))]
    return _summed(found)


def renew(engine: Engine, *, as_of: date | None, settings: Settings, now: datetime) -> Renewals:
    """Do what is due: a step is told once, whoever runs this and however often; a killed run goes on with the rest.

    `as_of` None: on each authority's own day at `now`.
    """
    with reading(engine) as connection:
        today = _today(connection, as_of, now)
        ripe = terms.due(connection, today)
    return _summed([_turn(engine, some, today, settings, now) for some in batches(ripe)])


def _today(connection: Connection, as_of: date | None, now: datetime) -> dict[int, date]:
    """The day it is for each authority."""
    found = rounds.authorities(connection)
    return {one.id: as_of or now.astimezone(ZoneInfo(one.timezone)).date() for one in found}


def _look(connection: Connection, ids: Sequence[int], today: Mapping[int, date]) -> _Found:
    """What is due about some grants."""
    grants, schedules = terms.held(connection, ids), terms.steps(connection, ids)
    known = terms.holdings(connection, grants)
    told: list[Told] = []
    closed: dict[How, list[int]] = defaultdict(list)
    for one in grants:
        numbers = {step: number for number, step in schedules[one.id]}
        found = renewal.due(list(numbers), today[one.authority_id], known[one.id])
        for step, how in found.closed:
            closed[how].append(numbers[step])
        if found.step is not None:
            told.append(Told(one, found.step, numbers[found.step], found.silent))
    return _Found(tuple(told), closed)


def _turn(engine: Engine, ids: Sequence[int], today: Mapping[int, date], settings: Settings, now: datetime) -> _Found:
    """One batch in one transaction."""
    with reading(engine) as connection:
        found = _look(connection, ids, today)
        if not found.told and not found.closed:
            return found
        post = _letters(connection, found.told, today, settings, now)
    with writing(engine) as connection:
        again = _look(connection, sorted(terms.standing(connection, ids)), today)  # withdrawn or dated anew meanwhile
        told = [one for one in found.told if one in again.told]
        wanted = {how: list(numbers) for how, numbers in again.closed.items()}
        for one in told:
            wanted.setdefault(How.APPLIED if one.silent else How.TOLD, []).append(one.number)
        done = terms.close(connection, wanted, now)
        mine = tuple(one for one in told if one.number in done)
        _write(connection, mine, post, today, now)
    return _Found(mine, {how: [n for n in numbers if n in done] for how, numbers in again.closed.items()})


def _letters(
    connection: Connection, told: Sequence[Told], today: Mapping[int, date], settings: Settings, now: datetime
) -> dict[int, Letter]:
    """The letters of steps, by the number of the step."""
    loud = [one for one in told if not one.silent]
    desks: dict[int, letters.Desk] = {}
    plans: dict[int, Plan | None] = {}
    for round_id in {one.grant.round_id for one in loud}:
        record = rounds.round_by_id(connection, round_id)
        desks[round_id] = letters.Desk.of(connection, record, settings, now)
        try:
            plans[round_id] = statute.plan_of(connection, record)
        except RuleSetError:
            plans[round_id] = None
    ahead = renewing.ahead(connection, [one.grant for one in loud if one.step.kind in ASKS_AHEAD], now)
    return {
        one.number: term_letters.of_step(
            desks[one.grant.round_id], one.grant, one.step, today[one.grant.authority_id], plans[one.grant.round_id],
            ahead.get(one.grant.id),
        )
        for one in loud
    }  # fmt: skip


def _write(
    connection: Connection, told: Sequence[Told], post: Mapping[int, Letter], today: Mapping[int, date], now: datetime
) -> None:
    """Letters, marks and audit lines of the steps that this run closed."""
    marks: dict[tuple[str, object], list[int]] = defaultdict(list)
    lines: dict[tuple[int, int, Kind], list[Told]] = defaultdict(list)
    for one in told:
        if one.step.kind is Kind.LAPSE:
            marks["lapsed_at", now].append(one.grant.id)
        if one.step.kind is Kind.RENEWAL:
            marks["renewed_at", now].append(one.grant.id)
        if not one.silent:
            marks["told_on", today[one.grant.authority_id]].append(one.grant.id)
        lines[one.grant.authority_id, one.grant.round_id, one.step.kind].append(one)
    for (column, value), ids in marks.items():
        terms.mark(connection, ids, **{column: value})
    ledger.hold(connection, [(authority_id, round_id) for authority_id, round_id, _ in lines])
    for (authority_id, round_id, kind), some in lines.items():
        mine = [post[one.number] for one in some if one.number in post]
        ledger.post(connection, mine, authority_id=authority_id, round_id=round_id, now=now)
        ledger.record(
            connection,
            authority_id=authority_id,
            round_id=round_id,
            actor=ledger.CLOCK,
            event=EVENTS[kind],
            subject=f"round:{round_id}",
            now=now,
            details={"grants": len(some), "letters": len(mine)},
        )


def _summed(found: Sequence[_Found]) -> Renewals:
    told = tuple(one for part in found for one in part.told)
    return Renewals(told, sum(len(numbers) for part in found for numbers in part.closed.values()))
