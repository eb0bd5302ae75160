"""The bench: what follows from a plan, the facts and the points, for all applications at once.

Codes of a clause: 0 false, 1 true, 2 unknown, 3 waived, 4 a policy is open. Outcomes are tried in order; an outcome
that may still come about keeps all later ones open. An application is decided only when one outcome is left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import polars as pl

from evaluators import bench, columns, openness, trace
from evaluators.facts import Frames, to_frames
from evaluators.numbers import shown
from evaluators.sheets import NOT_APPLICABLE
from rules.canonical import canonical as in_one_form
from rules.compiler import all_of
from rules.plan import Plan, PlannedClause

STATUS = trace.STATUS
SCREENING_BLOCKS = ("admission", "eligibility")


@dataclass(frozen=True)
class Standing:
    """One juror's live total against the rubric's clauses; `lines` are (clause, status, sentence).

    `so_far` is the total with every mark that is not given at its lowest.
    """

    total: str | None
    so_far: str | None
    maximum: str | None
    complete: bool
    lines: tuple[tuple[str, str, str], ...]


def decide(
    plan: Plan,
    frames: Frames,
    points: pl.DataFrame | None = None,
    *,
    waivers: Collection[tuple[str, str]] | None = None,
    seed: int = 0,
) -> pl.DataFrame:
    """Decide every application of the frames; one row each, in the order given.

    `points`: application_id and one Int64 column a criterion, numerators over `plan.point_unit`, null where not
    marked; without it nothing is marked yet. `waivers` are (application_id, clause id). From `seed` a rule set draws
    that settles a cut line by lot, or asks how sure scores are there; others draw nothing.
    """
    asked, first, told, names = plan.once(
        "decide", lambda: (_asked(plan), openness.first(plan), _told(plan), _names(plan))
    )
    table = bench.clauses(plan, frames, points, waivers, seed).with_columns(asked).with_columns(first)
    found = openness.weigh(plan, columns.collect(table, frames.applications.height), frames)
    more = columns.collect(found.lazy().select(told), found.height).get_columns()
    return found.hstack([*more, _shown(plan, found.get_column("total")).alias("points_shown")])[names]


def _binding(plan: Plan) -> list[PlannedClause]:
    return [one for one in plan.planned if one.block in SCREENING_BLOCKS and one.id not in plan.advice]


def _asked(plan: Plan) -> list[pl.Expr]:
    """What outcomes ask, and whether an application passes the screening."""
    screened = all_of([pl.col(f"value.{one.id}") for one in _binding(plan)])
    return [*(one.value.alias(f"outcome.{one.id}") for one in plan.outcomes), screened.alias("screened")]


def _told(plan: Plan) -> list[pl.Expr]:
    """What is said of each application once its outcome is known, or known to be open."""
    binding = _binding(plan)
    passed, policies = pl.col("screened"), [pl.col(f"clause.{one.id}") == 4 for one in binding if one.open]
    grants = [pl.col("outcome") == one.id for one in plan.outcomes if one.model.grants]
    granted = pl.any_horizontal(grants) if grants else pl.when(pl.col("outcome").is_not_null()).then(False)
    needed = [
        name
        for name, block in plan.clauses
        if block not in ("jury", "place", "calibration", "band") and name not in plan.advice
    ]
    failing = columns.first_of([(~pl.col(f"value.{name}"), name) for name in needed])
    screening = columns.first_of(
        [
            (passed, "eligible"),
            (~passed, "ineligible"),
            (pl.any_horizontal(policies) if policies else pl.lit(False), "undecided"),
            (pl.lit(True), "needs_evidence"),
        ]
    )
    first_failing = pl.when(~granted.fill_null(False)).then(failing)
    return [screening.alias("screening"), granted.alias("granted"), first_failing.alias("first_failing")]


def _names(plan: Plan) -> list[str]:
    """The columns of a decision, in their order."""
    return [
        "application_id", "screening", "outcome", "status", "granted", "total", "points_shown", "rank", "group",
        "first_failing", "needs", "policies",
        *(f"{kind}.{name}" for kind in ("clause", "measured", "threshold") for name, _ in plan.clauses),
        *(name for one in plan.selections if one.band for name in (f"group.{one.id}", f"seed.{one.band.id}")),
    ]  # fmt: skip


def _shown(plan: Plan, totals: pl.Series) -> pl.Series:
    """Totals as people read them."""
    decimals = plan.rubric.show_decimals if plan.rubric else 2
    return columns.worded(totals, lambda total: shown(Fraction(total, plan.point_unit), decimals))


def standing(plan: Plan, marks: Mapping[str, str], language: str = "en") -> Standing:
    """Where one juror's marks stand against the gates and thresholds, by the same plan that decides.

    Marks that are not numbers count as not given.
    """
    return standings(plan, [marks], language)[0]


def standings(plan: Plan, sheets: Sequence[Mapping[str, str]], language: str = "en") -> list[Standing]:
    """As `standing`, for several sheets at once: hardly slower than for one."""
    if plan.rubric is None:
        return [Standing(None, None, None, True, ())] * len(sheets)
    names = tuple(f"{kind} {number}" for number in range(len(sheets)) for kind in ("given", "lowest"))
    row: dict[str, list[Any]] = {"application_id": list(names)}
    schema: dict[str, Any] = {"application_id": pl.String} | {one.id: pl.Int64 for one in plan.rubric.criteria}
    left_out = [
        {one.id for one in plan.rubric.criteria if one.may_not_apply and marks.get(one.id) == NOT_APPLICABLE}
        for marks in sheets
    ]
    for criterion in plan.rubric.criteria:
        column = row[criterion.id] = []
        for marks in sheets:
            mark = marks.get(criterion.id)
            given = _numerator((criterion.words or {}).get(mark or "", mark), plan.point_unit)
            low = given if mark else _numerator(criterion.minimum or "0", plan.point_unit)
            column += [given, low]
        if criterion.may_not_apply:
            row[f"{criterion.id}.na"] = [criterion.id in out for out in left_out for _ in range(2)]
            schema[f"{criterion.id}.na"] = pl.Boolean
    nameless = [{"application_id": one} for one in names]
    frames = plan.once(("sheets without facts", len(sheets)), lambda: to_frames(plan.ruleset, nameless))
    bare = plan.once("rubric alone", lambda: _rubric_alone(plan))
    table = bench.evaluate(bare, frames, pl.DataFrame(row, schema=schema))
    decimals, unit = plan.rubric.show_decimals, plan.point_unit
    totals = [None if one is None else shown(Fraction(one, unit), decimals) for one in table["total"]]
    packed = trace.pack(bare, table, frames)
    found = []
    for number, out in enumerate(left_out):
        mine = [entry for entry in packed[f"given {number}"] if entry["block"] == "rubric"]
        lines = tuple((one.clause, one.status, one.says) for one in trace.sentences(plan.ruleset, mine, language))
        asked = [one.id for one in plan.rubric.criteria if not one.from_facts and one.id not in out]
        complete = all(row[name][2 * number] is not None for name in asked)
        total, so_far = totals[2 * number : 2 * number + 2]
        found.append(Standing(total, so_far if total is None else total, plan.rubric.maximum, complete, lines))
    return found


def _rubric_alone(plan: Plan) -> Plan:
    mine = tuple(one for one in plan.planned if one.block == "rubric")
    return replace(plan, jury=None, selection=None, selections=(), planned=mine)


def record(plan: Plan, verdict: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a verdict (a row of `decide`); the points twice, as shown and as the fraction decided on."""
    total = verdict["total"]
    return {
        "outcome": verdict["outcome"],
        "granted": bool(verdict["granted"]),
        "points": verdict["points_shown"],
        "exact_points": None if total is None else str(Fraction(total, plan.point_unit)),
        "rank": verdict["rank"],
        "group_name": verdict["group"],
        "first_failing": verdict["first_failing"],
    }


