"""A decided round's sheets compared: how sure each application's place above the line is, and how the jurors marked.

The decisions say where the line fell: among those that were ranked, in each group, the places that were given; without
a ranking, the threshold on the total. What is found here is told beside the decisions and changes none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from evaluators import cutline, facts, scoring, sheets
from evaluators.centres import Trim
from evaluators.cutline import Cut
from evaluators.scoring import NotAdjusted, Scored
from evaluators.sheets import Given
from rules.plan import Plan
from rules.values import Num

_NOWHERE = "\0"  # the group of those who compete for nothing


@dataclass(frozen=True)
class Placed:
    """What was decided of an application: its group and rank, where it was ranked, and whether it was chosen."""

    group: str
    rank: int | None
    granted: bool


@dataclass(frozen=True)
class Compared:
    """The sheets of a round compared. `chances` says of an application how probable it is to belong above the line and
    its band (above, open, below); it is empty where there is no line, or where `unsure` says why nobody can tell.
    `line` is where the line falls, in points, where there is one line. `pairs` are the first two scores of each
    application that has two.
    """

    scored: Scored
    chances: Mapping[str, tuple[float, str]]
    line: float | None
    threshold: bool
    unsure: str
    pairs: tuple[tuple[float, float], ...]


def scores_of(plan: Plan, given: Given) -> pl.DataFrame:
    """The total of each complete sheet in points: application_id, juror_id, score."""
    refs = list(dict.fromkeys(application for application, _, _ in given))
    frames, _ = sheets.taken(plan, facts.to_frames(plan.ruleset, [{"application_id": ref} for ref in refs]), given)
    if "sheets" not in frames.children:
        return pl.DataFrame(schema={"application_id": pl.String, "juror_id": pl.String, "score": pl.Float64})
    return (
        frames.children["sheets"]
        .join(frames.applications.select("_row", "application_id"), on="_row")
        .filter(pl.col("item.total").is_not_null())
        .select("application_id", juror_id="item.juror", score=pl.col("item.total") / plan.point_unit)
    )


def threshold_of(plan: Plan) -> float | None:
    """The least total that a condition of the rules asks for, in points; None where none does."""
    found = []
    for clause in plan.planned:
        measured, limit = clause.measured, clause.threshold
        if plan.total is None or clause.operator not in (">=", ">") or not isinstance(limit, Num):
            continue
        if isinstance(measured, Num) and _same(measured, plan.total) and not limit.known.meta.root_names():
            asked = pl.select(limit.known).item()
            found += [] if asked is None else [asked / limit.unit]
    return max(found, default=None)


def _same(one: Num, other: Num) -> bool:
    return one.unit == other.unit and one.known.meta.eq(other.known)


def compare(plan: Plan, given: Given, decided: Mapping[str, Placed], *, seed: int) -> Compared | None:
    """Compare the sheets of a decided round, by the method its rules use; None where no sheet is complete.

    `seed` settles the draws behind the probabilities.
    """
    table = scores_of(plan, given)
    if table.is_empty():
        return None
    ranked = {name: one for name, one in decided.items() if one.rank is not None}
    threshold = None if ranked else threshold_of(plan)
    scored = _scored(plan, table, None if threshold is None else Cut(threshold=threshold), seed)
    first = table.group_by("application_id", maintain_order=True).agg(pl.col("score").head(2))["score"]
    pairs = tuple((one[0], one[1]) for one in first.to_list() if len(one) == 2)
    if not ranked:
        rows = scored.applications.select("application_id", "p_above", "band").drop_nulls().iter_rows()
        chances = {name: (chance, band) for name, chance, band in rows}
        return Compared(scored, chances, threshold, threshold is not None, scored.unsure, pairs)
    try:
        chances = _chances(scored, ranked, seed)
    except ValueError as found:
        return Compared(scored, {}, _line(scored, ranked), threshold=False, unsure=str(found), pairs=pairs)
    return Compared(scored, chances, _line(scored, ranked), threshold=False, unsure="", pairs=pairs)


def _scored(plan: Plan, table: pl.DataFrame, cut: Cut | None, seed: int) -> Scored:
    """By the rules' own method; a prescribed correction that cannot be had leaves the mean."""
    jury = plan.jury
    method, trim = "mean", Trim()
    if jury is not None and jury.asked_consolidation in ("median", "trimmed"):
        method, trim = jury.asked_consolidation, Trim(jury.trim_count, jury.trim_share)
    if jury is not None and jury.calibration == "prescribed":
        try:
            return scoring.score(table, method="adjusted", cut=cut, seed=seed)
        except NotAdjusted:
            pass
    return scoring.score(table, method=method, cut=cut, seed=seed, trim=trim)


def _chances(scored: Scored, ranked: Mapping[str, Placed], seed: int) -> dict[str, tuple[float, str]]:
    """By group, for as many places as the decisions gave there."""
    names = scored.calibration.applications["application_id"].to_list()
    groups = {name: ranked[name].group if name in ranked else _NOWHERE for name in names}
    places = dict.fromkeys((group for group in groups.values() if group != _NOWHERE), 0)
    for one in ranked.values():
        if one.granted and one.group in places:
            places[one.group] += 1
    use = "adjusted" if scored.used == "adjusted" else "raw"
    found: dict[str, tuple[float, str]] = {}
    for number in sorted(set(places.values())):
        table = cutline.cut_line(scored.calibration, Cut(places=number), seed=seed, use=use, groups=groups)
        mine = [group for group, count in places.items() if count == number]
        rows = table.filter(pl.col("group").is_in(mine)).select("application_id", "p_above", "band").iter_rows()
        found |= {name: (chance, band) for name, chance, band in rows}
    return found


def _line(scored: Scored, ranked: Mapping[str, Placed]) -> float | None:
    """Between the last place and the first without one, where all compete together."""
    if len({one.group for one in ranked.values()}) != 1:
        return None
    score = dict(scored.applications.select("application_id", "score").iter_rows())
    inside = [score[name] for name, one in ranked.items() if one.granted and name in score]
    outside = [score[name] for name, one in ranked.items() if not one.granted and name in score]
    return (min(inside) + max(outside)) / 2 if inside and outside else None
