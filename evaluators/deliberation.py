"""What each application still waits for of its jury: sheets, a third review, a joint sheet, or nothing."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

import polars as pl

from evaluators import beliefs, bench, correction
from evaluators.calibration import Refusal
from evaluators.facts import Frames
from rules.plan import Plan


class Waits(StrEnum):
    """What must come before an application's marks become points."""

    SHEETS = "sheets"  # fewer sheets than the round asks for, or a mark is missing on one
    THIRD = "third"  # the first sheets differ, and another one settles it
    LINE = "line"  # it cannot be told apart at the cut line, and another sheet is asked for
    JOINT = "joint"  # the jurors must write one sheet together and all agree to it
    POLICY = "policy"  # a question of the rules is open
    NOTHING = "nothing"


def waits(plan: Plan, frames: Frames, points: pl.DataFrame | None) -> dict[str, Waits]:
    """For each application of the frames what it waits for; `frames` and `points` as `evaluators.sheets.taken` gives.

    A third review is waited for where the first `reviews` sheets differ, no further one is in, and the rules say what
    a third one does; where they say that the body convenes, a joint sheet is. The plan has a jury.
    """
    jury = plan.jury
    assert jury is not None
    table = bench.evaluate(plan.once("deliberation", lambda: _jury_alone(plan)), frames, points)
    settled, differs, enough = (pl.col(name).fill_null(False) for name in ("settled", "differs", "enough"))
    together = pl.lit(jury.asked_consolidation == "consensus") & ~pl.col("differs")
    if jury.third == "convene":
        together = together | differs
    asks = differs & ~pl.col("third").fill_null(False)
    if jury.third in (None, "convene"):
        asks = pl.lit(False)
    found = (
        pl.when(settled).then(pl.lit(Waits.NOTHING.value))
        .when(~enough).then(pl.lit(Waits.SHEETS.value))
        .when(asks).then(pl.lit(Waits.THIRD.value))
        .when(pl.col("unruled").fill_null(False)).then(pl.lit(Waits.POLICY.value))
        .when(differs & pl.lit(jury.discrepancy_open)).then(pl.lit(Waits.POLICY.value))
        .when(together.fill_null(False)).then(pl.lit(Waits.JOINT.value))
        .otherwise(pl.lit(Waits.SHEETS.value))
    )  # fmt: skip
    pairs = table.select("application_id", found.alias("waits")).iter_rows()
    return {application: Waits(name) for application, name in pairs}


def refusal(plan: Plan, frames: Frames, points: pl.DataFrame | None) -> Refusal | None:
    """Why totals cannot be corrected as the rules prescribe, and what would change it; None: they can, or need not."""
    if plan.jury is None or plan.jury.calibration != "prescribed" or "sheets" not in frames.children:
        return None
    table = bench.evaluate(plan.once("deliberation", lambda: _jury_alone(plan)), frames, points)
    return correction.fitted(plan, table, frames.children["sheets"]).refused


def asked_at_line(plan: Plan, frames: Frames, points: pl.DataFrame | None, seed: int) -> set[str]:
    """The applications of whom one more review is asked, since they cannot be told apart at a cut line.

    `frames` hold all applications of the round, `seed` is its seed. Whoever has that review already is left out.
    """
    if not plan.asks_at_line:
        return set()
    table = bench.evaluate(plan, frames, points, seed=seed)
    asks = pl.any_horizontal(f"asks.{one.id}" for one in plan.selections if one.band is not None)
    return set(table.filter(asks)["application_id"])


def unsure(plan: Plan, frames: Frames, points: pl.DataFrame | None, verdicts: pl.DataFrame) -> str | None:
    """Why nobody can say who stands at a cut line, where the rules ask how sure scores are; None: it can be said.

    `verdicts` is what `evaluators.decide` gave: where they leave no line open, nobody asks.
    """
    bands = [one.band for one in plan.selections if one.band is not None and one.band.sure is not None]
    if plan.jury is None or not any((verdicts[f"clause.{one.id}"] == 2).any() for one in bands):
        return None
    table = bench.evaluate(plan.once("deliberation", lambda: _jury_alone(plan)), frames, points)
    table = table.with_columns(beliefs.further(plan, table).alias("further"))
    return beliefs.of(plan, table, frames.children.get("sheets")).refused


def _jury_alone(plan: Plan) -> Plan:
    assert plan.jury is not None
    mine = tuple(one for one in plan.planned if one.block == "jury")
    jury = replace(plan.jury, calibration="none")
    return replace(plan, selection=None, selections=(), planned=mine, jury=jury)
