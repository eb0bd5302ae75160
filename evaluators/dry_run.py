"""The same applications under another edition or other answers: who would come out otherwise, and by which clause.

Nothing is decided here that counts: both sides are decided by the same bench, and the two are laid side by side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from evaluators import flips, trace
from evaluators.decide import decide
from evaluators.facts import FactProblem, Frames, to_frames
from evaluators.flips import Flip, Side
from evaluators.sheets import Given, Joint, taken
from evaluators.sheets import marked as marked_by_jurors
from rules import answers
from rules.errors import RuleSetError
from rules.plan import Plan, compile_plan
from rules.ruleset import RuleSet

Sheets = Given
Joints = Mapping[str, Joint]


@dataclass(frozen=True)
class DryRun:
    """The comparison. `table` counts applications by (before, after).

    `unknown_facts`: facts the other edition asks for and nobody has; `unused_facts`: facts it does not ask for;
    `unused_marks`: criteria whose marks it does not know; `problems`: values it cannot read, left unknown;
    `hindrance`: why its marks could not be made one (a policy is open).
    """

    flips: tuple[Flip, ...]
    table: Mapping[tuple[str, str], int]
    unknown_facts: tuple[str, ...] = ()
    unused_facts: tuple[str, ...] = ()
    unused_marks: tuple[str, ...] = ()
    problems: tuple[FactProblem, ...] = ()
    hindrance: str = ""


def run(
    before: Plan,
    after: Plan,
    rows: Sequence[Mapping[str, Any]],
    sheets: Sheets = (),
    *,
    joint: Joints | None = None,
    waivers: Collection[tuple[str, str]] = (),
    seed: int = 0,
) -> DryRun:
    """Decide the same applications under both plans. `rows` as `to_frames` takes them; `sheets`: (application, juror,
    marks) of every submitted sheet; `joint`: joint sheets by application. A waiver counts on the sides that have its
    clause.
    """
    sides = [side(plan, rows, sheets, joint=joint, waivers=waivers, seed=seed) for plan in (before, after)]
    return compare(sides[0], sides[1], sheets)


def compare(before: Side, after: Side, sheets: Sheets = ()) -> DryRun:
    """Lay two sides with the same applications, in the same order, beside each other."""
    names = before.verdicts["application_id"]
    ends = [_ends(one.verdicts) for one in (before, after)]
    table = pl.DataFrame({"before": ends[0]["end"], "after": ends[1]["end"]}).group_by("before", "after").len()
    same = [ends[0][key].eq_missing(ends[1][key]) for key in ("granted", "status", "outcome")]
    found = flips.between(before, after, (~(same[0] & same[1] & same[2])).arg_true())
    known = _known(before.frames) | _known(after.frames)
    asked = {name for name, fact in after.plan.ruleset.facts.items() if not fact.for_information}
    criteria = {one.id for one in after.plan.rubric.criteria} if after.plan.rubric else set()
    marked = {name for _, _, marks in sheets for name in marks}
    return DryRun(
        found,
        {(a, b): count for a, b, count in table.iter_rows()},
        tuple(sorted(asked - known)) if len(names) else (),
        tuple(sorted(known - set(after.plan.ruleset.facts))),
        tuple(sorted(marked - criteria)),
        tuple(after.frames.problems),
        after.hindrance,
    )


def joined(parts: Sequence[DryRun]) -> DryRun:
    """The comparisons of batch after batch as one."""
    table: Counter[tuple[str, str]] = Counter()
    for part in parts:
        table.update(part.table)
    full = [set(part.unknown_facts) for part in parts if part.table]
    return DryRun(
        tuple(flip for part in parts for flip in part.flips),
        dict(table),
        tuple(sorted(set.intersection(*full))) if full else (),
        tuple(sorted({name for part in parts for name in part.unused_facts})),
        tuple(sorted({name for part in parts for name in part.unused_marks})),
        tuple(problem for part in parts for problem in part.problems),
        next((part.hindrance for part in parts if part.hindrance), ""),
    )


def sentences(before: Plan, after: Plan, changed: Sequence[Flip], language: str = "en") -> list[dict[str, Any]]:
    """Each flip for a reader: application, before, after, clause, what it says and what was found, where it stands."""
    found = []
    for flip in changed:
        ruleset = (before if flip.side == "before" else after).ruleset
        said = trace.sentences(ruleset, [flip.finding], language)[0] if flip.finding else None
        found.append(
            {
                "application": flip.application,
                "before": str(flip.before),
                "after": str(flip.after),
                "clause": flip.clause,
                "edition": ruleset.key,
                "says": said.says if said else "",
                "found": said.measured if said else "",
                "cite": said.cite if said else "",
            }
        )
    return found


def under(before: Plan, other: RuleSet, policies: Mapping[str, str], parameters: Mapping[str, str]) -> Plan:
    """The other edition with the answers and changed parameters of a plan, where it has them and takes the value.

    `policies` and `parameters` come on top. Raises RuleSetError when one of these cannot be used.
    """
    answered = {
        name: answer
        for name, answer in before.policies.items()
        if name in other.policies and answers.policy_problem(other.policies[name], answer) is None
    }
    changed = {}
    for name, value in before.parameters.items():
        one = other.parameters.get(name)
        given = value.split(",") if one is not None and one.type == "list" else value
        if one is not None and one.overridable and answers.parameter_problem(one, given) is None:
            changed[name] = value
    return compile_plan(other, {**answered, **policies}, {**changed, **parameters})


def side(
    plan: Plan,
    rows: Sequence[Mapping[str, Any]],
    sheets: Sheets = (),
    *,
    joint: Joints | None = None,
    waivers: Collection[tuple[str, str]] = (),
    seed: int = 0,
) -> Side:
    """Decide applications under a plan, with what of their facts and marks it knows."""
    facts = plan.ruleset.facts
    fitting = [
        {
            **row,
            "facts": {name: value for name, value in (row.get("facts") or {}).items() if name in facts},
            "children": {name: items for name, items in (row.get("children") or {}).items() if name in facts},
        }
        for row in rows
    ]
    frames = to_frames(plan.ruleset, [_with_known_fields(plan, row) for row in fitting])
    return decided(plan, frames, sheets, seed, waivers, joint)


def decided(
    plan: Plan,
    frames: Frames,
    sheets: Sheets,
    seed: int = 0,
    waivers: Collection[tuple[str, str]] = (),
    joint: Joints | None = None,
) -> Side:
    """Decide frames under a plan, with what of the marks it knows."""
    points, hindrance = None, ""
    if plan.rubric is not None and sheets:
        try:
            frames, points = marked(plan, frames, sheets, joint)
        except (RuleSetError, ValueError) as error:
            hindrance = error.problems[0].says if isinstance(error, RuleSetError) else str(error)
    clauses = {name for name, _ in plan.clauses}
    mine = [(application, clause) for application, clause in waivers if clause in clauses]
    return Side(plan, frames, decide(plan, frames, points, waivers=mine, seed=seed), hindrance)


def _with_known_fields(plan: Plan, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row whose lists hold only fields the plan knows, and only lists where it expects one."""
    lists = {name: fact.fields for name, fact in plan.ruleset.facts.items() if fact.type == "list"}
    children = {
        name: [{key: value for key, value in item.items() if key in lists[name]} for item in items]
        for name, items in row["children"].items()
        if name in lists
    }
    return {**row, "children": children}


