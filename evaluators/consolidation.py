"""Several score sheets of one application into one figure a criterion, exactly.

Figures are integers over `plan.point_unit`. The plan chooses that unit so that what the rule set's method gives
for its number of reviews is always whole; where more sheets came in than it was chosen for and the figure would
not be whole, this module says so instead of rounding.
"""

from __future__ import annotations

from fractions import Fraction

import polars as pl

from evaluators.marks import exact
from rules.plan import Plan

METHODS = ("mean", "median", "sum")


def consolidate(plan: Plan, sheets: pl.DataFrame) -> pl.DataFrame:
    """The points of each application, one Int64 column a criterion, over `plan.point_unit`; sorted by application.

    `sheets` has the columns application_id, juror_id, criterion, points (text, as the juror gave them) of
    submitted sheets. An application with fewer sheets than `plan.jury.reviews` gets null everywhere; a criterion
    that one of its sheets leaves out gets null. Raises ValueError for a mark given twice, a mark that is not a
    number, an unknown method or criterion, and a figure that is not whole; RuleSetError
    while a policy it needs is open.
    """
    criteria = [criterion.id for criterion in plan.rubric.criteria] if plan.rubric is not None else []
    empty = pl.DataFrame(schema={"application_id": pl.String, **dict.fromkeys(criteria, pl.Int64)})
    if sheets.is_empty():
        return empty
    reviews, method = _terms(plan)
    marks = _exact_marks(plan, sheets.select("application_id", "juror_id", "criterion", "points"), set(criteria))
    sheets_of = marks.group_by("application_id").agg(pl.col("juror_id").n_unique().alias("sheets"))
    middle = pl.col("units").sort()
    low, high = (pl.len() - 1) // 2, pl.len() // 2
    doubled = {
        "mean": 2 * pl.col("units").sum(),
        "sum": 2 * pl.col("units").sum(),
        "median": middle.get(low) + middle.get(high),
    }[method]
    divisor = 2 * pl.col("marks") if method == "mean" else pl.lit(2)
    figures = (
        marks.group_by("application_id", "criterion")
        .agg(doubled.alias("doubled"), pl.len().cast(pl.Int64).alias("marks"))
        .join(sheets_of, on="application_id")
        .with_columns(
            pl.when((pl.col("sheets") >= reviews) & (pl.col("marks") == pl.col("sheets")))
            .then(pl.col("doubled"))
            .alias("doubled"),
            divisor.alias("divisor"),
        )
    )
    broken = figures.filter(pl.col("doubled") % pl.col("divisor") != 0)
    if not broken.is_empty():
        first = broken.sort("application_id", "criterion").row(0, named=True)
        raise ValueError(
            f"the {method} of {first['marks']} marks of {first['application_id']} for {first['criterion']} is not a "
            f"whole number of 1/{plan.point_unit} points; this round asks for {reviews} reviews"
        )
    table = figures.select("application_id", "criterion", units=pl.col("doubled") // pl.col("divisor")).pivot(
        on="criterion", index="application_id", values="units"
    )
    missing = [pl.lit(None, dtype=pl.Int64).alias(name) for name in criteria if name not in table.columns]
    return table.with_columns(missing).select(empty.columns).sort("application_id")


def _terms(plan: Plan) -> tuple[int, str]:
    if plan.jury is None:
        raise ValueError("the rule set has no jury, so there is nothing to consolidate")
    if plan.jury.consolidation not in METHODS:
        raise ValueError(f"cannot consolidate by {plan.jury.consolidation}; known methods are {', '.join(METHODS)}")
    return plan.jury.reviews, plan.jury.consolidation


def _exact_marks(plan: Plan, sheets: pl.DataFrame, criteria: set[str]) -> pl.DataFrame:
    """The sheets with `units`: points as whole numbers over the plan's unit."""
    strange = sorted(set(sheets["criterion"].unique()) - criteria)
    if strange:
        raise ValueError(f"the rubric has no criterion {', '.join(strange)}")
    twice = sheets.filter(pl.struct("application_id", "juror_id", "criterion").is_duplicated())
    if not twice.is_empty():
        first = twice.sort("application_id", "juror_id", "criterion").row(0, named=True)
        raise ValueError(f"{first['juror_id']} marked {first['criterion']} of {first['application_id']} more than once")
    units: dict[str, int] = {}
    for text in sheets["points"].unique():
        number = exact(text) if text is not None else None
        if number is None:
            raise ValueError(f"the mark {text!r} is not a number")
        scaled: Fraction = number * plan.point_unit
        if scaled.denominator != 1:
            raise ValueError(f"the mark {text} is not a whole number of 1/{plan.point_unit} points")
        units[text] = int(scaled)
    return sheets.with_columns(
        pl.col("points").replace_strict(list(units), list(units.values()), return_dtype=pl.Int64).alias("units")
    )
