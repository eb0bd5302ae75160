"""What is left open, why, and what would settle it.

An outcome that may still come about keeps the later ones open. An open application says whether a policy, a fact or
a score is missing, and exactly which facts would settle it.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from evaluators.facts import Frames
from rules.plan import Plan, PlannedClause, PlannedKey

COMPETITORS = "competitors"
FACTS, POINTS, POLICY = 2, 3, 4


def reasons(plan: Plan, table: pl.DataFrame, frames: Frames) -> pl.DataFrame:
    """Adds `absent.<fact>` for every fact a clause uses, and `because`: why a competitor is not fully known."""
    names = {name for clause in plan.planned for name in clause.facts}
    names |= set(_tie_facts(plan))
    table = table.with_columns(_absent(name, frames).alias(f"absent.{name}") for name in sorted(names))
    if plan.selection is None:
        return table
    mine = [clause for clause in plan.planned if clause.id in plan.selection.clauses]
    policy = _any(pl.col(f"clause.{clause.id}") == 4 for clause in mine)
    if plan.selection.open:
        policy = pl.lit(True)
    facts = _any(
        [*(_for_facts(clause) for clause in mine), *(pl.col(f"absent.{name}") for name in plan.selection.facts)]
    )
    by_points = next(clause for clause in plan.planned if clause.block == "selection").points
    rest = POINTS if by_points or any(clause.points for clause in mine) else FACTS
    return table.with_columns(
        because=pl.when(policy).then(POLICY).when(facts).then(FACTS).otherwise(rest).cast(pl.Int8)
    )


def weigh(plan: Plan, table: pl.DataFrame) -> pl.DataFrame:
    """Adds outcome, status, needs and policies from the columns `outcome.<id>`."""
    possible, stuck = _possible(plan)
    table = table.with_columns(*possible, *stuck)
    left = pl.sum_horizontal(pl.col(f"possible.{one.id}").cast(pl.Int32) for one in plan.outcomes)
    one_left = pl.coalesce(pl.when(pl.col(f"possible.{one.id}")).then(pl.lit(one.id)) for one in plan.outcomes)
    table = table.with_columns(outcome=pl.when(left == 1).then(one_left))
    table = table.with_columns(_matters(plan, clause).alias(f"matters.{clause.id}") for clause in plan.planned)
    policy = _any(pl.col(f"matters.{one.id}") & (pl.col(f"clause.{one.id}") == 4) for one in plan.planned)
    facts = _any(pl.col(f"matters.{one.id}") & _for_facts(one) for one in plan.planned)
    status = (
        pl.when(pl.col("outcome").is_not_null())
        .then(pl.lit("decided"))
        .when(policy)
        .then(pl.lit("undecided"))
        .when(facts)
        .then(pl.lit("needs_evidence"))
        .otherwise(pl.lit("awaiting_scores"))
    )
    return table.with_columns(status=status, needs=_list(_needs(plan)), policies=_list(_policies(plan)))


def _possible(plan: Plan) -> tuple[list[pl.Expr], list[pl.Expr]]:
    possible, stuck = [], []
    sealed = pl.lit(False)
    for one in plan.outcomes:
        value = pl.col(f"outcome.{one.id}")
        may = value.fill_null(True) & ~sealed
        possible.append(may.alias(f"possible.{one.id}"))
        stuck.append((may & value.is_null()).alias(f"stuck.{one.id}"))
        sealed = sealed | value.fill_null(False)
    return possible, stuck


def _matters(plan: Plan, clause: PlannedClause) -> pl.Expr:
    """Whether settling this clause could settle the application."""
    open_outcomes = _any(pl.col(f"stuck.{one.id}") for one in plan.outcomes if clause.id in one.clauses)
    unsettled = pl.col(f"clause.{clause.id}").is_in([2, 4])
    return pl.col("outcome").is_null() & unsettled & open_outcomes


def _for_facts(clause: PlannedClause) -> pl.Expr:
    """Whether a clause is unknown for want of a fact (or of the order of two submissions), not of a score."""
    unknown = pl.col(f"clause.{clause.id}") == 2
    if clause.block == "selection":
        return unknown & (pl.col("waits").is_null() | (pl.col("waits") == FACTS))
    if not clause.points:
        return unknown
    return unknown & _any(pl.col(f"absent.{name}") for name in clause.facts)


def _needs(plan: Plan) -> list[pl.Expr]:
    found: list[pl.Expr] = []
    for clause in plan.planned:
        matters = pl.col(f"matters.{clause.id}")
        found += [pl.when(matters & pl.col(f"absent.{name}")).then(pl.lit(name)) for name in clause.facts]
        if clause.first_in_order:
            equal = (
                matters
                & (pl.col(f"clause.{clause.id}") == 2)
                & ~_any(pl.col(f"absent.{name}") for name in clause.facts)
            )
            found.append(pl.when(equal).then(pl.lit("submitted_at")))
        if clause.block == "selection":
            waits = matters & (pl.col("waits") == FACTS) & pl.col("waits_for_others")
            found.append(pl.when(waits).then(pl.lit(COMPETITORS)))
            tied = matters & (pl.col(f"clause.{clause.id}") == 2) & pl.col("waits").is_null()
            found += [pl.when(tied).then(pl.lit(name)) for name in _tie_facts(plan)]
    return found


def _policies(plan: Plan) -> list[pl.Expr]:
    found: list[pl.Expr] = []
    opens = {clause.id: clause.open for clause in plan.planned}
    for clause in plan.planned:
        names = set(clause.open)
        if clause.block == "selection" and plan.selection is not None:
            names |= {name for other in plan.selection.clauses for name in opens.get(other, ())}
        touched = pl.col(f"matters.{clause.id}") & (pl.col(f"clause.{clause.id}") == 4)
        found += [pl.when(touched).then(pl.lit(name)) for name in sorted(names)]
    return found


def _tie_facts(plan: Plan) -> tuple[str, ...]:
    return plan.selection.tie.facts if plan.selection and isinstance(plan.selection.tie, PlannedKey) else ()


def _absent(name: str, frames: Frames) -> pl.Expr:
    """Whether a fact, a list or a field of a list's items is unknown."""
    if name == "submitted_at":
        return pl.col("submitted_at").is_null()
    head, _, field = name.partition(".")
    if field:
        items = frames.children[head]
        rows = items.filter(pl.col(f"item.{field}").is_null())["_row"].unique()
        return pl.col("_row").is_in(rows.implode())
    if head in frames.children:
        return pl.col(f"known.{head}").is_null()
    return pl.col(f"fact.{head}").is_null()


def _any(conditions: Iterable[pl.Expr]) -> pl.Expr:
    found = list(conditions)
    return pl.any_horizontal(found).fill_null(False) if found else pl.lit(False)


def _list(parts: list[pl.Expr]) -> pl.Expr:
    """The names that are there, each once, in order of the clauses."""
    if not parts:
        return pl.lit([], dtype=pl.List(pl.String))
    return pl.concat_list(parts).list.drop_nulls().list.unique(maintain_order=True)
