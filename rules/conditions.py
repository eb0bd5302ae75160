"""Every expression of a rule set: where it stands, which names it may use there, and what it must give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rules import moments
from rules.expressions import BOOL, DATE, MOMENT, NUMBER, TEXT, Type
from rules.loader import Path
from rules.ruleset import Band, Clause, Outcome, RuleSet, Selection
from rules.scopes import (
    CALIBRATIONS,
    DAYS,
    LATE,
    LOWERS,
    METHODS,
    NOT_APPLICABLE,
    PAIRS,
    RESERVED,
    ROUND,
    ROUNDINGS,
    SETTLES,
    THIRDS,
    clause_ids,
    derived,
    fact_type,
    parameter_type,
    policy_type,
    read,
    scope,
)

__all__ = [
    "CALIBRATIONS", "DAYS", "LATE", "LOWERS", "METHODS", "NOT_APPLICABLE", "PAIRS", "RESERVED", "ROUNDINGS", "SETTLES",
    "THIRDS",
    "Condition", "clause_ids", "conditions", "derived", "fact_type", "parameter_type", "policy_type", "read", "scope",
]  # fmt: skip


@dataclass(frozen=True)
class Condition:
    """An expression and its place in the file. `wanted` None: any plain value."""

    path: Path
    text: str
    place: str
    wanted: Type | None = BOOL


def conditions(ruleset: RuleSet) -> Iterator[Condition]:
    """Every expression of the rule set, in the order of the blocks."""
    for name, one in ruleset.derived.items():
        yield Condition(("derived", name, "value"), one.value, f"derived.{name}", None)
    for block, clauses in ruleset.blocks():
        base: Path = ("rubric", "gates") if block == "rubric" else (block,)
        for number, clause in enumerate(clauses):
            yield from _of_clause(clause, (*base, number), "points" if block == "rubric" else "facts")
    yield from _of_rubric(ruleset)
    yield from _of_jury(ruleset)
    for path, chosen in ruleset.chosen():
        yield from _of_selection(path, chosen)
    yield from _of_outcomes(ruleset.outcomes, ("outcomes",), "outcomes")
    if ruleset.validity:
        for key in DAYS:
            text = getattr(ruleset.validity, key)
            if text is not None:
                yield Condition(("validity", key), text, "validity", DATE)
        for number, text in enumerate(ruleset.validity.reminders or []):
            yield Condition(("validity", "reminders", number), text, "validity", DATE)
        if ruleset.validity.withdrawn is not None:
            yield Condition(("validity", "withdrawn"), ruleset.validity.withdrawn, "validity")
    for number, milestone in enumerate(ruleset.milestones):
        yield Condition(("milestones", number, "on"), milestone.on, "validity", DATE)
        if milestone.when is not None:
            yield Condition(("milestones", number, "when"), milestone.when, "validity")
    if ruleset.appeals:
        if ruleset.appeals.lowers is not None and ruleset.appeals.lowers not in LOWERS:
            yield Condition(("appeals", "lowers"), ruleset.appeals.lowers, "constants", TEXT)
        for number, clause in enumerate(ruleset.appeals.clauses):
            yield from _of_clause(clause, ("appeals", "clauses", number), "appeals")
        yield from _of_outcomes(ruleset.appeals.outcomes, ("appeals", "outcomes"), "appeal outcomes")


def _of_outcomes(outcomes: list[Outcome], path: Path, place: str) -> Iterator[Condition]:
    for number, outcome in enumerate(outcomes):
        if outcome.when is not None:
            yield Condition((*path, number, "when"), outcome.when, place)


def _of_clause(clause: Clause, path: Path, place: str) -> Iterator[Condition]:
    if clause.require is not None:
        yield Condition((*path, "require"), clause.require, place)
    window = clause.window
    if window is not None:
        here = (*path, "window")
        if "/" not in window.zone:
            yield Condition((*here, "zone"), window.zone, "constants", TEXT)
        for key in ("opens", "closes"):
            text = getattr(window, key)
            if text is not None and moments.is_name(text):
                yield Condition((*here, key), text, "constants", None)
        if window.late not in LATE:
            yield Condition((*here, "late"), window.late, "constants", TEXT)
        if window.of != "submitted_at":
            yield Condition((*here, "of"), window.of, place, MOMENT)
    if clause.first is not None:
        here = (*path, "first")
        yield Condition((*here, "count"), clause.first.count, "constants", NUMBER)
        if clause.first.per not in ("applicant", "unit"):
            yield Condition((*here, "per"), clause.first.per, place, TEXT)
        if clause.first.period is not None:
            yield Condition((*here, "period"), clause.first.period, place, NUMBER)
        if clause.first.earlier is not None:
            yield Condition((*here, "earlier"), clause.first.earlier, place, NUMBER)


def _of_rubric(ruleset: RuleSet) -> Iterator[Condition]:
    for number, criterion in enumerate(ruleset.rubric.criteria if ruleset.rubric else []):
        here: Path = ("rubric", "criteria", number)
        for key in ("weight", "minimum", "maximum", "step"):
            text = getattr(criterion, key)
            if text is not None:
                yield Condition((*here, key), text, "constants", NUMBER)
        for step, rung in enumerate(criterion.ladder or []):
            yield Condition((*here, "ladder", step), rung, "facts")
        if criterion.computed is not None:
            yield Condition((*here, "computed"), criterion.computed, "facts", NUMBER)
        if criterion.not_applicable is not None and criterion.not_applicable not in NOT_APPLICABLE:
            yield Condition((*here, "not_applicable"), criterion.not_applicable, "constants", TEXT)


def _of_jury(ruleset: RuleSet) -> Iterator[Condition]:
    jury = ruleset.jury
    if jury is None:
        return
    yield Condition(("jury", "reviews"), jury.reviews, "constants", NUMBER)
    for key, known in (("consolidation", METHODS), ("third", THIRDS), ("equal_pairs", PAIRS)):
        text = getattr(jury, key)
        if text is not None and text not in known:
            yield Condition(("jury", key), text, "constants", TEXT)
    for key in ("experienced", "shuffle"):
        yield Condition(("jury", key), getattr(jury, key), "constants", NUMBER)
    if jury.calibration is not None and jury.calibration.use not in CALIBRATIONS:
        yield Condition(("jury", "calibration", "use"), jury.calibration.use, "constants", TEXT)
    if jury.per_institution is not None:
        yield Condition(("jury", "per_institution"), jury.per_institution, "constants", NUMBER)
    for key in ("each_end", "share"):
        text = getattr(jury.trim, key, None)
        if text is not None:
            yield Condition(("jury", "trim", key), text, "constants", NUMBER)
    for number, one in enumerate(jury.discrepancy):
        yield Condition(("jury", "discrepancy", number, "when"), one.when, "jury")
        if one.unless is not None:
            yield Condition(("jury", "discrepancy", number, "unless"), one.unless, "jury")


def _of_selection(path: Path, chosen: Selection) -> Iterator[Condition]:
    place = f"selection.{chosen.id}"
    if isinstance(chosen.group, str):
        yield Condition((*path, "group"), chosen.group, place, TEXT)
    for number, key in enumerate(chosen.group if isinstance(chosen.group, list) else []):
        yield Condition((*path, "group", number), key, place, TEXT)
    yield Condition((*path, "having"), chosen.having, place)
    for number, one in enumerate(chosen.order):
        yield Condition((*path, "order", number, "by"), one.by, place, NUMBER)
    if chosen.ties.answer not in ("in", "out"):
        yield Condition((*path, "ties", "answer"), chosen.ties.answer, "constants", TEXT)
    for name, reading in chosen.ties.readings.items():
        here: Path = (*path, "ties", "readings", name)
        if isinstance(reading, list):
            for number, one in enumerate(reading):
                yield Condition((*here, number, "by"), one.by, place, NUMBER)
        elif not isinstance(reading, str):
            yield Condition((*here, "by"), reading.by, place, NUMBER)
    yield from _of_quota(path, chosen, place)
    yield from _of_band((*path, "band"), chosen.band, place)


def _of_quota(path: Path, chosen: Selection, place: str) -> Iterator[Condition]:
    for number, one in enumerate(chosen.places or []):
        yield Condition((*path, "places", number, "count"), one.count, "constants", NUMBER)
    if chosen.quota is None:
        return
    for key in ("count", "share", "limit", "minimum"):
        text = getattr(chosen.quota, key)
        if text is not None:
            yield Condition((*path, "quota", key), text, "constants", NUMBER)
    if chosen.quota.rounding is not None and chosen.quota.rounding not in ROUNDINGS:
        yield Condition((*path, "quota", "rounding"), chosen.quota.rounding, "constants", TEXT)
    if chosen.quota.sum is not None:
        yield Condition((*path, "quota", "sum"), chosen.quota.sum, place, NUMBER)
    if chosen.quota.base is not None:
        yield Condition((*path, "quota", "base"), chosen.quota.base, place)


def _of_band(path: Path, band: Band | None, place: str) -> Iterator[Condition]:
    if band is None:
        return
    if band.settle not in SETTLES:
        yield Condition((*path, "settle"), band.settle, "constants", TEXT)
    for key in ("sure", "within", "reviews"):
        text = getattr(band, key)
        if text is not None:
            yield Condition((*path, key), text, "constants", NUMBER)
    if band.seed is not None and band.seed != ROUND:
        yield Condition((*path, "seed"), band.seed, "constants", NUMBER)
    for number, one in enumerate(band.order or []):
        yield Condition((*path, "order", number, "by"), one.by, place, NUMBER)
