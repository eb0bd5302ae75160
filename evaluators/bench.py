"""Every clause of a plan over the frames: points, lists, sheets, clauses, selections, in this order.

Codes of a clause: 0 false, 1 true, 2 unknown, 3 waived, 4 a policy is open. Nothing runs before it must: what needs no
list, no sheet and no competitor is a single pass over the applications.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from evaluators import band, correction, discrepancy, openness, selection
from evaluators.children import with_list
from evaluators.columns import collect
from evaluators.facts import Frames
from rules.plan import Plan, PlannedClause, PlannedSelection
from rules.values import Num

_OF_SELECTION = ("rank", "group", "waits", "waits_for_others")
LATER_BLOCKS = ("jury", "selection", "place", "band")


def evaluate(
    plan: Plan,
    frames: Frames,
    points: pl.DataFrame | None,
    waivers: Collection[tuple[str, str]] | None = None,
    seed: int = 0,
) -> pl.DataFrame:
    """All clauses of the plan over the frames: codes, values, what was measured; still without outcomes.

    `seed` is the round's: a rule set that draws by lot, or asks how sure scores are, draws from it.
    """
    return collect(clauses(plan, frames, points, waivers, seed), frames.applications.height)


def clauses(
    plan: Plan,
    frames: Frames,
    points: pl.DataFrame | None,
    waivers: Collection[tuple[str, str]] | None = None,
    seed: int = 0,
) -> pl.LazyFrame:
    """The same, still to be run: without lists, sheets and selections it is one pass."""
    pardoned = _pardoned(plan, waivers or ())
    table, unruled = _marked(plan, frames, points, pardoned)
    for name, child in plan.children.items():
        if name in frames.children:
            table = with_list(table, frames.applications["_row"], frames.children[name], child)
    first = [one for one in plan.planned if one.block not in LATER_BLOCKS]
    beside, later = plan.once("beside", lambda: _beside(plan))
    found = plan.once(("first", unruled), lambda: _found(first, {}, unruled=unruled))
    table = _run(table, _found(first, pardoned, unruled=unruled) if pardoned else found, beside)
    table = table.with_columns(later) if later else table
    if not plan.selections:
        return table
    whole = collect(openness.absences(plan, table, frames), frames.applications.height)
    return _chosen(plan, whole, pardoned, frames.children.get("sheets"), seed).lazy()


def _beside(plan: Plan) -> tuple[list[pl.Expr], list[pl.Expr]]:
    """What else the first pass finds: totals, lateness, columns only a selection fills; what later blocks measure."""
    total = pl.lit(None, dtype=pl.Int64)
    if plan.total is not None:
        total = plan.total.known // (plan.total.unit // plan.point_unit)  # a whole number: rules.terms.point_unit
    found = [one.late.alias(f"late.{one.id}") for one in plan.planned if one.late is not None]
    found.append(total.alias("total"))
    if not plan.selections:
        found += [pl.lit(None, dtype=pl.Int32).alias("rank"), pl.lit(None, dtype=pl.String).alias("group")]
    return found, _measured([one for one in plan.planned if one.block in LATER_BLOCKS and one.block != "band"])


def _marked(
    plan: Plan, frames: Frames, points: pl.DataFrame | None, pardoned: Mapping[str, list[str]]
) -> tuple[pl.LazyFrame, bool]:
    """The applications with their points, and whether an open policy may hold back the points of one of them.

    Sheets that have come in become points, where the jury's rules allow it.
    """
    known = set(frames.applications.columns)
    if points is not None and plan.rubric is not None:
        known |= {f"na.{one.id}" for one in plan.rubric.criteria}
    table = discrepancy.bare(plan, _with_points(plan, frames.applications, points), known)
    sheets = frames.children.get("sheets") if plan.jury is not None else None
    rules = [one for one in plan.planned if one.block == "jury"]
    if sheets is not None:
        table = discrepancy.counted(table, sheets)
        for child in plan.sheets.values():
            table = with_list(table, frames.applications["_row"], sheets, child)
    elif rules:
        kinds = {
            name: pl.Boolean if isinstance(empty, bool) else pl.Int64
            for child in plan.sheets.values()
            for name, empty in child.fills.items()
        }
        table = table.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in kinds.items())
        rules = [replace(one, value=pl.lit(None, dtype=pl.Boolean), measured=None, threshold=None) for one in rules]
    if rules:
        table = _run(table, _found(rules, pardoned))
    if sheets is None:
        criteria = plan.rubric.criteria if plan.rubric else ()
        unruled = any(one.may_not_apply and one.not_applicable is None for one in criteria)
        return table.with_columns(plan.once("unsettled", lambda: discrepancy.unsettled(plan))), unruled
    settled = discrepancy.settle(plan, collect(table, frames.applications.height), sheets)
    if plan.ruleset.correction is not None:
        settled = correction.correct(plan, settled, sheets)
    return settled.lazy(), bool(settled["unruled"].any())


def _found(
    clauses: list[PlannedClause], pardoned: Mapping[str, list[str]], *, unruled: bool = False
) -> tuple[list[pl.Expr], list[pl.Expr]]:
    """Values and what was measured of some clauses, and then their codes."""
    values = [*(_value(one, pardoned) for one in clauses), *_measured(clauses)]
    return values, [_code(one, pardoned, unruled=unruled) for one in clauses]


def _run(table: pl.LazyFrame, found: tuple[list[pl.Expr], list[pl.Expr]], more: Sequence[pl.Expr] = ()) -> pl.LazyFrame:
    """Adds what was found of some clauses, `more` in the same pass, and then the codes."""
    values, codes = found
    return table.with_columns(*values, *more).with_columns(codes)


def _chosen(
    plan: Plan, table: pl.DataFrame, pardoned: Mapping[str, list[str]], sheets: pl.DataFrame | None, seed: int
) -> pl.DataFrame:
    """Runs the selections in turn, each over what the earlier ones found."""
    sources = {one.id: one for one in plan.planned}
    for run in plan.selections:
        table = openness.reasons(plan, run, table)
        found = selection.choose(run, table) if run.band is None else band.choose(plan, run, table, sheets, seed)
        names = {"code": f"clause.{run.id}"} | {key: f"{key}.{run.id}" for key in _OF_SELECTION} | _of_band(run)
        table = table.join(found.rename(names), on="_row", how="left", maintain_order="left")
        for name in (run.id, *([run.band.id] if run.band is not None else [])):
            if name in pardoned:
                code = pl.when(_waived(name, pardoned)).then(3).otherwise(pl.col(f"clause.{name}")).cast(pl.Int8)
                table = table.with_columns(code.alias(f"clause.{name}"))
            table = table.with_columns(_value_of(name))
    for whole in (one for one in sources.values() if one.parts):
        waits = pl.any_horizontal(pl.col(f"clause.{name}") == 4 for name in whole.parts)
        code = (
            pl.when(_waived(whole.id, pardoned))
            .then(3)
            .when(whole.value)
            .then(1)
            .when(~whole.value)
            .then(0)
            .when(waits)
            .then(4)
        )
        table = table.with_columns(code.otherwise(2).cast(pl.Int8).alias(f"clause.{whole.id}"))
        table = table.with_columns(_value_of(whole.id))
    last = [run.id for run in reversed(plan.selections) if run.id not in _later_places(plan)]
    rank, group = pl.lit(None, dtype=pl.Int32), pl.lit(None, dtype=pl.String)
    if last:
        rank = pl.coalesce(pl.col(f"rank.{name}") for name in last)
        group = pl.coalesce(pl.col(f"group.{name}") for name in last)
    return table.with_columns(rank.alias("rank"), group.alias("group"))


def _of_band(run: PlannedSelection) -> dict[str, str]:
    """What the columns of a band are called."""
    if run.band is None:
        return {}
    names = {"band": "clause", "place": "measured", "room": "threshold", "seed": "seed"}
    return {key: f"{word}.{run.band.id}" for key, word in names.items()} | {"asks": f"asks.{run.id}"}


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
    wanted: list[tuple[str, str, Any]] = [(name, f"points.{name}", pl.Int64) for name in criteria]
    wanted += [
        (f"{one.id}.na", f"na.{one.id}", pl.Boolean)
        for one in (plan.rubric.criteria if plan.rubric else ())
        if one.may_not_apply
    ]
    nothing = pl.Series([None]).new_from_index(0, points.height)
    marks = [
        (points.get_column(name) if name in points.columns else nothing).cast(kind).alias(column)
        for name, column, kind in wanted
    ]
    names = points.get_column("application_id")
    if names.equals(applications.get_column("application_id")):
        return applications.hstack(marks).lazy()
    if names.is_duplicated().any():
        raise ValueError("an application stands twice in the points")
    return table.join(pl.LazyFrame([names, *marks]), on="application_id", how="left", maintain_order="left")


def _pardoned(plan: Plan, waivers: Collection[tuple[str, str]]) -> dict[str, list[str]]:
    known = {name for name, _ in plan.clauses}
    found: dict[str, list[str]] = {}
    for application, clause in waivers:
        if clause not in known:
            raise ValueError(f"the rule set has no clause '{clause}' to waive")
        found.setdefault(clause, []).append(application)
    return found


def _value(clause: PlannedClause, pardoned: Mapping[str, list[str]]) -> pl.Expr:
    """What the clause means for the outcome: true or false, null where that is not known."""
    value = clause.value
    if clause.id in pardoned:
        value = pl.when(_waived(clause.id, pardoned)).then(True).otherwise(value)
    return value.alias(f"value.{clause.id}")


def _code(clause: PlannedClause, pardoned: Mapping[str, list[str]], *, unruled: bool) -> pl.Expr:
    """The code of a clause whose value is there already; `unruled`: whether that column is true anywhere."""
    false, true, unknown, waived, policy = (pl.lit(code, dtype=pl.Int8) for code in range(5))
    value = pl.col(f"value.{clause.id}")
    absent = policy if clause.open else unknown
    if unruled and clause.points and not clause.open and clause.block != "jury":
        absent = pl.when("unruled").then(policy).otherwise(unknown)
    # Four times as quick as a cast of the value.
    code = pl.when(value.is_null()).then(absent).when(value).then(true).otherwise(false)
    if clause.id in pardoned:
        code = pl.when(_waived(clause.id, pardoned)).then(waived).otherwise(code)
    return code.alias(f"clause.{clause.id}")


def _waived(name: str, pardoned: Mapping[str, list[str]]) -> pl.Expr:
    return pl.col("application_id").is_in(pardoned.get(name, []))


def _value_of(name: str) -> pl.Expr:
    code = pl.col(f"clause.{name}")
    return pl.when(code.is_in([1, 3])).then(True).when(code == 0).then(False).alias(f"value.{name}")
