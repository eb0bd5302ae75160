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

from evaluators import bench, columns, openness, trace
from evaluators.facts import Frames, to_frames
from evaluators.numbers import shown
from rules.compiler import all_of
from rules.plan import Plan

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
    table = bench.clauses(plan, frames, points, waivers)
    values = [outcome.value.alias(f"outcome.{outcome.id}") for outcome in plan.outcomes]
    table = openness.weigh(plan, table.with_columns(values))
    binding = [name for name, block in plan.clauses if block in SCREENING_BLOCKS and name not in plan.advice]
    screened = [pl.col(f"value.{name}") for name in binding]
    codes = [pl.col(f"clause.{name}") for name in binding]
    passed = all_of(screened)
    needed = [name for name, block in plan.clauses if block not in ("jury", "place") and name not in plan.advice]
    failed = [(pl.col(f"clause.{name}") == 0, name) for name in needed]
    possible = [pl.col(f"possible.{outcome.id}") for outcome in plan.outcomes if outcome.model.grants]
    granted = pl.when(pl.col("outcome").is_not_null()).then(pl.any_horizontal(possible) if possible else pl.lit(False))
    open_policy = pl.any_horizontal(code == 4 for code in codes) if codes else pl.lit(False)
    table = table.with_columns(
        screening=columns.first_of(
            [
                (passed, "eligible"),
                (~passed, "ineligible"),
                (open_policy, "undecided"),
                (pl.lit(True), "needs_evidence"),
            ]
        ),
        granted=granted,
        first_failing=columns.first_of([(test & granted.not_().fill_null(True), name) for test, name in failed]),
        points_shown=pl.lit(None, dtype=pl.String),
    ).select(
        "application_id", "screening", "outcome", "status", "granted", "total", "points_shown", "rank", "group",
        "first_failing", "needs", "policies",
        *(f"clause.{name}" for name, _ in plan.clauses),
        *(f"measured.{name}" for name, _ in plan.clauses),
        *(f"threshold.{name}" for name, _ in plan.clauses),
    )  # fmt: skip
    return _shown(plan, bench.collect(table, frames))


def _shown(plan: Plan, table: pl.DataFrame) -> pl.DataFrame:
    """Totals as people read them; each figure is written once."""
    unit, decimals = plan.point_unit, plan.rubric.show_decimals if plan.rubric else 2
    totals = {t: shown(Fraction(t, unit), decimals) for t in table["total"].unique() if t is not None}
    if not totals:
        return table
    return table.with_columns(points_shown=columns.worded(table["total"], totals))


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
    bare = replace(
        plan,
        jury=None,
        selection=None,
        selections=(),
        planned=tuple(one for one in plan.planned if one.block == "rubric"),
    )
    table = bench.evaluate(bare, frames, pl.DataFrame(row, schema=schema))
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
