"""Every clause of a plan over the frames: points, lists, sheets, clauses, selections, in this order.

Codes of a clause: 0 false, 1 true, 2 unknown, 3 waived, 4 a policy is open. Nothing runs before it must: what needs no
list, no sheet and no competitor is a single pass over the applications.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import polars as pl

from evaluators import discrepancy, openness, selection
from evaluators.facts import Frames
from rules.compiler import ChildPlan
from rules.plan import Plan, PlannedClause
from rules.values import Num

LATER_BLOCKS = ("jury", "selection", "place")
_FEW = 2_000


def evaluate(
    plan: Plan, frames: Frames, points: pl.DataFrame | None, waivers: Collection[tuple[str, str]] | None = None
) -> pl.DataFrame:
    """All clauses of the plan over the frames: codes, values, what was measured; still without outcomes."""
    return collect(clauses(plan, frames, points, waivers), frames)


def collect(table: pl.LazyFrame, frames: Frames) -> pl.DataFrame:
    """Run the plan; for a few applications at a time, finding what could be shared costs more than it saves."""
    if frames.applications.height < _FEW:
        return table.collect(optimizations=pl.QueryOptFlags.none())
    return table.collect()


def clauses(
    plan: Plan, frames: Frames, points: pl.DataFrame | None, waivers: Collection[tuple[str, str]] | None = None
) -> pl.LazyFrame:
    """The same, still to be run: without lists, sheets and selections it is one pass."""
    pardoned = _pardoned(plan, waivers or ())
    table = _marked(plan, frames, points, pardoned)
    for name, child in plan.children.items():
        if name in frames.children:
            table = with_list(table, frames.children[name], child)
    first = [one for one in plan.planned if one.block not in LATER_BLOCKS]
    table = _found(table, first, pardoned)
    columns = _measured([one for one in plan.planned if one.block in LATER_BLOCKS])
    columns += [one.late.alias(f"late.{one.id}") for one in plan.planned if one.late is not None]
    total = pl.lit(None, dtype=pl.Int64)
    if plan.total is not None:
        total = plan.total.known // (plan.total.unit // plan.point_unit)  # a whole number: rules.terms.point_unit
    columns.append(total.alias("total"))
    table = openness.absences(plan, table.with_columns(columns), frames)
    if not plan.selections:
        nothing = {"rank": pl.Int32, "group": pl.String}
        return table.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in nothing.items())
    return _chosen(plan, collect(table, frames), pardoned).lazy()


def _marked(plan: Plan, frames: Frames, points: pl.DataFrame | None, pardoned: Mapping[str, list[str]]) -> pl.LazyFrame:
    """The applications with their points; sheets that have come in become points, where the jury's rules allow it."""
    known = set(frames.applications.columns)
    if points is not None and plan.rubric is not None:
        known |= {f"na.{one.id}" for one in plan.rubric.criteria}
    table = discrepancy.bare(plan, _with_points(plan, frames.applications, points), known)
    sheets = frames.children.get("sheets") if plan.jury is not None else None
    rules = [one for one in plan.planned if one.block == "jury"]
    if sheets is not None:
        table = discrepancy.counted(table, sheets)
        for child in plan.sheets.values():
            table = with_list(table, sheets, child)
    elif rules:
        kinds = {
            name: pl.Boolean if isinstance(empty, bool) else pl.Int64
            for child in plan.sheets.values()
            for name, empty in child.fills.items()
        }
        table = table.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in kinds.items())
        rules = [replace(one, value=pl.lit(None, dtype=pl.Boolean), measured=None, threshold=None) for one in rules]
    table = _found(table, rules, pardoned)
    if sheets is None:
        return table.with_columns(discrepancy.unsettled(plan))
    return discrepancy.settle(plan, collect(table, frames), sheets).lazy()


def _found(table: pl.LazyFrame, clauses: list[PlannedClause], pardoned: Mapping[str, list[str]]) -> pl.LazyFrame:
    """Adds codes, values and what was measured of some clauses."""
    if not clauses:
        return table
    table = table.with_columns(
        *(one.value.alias(f"found.{one.id}") for one in clauses), *_measured(clauses)
    ).with_columns(_code(one, pardoned) for one in clauses)
    return table.with_columns(_value_of(one.id) for one in clauses)


