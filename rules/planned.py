"""The parts of a compiled rule set, as evaluators run them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeVar

import polars as pl

from rules.compiler import ChildPlan
from rules.juries import ResolvedJury
from rules.ruleset import Band, Calibration, Clause, Discrepancy, Milestone, Outcome, Place, RuleSet, Selection
from rules.terms import ResolvedRubric
from rules.values import Num, Val, Value

_Found = TypeVar("_Found")
Demand = Clause | Selection | Place | Discrepancy | Calibration | Band


@dataclass(frozen=True)
class PlannedClause:
    """One clause ready to run. `value` is true, false or null; `open` are the unanswered policies it touches.

    `late`: whether the moment came after a window whose late ones go to the next round. `parts`: the clauses whose
    truth together is this one's (the places of a selection).
    """

    id: str
    block: str
    source: Demand
    value: pl.Expr
    open: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    measured: Num | Val | None = None
    threshold: Num | Val | None = None
    operator: str | None = None
    first_in_order: bool = False
    late: pl.Expr | None = None
    parts: tuple[str, ...] = ()

    def beside(self, sides: tuple[Value, Value, str] | None) -> PlannedClause:
        """The clause with what was measured, against what, and how; None: it is no comparison."""
        if sides is None:
            return self
        measured, threshold, operator = sides
        assert isinstance(measured, Num | Val)
        assert isinstance(threshold, Num | Val)
        return replace(self, measured=measured, threshold=threshold, operator=operator)


@dataclass(frozen=True)
class PlannedKey:
    """One key of a ranking."""

    by: Num
    highest: bool
    facts: tuple[str, ...]


@dataclass(frozen=True)
class PlannedBand:
    """What becomes of those around the cut line who cannot be told apart.

    `settle`: none, third_review, tie_break or lot; None: a policy is open. One of `sure` (a probability) and `within`
    (of the first key) says who is in it. `reviews`: for how many one more is asked. `seed` of a lot: None is the
    round's own. `open` are the unanswered policies that what is settled here rests on.
    """

    id: str
    settle: str | None
    sure: Fraction | None
    within: Fraction | None
    reviews: int
    keys: tuple[PlannedKey, ...]
    seed: int | None
    open: tuple[str, ...]

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts its keys ask for."""
        return tuple(dict.fromkeys(name for key in self.keys for name in key.facts))


@dataclass(frozen=True)
class PlannedSelection:
    """Who competes, how they are ordered and how many are chosen.

    `tie`: in, out, None (a policy is open), or further keys in turn. `rounding` None: a policy is open. `sum` and
    `limit` instead of a count or share: as far as the sum goes. `also_open`: open policies of the selections this one
    asks for. `band`: what is settled around the cut line otherwise than by the order.
    """

    id: str
    group: pl.Expr | None
    having: pl.Expr
    order: tuple[PlannedKey, ...]
    tie: str | tuple[PlannedKey, ...] | None
    base: pl.Expr
    count: Fraction | None
    share: Fraction | None
    rounding: str | None
    minimum: Fraction
    quota_open: bool
    facts: tuple[str, ...]
    open: tuple[str, ...]
    clauses: tuple[str, ...]
    sum: Num | None = None
    limit: Fraction | None = None
    also_open: tuple[str, ...] = ()
    band: PlannedBand | None = None

    @property
    def keys(self) -> tuple[PlannedKey, ...]:
        """All keys of the ranking, those of the tie rule last."""
        return self.order + (self.tie if isinstance(self.tie, tuple) else ())

    @property
    def tie_facts(self) -> tuple[str, ...]:
        """The facts that later keys ask for; they matter only among equals."""
        inside = self.band.keys if self.band is not None else ()
        return tuple(dict.fromkeys(name for key in (*self.keys[1:], *inside) for name in key.facts))


@dataclass(frozen=True)
class PlannedOutcome:
    """One outcome and the clauses its condition rests on."""

    id: str
    model: Outcome
    value: pl.Expr
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class PlannedValidity:
    """When what is granted begins and ends; `open` are unanswered policies it rests on.

    `days` holds all days by name, in the order they are worked out; `facts` what they ask of an application.
    `reminders` None: the rules name no days for them.
    """

    starts: pl.Expr
    until: pl.Expr | None
    renewal_opens: pl.Expr | None
    open: tuple[str, ...]
    days: Mapping[str, pl.Expr] = field(default_factory=dict)
    withdrawn: pl.Expr | None = None
    facts: tuple[str, ...] = ()
    reminders: tuple[pl.Expr, ...] | None = None


@dataclass(frozen=True)
class PlannedMilestone:
    """A day that follows from others; `when` null: whether it applies is not known."""

    id: str
    model: Milestone
    on: pl.Expr
    when: pl.Expr | None
    open: tuple[str, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """A compiled rule set. `clauses` are (id, block) in order; `point_unit` is the denominator of all points.

    `selection` is the first of `selections`. `sheets` is what the discrepancy rules compute of the jurors' sheets.
    `appeal` is the plan of the appeals' own proceeding. `unruled` are open policies without
    which marks that are in do not become points.
    """

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
    selections: tuple[PlannedSelection, ...] = ()
    sheets: Mapping[str, ChildPlan] = field(default_factory=dict)
    milestones: tuple[PlannedMilestone, ...] = ()
    appeal: Plan | None = None
    unruled: tuple[str, ...] = ()

    @cached_property
    def asks_at_line(self) -> bool:
        """Whether one more review may be asked of applications that cannot be told apart at a cut line."""
        return any(one.band is not None and one.band.settle == "third_review" for one in self.selections)

    @cached_property
    def advice(self) -> frozenset[str]:
        """Clauses that stop nobody."""
        return frozenset(clause.id for _, clauses in self.ruleset.blocks() for clause in clauses if clause.advice)

    @cached_property
    def _worked_out(self) -> dict[Hashable, Any]:
        return {}

    def once(self, what: Hashable, work: Callable[[], _Found]) -> _Found:
        """What follows from the plan alone, worked out the first time it is asked for; `what` names it.

        Writing the expressions takes longer than one application does under them.
        """
        kept = self._worked_out
        if what not in kept:
            kept[what] = work()
        found: _Found = kept[what]
        return found
