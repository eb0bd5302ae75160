"""Awards out of every rule set that names days, and a clock that goes over them day after day."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from evaluators import cases, validity
from evaluators.facts import to_frames
from evaluators.renewal import Holding, How, Kind, Step, due, schedule
from evaluators.validity import Term
from rules import library
from rules.library import cases_file, editions, named
from rules.plan import Plan

ONE = timedelta(days=1)
FIRST = date(2016, 1, 1)
LEAP_DAY = date(2024, 2, 29)
SPAN = 3653  # days: ten years


def plans() -> dict[str, list[tuple[Plan, dict[str, Any]]]]:
    """Every rule set that says something of days, under answers to what it leaves open, with the papers of a case."""
    found: dict[str, list[tuple[Plan, dict[str, Any]]]] = defaultdict(list)
    for key in editions():
        ruleset = named(str(key))
        if ruleset.validity is None or not (ruleset.validity.until or ruleset.milestones):
            continue
        book = cases.read(library.worked(cases_file(str(key))))
        for place in range(2):
            mine = {
                name: list(one.options)[place % len(one.options)]
                for name, one in ruleset.policies.items()
                if one.type == "choice"
            }
            case = book.cases[place]
            made = cases.prepare(ruleset, book, case.model_copy(update={"policies": case.policies | mine}))
            if made.plan.validity is not None and not made.plan.validity.open:
                found[str(key)].append((made.plan, made.rows[0]))
    return found


def terms(count: int, seed: int = 1) -> list[tuple[str, Term, frozenset[str]]]:
    """So many awards, as many of each rule set, granted on days spread over ten years."""
    rng, made = random.Random(seed), plans()
    found: list[tuple[str, Term, frozenset[str]]] = []
    each = -(-count // len(made))
    for key in sorted(made):
        for number, (plan, row) in enumerate(made[key]):
            n = each // len(made[key]) + (number < each % len(made[key]))
            days = [LEAP_DAY, *(FIRST + rng.randrange(SPAN - 400) * ONE for _ in range(n - 1))][:n]
            first = _terms(plan, row, days)
            for place, term in enumerate(first):
                if term.valid_until is not None and term.valid_until <= term.valid_from:
                    days[place] = term.valid_until - rng.randrange(20, 500) * ONE  # a named period: granted within it
            office = frozenset(one.id for one in plan.milestones if one.model.tells == "office")
            found += [(key, term, office) for term in _terms(plan, row, days)]
    return found[:count]


def _terms(plan: Plan, row: dict[str, Any], days: list[date]) -> list[Term]:
    rows = [row | {"application_id": str(number)} for number in range(len(days))]
    return validity.each(plan, to_frames(plan.ruleset, rows), days)


@dataclass
class Award:
    """One award under the clock: its schedule, and what it has said."""

    steps: list[Step]
    told_on: date | None = None
    lapsed_on: date | None = None
    said: list[tuple[date, Step]] = field(default_factory=list)

    def turn(self, today: date, applied: bool = False) -> None:
        """The clock's deed on a day, as the house does it."""
        found = due(self.steps, today, Holding(self.told_on, applied))
        how = dict(found.closed)
        if found.step is not None:
            how[found.step] = How.TOLD
            self.said.append((today, found.step))
            self.told_on = today
            if found.step.kind is Kind.LAPSE:
                self.lapsed_on = today
        if how:
            self.steps = [replace(one, how=how.get(one, one.how)) for one in self.steps]


def awards(found: Iterable[tuple[str, Term, frozenset[str]]]) -> list[Award]:
    """Awards as they are when they have just been released."""
    return [Award(list(schedule(term, office)), told_on=term.valid_from) for _, term, office in found]


def run(some: list[Award], days: Iterable[date]) -> None:
    """The clock over some days; as the house does, it looks only at awards about which something may be due."""
    waiting: dict[date, list[Award]] = defaultdict(list)

    def wait(one: Award, after: date) -> None:
        ahead = [s.due_on for s in one.steps if s.how is How.OPEN and s.kind is not Kind.OFFICE]
        if ahead:
            waiting[max(min(ahead), after)].append(one)

    for one in some:
        wait(one, date.min)
    for today in days:
        ripe = [day for day in waiting if day <= today]
        for day in ripe:
            for one in waiting.pop(day):
                one.turn(today)
                wait(one, today + ONE)