def digest(plan: Plan, verdicts: pl.DataFrame, seed: int = 0) -> str:
    """SHA-256 over the decisions in canonical form: the same rules, facts and seed give the same bytes."""
    sum_ = hashlib.sha256(canonical_head(plan, seed))
    for line in canonical(verdicts)["line"]:
        sum_.update(b"\n" + line.encode())
    return sum_.hexdigest()


def canonical_head(plan: Plan, seed: int) -> bytes:
    """What a digest begins with: the rules, the answers, the seed."""
    told = {
        "rule_set": plan.ruleset.digest,
        "policies": dict(sorted(plan.policies.items())),
        "parameters": dict(sorted(plan.parameters.items())),
        "point_unit": plan.point_unit,
        "seed": seed,
    }
    return in_one_form(told).encode()


def canonical(verdicts: pl.DataFrame) -> pl.DataFrame:
    """Each decision as one line of JSON with sorted keys, in order of application_id: application_id and line.

    The digest follows each line with the next, so the lines of several tables, merged in that order, give it too.
    """
    if any(kind.is_float() for kind in verdicts.dtypes):
        raise TypeError("a decision holds no floating-point number")
    moments = [name for name, kind in verdicts.schema.items() if isinstance(kind, pl.Datetime)]
    plain = verdicts.with_columns(
        verdicts[name].replace_strict(
            {one: one.isoformat() for one in verdicts[name].drop_nulls().unique()}, default=None, return_dtype=pl.String
        )
        for name in moments
    )
    lines = pl.struct(sorted(plain.columns)).struct.json_encode().alias("line")
    return plain.sort("application_id").select("application_id", lines)


def _numerator(mark: str | None, unit: int) -> int | None:
    try:
        value = Fraction(mark.strip()) * unit if mark and mark.strip() and len(mark) < 40 else None
    except (ValueError, ZeroDivisionError):
        return None
    return int(value) if value is not None and value.denominator == 1 and abs(value) < 10**6 * unit else None
