"""Selections, planned: who competes, in which order, how many; places become selections in turn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce

import polars as pl

from rules import bands, naming
from rules.bands import keys
from rules.compiling import Compiling, number
from rules.conditions import ROUNDINGS
from rules.juries import ResolvedJury
from rules.planned import PlannedClause, PlannedKey, PlannedSelection
from rules.ruleset import Quota, RuleSet, Selection
from rules.values import Num

_SEPARATOR = " · "


@dataclass(frozen=True)
class Chosen:
    """What the selections add to a plan, in turn."""

    runs: tuple[PlannedSelection, ...]
    clauses: tuple[PlannedClause, ...]


def plan(work: Compiling, ruleset: RuleSet, planned: Iterable[PlannedClause], jury: ResolvedJury | None) -> Chosen:
    """All selections of a rule set; `planned` are the clauses they may ask for.

    Raises RuleSetError for an answer by which a band cannot be settled.
    """
    runs: list[PlannedSelection] = []
    clauses: list[PlannedClause] = []
    opens = {one.id: set(one.open) for one in planned}
    for _, one in ruleset.chosen():
        more, found = _selection(work, one, jury)
        opens |= {clause.id: set(clause.open) for clause in found}
        for run in more:
            also = {name for clause in run.clauses for name in opens.get(clause, ())}
            runs.append(replace(run, also_open=tuple(sorted(also))))
            opens[run.id] |= also
        clauses += found
    return Chosen(tuple(runs), tuple(clauses))


def _selection(
    work: Compiling, chosen: Selection, jury: ResolvedJury | None
) -> tuple[list[PlannedSelection], list[PlannedClause]]:
    place = f"selection.{chosen.id}"
    having, names = work.boolean(chosen.having, place)
    groups = [work.boolean(text, place) for text in chosen.groups]
    group_names = {name for _, more in groups for name in more}
    order, order_names = keys(work, chosen.order, place)
    tie, tie_names = _tie(work, chosen, place)
    every = names | group_names | order_names | tie_names
    base = PlannedSelection(
        chosen.id, _group([value for value, _ in groups]), having, order, tie, having, None, None, "up_to", Fraction(0),
        False, work.facts(names | group_names | {name for key in order[:1] for name in key.facts}),
        work.open(names | group_names | work.num(chosen.order[0].by, place)[1]), tuple(sorted(clauses_of([having]))),
    )  # fmt: skip
    if chosen.quota is not None:
        run, more = _quota(work, chosen.quota, base, place, names)
        if chosen.band is None or chosen.band.settle == "none":
            return [run], [_clause(work, chosen.id, "selection", chosen, every | more, run)]
        band, named = bands.plan(work, chosen.band, place, jury)
        run = replace(run, band=band)
        whole = _clause(work, chosen.id, "selection", chosen, every | more | named, run)
        return [run], [whole, bands.clause(work, chosen.band, band, named, whole)]
    runs: list[PlannedSelection] = []
    found: list[PlannedClause] = []
    for one in chosen.places or []:
        more = work.use(one.count, "constants").names
        free = reduce(lambda a, b: a & b, [~pl.col(f"value.{run.id}") for run in runs], having)
        run = replace(
            base, id=one.id, having=free, base=free, count=number(work.constant(one.count)),
            quota_open=bool(work.open(more)), clauses=tuple(sorted(clauses_of([free]))),
        )  # fmt: skip
        runs.append(run)
        found.append(_clause(work, one.id, "place", one, every | more, run))
    parts = tuple(run.id for run in runs)
    whole = _clause(work, chosen.id, "selection", chosen, every, base)
    value = naming.any_of(pl.col(f"value.{name}") for name in parts)
    return runs, [*found, replace(whole, value=value, parts=parts)]


def _clause(
    work: Compiling, name: str, block: str, source: object, names: set[str], run: PlannedSelection
) -> PlannedClause:
    policies = tuple(sorted(one[7:] for one in names if one.startswith("policy.")))
    return PlannedClause(
        name, block, source, pl.lit(None, dtype=pl.Boolean), work.open(names), policies,  # type: ignore[arg-type]
        tuple(dict.fromkeys((*run.facts, *run.tie_facts))), work.points(names), measured=run.order[0].by,
    )  # fmt: skip


def _group(values: list[pl.Expr]) -> pl.Expr | None:
    if len(values) < 2:
        return values[0] if values else None
    return pl.concat_str(values, separator=_SEPARATOR)


def _tie(work: Compiling, chosen: Selection, place: str) -> tuple[str | tuple[PlannedKey, ...] | None, set[str]]:
    """What becomes of equals: in, out, further keys, or None while the policy is open."""
    if chosen.ties.answer in ("in", "out"):
        return chosen.ties.answer, set()
    names = work.use(chosen.ties.answer, "constants").names
    answer = work.constant(chosen.ties.answer)
    reading = chosen.ties.readings.get(answer) if isinstance(answer, str) else None
    if reading is None or isinstance(reading, str):
        return reading, names
    found, more = keys(work, reading if isinstance(reading, list) else [reading], place)
    return found, names | more


def _quota(
    work: Compiling, quota: Quota, base: PlannedSelection, place: str, having: set[str]
) -> tuple[PlannedSelection, set[str]]:
    who, names = (base.base, having) if quota.base is None else work.boolean(quota.base, place)
    names = set(names)
    figures: dict[str, Fraction | None] = {}
    for key in ("count", "share", "limit", "minimum"):
        text = getattr(quota, key)
        figures[key] = number(work.constant(text))
        names |= work.use(text, "constants").names if text and not text.isdigit() else set()
    rounding: object = quota.rounding or "up_to"
    if rounding not in ROUNDINGS:
        names |= work.use(quota.rounding or "", "constants").names
        rounding = work.constant(quota.rounding)
    weight: Num | None = None
    if quota.sum is not None:
        weight, more = work.num(quota.sum, place)
        names |= more
    if quota.minimum != "0" and figures["minimum"] is None:
        figures |= {"count": None, "share": None}  # how many at least is open, so how many is
    facts = tuple(sorted({*base.facts, *work.facts(names)}))
    return replace(
        base, base=who, count=figures["count"], share=figures["share"], limit=figures["limit"], sum=weight,
        rounding=rounding if isinstance(rounding, str) else None, minimum=figures["minimum"] or Fraction(0),
        quota_open=bool(work.open(names)), facts=facts, clauses=tuple(sorted(clauses_of([base.having, who]))),
    ), names  # fmt: skip


def clauses_of(values: list[pl.Expr]) -> set[str]:
    """The clauses whose values an expression reads."""
    roots = {root for value in values for root in value.meta.root_names()}
    return {root.split(".", 1)[1] for root in roots if root.startswith(("value.", "late."))}
