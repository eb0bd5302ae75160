"""From when until when what was granted holds, when its renewal opens, and the days that follow from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from typing import Any

import polars as pl

from evaluators.children import with_list
from evaluators.facts import Frames
from rules.conditions import DAYS
from rules.errors import refuse
from rules.plan import Plan

NAMES = {"starts": "valid_from", "until": "valid_until"}
NOTHING = pl.lit(None, dtype=pl.Date)


@dataclass(frozen=True)
class Term:
    """First and last day on which a grant holds; None: the rules name no such day, or a fact for it is missing.

    `reminders` None: the rules name no days on which its holder is reminded of the end.
    """

    valid_from: date
    valid_until: date | None
    renewal_opens: date | None
    renewal_closes: date | None = None
    grace_until: date | None = None
    milestones: Mapping[str, date] = field(default_factory=dict)
    reminders: tuple[date, ...] | None = None


def each(
    plan: Plan, frames: Frames, awarded_on: Sequence[date], decreed: Sequence[date | None] | None = None
) -> list[Term]:
    """The term of each application of the frames, in their order; `decreed` as in `terms`.

    Raises RuleSetError while a policy that they rest on is open.
    """
    block = plan.validity
    if block is None:
        return [
            Term(day, until, None) for day, until in zip(awarded_on, decreed or [None] * len(awarded_on), strict=True)
        ]
    if block.open:
        says = f"How long the award is valid depends on {', '.join(block.open)}, which has not been answered."
        raise refuse(says, "Answer the policy first.", plan.ruleset.key)
    return [
        _term(plan, row, day)
        for row, day in zip(
            terms(plan, frames, awarded_on, decreed=decreed).iter_rows(named=True), awarded_on, strict=True
        )
    ]


def undated(plan: Plan, found: Term) -> tuple[str, ...]:
    """The facts without which nobody can say until when something is held; none where that is known."""
    block = plan.validity
    if block is None or block.until is None or found.valid_until is not None:
        return ()
    return block.facts


def _term(plan: Plan, row: Mapping[str, Any], awarded_on: date) -> Term:
    days = {one.id: row[f"milestone.{one.id}"] for one in plan.milestones if row[f"milestone.{one.id}"] is not None}
    ladder = plan.validity.reminders if plan.validity is not None else None
    reminders = [row[f"reminder.{place}"] for place in range(len(ladder or ()))]
    return Term(
        row["valid_from"] or awarded_on, row["valid_until"], row["renewal_opens"], row["renewal_closes"],
        row["grace_until"], days, None if ladder is None else tuple(day for day in reminders if day is not None),
    )  # fmt: skip


def terms(
    plan: Plan,
    frames: Frames,
    awarded_on: Sequence[date | None],
    as_of: date | None = None,
    decreed: Sequence[date | None] | None = None,
) -> pl.DataFrame:
    """The days of each application of the frames, in their order; `awarded_on` null: it was not awarded (yet).

    `decreed` is the last day that an authority set by a decision of its own, null where it set none; what the rules
    count from the end then follows it.
    Columns: application_id, valid_from, valid_until, renewal_opens, renewal_closes, grace_until, `milestone.<id>`,
    `reminder.<n>` (from 0, in the order of the rules), standing_policies (open policies that hold back a day), and
    standing as of a day: not_yet, valid, renewal_open, in_grace, expired, withdrawn, unknown (a fact is missing),
    undecided (a policy is open), null without `as_of`.
    """
    table = frames.applications.with_columns(
        pl.Series("awarded_on", list(awarded_on), dtype=pl.Date), pl.lit(as_of, dtype=pl.Date).alias("as_of")
    )
    for name, child in plan.children.items():
        if name in frames.children:
            absent = [one for one in sorted(child.fetches) if one not in table.columns]
            table = table.with_columns(pl.lit(None).alias(one) for one in absent)
            table = with_list(table.lazy(), table["_row"], frames.children[name], child).collect()
    block = plan.validity
    days = dict(block.days) if block is not None else {"starts": pl.col("awarded_on")}
    for name in DAYS:
        table = table.with_columns(days.get(name, NOTHING).alias(name))
        if name == "until" and decreed is not None:
            table = table.with_columns(pl.coalesce(pl.Series(list(decreed), dtype=pl.Date), name).alias(name))
    ladder = (block.reminders if block is not None else None) or ()
    table = table.with_columns(day.cast(pl.Date).alias(f"reminder.{place}") for place, day in enumerate(ladder))
    for one in plan.milestones:
        day = one.on if one.when is None else pl.when(one.when).then(one.on)
        table = table.with_columns(day.cast(pl.Date).alias(f"milestone.{one.id}"))
    waiting = [(name, _held(plan)) for name in (block.open if block else ())]
    for one in plan.milestones:
        refused = pl.lit(False) if one.when is None else ~one.when.fill_null(True)
        held = pl.col(f"milestone.{one.id}").is_null() & ~refused
        waiting += [(name, held) for name in one.open]
    policies = pl.lit([], dtype=pl.List(pl.String))
    if waiting:
        parts = [pl.when(held).then(pl.lit(name)) for name, held in waiting]
        policies = pl.concat_list(parts).list.drop_nulls().list.unique(maintain_order=True)
    standing = pl.lit(None, dtype=pl.String) if as_of is None else _standing(plan)
    return table.with_columns(standing=standing, standing_policies=policies).select(
        "application_id",
        *(pl.col(name).alias(NAMES.get(name, name)) for name in DAYS),
        *(f"milestone.{one.id}" for one in plan.milestones),
        *(f"reminder.{place}" for place in range(len(ladder))),
        "standing",
        "standing_policies",
    )


def _held(plan: Plan) -> pl.Expr:
    """Whether a day that the rules name cannot be worked out for something that was awarded."""
    days = plan.validity.days if plan.validity is not None else {}
    missing = reduce(lambda a, b: a | b, (pl.col(name).is_null() for name in days), pl.lit(False))
    return pl.col("awarded_on").is_not_null() & missing


def _standing(plan: Plan) -> pl.Expr:
    """Where a grant stands as of the day; what cannot be told stays unknown."""
    block = plan.validity
    days = block.days if block is not None else {}
    now = pl.col("as_of")
    unsure = (
        pl.when(pl.col("awarded_on").is_null())
        .then(pl.lit("unknown"))
        .otherwise(pl.lit("undecided" if block is not None and block.open else "unknown"))
    )
    inside = pl.lit("valid")
    if "renewal_opens" in days:
        opened = now >= pl.col("renewal_opens")
        if "renewal_closes" in days:
            opened = opened & (now <= pl.col("renewal_closes"))
        inside = pl.when(opened).then(pl.lit("renewal_open")).when(~opened).then(pl.lit("valid")).otherwise(unsure)
    after = pl.lit("expired")
    if "grace_until" in days:
        graced = now <= pl.col("grace_until")
        after = pl.when(graced).then(pl.lit("in_grace")).when(~graced).then(pl.lit("expired")).otherwise(unsure)
    running = now <= pl.col("until") if "until" in days else pl.lit(True)
    held = pl.when(running).then(inside).when(~running).then(after).otherwise(unsure)
    begun = now >= pl.col("starts")
    plain = pl.when(begun).then(held).when(~begun).then(pl.lit("not_yet")).otherwise(unsure)
    if block is None or block.withdrawn is None:
        return plain
    gone = block.withdrawn
    return pl.when(gone).then(pl.lit("withdrawn")).when(~gone).then(plain).otherwise(unsure)