def marked(
    plan: Plan, frames: Frames, sheets: Sheets, joint: Joints | None = None
) -> tuple[Frames, pl.DataFrame | None]:
    """What `decide` needs of the jurors' sheets: the frames with them, and points that are given already.

    Marks of criteria the plan does not know are left out. Raises RuleSetError while a policy is open without which no
    sheets at all can become points, and ValueError for sheets that cannot be taken.
    """
    known = {one.id for one in marked_by_jurors(plan)} | ({"total"} if plan.jury else set())
    if plan.jury is not None and not plan.sheets:
        _ = plan.jury.reviews, plan.jury.consolidation
    fitting = [(app, juror, {k: v for k, v in marks.items() if k in known}) for app, juror, marks in sheets]
    return taken(plan, frames, fitting, joint)


def _ends(verdicts: pl.DataFrame) -> pl.DataFrame:
    words = verdicts.select("granted", pl.col("status", "outcome").cast(pl.String))  # each plan has words of its own
    return words.with_columns(end=pl.coalesce("outcome", "status"))


def _known(frames: Frames) -> set[str]:
    """Facts and lists that at least one application has."""
    table = frames.applications
    facts = [name for name in table.columns if name.startswith(("fact.", "known.")) and name != "known.sheets"]
    return {name.split(".", 1)[1] for name in facts if table[name].null_count() < table.height}
