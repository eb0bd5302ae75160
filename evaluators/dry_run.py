"""The same applications under another edition or other answers: who would come out otherwise, and by which clause.

Nothing is decided here that counts: both sides are decided by the same bench, and the two are laid side by side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from evaluators import consolidation, discrepancy, trace
from evaluators.decide import decide
from evaluators.facts import FactProblem, Frames, to_frames
from rules import answers
from rules.errors import RuleSetError
from rules.plan import Plan, compile_plan
from rules.ruleset import RuleSet

PASSED = (1, 3)
Sheets = Sequence[tuple[str, str, Mapping[str, str]]]


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


@dataclass(frozen=True)
class Side:
    """Applications decided under one plan; `hindrance`: why their marks could not be made one (a policy is open)."""

    plan: Plan
    frames: Frames
    verdicts: pl.DataFrame
    hindrance: str


def run(
    before: Plan,
    after: Plan,
    rows: Sequence[Mapping[str, Any]],
    sheets: Sheets = (),
    *,
    waivers: Collection[tuple[str, str]] = (),
    seed: int = 0,
) -> DryRun:
    """Decide the same applications under both plans. `rows` as `to_frames` takes them; `sheets`: (application, juror,
    marks) of every submitted sheet. A waiver counts on the sides that have its clause.
    """
    sides = [side(plan, rows, sheets, waivers=waivers, seed=seed) for plan in (before, after)]
    ends = [_ends(one.verdicts) for one in sides]
    table = Counter((str(ends[0][name]), str(ends[1][name])) for name in ends[0])
    flipped = [name for name in ends[0] if _differs(ends[0][name], ends[1][name], before, after)]
    codes = [_codes(one) for one in sides] if flipped else [{}, {}]
    packed = [trace.pack(one.plan, one.verdicts, one.frames) for one in sides] if flipped else [{}, {}]
    flips = []
    for name in flipped:
        clause, number = _behind(ends[0][name], ends[1][name], codes[0][name], codes[1][name])
        finding = next((one for one in packed[number][name] if one["clause"] == clause), None)
        flips.append(Flip(name, ends[0][name], ends[1][name], clause, ("before", "after")[number], finding))
    known = _known(rows)
    asked = {name for name, fact in after.ruleset.facts.items() if not fact.for_information}
    criteria = {one.id for one in after.rubric.criteria} if after.rubric else set()
    marked = {name for _, _, marks in sheets for name in marks}
    return DryRun(
        tuple(flips),
        dict(table),
        tuple(sorted(asked - known)) if rows else (),
        tuple(sorted(known - set(after.ruleset.facts))),
        tuple(sorted(marked - criteria)),
        tuple(sides[1].frames.problems),
        sides[1].hindrance,
    )


def sentences(before: Plan, after: Plan, flips: Sequence[Flip], language: str = "en") -> list[dict[str, Any]]:
    """Each flip for a reader: application, before, after, clause, what it says and what was found, where it stands."""
    found = []
    for flip in flips:
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
    points, hindrance = None, ""
    if plan.rubric is not None and sheets:
        try:
            frames, points = marked(plan, frames, sheets)
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


def marked(plan: Plan, frames: Frames, sheets: Sheets) -> tuple[Frames, pl.DataFrame | None]:
    """What `decide` needs of the jurors' sheets: the frames, and the points where marks simply become one.

    Marks of criteria the plan does not know are left out. Raises RuleSetError while a policy is open, and ValueError
    for marks that cannot become one figure.
    """
    known = {one.id for one in plan.rubric.criteria} if plan.rubric else set()
    known |= {"total"} if plan.sheets else set()
    fitting = [(app, juror, {k: v for k, v in marks.items() if k in known}) for app, juror, marks in sheets]
    if plan.sheets:
        by_application: dict[str, list[Mapping[str, str]]] = {}
        for application, _, marks in fitting:
            by_application.setdefault(application, []).append(marks)
        return discrepancy.with_sheets(
            plan, frames, [by_application.get(ref) for ref in frames.applications["application_id"]]
        ), None
    columns = ("application_id", "juror_id", "criterion", "points")
    flat = [(app, juror, name, text) for app, juror, marks in fitting for name, text in marks.items()]
    table = pl.DataFrame(flat, schema=dict.fromkeys(columns, pl.String), orient="row")
    return frames, consolidation.consolidate(plan, table)


def _ends(verdicts: pl.DataFrame) -> dict[str, End]:
    columns = ("application_id", "outcome", "status", "granted", "points_shown", "rank")
    return {name: End(*rest) for name, *rest in verdicts.select(columns).iter_rows()}


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
    mine = [clause.id for clause in one.plan.planned if clause.block not in ("jury", "place")]
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


def _known(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Facts and lists that at least one application has."""
    found: set[str] = set()
    for row in rows:
        found |= {name for name, value in (row.get("facts") or {}).items() if value not in (None, "")}
        found |= {name for name, items in (row.get("children") or {}).items() if items is not None}
    return found
