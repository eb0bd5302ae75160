"""What is left open, why, and what would settle it.

An outcome that may still come about keeps the later ones open. An open application says whether a policy, a fact or
a score is missing, and exactly which facts would settle it.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from evaluators.columns import first_of
from evaluators.facts import Frames
from rules.plan import Plan, PlannedClause, PlannedSelection

COMPETITORS = "competitors"
FACTS, POINTS, POLICY = 2, 3, 4


def absences(plan: Plan, table: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Adds `absent.<fact>` for every fact a clause uses."""
    names = {name for clause in plan.planned for name in clause.facts}
    names |= {name for run in plan.selections for name in (*run.facts, *run.tie_facts)}
    return table.with_columns(absent(name, frames).alias(f"absent.{name}") for name in sorted(names))


def reasons(plan: Plan, run: PlannedSelection, table: pl.DataFrame) -> pl.DataFrame:
    """Adds `because`: why a competitor of a selection is not fully known."""
    mine = [clause for clause in plan.planned if clause.id in run.clauses]
    policy = _any(pl.col(f"clause.{clause.id}") == 4 for clause in mine)
    if run.open:
        policy = pl.lit(True)
    elif any(clause.points for clause in mine) or _by_points(plan, run):
        policy = policy | pl.col("unruled")
    facts = _any([*(_for_facts(clause) for clause in mine), *(pl.col(f"absent.{name}") for name in run.facts)])
    rest = POINTS if _by_points(plan, run) or any(clause.points for clause in mine) else FACTS
    return table.with_columns(
        because=pl.when(policy).then(POLICY).when(facts).then(FACTS).otherwise(rest).cast(pl.Int8)
    )


def _by_points(plan: Plan, run: PlannedSelection) -> bool:
    return bool(next(clause for clause in plan.planned if clause.id == run.id).points)


def weigh(plan: Plan, table: pl.LazyFrame) -> pl.LazyFrame:
    """Adds outcome, status, needs and policies from the columns `outcome.<id>`."""
    possible, stuck = _possible(plan)
    table = table.with_columns(*possible, *stuck)
    left = pl.sum_horizontal(pl.col(f"possible.{one.id}").cast(pl.Int32) for one in plan.outcomes)
    one_left = first_of([((left == 1) & pl.col(f"possible.{one.id}"), one.id) for one in plan.outcomes])
    table = table.with_columns(outcome=one_left)
    table = table.with_columns(_matters(plan, clause).alias(f"matters.{clause.id}") for clause in plan.planned)
    policy = _any(pl.col(f"matters.{one.id}") & _waits_for_policy(one) for one in plan.planned)
    facts = _any(pl.col(f"matters.{one.id}") & _for_facts(one) for one in plan.planned)
    status = first_of(
        [
            (pl.col("outcome").is_not_null(), "decided"),
            (policy, "undecided"),
            (facts, "needs_evidence"),
            (pl.lit(True), "awaiting_scores"),
        ]
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
    if clause.block == "jury":
        unsettled = unsettled | pl.col("unruled")
    if clause.late is not None:
        unsettled = unsettled | pl.col(f"late.{clause.id}").is_null()
    return pl.col("outcome").is_null() & unsettled & open_outcomes


def _waits_for_policy(clause: PlannedClause) -> pl.Expr:
    """Whether a policy is open that the clause, or what becomes of a late one, rests on."""
    waits = pl.col(f"clause.{clause.id}") == 4
    if clause.block == "jury":
        waits = waits | pl.col("unruled")
    if clause.late is not None and clause.open:
        waits = waits | (pl.col(f"late.{clause.id}").is_null() & pl.col(f"clause.{clause.id}").is_in([0, 3]))
    return waits


def _for_facts(clause: PlannedClause) -> pl.Expr:
    """Whether a clause is unknown for want of a fact (or of the order of two submissions), not of a score."""
    unknown = pl.col(f"clause.{clause.id}") == 2
    if clause.parts:
        return pl.lit(False)  # its places say why
    if clause.block in ("selection", "place"):
        waits = pl.col(f"waits.{clause.id}")
        return unknown & (waits.is_null() | (waits == FACTS))
    if clause.block != "jury" and not clause.points:
        return unknown
    return unknown & _any(pl.col(f"absent.{name}") for name in clause.facts)


def _needs(plan: Plan) -> list[pl.Expr]:
    found: list[pl.Expr] = []
    runs = {run.id: run for run in plan.selections}
    for clause in plan.planned:
        if clause.parts:
            continue
        matters = pl.col(f"matters.{clause.id}")
        run = runs.get(clause.id)
        names = clause.facts if run is None else run.facts
        found += [pl.when(matters & pl.col(f"absent.{name}")).then(pl.lit(name)) for name in names]
        if run is None and not clause.first_in_order and not clause.points:
            # An empty list has no mean and no largest item: what is missing is its content.
            empty = (
                matters
                & (pl.col(f"clause.{clause.id}") == 2)
                & ~_any(pl.col(f"absent.{name}") for name in clause.facts)
            )
            found += [pl.when(empty).then(pl.lit(name)) for name in clause.facts if "." not in name]
        if clause.first_in_order:
            equal = (
                matters
                & (pl.col(f"clause.{clause.id}") == 2)
                & ~_any(pl.col(f"absent.{name}") for name in clause.facts)
            )
            found.append(pl.when(equal).then(pl.lit("submitted_at")))
        if run is not None:
            waits = matters & (pl.col(f"waits.{run.id}") == FACTS) & pl.col(f"waits_for_others.{run.id}")
            found.append(pl.when(waits).then(pl.lit(COMPETITORS)))
            tied = matters & (pl.col(f"clause.{clause.id}") == 2) & pl.col(f"waits.{run.id}").is_null()
            found += [pl.when(tied).then(pl.lit(name)) for name in run.tie_facts]
    return found


def _policies(plan: Plan) -> list[pl.Expr]:
    found: list[pl.Expr] = []
    also = {run.id: run.also_open for run in plan.selections}
    for clause in plan.planned:
        names = {*clause.open, *also.get(clause.id, ())}
        touched = pl.col(f"matters.{clause.id}") & _waits_for_policy(clause)
        found += [pl.when(touched).then(pl.lit(name)) for name in sorted(names)]
        if clause.points or clause.block == "jury":
            unruled = touched & pl.col("unruled")
            found += [pl.when(unruled).then(pl.lit(name)) for name in plan.unruled]
    return found


def absent(name: str, frames: Frames) -> pl.Expr:
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
