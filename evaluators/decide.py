"""The bench: what follows from a plan, the facts and the points, for all applications at once.

Codes of a clause: 0 false, 1 true, 2 unknown, 3 waived, 4 a policy is open. Outcomes are tried in order; an outcome
that may still come about keeps all later ones open. An application is decided only when one outcome is left.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import polars as pl

from evaluators import openness, selection, trace
from evaluators.facts import Frames, to_frames
from evaluators.numbers import shown
from rules.compiler import ChildPlan, all_of
from rules.plan import Plan
from rules.values import Num

STATUS = trace.STATUS
SCREENING_BLOCKS = ("admission", "eligibility")


@dataclass(frozen=True)
class Standing:
    """One juror's live total against the rubric's clauses; `lines` are (clause, status, sentence)."""

    total: str | None
    maximum: str | None
    complete: bool
    lines: list[tuple[str, str, str]]


def decide(
    plan: Plan,
    frames: Frames,
    points: pl.DataFrame | None = None,
    *,
    waivers: Collection[tuple[str, str]] | None = None,
    seed: int = 0,  # noqa: ARG001 - part of the contract: a rule set that draws by lot will use it
) -> pl.DataFrame:
    """Decide every application of the frames; one row each, in the order given.

    `points`: application_id and one Int64 column a criterion, numerators over `plan.point_unit`, null where not
    marked; without it nothing is marked yet. `waivers` are (application_id, clause id). `seed` stands in the digest;
    nothing is drawn by lot.
    """
    table = evaluate(plan, frames, points, waivers)
    values = [outcome.value.alias(f"outcome.{outcome.id}") for outcome in plan.outcomes]
    table = openness.weigh(plan, table.with_columns(values))
    unit, decimals = plan.point_unit, plan.rubric.show_decimals if plan.rubric else 2
    totals = {t: shown(Fraction(t, unit), decimals) for t in table["total"].drop_nulls().unique()}
    screened = [pl.col(f"value.{name}") for name, block in plan.clauses if block in SCREENING_BLOCKS]
    codes = [pl.col(f"clause.{name}") for name, block in plan.clauses if block in SCREENING_BLOCKS]
    passed = all_of(screened)
    failed = pl.coalesce(
        pl.when(pl.col(f"clause.{name}") == 0).then(pl.lit(name)) for name, _ in plan.clauses
    ) if plan.clauses else pl.lit(None, dtype=pl.String)  # fmt: skip
    grants = {outcome.id: outcome.model.grants for outcome in plan.outcomes}
    granted = pl.col("outcome").replace_strict(grants, default=None, return_dtype=pl.Boolean)
    open_policy = pl.any_horizontal(code == 4 for code in codes) if codes else pl.lit(False)
    return table.with_columns(
        screening=pl.when(passed).then(pl.lit("eligible"))
        .when(~passed).then(pl.lit("ineligible"))
        .when(open_policy).then(pl.lit("undecided"))
        .otherwise(pl.lit("needs_evidence")),
        granted=granted,
        points_shown=pl.col("total").replace_strict(totals, default=None, return_dtype=pl.String),
        first_failing=pl.when(granted).then(None).otherwise(failed),
    ).select(
        "application_id", "screening", "outcome", "status", "granted", "total", "points_shown", "rank", "group",
        "first_failing", "needs", "policies",
        *(f"clause.{name}" for name, _ in plan.clauses),
        *(f"measured.{name}" for name, _ in plan.clauses),
        *(f"threshold.{name}" for name, _ in plan.clauses),
    )  # fmt: skip


def evaluate(
    plan: Plan, frames: Frames, points: pl.DataFrame | None, waivers: Collection[tuple[str, str]] | None = None
) -> pl.DataFrame:
    """All clauses of the plan over the frames: codes, values, what was measured; still without outcomes."""
    table = _with_points(plan, frames.applications, points)
    for name, child in plan.children.items():
        table = _with_list(table, frames.children[name], child)
    columns: list[pl.Expr] = []
    for clause in plan.planned:
        if clause.block != "selection":
            columns.append(clause.value.alias(f"found.{clause.id}"))
        for key, value in (("measured", clause.measured), ("threshold", clause.threshold)):
            found = (
                pl.lit(None, dtype=pl.Int64) if value is None else value.known if isinstance(value, Num) else value.expr
            )
            columns.append(found.alias(f"{key}.{clause.id}"))
    total = pl.lit(None, dtype=pl.Int64)
    if plan.total is not None:
        total = plan.total.known // (plan.total.unit // plan.point_unit)  # a whole number: rules.terms.point_unit
    columns.append(total.alias("total"))
    table = table.with_columns(columns)
    pardoned = _pardoned(plan, waivers or ())
    plain = [clause for clause in plan.planned if clause.block != "selection"]
    table = table.with_columns(_code(one.id, bool(one.open), pardoned) for one in plain)
    table = table.with_columns(_value_of(one.id) for one in plain)
    table = openness.reasons(plan, table, frames)
    if plan.selection is None:
        none: dict[str, Any] = {"rank": pl.Int32, "group": pl.String, "waits": pl.Int8}
        return table.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in none.items())
    chosen = selection.choose(plan.selection, table)
    name = plan.selection.id
    table = table.join(chosen.rename({"code": "chosen"}), on="_row", how="left", maintain_order="left")
    waived = pl.col("application_id").is_in(pardoned.get(name, []))
    code = pl.when(waived).then(3).otherwise(pl.col("chosen")).cast(pl.Int8)
    return table.with_columns(code.alias(f"clause.{name}")).with_columns(_value_of(name))


def standing(plan: Plan, marks: Mapping[str, str], language: str = "en") -> Standing:
    """Where one juror's marks stand against the gates and thresholds, by the same plan that decides.

    Marks that are not numbers count as not given.
    """
    if plan.rubric is None:
        return Standing(None, None, True, [])
    row: dict[str, Any] = {"application_id": [""]}
    for criterion in plan.rubric.criteria:
        row[criterion.id] = [_numerator(marks.get(criterion.id), plan.point_unit)]
    schema: dict[str, Any] = {"application_id": pl.String} | {one.id: pl.Int64 for one in plan.rubric.criteria}
    frames = to_frames(plan.ruleset, [{"application_id": ""}])
    bare = replace(plan, selection=None, planned=tuple(one for one in plan.planned if one.block == "rubric"))
    table = evaluate(bare, frames, pl.DataFrame(row, schema=schema))
    total = table["total"].item()
    packed = trace.pack(bare, table, frames)[""]
    told = trace.sentences(plan.ruleset, [entry for entry in packed if entry["block"] == "rubric"], language)
    lines = [(one.clause, one.status, one.says) for one in told]
    complete = all(row[one.id][0] is not None for one in plan.rubric.criteria)
    text = None if total is None else shown(Fraction(total, plan.point_unit), plan.rubric.show_decimals)
    return Standing(text, plan.rubric.maximum, complete, lines)


def digest(plan: Plan, verdicts: pl.DataFrame, seed: int = 0) -> str:
    """SHA-256 over the decisions in canonical form: the same rules, facts and seed give the same bytes."""
    head = {
        "rule_set": plan.ruleset.digest,
        "policies": dict(sorted(plan.policies.items())),
        "parameters": dict(sorted(plan.parameters.items())),
        "point_unit": plan.point_unit,
        "seed": seed,
    }
    sum_ = hashlib.sha256(_canonical(head))
    for row in verdicts.sort("application_id").iter_rows(named=True):
        sum_.update(b"\n" + _canonical(row))
    return sum_.hexdigest()


def _canonical(value: Mapping[str, Any]) -> bytes:
    def plain(one: Any) -> Any:
        if isinstance(one, float):
            raise TypeError("a decision holds no floating-point number")
        return one.isoformat() if hasattr(one, "isoformat") else one

    checked = {key: plain(one) for key, one in value.items()}
    return json.dumps(checked, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def _numerator(mark: str | None, unit: int) -> int | None:
    try:
        value = Fraction(mark.strip()) * unit if mark and mark.strip() and len(mark) < 40 else None
    except (ValueError, ZeroDivisionError):
        return None
    return int(value) if value is not None and value.denominator == 1 and abs(value) < 10**6 * unit else None


def _with_points(plan: Plan, table: pl.DataFrame, points: pl.DataFrame | None) -> pl.DataFrame:
    criteria = [one.id for one in plan.rubric.criteria] if plan.rubric else []
    if not criteria:
        return table
    if points is None:
        return table.with_columns(pl.lit(None, dtype=pl.Int64).alias(f"points.{name}") for name in criteria)
    columns = [
        (pl.col(name) if name in points.columns else pl.lit(None)).cast(pl.Int64).alias(f"points.{name}")
        for name in criteria
    ]
    marks = points.select("application_id", *columns)
    if marks["application_id"].is_duplicated().any():
        raise ValueError("an application stands twice in the points")
    return table.join(marks, on="application_id", how="left", maintain_order="left")


def _with_list(table: pl.DataFrame, items: pl.DataFrame, child: ChildPlan) -> pl.DataFrame:
    """Adds what the plan's clauses need of one child list: one pass over the items, one group_by, one join."""
    if not child.aggregates:
        return table
    if child.fetches:
        items = items.join(table.select("_row", *sorted(child.fetches)), on="_row", how="left")
    found = items.select("_row", *child.columns).group_by("_row").agg(child.aggregates)
    table = table.join(found, on="_row", how="left", maintain_order="left")
    return _filled(table, items, child)


def _filled(table: pl.DataFrame, items: pl.DataFrame, child: ChildPlan) -> pl.DataFrame:
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


def _code(name: str, is_open: bool, pardoned: Mapping[str, list[str]]) -> pl.Expr:
    found = pl.col(f"found.{name}")
    code = pl.when(found).then(1).when(~found).then(0).otherwise(4 if is_open else 2)
    if name in pardoned:
        code = pl.when(pl.col("application_id").is_in(pardoned[name])).then(3).otherwise(code)
    return code.cast(pl.Int8).alias(f"clause.{name}")


def _value_of(name: str) -> pl.Expr:
    code = pl.col(f"clause.{name}")
    return pl.when(code.is_in([1, 3])).then(True).when(code == 0).then(False).alias(f"value.{name}")
