"""The trace of many decisions in columns: three bits a clause, figures as whole numbers; sentences only on demand.

`columns` makes the table that is kept, `head` what stands once for all of it, `entries` the packed trace of one row
again, as evaluators.trace reads it. Thresholds that are the same for everybody stand in the head.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from evaluators import trace
from rules.plan import Plan, PlannedClause
from rules.values import Num, Val

_PER_WORD = 20  # clauses in one 64-bit word
_WORD = "codes_{}"
_SMALL = 2**31


def columns(plan: Plan, verdicts: pl.DataFrame) -> pl.DataFrame:
    """The trace of these decisions: application_id, outcome, place (of a selection), codes of all clauses, measures."""
    ids = [clause.id for clause in plan.planned]
    words = []
    for start in range(0, len(ids), _PER_WORD):
        part = ids[start : start + _PER_WORD]
        bits = [pl.col(f"clause.{name}").cast(pl.UInt64) * (8**place) for place, name in enumerate(part)]
        words.append(pl.sum_horizontal(bits).cast(_word_type(len(part))).alias(_WORD.format(start // _PER_WORD)))
    kept = [
        pl.col(f"{key}.{clause.id}").cast(_kind(value))
        for clause in plan.planned
        for key, value in (("measured", clause.measured), ("threshold", clause.threshold))
        if value is not None and not (key == "threshold" and _fixed(clause))
    ]
    places = [pl.col("rank"), pl.col("group").cast(pl.Categorical)] if plan.selections else []
    return verdicts.select("application_id", pl.col("outcome").cast(pl.Categorical), *places, *words, *kept)


def head(plan: Plan, verdicts: pl.DataFrame | None = None) -> dict[str, str]:
    """What stands once for a whole trace, as Parquet keeps it: the rule set, its answers, fixed thresholds."""
    fixed = {}
    for clause in plan.planned:
        if _fixed(clause) and verdicts is not None and verdicts.height:
            fixed[clause.id] = trace.texts(verdicts[f"threshold.{clause.id}"].head(1), clause.threshold)[0]
    told = {
        "rule_set": plan.ruleset.key,
        "digest": plan.ruleset.digest,
        "policies": dict(sorted(plan.policies.items())),
        "parameters": dict(sorted(plan.parameters.items())),
        "point_unit": plan.point_unit,
        "clauses": [clause.id for clause in plan.planned],
        "thresholds": fixed,
    }
    bands = [clause.id for clause in plan.planned if clause.block == "band"]
    if bands and verdicts is not None:
        told["seeds"] = {name: verdicts[f"seed.{name}"].drop_nulls().first() for name in bands}
    return {"laurea": json.dumps(told, ensure_ascii=False, sort_keys=True)}


def entries(plan: Plan, row: Mapping[str, Any], told: Mapping[str, Any]) -> list[trace.Packed]:
    """The packed trace of one row of `columns`; `told` is the head that was kept with it.

    Raises ValueError when the plan is not the one the trace was made with.
    """
    if told["digest"] != plan.ruleset.digest or told["clauses"] != [clause.id for clause in plan.planned]:
        raise ValueError(f"the trace was made with {told['rule_set']} {told['digest'][:12]}, not with these rules")
    found: list[trace.Packed] = []
    for number, clause in enumerate(plan.planned):
        word = row[_WORD.format(number // _PER_WORD)]
        code = word >> 3 * (number % _PER_WORD) & 7
        limit = told["thresholds"].get(clause.id)
        if limit is None:
            limit = trace.exact_text(row.get(f"threshold.{clause.id}"), clause.threshold)
        entry: trace.Packed = {
            "clause": clause.id,
            "block": clause.block,
            "status": trace.STATUS[code],
            "measured": trace.exact_text(row.get(f"measured.{clause.id}"), clause.measured),
            "threshold": limit,
            "operator": clause.operator,
            "facts": {},
            "policies": {name: plan.policies[name] for name in clause.policies if name in plan.policies},
        }
        if entry["measured"] is not None and told.get("seeds", {}).get(clause.id) is not None:
            entry["seed"] = told["seeds"][clause.id]
        found.append(entry | trace.beside(plan, clause, code))
    return found


def holds(told: Mapping[str, Any], clause: str) -> pl.Expr:
    """Whether a clause was true, over the columns of a trace; `told` is its head."""
    number = told["clauses"].index(clause)
    found: pl.Expr = pl.col(_WORD.format(number // _PER_WORD)).cast(pl.UInt64) // 8 ** (number % _PER_WORD) % 8 == 1
    return found


def _fixed(clause: PlannedClause) -> bool:
    """Whether a threshold is the same for all applications."""
    value = clause.threshold
    if value is None:
        return False
    parts = [value.low, value.high] if isinstance(value, Num) else [value.expr]
    return not any(part.meta.root_names() for part in parts)


def _kind(value: Num | Val) -> Any:
    if isinstance(value, Num):
        return pl.Int32 if value.bound < _SMALL else pl.Int64
    kinds: Mapping[str, Any] = {"date": pl.Date, "bool": pl.Boolean, "moment": pl.Datetime("us", "UTC")}
    return kinds.get(value.kind, pl.Categorical)


def _word_type(clauses: int) -> Any:
    return pl.UInt16 if clauses <= 5 else pl.UInt32 if clauses <= 10 else pl.UInt64
