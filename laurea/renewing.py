"""What holders can do for the renewal of an award: which round there is, and how they stand by what is known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from evaluators.outlook import Outlook, missing, outlooks
from evaluators.permissions import takes_applications
from laurea import statute
from laurea.store import rounds, terms
from laurea.store.terms import Call, Held
from rules.errors import RuleSetError
from rules.plan import Plan

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True)
class Ahead:
    """The round for a renewal, if one is known; whether it takes applications now; how the holder stands."""

    call: Call | None
    open: bool
    outlook: Outlook
    plan: Plan | None

    def missing(self, language: str) -> list[str]:
        """What stands in the way, in the holder's words; only what they can change."""
        return missing(self.plan, self.outlook, language) if self.plan is not None else []


def ahead(connection: Connection, grants: Sequence[Held], now: datetime) -> dict[int, Ahead]:
    """What lies ahead of each grant's renewal. Asked in sets: one plan is run over all who would apply under it.

    Where no round is known, the rules are those that the award was granted under.
    """
    found = terms.calls(connection, [(one.authority_id, one.award) for one in grants]) if grants else []
    by_plan: dict[str | int, list[Held]] = defaultdict(list)
    call_of: dict[int, tuple[Call | None, bool]] = {}
    for one in grants:
        call_of[one.id] = _next(connection, found, one, now)
        call = call_of[one.id][0]
        by_plan[call.code if call is not None else one.round_id].append(one)
    told: dict[int, Ahead] = {}
    for some in by_plan.values():
        call = call_of[some[0].id][0]
        plan = _plan(connection, call, some[0])
        rows = [one.row() | {"submitted_at": max(now, call.opens_at) if call is not None else now} for one in some]
        looks = outlooks(plan, rows) if plan is not None else [Outlook("")] * len(some)
        for one, look in zip(some, looks, strict=True):
            told[one.id] = Ahead(*call_of[one.id], look, plan)
    return told


def _next(connection: Connection, calls: Sequence[Call], one: Held, now: datetime) -> tuple[Call | None, bool]:
    """The round that takes applications for this award now, or else the first that will."""
    later = None
    for call in calls:
        if (call.authority_id, call.award) != (one.authority_id, one.award):
            continue
        if call.country and one.country and call.country != one.country:
            continue
        plan = _plan(connection, call, one)
        windows = plan is not None and any(clause.window for clause in plan.ruleset.admission)
        if takes_applications(call.opens_at, call.timetable, now, own_window=windows):
            return call, True
        if call.opens_at > now and later is None:
            later = call
    return later, False


def _plan(connection: Connection, call: Call | None, one: Held) -> Plan | None:
    """The plan of the round, or else of the one the award was granted in; None where this version cannot read it."""
    try:
        if call is not None:
            return statute.plan_for(connection, call.rule_set, call.policies, call.parameters)
        return statute.plan_of(connection, rounds.round_by_id(connection, one.round_id))
    except RuleSetError:
        return None
