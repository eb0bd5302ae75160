"""What is left open, why, and what would settle it.

An outcome that may still come about keeps the later ones open. An open application says whether a policy, a fact or
a score is missing, and exactly which facts would settle it.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from evaluators.columns import collect, first_of
from evaluators.facts import Frames
from rules.plan import Plan, PlannedClause, PlannedSelection

COMPETITORS = "competitors"
FACTS, POINTS, POLICY = 2, 3, 4
STATUSES = ("decided", "undecided", "needs_evidence", "awaiting_scores")
_READ = ("fact.", "known.", "points.", "na.", "outcome.")
_NOTHING = pl.lit([], dtype=pl.List(pl.String))
_DECIDED = (
    pl.lit(STATUSES[0], dtype=pl.Enum(STATUSES)).alias("status"),
    _NOTHING.alias("needs"),
    _NOTHING.alias("policies"),
)


def absences(plan: Plan, table: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Adds `absent.<fact>` for every fact a clause uses."""
    return table.with_columns(
        absent(name, frames).alias(f"absent.{name}") for name in plan.once("facts", lambda: _facts(plan))
    )


def _facts(plan: Plan) -> list[str]:
    names = {name for clause in plan.planned for name in clause.facts}
    return sorted(names | {name for run in plan.selections for name in (*run.facts, *run.tie_facts)})


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


def weigh(plan: Plan, table: pl.DataFrame, frames: Frames) -> pl.DataFrame:
    """Adds status, needs and policies, and settles outcome, from the columns `outcome.<id>` and `outcome`.

    Where every condition is known the first that holds is the outcome; only what is open is weighed.
    """
    names = [f"outcome.{one.id}" for one in plan.outcomes]
    unsure = [pl.col(name).is_null() for name in names if table.get_column(name).null_count()]
    if not unsure and not table.get_column("outcome").null_count():
        kept = table[[name for name in table.columns if not name.startswith(_READ)]]
        # with_columns would copy the whole table where its columns lie in several pieces.
        return kept.hstack([one.new_from_index(0, table.height) for one in pl.select(*_DECIDED).get_columns()])
    table = table.with_columns(open=_any([*unsure, pl.col("outcome").is_null()]))
    whole = table["open"].all()
    part = table.lazy() if whole else table.lazy().filter("open")
    if not plan.selections:
        part = absences(plan, part, frames)
    for step in plan.once("weighed", lambda: _weighed(plan)):
        part = part.with_columns(step)
    found = collect(part.select("outcome", "status", "needs", "policies"), table.height)
    if whole:
        return table.with_columns(found.get_columns())
    decided = pl.select(pl.lit(None, dtype=found.schema["outcome"]).alias("outcome"), *_DECIDED)
    place = pl.when("open").then(pl.col("open").cum_sum()).otherwise(0)
    found = pl.concat([decided, found])[table.select(place).to_series()]
    outcome = pl.when("open").then(found["outcome"]).otherwise("outcome")
    return table.with_columns(*found.drop("outcome").get_columns(), outcome=outcome)


def first(plan: Plan) -> pl.Expr:
    """The first outcome whose condition holds, the conditions before it known or not."""
    return first_of([(pl.col(f"outcome.{one.id}"), one.id) for one in plan.outcomes]).alias("outcome")


def _weighed(plan: Plan) -> list[list[pl.Expr]]:
    """What is found of an open application, step by step: each rests on the columns of the ones before."""
    possible, stuck = _possible(plan)
    left = pl.sum_horizontal(pl.col(f"possible.{one.id}").cast(pl.Int32) for one in plan.outcomes)
    one_left = first_of([((left == 1) & pl.col(f"possible.{one.id}"), one.id) for one in plan.outcomes])
    matters = [_matters(plan, clause).alias(f"matters.{clause.id}") for clause in plan.planned]
    policy = _any(pl.col(f"matters.{one.id}") & _waits_for_policy(one) for one in plan.planned)
    facts = _any(pl.col(f"matters.{one.id}") & _for_facts(one) for one in plan.planned)
    status = first_of(
        [
            (pl.col("outcome").is_not_null(), STATUSES[0]),
            (policy, STATUSES[1]),
            (facts, STATUSES[2]),
            (pl.lit(True), STATUSES[3]),
        ]
    )
    told = [status.alias("status"), _list(_needs(plan)).alias("needs"), _list(_policies(plan)).alias("policies")]
    return [[*possible, *stuck], [one_left.alias("outcome")], matters, told]


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
    if clause.block == "band":
        return unknown & _any(pl.col(f"absent.{name}") for name in clause.facts)
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
        if run is None and not clause.first_in_order and not clause.points and clause.block != "band":
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
        if not items[f"item.{field}"].null_count():
            return pl.lit(False)
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
        return _NOTHING
    return pl.concat_list(parts).list.drop_nulls().list.unique(maintain_order=True)
