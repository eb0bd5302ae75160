"""Who comes out otherwise on another side, and by which clause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from evaluators import fact_columns, trace
from evaluators.facts import Frames
from rules.plan import Plan

PASSED = (1, 3)


@dataclass(frozen=True)
class End:
    """What became of an application: the outcome, or (None) why it is still open."""

    outcome: str | None
    status: str
    granted: bool | None
    points: str | None
    rank: int | None

    def __str__(self) -> str:
        return self.outcome or self.status


@dataclass(frozen=True)
class Flip:
    """One application that comes out otherwise.

    `clause` is the one behind it, None where no clause but the outcomes themselves differ. `side`: before or after, the
    edition whose clause it is; `finding` its entry of the trace there.
    """

    application: str
    before: End
    after: End
    clause: str | None
    side: str
    finding: Mapping[str, Any] | None


@dataclass(frozen=True)
class Side:
    """Applications decided under one plan; `hindrance`: why their marks could not be made one (a policy is open)."""

    plan: Plan
    frames: Frames
    verdicts: pl.DataFrame
    hindrance: str


def between(before: Side, after: Side, rows: pl.Series) -> tuple[Flip, ...]:
    """Those of these rows that come out otherwise, each with the clause behind it and what was found there."""
    first, second = (_each_end(one.verdicts[rows]) for one in (before, after))
    changed = [n for n, pair in enumerate(zip(first, second, strict=True)) if _differs(*pair, before.plan, after.plan)]
    if not changed:
        return ()
    rows = rows[changed]
    fewer = [_only(one, rows) for one in (before, after)]
    names = fewer[0].verdicts["application_id"].to_list()
    codes = [_codes(one) for one in fewer]
    packed = [trace.pack(one.plan, one.verdicts, one.frames) for one in fewer]
    found = []
    for name, n in zip(names, changed, strict=True):
        one, other = first[n], second[n]
        clause, number = _behind(one, other, codes[0][name], codes[1][name])
        finding = next((entry for entry in packed[number][name] if entry["clause"] == clause), None)
        found.append(Flip(name, one, other, clause, ("before", "after")[number], finding))
    return tuple(found)


def _each_end(verdicts: pl.DataFrame) -> list[End]:
    columns = ("outcome", "status", "granted", "points_shown", "rank")
    return [End(*row) for row in verdicts.select(columns).iter_rows()]


def _only(one: Side, rows: pl.Series) -> Side:
    """The side with these rows alone."""
    keep = set(rows.to_list())
    wrong = [number for number in range(one.verdicts.height) if number not in keep]
    return replace(one, frames=fact_columns.without(one.frames, wrong), verdicts=one.verdicts[rows])


def _differs(a: End, b: End, before: Plan, after: Plan) -> bool:
    """Whether an application comes out otherwise; an outcome that only has another name in the other edition does not
    count.
    """
    if (a.granted, a.status) != (b.granted, b.status):
        return True
    names = [{one.id for one in plan.outcomes} for plan in (before, after)]
    shared = names[0] & names[1]
    return a.outcome != b.outcome and a.outcome in shared and b.outcome in shared


def _codes(one: Side) -> dict[str, dict[str, int]]:
    """The codes of the clauses that can stop an application."""
    mine = [clause.id for clause in one.plan.planned if clause.block not in ("jury", "place", "calibration", "band")]
    names = [name for name in mine if name not in one.plan.advice]
    table = one.verdicts.select("application_id", *(f"clause.{name}" for name in names))
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in table.iter_rows()}


def _behind(a: End, b: End, before: Mapping[str, int], after: Mapping[str, int]) -> tuple[str | None, int]:
    """The clause behind a flip, and on which side it stands (0 before, 1 after): the first that stops the application
    on the side where it gets less, and does not on the other.
    """
    worse = 0 if b.granted and not a.granted else 1
    here, there, end = (before, after, a) if worse == 0 else (after, before, b)
    wanted = {"decided": 0, "undecided": 4}.get(end.status, 2)
    stops = [name for name, code in here.items() if code not in PASSED and there.get(name) != code]
    exactly = [name for name in stops if here[name] == wanted]
    if stops:
        return (exactly or stops)[0], worse
    changed = [name for name, code in here.items() if there.get(name, code) != code]
    if changed:
        return changed[0], worse
    gone = [name for name, code in there.items() if name not in here and code not in PASSED]
    return (gone[0], 1 - worse) if gone else (None, worse)
