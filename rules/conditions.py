"""Every expression of a rule set: where it stands, which names it may use there, and what it must give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rules.expressions import BOOL, DATE, KINDS, MOMENT, NUMBER, TEXT, Scope, Type
from rules.loader import Path
from rules.ruleset import Clause, Parameter, Policy, RuleSet

RESERVED = (
    "policy",
    "points",
    "clause",
    "total",
    "submitted_at",
    "country",
    "awarded_on",
    "until",
    "in",
    "true",
    "false",
)


@dataclass(frozen=True)
class Condition:
    """An expression and its place in the file. `wanted` None: any plain value."""

    path: Path
    text: str
    place: str
    wanted: Type | None = BOOL


def clause_ids(ruleset: RuleSet) -> list[tuple[str, str]]:
    """All clauses in order of evaluation, as (id, block)."""
    found = [(clause.id, block) for block, clauses in ruleset.blocks() for clause in clauses]
    if ruleset.selection:
        found.append((ruleset.selection.id, "selection"))
    return found


def parameter_type(parameter: Parameter) -> Type:
    """The type a parameter has in conditions."""
    return Type("list", item=TEXT) if parameter.type == "list" else KINDS[parameter.type]


def policy_type(policy: Policy) -> Type:
    """The type the answer to a policy has in conditions."""
    return Type("text", options=tuple(policy.options)) if policy.type == "choice" else KINDS[policy.type]


def scope(ruleset: RuleSet, place: str) -> Scope:
    """The names that can be used in one kind of place."""
    names: dict[str, Type] = {f"policy.{name}": policy_type(policy) for name, policy in ruleset.policies.items()}
    names |= {name: parameter_type(parameter) for name, parameter in ruleset.parameters.items()}
    fixed = frozenset(names)
    if place == "constants":
        return Scope(names, "in a constant", fixed)
    if place == "validity":
        return Scope(names | {"awarded_on": DATE, "until": DATE}, "in validity", fixed)
    blocks = dict.fromkeys(("admission", "eligibility", "gates"), BOOL)
    clauses = {f"clause.{name}": BOOL for name, _ in clause_ids(ruleset)}
    if place == "outcomes":
        return Scope(clauses | blocks | ({"selected": BOOL} if ruleset.selection else {}), "in an outcome", fixed)
    for name, fact in ruleset.facts.items():
        fields = {key: KINDS[item.type] for key, item in fact.fields.items()}
        names[name] = Type("list", fields=fields) if fact.type == "list" else KINDS[fact.type]
    names |= {"submitted_at": MOMENT, "country": TEXT}
    if place == "facts":
        return Scope(names, "in admission and eligibility", fixed)
    if ruleset.rubric:
        names |= {f"points.{criterion.id}": NUMBER for criterion in ruleset.rubric.criteria} | {"total": NUMBER}
    if place == "points":
        return Scope(names, "in a gate", fixed)
    if ruleset.selection:
        clauses.pop(f"clause.{ruleset.selection.id}", None)
    return Scope(names | clauses | blocks, "in the selection", fixed)


def conditions(ruleset: RuleSet) -> Iterator[Condition]:
    """Every expression of the rule set, in the order of the blocks."""
    for block, clauses in ruleset.blocks():
        base: Path = ("rubric", "gates") if block == "rubric" else (block,)
        for number, clause in enumerate(clauses):
            yield from _of_clause(clause, (*base, number), "points" if block == "rubric" else "facts")
    if ruleset.rubric:
        for number, criterion in enumerate(ruleset.rubric.criteria):
            for key in ("weight", "minimum", "maximum", "step"):
                text = getattr(criterion, key)
                if text is not None:
                    yield Condition(("rubric", "criteria", number, key), text, "constants", NUMBER)
    if ruleset.jury:
        yield Condition(("jury", "reviews"), ruleset.jury.reviews, "constants", NUMBER)
        if ruleset.jury.consolidation not in METHODS:
            yield Condition(("jury", "consolidation"), ruleset.jury.consolidation, "constants", TEXT)
        yield Condition(("jury", "experienced"), ruleset.jury.experienced, "constants", NUMBER)
    yield from _of_selection(ruleset)
    for number, outcome in enumerate(ruleset.outcomes):
        if outcome.when is not None:
            yield Condition(("outcomes", number, "when"), outcome.when, "outcomes")
    if ruleset.validity:
        for key in ("starts", "until", "renewal_opens"):
            text = getattr(ruleset.validity, key)
            if text is not None:
                yield Condition(("validity", key), text, "validity", DATE)


METHODS = ("mean", "median", "sum")


def _of_clause(clause: Clause, path: Path, place: str) -> Iterator[Condition]:
    if clause.require is not None:
        yield Condition((*path, "require"), clause.require, place)
    if clause.window is not None and "/" not in clause.window.zone:
        yield Condition((*path, "window", "zone"), clause.window.zone, "constants", TEXT)
    if clause.first is not None:
        yield Condition((*path, "first", "count"), clause.first.count, "constants", NUMBER)
        if clause.first.period is not None:
            yield Condition((*path, "first", "period"), clause.first.period, place, NUMBER)
        if clause.first.earlier is not None:
            yield Condition((*path, "first", "earlier"), clause.first.earlier, place, NUMBER)


def _of_selection(ruleset: RuleSet) -> Iterator[Condition]:
    chosen = ruleset.selection
    if chosen is None:
        return
    if chosen.group is not None:
        yield Condition(("selection", "group"), chosen.group, "selection", TEXT)
    yield Condition(("selection", "having"), chosen.having, "selection")
    for number, one in enumerate(chosen.order):
        yield Condition(("selection", "order", number, "by"), one.by, "selection", NUMBER)
    if chosen.ties.answer not in ("in", "out"):
        yield Condition(("selection", "ties", "answer"), chosen.ties.answer, "constants", TEXT)
    for name, reading in chosen.ties.readings.items():
        if not isinstance(reading, str):
            yield Condition(("selection", "ties", "readings", name, "by"), reading.by, "selection", NUMBER)
    for key in ("count", "share", "minimum"):
        text = getattr(chosen.quota, key)
        if text is not None:
            yield Condition(("selection", "quota", key), text, "constants", NUMBER)
    if chosen.quota.base is not None:
        yield Condition(("selection", "quota", "base"), chosen.quota.base, "selection")
