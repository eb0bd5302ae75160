"""The jurors' sheets beside the applications they are about, and the points that were agreed or entered instead.

Sheets are a list of each application, `sheets`, with a whole number over `plan.point_unit` for each criterion and for
the total. What becomes of them is said by `evaluators.discrepancy` (which of them count) and
`evaluators.consolidation` (how those become one figure).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import polars as pl

from evaluators.facts import Frames
from rules.errors import refuse
from rules.plan import Plan
from rules.ruleset import say
from rules.terms import ResolvedCriterion

NOT_APPLICABLE = "n/a"
BESIDE = ("total", "agreed", "place", "juror")
"""What a sheet holds beside marks."""
Sheet = Mapping[str, str | int | bool | None]
Given = Sequence[tuple[str, str, Mapping[str, str]]]
"""(application, juror, marks) of submitted sheets; those of an application in order of review."""


@dataclass(frozen=True)
class Joint:
    """The sheet that a jury writes together: its marks, and the jurors (by id) who agreed to it as it stands."""

    marks: Mapping[str, str]
    agreed: Collection[str] = field(default_factory=frozenset)


def marked(plan: Plan) -> list[ResolvedCriterion]:
    """The criteria that a juror marks."""
    return [one for one in plan.rubric.criteria if not one.from_facts] if plan.rubric else []


def counting(plan: Plan) -> list[ResolvedCriterion]:
    """Those of them that enter the total."""
    return [one for one in marked(plan) if one.counts]


def taken(
    plan: Plan, frames: Frames, sheets: Given, joint: Mapping[str, Joint] | None = None
) -> tuple[Frames, pl.DataFrame | None]:
    """What `decide` needs of a round's sheets: the frames with them, and the points that are given already.

    Without a jury, one sheet an application is its points. `joint` holds joint sheets by application: one to which
    every juror with a sheet agreed is its points, and nothing before. Raises ValueError for a juror who
    stands twice at an application and for several sheets without a jury; RuleSetError for a mark that cannot be one.
    """
    if plan.rubric is None:
        return frames, None
    by_application: dict[str, list[tuple[str, Mapping[str, str]]]] = {}
    for application, juror, marks in sheets:
        beside = by_application.setdefault(application, [])
        if any(juror == other for other, _ in beside):
            raise ValueError(f"{juror} has two sheets for {application}; one juror gives one")
        beside.append((juror, marks))
    if plan.jury is None:
        several = sorted(name for name, found in by_application.items() if len(found) > 1)
        if several:
            raise ValueError(
                f"{several[0]} has {len(by_application[several[0]])} sheets, but the rule set has no jury and does not "
                "say how several become one; give one sheet an application"
            )
        return frames, points_of(plan, {name: found[0][1] for name, found in by_application.items()})
    joint = joint or {}
    listed: list[list[Sheet]] = []
    whole: dict[str, Mapping[str, str]] = {}
    for name in frames.applications["application_id"]:
        mine, one = by_application.get(name, []), joint.get(name)
        listed.append(
            [{**marks, "juror": juror, "agreed": one is not None and juror in one.agreed} for juror, marks in mine]
        )
        if one is not None and mine and all(juror in one.agreed for juror, _ in mine):
            whole[name] = one.marks
    return with_sheets(plan, frames, listed), points_of(plan, whole) if whole else None


def points_of(plan: Plan, marks: Mapping[str, Mapping[str, str | None]]) -> pl.DataFrame:
    """Marks by application as the points of `decide`: one column a criterion, and whether it was marked n/a.

    Raises RuleSetError for a mark that cannot be one, or that is for a criterion the rubric does not have.
    """
    criteria = plan.rubric.criteria if plan.rubric else ()
    _known(plan, marks.values(), {one.id for one in criteria})
    reader = _Reader(plan)
    columns: dict[str, list[Any]] = {"application_id": list(marks)}
    schema: dict[str, Any] = {"application_id": pl.String}
    for one in criteria:
        given = [found.get(one.id) for found in marks.values()]
        columns[one.id], schema[one.id] = [reader.units(one, mark) for mark in given], pl.Int64
        if one.may_not_apply:
            columns[f"{one.id}.na"] = [None if mark is None else mark == NOT_APPLICABLE for mark in given]
            schema[f"{one.id}.na"] = pl.Boolean
    return pl.DataFrame(columns, schema=schema).sort("application_id")


def with_sheets(plan: Plan, frames: Frames, sheets: Sequence[Sequence[Sheet] | None]) -> Frames:
    """The frames with the sheets of each application, in order of its rows; None: not known.

    A sheet holds marks as text by criterion (a number, a word of the criterion, or n/a), or only `total`; `agreed`:
    whether its juror agrees to the common result; `juror`: whose it is; `place` where the order of the list is not
    the order of review. Raises RuleSetError for a mark that cannot be one, or that is for a criterion no juror marks.
    """
    criteria, reader = marked(plan), _Reader(plan)
    known = {one.id for one in criteria} | {*BESIDE}
    columns: dict[str, list[Any]] = {
        "_row": [], "item.place": [], "item.juror": [], "item.agreed": [], "item.total": [],
    }  # fmt: skip
    schema: dict[str, Any] = {
        "_row": pl.UInt32, "item.place": pl.Int64, "item.juror": pl.String, "item.agreed": pl.Boolean,
        "item.total": pl.Int64,
    }  # fmt: skip
    for one in criteria:
        columns |= {f"item.{one.id}": [], f"na.{one.id}": []}
        schema |= {f"item.{one.id}": pl.Int64, f"na.{one.id}": pl.Boolean}
    for row, found in enumerate(sheets):
        _known(plan, found or (), known)
        for place, sheet in enumerate(found or (), 1):
            columns["_row"].append(row)
            columns["item.place"].append(int(str(sheet.get("place") or place)))
            columns["item.juror"].append(sheet.get("juror"))
            columns["item.agreed"].append(sheet.get("agreed"))
            columns["item.total"].append(reader.units(None, sheet.get("total")))
            for one in criteria:
                mark = sheet.get(one.id)
                columns[f"na.{one.id}"].append(None if mark is None else mark == NOT_APPLICABLE)
                columns[f"item.{one.id}"].append(reader.units(one, mark))
    table = pl.DataFrame(columns, schema=schema)
    summed = pl.sum_horizontal([pl.lit(0), *(_weighted(one) for one in counting(plan))])
    whole = pl.all_horizontal(
        pl.lit(True),
        *(pl.col(f"item.{one.id}").is_not_null() | pl.col(f"na.{one.id}").fill_null(False) for one in counting(plan)),
    )
    table = table.with_columns(
        pl.coalesce("item.total", pl.when(whole).then(summed)).cast(pl.Int64).alias("item.total")
    )
    there = pl.Series("known.sheets", [None if one is None else True for one in sheets], dtype=pl.Boolean)
    return replace(
        frames, applications=frames.applications.with_columns(there), children={**frames.children, "sheets": table}
    )


def numerator(plan: Plan, criterion: ResolvedCriterion | None, mark: str) -> int:
    """A mark as a whole number over the plan's unit: a figure, or a word of the criterion. Raises RuleSetError."""
    if criterion is not None and criterion.words and mark in criterion.words:
        mark = criterion.words[mark]
    try:
        value = Fraction(mark) * plan.point_unit
    except (ValueError, ZeroDivisionError):
        what = say(criterion.title) if criterion is not None else "the total"
        raise refuse(f"'{mark}' is not a mark for {what}.", "Give a number, or a word of its scale.") from None
    if value.denominator != 1:
        raise refuse(f"The points {mark} cannot come from this jury.", "Give points that its marks can have.")
    return int(value)


class _Reader:
    """Reads marks; the same mark of a criterion is read once, for a round holds few of them many times."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.read: dict[tuple[str, str], int] = {}

    def units(self, criterion: ResolvedCriterion | None, mark: object) -> int | None:
        if mark is None or (mark == NOT_APPLICABLE and criterion is not None):
            return None
        key = (criterion.id if criterion is not None else "", str(mark))
        if key not in self.read:
            self.read[key] = numerator(self.plan, criterion, key[1])
        return self.read[key]


def _known(plan: Plan, sheets: Collection[Mapping[str, Any]], known: Collection[str]) -> None:
    strange = sorted({name for sheet in sheets for name in sheet if name not in known})
    if strange:
        says = f"The rubric has no criterion {', '.join(strange)} that is marked."
        raise refuse(says, "Mark only the criteria of this rubric.", plan.ruleset.key)


def _weighted(one: ResolvedCriterion) -> pl.Expr:
    weight = Fraction(one.weight)
    return pl.col(f"item.{one.id}").fill_null(0) * weight.numerator // weight.denominator
