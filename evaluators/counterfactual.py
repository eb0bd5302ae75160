"""The smallest change of the facts under which a failed clause would have passed.

For clauses over facts: all ways to pass that need no more than they must, those that touch the fewest things first.
For clauses over points only the distance to the threshold, for a selection the distance to the last place taken:
nobody is told which mark of which juror would have had to be another. A way is checked by reading the whole clause
again with it; a clause this search cannot read gets no way rather than a wrong one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import polars as pl

from evaluators.facts import Frames
from evaluators.papers import Papers, papers_of
from evaluators.trace import zone_of
from evaluators.ways import Change, Way, ways
from rules import moments
from rules.nodes import Binary, Ref
from rules.plan import Plan, PlannedClause
from rules.ruleset import Clause
from rules.syntax import parse
from rules.values import Num


@dataclass(frozen=True)
class Counterfactual:
    """What would have let one clause pass: `ways` over facts, or a `distance`.

    `kind`: facts, points or place. `strict`: standing exactly on the threshold is not enough. `of_points`: the distance
    is in points. `distance` None for a place: nobody took one.
    """

    clause: str
    block: str
    kind: str
    ways: tuple[Way, ...] = ()
    distance: Fraction | None = None
    strict: bool = False
    of_points: bool = True


def find(plan: Plan, frames: Frames, verdicts: pl.DataFrame, application_id: str) -> list[Counterfactual]:
    """What would have let each failed clause of an application pass, in order of the rule set.

    `verdicts` is what `evaluators.decide` gave for the same plan and frames. Clauses that hold, are unknown, waived or
    wait for a policy are left out. Raises KeyError when there is no such application.
    """
    ids = verdicts["application_id"].to_list()
    if application_id not in ids:
        raise KeyError(application_id)
    number = ids.index(application_id)
    row = verdicts.row(number, named=True)
    papers: Papers | None = None
    found: list[Counterfactual] = []
    for clause in plan.planned:
        if row[f"clause.{clause.id}"] != 0 or clause.block in ("jury", "place", "calibration", "band"):
            continue
        if clause.block == "selection":
            found += _place(clause, plan, verdicts, row)
        elif clause.points or clause.block not in ("admission", "eligibility"):
            found += _distance(clause, row)
        else:
            papers = papers or papers_of(plan, frames, number)
            found += _facts(plan, clause, papers, row)
    return found


def _facts(plan: Plan, clause: PlannedClause, papers: Papers, row: Mapping[str, Any]) -> Iterator[Counterfactual]:
    source = clause.source
    require, window = getattr(source, "require", None), getattr(source, "window", None)
    found: list[Way] = []
    if require is not None:
        found = ways(parse(require), papers)
    elif window is not None:
        found = _into(plan, clause, papers)
    elif clause.first_in_order and isinstance(clause.measured, Num) and isinstance(clause.threshold, Num):
        place, count = row[f"measured.{clause.id}"], row[f"threshold.{clause.id}"]
        if place is not None and count is not None:
            at, limit = Fraction(place, clause.measured.unit), Fraction(count, clause.threshold.unit)
            found = [Way((Change("submitted_at", "order", at - 1, limit - 1),))]
    if found:
        yield Counterfactual(clause.id, clause.block, "facts", tuple(found))


def _into(plan: Plan, clause: PlannedClause, papers: Papers) -> list[Way]:
    """The nearest moment inside a window."""
    assert isinstance(clause.source, Clause)
    window = clause.source.window
    assert window is not None
    name = window.of
    at = papers.facts.get(name)
    opens, closes = (_local(text, papers) for text in (window.opens, window.closes))
    try:
        first, after = moments.bounds(opens, closes, zone_of(plan, clause))
    except (ValueError, KeyError):
        return []
    if not isinstance(at, datetime):
        return []
    if first is not None and at < first:
        return [Way((Change(name, "value", at, first.astimezone(UTC)),), opens)]
    if after is not None and at >= after:
        last = after.astimezone(UTC) - timedelta(seconds=1)
        return [Way((Change(name, "value", at, last),), closes)]
    return []


def _local(text: str | None, papers: Papers) -> str | None:
    """The local time a window's end stands for: itself, or the parameter or policy it names."""
    value = papers.constants.get(text or "", text)
    return None if value is None else str(value).replace(" ", "T")


def _distance(clause: PlannedClause, row: Mapping[str, Any]) -> Iterator[Counterfactual]:
    measured, threshold = clause.measured, clause.threshold
    if not isinstance(measured, Num) or not isinstance(threshold, Num):
        return
    found, limit = row[f"measured.{clause.id}"], row[f"threshold.{clause.id}"]
    if found is None or limit is None or clause.operator not in ("<", "<=", ">", ">="):
        return
    gap = abs(Fraction(found, measured.unit) - Fraction(limit, threshold.unit))
    require = clause.source.require if isinstance(clause.source, Clause) else None
    tree = parse(require) if require else None
    of_points = isinstance(tree, Binary) and isinstance(tree.left, Ref) and tree.left.path[0] in ("points", "total")
    strict = clause.operator in ("<", ">")
    yield Counterfactual(clause.id, clause.block, "points", (), gap, strict, of_points)


def _place(
    clause: PlannedClause, plan: Plan, verdicts: pl.DataFrame, row: Mapping[str, Any]
) -> Iterator[Counterfactual]:
    """How far the first key of the order is from that of the last who was chosen in the same group."""
    own = row[f"measured.{clause.id}"]
    chosen = next((one for one in plan.selections if one.id == clause.id), None)
    if own is None or chosen is None:
        return
    if chosen.band is not None and row[f"clause.{chosen.band.id}"] in (1, 3):
        return  # the band was settled otherwise than by points; its own clause says how
    taken = verdicts.filter(
        (pl.col(f"clause.{clause.id}") == 1) & pl.col("group").eq_missing(pl.lit(row["group"], dtype=pl.String))
    )[f"measured.{clause.id}"].drop_nulls()
    if taken.is_empty():
        yield Counterfactual(clause.id, clause.block, "place")
        return
    key = chosen.order[0]
    last: Any = taken.min() if key.highest else taken.max()
    unit = clause.measured.unit if isinstance(clause.measured, Num) else plan.point_unit
    gap = Fraction(last - own if key.highest else own - last, unit)
    orders: list[Any] = list(getattr(clause.source, "order", ()))
    by = str(orders[0].by) if orders else ""
    of_points = by == "total" or by.startswith("points.")
    if gap >= 0:  # otherwise something else kept it out: it did not compete
        yield Counterfactual(clause.id, clause.block, "place", (), gap, of_points=of_points)