def _chosen(plan: Plan, table: pl.DataFrame, pardoned: Mapping[str, list[str]]) -> pl.DataFrame:
    """Runs the selections in turn, each over what the earlier ones found."""
    sources = {one.id: one for one in plan.planned}
    for run in plan.selections:
        table = openness.reasons(plan, run, table)
        found = selection.choose(run, table).rename(
            {"code": "chosen", "rank": f"rank.{run.id}", "group": f"group.{run.id}", "waits": f"waits.{run.id}",
             "waits_for_others": f"waits_for_others.{run.id}"}
        )  # fmt: skip
        table = table.join(found, on="_row", how="left", maintain_order="left")
        waived = pl.col("application_id").is_in(pardoned.get(run.id, []))
        code = pl.when(waived).then(3).otherwise(pl.col("chosen")).cast(pl.Int8)
        table = table.with_columns(code.alias(f"clause.{run.id}")).with_columns(_value_of(run.id)).drop("chosen")
    for whole in (one for one in sources.values() if one.parts):
        waits = pl.any_horizontal(pl.col(f"clause.{name}") == 4 for name in whole.parts)
        waived = pl.col("application_id").is_in(pardoned.get(whole.id, []))
        code = pl.when(waived).then(3).when(whole.value).then(1).when(~whole.value).then(0).when(waits).then(4)
        table = table.with_columns(code.otherwise(2).cast(pl.Int8).alias(f"clause.{whole.id}"))
        table = table.with_columns(_value_of(whole.id))
    last = [run.id for run in reversed(plan.selections) if run.id not in _later_places(plan)]
    rank, group = pl.lit(None, dtype=pl.Int32), pl.lit(None, dtype=pl.String)
    if last:
        rank = pl.coalesce(pl.col(f"rank.{name}") for name in last)
        group = pl.coalesce(pl.col(f"group.{name}") for name in last)
    return table.with_columns(rank.alias("rank"), group.alias("group"))


def _later_places(plan: Plan) -> set[str]:
    """Places after the first: an application's rank is the one it had when all places were free."""
    return {name for one in plan.planned for name in one.parts[1:]}


def _measured(clauses: list[PlannedClause]) -> list[pl.Expr]:
    """What each clause measured, and against what."""
    columns: list[pl.Expr] = []
    for clause in clauses:
        for key, value in (("measured", clause.measured), ("threshold", clause.threshold)):
            found = (
                pl.lit(None, dtype=pl.Int64) if value is None else value.known if isinstance(value, Num) else value.expr
            )
            columns.append(found.alias(f"{key}.{clause.id}"))
    return columns


def _with_points(plan: Plan, applications: pl.DataFrame, points: pl.DataFrame | None) -> pl.LazyFrame:
    table = applications.lazy()
    criteria = [one.id for one in plan.rubric.criteria] if plan.rubric else []
    if not criteria:
        return table
    if points is None:
        return table.with_columns(pl.lit(None, dtype=pl.Int64).alias(f"points.{name}") for name in criteria)
    columns = [
        (pl.col(name) if name in points.columns else pl.lit(None)).cast(pl.Int64).alias(f"points.{name}")
        for name in criteria
    ]
    columns += [
        (pl.col(f"{one.id}.na") if f"{one.id}.na" in points.columns else pl.lit(None))
        .cast(pl.Boolean)
        .alias(f"na.{one.id}")
        for one in (plan.rubric.criteria if plan.rubric else ())
        if one.may_not_apply
    ]
    marks = points.select("application_id", *columns)
    if marks["application_id"].equals(applications["application_id"]):
        return pl.concat([table, marks.lazy().drop("application_id")], how="horizontal")
    if marks["application_id"].is_duplicated().any():
        raise ValueError("an application stands twice in the points")
    return table.join(marks.lazy(), on="application_id", how="left", maintain_order="left")


def with_list(table: pl.LazyFrame, items: pl.DataFrame, child: ChildPlan) -> pl.LazyFrame:
    """Adds what the plan's clauses need of one child list: one pass over the items, one group_by, one join."""
    if not child.aggregates:
        return table
    fetched = items.lazy()
    if child.fetches:
        fetched = fetched.join(table.select("_row", *sorted(child.fetches)), on="_row", how="left")
    found = fetched.select("_row", *child.columns).group_by("_row").agg(child.aggregates)
    table = table.join(found, on="_row", how="left", maintain_order="left")
    return _filled(table, items, child)


def _filled(table: pl.LazyFrame, items: pl.DataFrame, child: ChildPlan) -> pl.LazyFrame:
    """Applications with a known list without items get the value of an empty list; an unknown any() stays null."""
    has = pl.col("_row").is_in(items["_row"].unique().implode())
    return table.with_columns(
        pl.when(has).then(pl.col(column)).otherwise(pl.lit(empty)).alias(column)
        for column, empty in child.fills.items()
    )


def _pardoned(plan: Plan, waivers: Collection[tuple[str, str]]) -> dict[str, list[str]]:
    known = {name for name, _ in plan.clauses}
    found: dict[str, list[str]] = {}
    for application, clause in waivers:
        if clause not in known:
            raise ValueError(f"the rule set has no clause '{clause}' to waive")
        found.setdefault(clause, []).append(application)
    return found


def _code(clause: PlannedClause, pardoned: Mapping[str, list[str]]) -> pl.Expr:
    name, found = clause.id, pl.col(f"found.{clause.id}")
    unknown = pl.lit(4 if clause.open else 2)
    if clause.points and not clause.open and clause.block != "jury":
        unknown = pl.when("unruled").then(4).otherwise(2)
    code = pl.when(found).then(1).when(~found).then(0).otherwise(unknown)
    if name in pardoned:
        code = pl.when(pl.col("application_id").is_in(pardoned[name])).then(3).otherwise(code)
    return code.cast(pl.Int8).alias(f"clause.{name}")


def _value_of(name: str) -> pl.Expr:
    code = pl.col(f"clause.{name}")
    return pl.when(code.is_in([1, 3])).then(True).when(code == 0).then(False).alias(f"value.{name}")
