"""The parts of a compiled rule set, as evaluators run them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from rules.compiler import ChildPlan
from rules.ruleset import Clause, Outcome, RuleSet, Selection
from rules.terms import ResolvedJury, ResolvedRubric
from rules.values import Num, Val


@dataclass(frozen=True)
class PlannedClause:
    """One clause ready to run. `value` is true, false or null; `open` are the unanswered policies it touches."""

    id: str
    block: str
    source: Clause | Selection
    value: pl.Expr
    open: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    measured: Num | Val | None = None
    threshold: Num | Val | None = None
    operator: str | None = None
    first_in_order: bool = False


@dataclass(frozen=True)
class PlannedKey:
    """One key of a ranking."""

    by: Num
    highest: bool
    facts: tuple[str, ...]


@dataclass(frozen=True)
class PlannedSelection:
    """Who competes, how they are ordered and how many are chosen. `tie`: in, out, a further key, or None (open)."""

    id: str
    group: pl.Expr | None
    having: pl.Expr
    order: tuple[PlannedKey, ...]
    tie: str | PlannedKey | None
    base: pl.Expr
    count: Fraction | None
    share: Fraction | None
    rounding: str
    minimum: Fraction
    quota_open: bool
    facts: tuple[str, ...]
    open: tuple[str, ...]
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class PlannedOutcome:
    """One outcome and the clauses its condition rests on."""

    id: str
    model: Outcome
    value: pl.Expr
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class PlannedValidity:
    """When what is granted begins and ends; `open` are unanswered policies it rests on."""

    starts: pl.Expr
    until: pl.Expr | None
    renewal_opens: pl.Expr | None
    open: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """A compiled rule set. `clauses` are (id, block) in order; `point_unit` is the denominator of all points."""

    ruleset: RuleSet
    policies: Mapping[str, str]
    parameters: Mapping[str, str]
    unanswered: tuple[str, ...]
    jury: ResolvedJury | None
    rubric: ResolvedRubric | None
    point_unit: int
    clauses: tuple[tuple[str, str], ...]
    planned: tuple[PlannedClause, ...]
    children: Mapping[str, ChildPlan]
    total: Num | None
    selection: PlannedSelection | None
    outcomes: tuple[PlannedOutcome, ...]
    validity: PlannedValidity | None
