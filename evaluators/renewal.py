"""What is due about an award with a term: from its days, from what its holder was told, and a day.

A term becomes a schedule of steps, each with the first day on which it may be told and the last on which telling makes
sense. The clock asks every day what is due, however many days it missed: a step that is over is passed by, of two
reminders only the newer is sent, and nobody gets two letters about one award on one day.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from evaluators.validity import Term

LADDER = (90, 30, 7)
"""Days before the end on which the house reminds where the rules name no days of their own."""
APART = timedelta(days=14)
"""The house sends no reminder of its own so soon after the letter that the renewal opened."""
NOTICE = timedelta(days=30)
"""How long before a milestone its holder is told of it."""
DAY = timedelta(days=1)


class Kind(StrEnum):
    """What a step is about, in the order in which two of one day are told."""

    LAPSE = "lapse"  # the term, and any grace period, is over
    GRACE = "grace"  # the term is over, a grace period runs
    RENEWAL = "renewal"  # one can apply for the renewal
    REMINDER = "reminder"  # the term ends soon
    MILESTONE = "milestone"  # a day the rules name for the holder
    OFFICE = "office"  # a day the rules name for the office: it stands in the calendar, nobody is told


_ORDER = {kind: place for place, kind in enumerate(Kind)}


class How(StrEnum):
    """What became of a step."""

    OPEN = ""
    TOLD = "told"
    OVER = "over"  # its last day passed, or a later one took its place
    APPLIED = "applied"  # the holder had applied for the renewal, or holds it


@dataclass(frozen=True)
class Step:
    """One step about one award: `day` is what it is about, `due_on` when it may first be told, `last` when last.

    `name` is the milestone, or the place of a reminder on its ladder. `last` None: it is never too late.
    """

    kind: Kind
    name: str
    day: date
    due_on: date
    last: date | None = None
    how: How = How.OPEN


@dataclass(frozen=True)
class Holding:
    """What is known of a holder on a day: since when they were told something, and of the award that follows.

    `told_on` is the day of the last letter about it; `applied`: an application for the renewal is in; `renewed`: the
    award that follows is held.
    """

    told_on: date | None = None
    applied: bool = False
    renewed: bool = False


@dataclass(frozen=True)
class Due:
    """What a day brings for one award: the step that is told (`silent`: that happens without a letter), and those that
    are closed without a word, with why.
    """

    step: Step | None
    silent: bool = False
    closed: tuple[tuple[Step, How], ...] = ()


def schedule(term: Term, for_office: Collection[str] = ()) -> tuple[Step, ...]:
    """The steps of a term, in the order of their days. `for_office` names milestones that no holder is told of."""
    steps = [_milestone(term, name, day, name in for_office) for name, day in term.milestones.items()]
    if term.valid_until is not None:
        steps += _ending(term, term.valid_until)
    kept = [one for one in steps if one.last is None or one.last >= one.due_on]
    return tuple(sorted(kept, key=lambda one: (one.due_on, _ORDER[one.kind], one.name)))


def _ending(term: Term, until: date) -> list[Step]:
    kept_until = max(until, term.grace_until or until)
    closes = min(until, term.renewal_closes or until)
    steps = [Step(Kind.LAPSE, "", kept_until, kept_until + DAY)]
    if kept_until > until:
        steps.append(Step(Kind.GRACE, "", kept_until, until + DAY, kept_until))
    opens = term.renewal_opens
    if opens is not None and term.valid_from < opens:  # what opens with the award itself is no news
        steps.append(Step(Kind.RENEWAL, "", opens, opens, closes))
    for place, day in enumerate(_reminders(term, until, closes)):
        steps.append(Step(Kind.REMINDER, str(place), day, day, min(closes, until - DAY)))
    return steps


def _reminders(term: Term, until: date, closes: date) -> list[date]:
    """The days of the ladder on which there is something to remind of."""
    if term.reminders is not None:
        days, after = sorted(term.reminders), term.valid_from
    else:
        opened = term.renewal_opens
        days = [until - timedelta(days=before) for before in LADDER]
        after = max(term.valid_from, opened + APART) if opened is not None else term.valid_from
    return [day for day in dict.fromkeys(days) if after < day <= closes and day != term.renewal_opens]


def _milestone(term: Term, name: str, day: date, for_office: bool) -> Step:
    if for_office:
        return Step(Kind.OFFICE, name, day, day, day)
    kept_until = max(filter(None, (term.valid_until, term.grace_until)), default=day)
    return Step(Kind.MILESTONE, name, day, max(day - NOTICE, term.valid_from + DAY), min(day, kept_until))


def due(steps: Sequence[Step], today: date, holding: Holding) -> Due:
    """What is due today of the open steps of one award.

    The end of a term waits for nothing: it closes every other step. Otherwise one letter a day: what is told only
    today goes first, then what has waited longest.
    """
    waiting = [one for one in steps if one.how is How.OPEN and one.kind is not Kind.OFFICE]
    lapse = next((one for one in waiting if one.kind is Kind.LAPSE and one.due_on <= today), None)
    if lapse is not None:
        others = [(one, How.OVER) for one in steps if one.how is How.OPEN and one is not lapse]
        return Due(lapse, silent=holding.renewed, closed=tuple(others))
    closed: list[tuple[Step, How]] = []
    ready: list[Step] = []
    newest = max((one.due_on for one in waiting if one.kind is Kind.REMINDER and one.due_on <= today), default=None)
    for one in waiting:
        if one.last is not None and one.last < today:
            closed.append((one, How.OVER))
        elif one.due_on <= today:
            if one.kind is not Kind.MILESTONE and (holding.applied or holding.renewed):
                closed.append((one, How.APPLIED))
            elif one.kind is Kind.REMINDER and one.due_on != newest:
                closed.append((one, How.OVER))
            else:
                ready.append(one)
    if holding.told_on is not None and holding.told_on >= today:
        ready = []
    ready.sort(key=lambda one: (one.last is None or one.last > today, one.due_on, _ORDER[one.kind], one.name))
    return Due(ready[0] if ready else None, closed=tuple(closed))


def redated(before: Sequence[Step], after: Sequence[Step]) -> tuple[Step, ...]:
    """The schedule that takes the place of another by a decision.

    A step about the same day as before stays told; one about another day is open again.
    """
    known: Mapping[tuple[Kind, str], Step] = {(one.kind, one.name): one for one in before}
    found = []
    for one in after:
        old = known.get((one.kind, one.name))
        found.append(replace(one, how=old.how) if old is not None and old.day == one.day else one)
    return tuple(found)
