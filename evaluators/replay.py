"""What an appeal contests judged again: one clause by corrected facts, or one criterion by a fresh juror's mark.

Everything else stays as it was: the other facts and marks, every other application. The round is decided again with
them, and of what comes out only the appellant's own decision is taken. What an appeal may repeat, and whether it may
lower a result, the rules say; nothing is taken for granted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from evaluators import decide, facts, trace
from evaluators.sheets import Given, Joint, marked, taken
from rules.plan import Plan

SCREENING = ("admission", "eligibility")
OF_MARKS = ("rubric", "jury")
RECORD = ("outcome", "granted", "points", "exact_points", "rank", "group_name", "first_failing")


@dataclass(frozen=True)
class Papers:
    """What a round was decided on: rows of applications (`evaluators.facts`), sheets, joint sheets, and the seed."""

    rows: Sequence[Mapping[str, Any]]
    sheets: Given
    joint: Mapping[str, Joint]
    seed: int


@dataclass(frozen=True)
class Difference:
    """What came out otherwise: the name of a part of the decision, or of a clause."""

    name: str
    before: str | None
    after: str | None
    clause: bool = False


def contestable(plan: Plan) -> tuple[list[str], list[str]]:
    """The clauses and the criteria that an appeal can have judged again: those of the blocks its rules repeat."""
    repeats = plan.ruleset.appeals.replays if plan.ruleset.appeals else []
    clauses = [name for name, block in plan.clauses if block in SCREENING and block in repeats]
    criteria = [one.id for one in marked(plan)] if set(OF_MARKS) & set(repeats) else []
    return clauses, criteria


def may_lower(plan: Plan) -> bool | None:
    """Whether an appeal may lower a result; None while the rules, or the policy they name, do not say."""
    text = plan.ruleset.appeals.lowers if plan.ruleset.appeals else None
    answer = plan.policies.get(text.removeprefix("policy.")) if text and text.startswith("policy.") else text
    return {"yes": True, "no": False}.get((answer or "").strip("'\""))


def looked_at(plan: Plan, clauses: Sequence[str]) -> list[str]:
    """The facts that any of these clauses looks at, in the order of the rule set."""
    names = {name for one in plan.planned if one.id in clauses for name in one.facts}
    return [name for name, fact in plan.ruleset.facts.items() if name in names and fact.type != "list"]


def corrected(papers: Papers, application: str, *, marks: Mapping[str, str], given: Mapping[str, Any]) -> Papers:
    """The papers with `marks` in place of what the jury of one application gave, and `given` in place of its facts."""
    rows = [
        {**row, "facts": {**row["facts"], **given}} if row["application_id"] == application else row
        for row in papers.rows
    ]
    sheets = [(ref, juror, {**said, **marks} if ref == application else said) for ref, juror, said in papers.sheets]
    joint = {
        ref: replace(one, marks={**one.marks, **marks}) if ref == application else one
        for ref, one in papers.joint.items()
    }
    return Papers(rows, sheets, joint, papers.seed)


def again(
    plan: Plan, papers: Papers, application: str, *, marks: Mapping[str, str], given: Mapping[str, Any]
) -> dict[str, Any]:
    """The decision about an application with `marks` in place of what its jury gave for those criteria, and with the
    facts `given` in place of its own; with its trace, as the records keep it.

    Raises RuleSetError for a mark that cannot be one, ValueError where nothing can be decided.
    """
    with_it = corrected(papers, application, marks=marks, given=given)
    frames, points = taken(plan, facts.to_frames(plan.ruleset, with_it.rows), with_it.sheets, with_it.joint)
    verdicts = decide.decide(plan, frames, points, seed=papers.seed)
    (row,) = (one for one in verdicts.to_dicts() if one["application_id"] == application)
    if row["status"] != "decided":
        raise ValueError(f"{application} cannot be decided: {row['status']}")
    found = trace.pack(plan, verdicts, frames)[application]
    return decide.record(plan, row) | {"trace": json.loads(json.dumps(found))}


def lowered(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a decision is worse than the one before: not granted any more, or else with fewer points."""
    if before["granted"] != after["granted"]:
        return bool(before["granted"])
    worth = [Fraction(one["exact_points"]) if one["exact_points"] else None for one in (before, after)]
    return worth[0] is not None and (worth[1] is None or worth[1] < worth[0])


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """What of a decision came out otherwise: its own parts first, then clause by clause."""
    found = []
    for name in RECORD:
        if before[name] != after[name] and name not in ("granted", "exact_points"):
            was, is_ = (None if one[name] is None else str(one[name]) for one in (before, after))
            found.append(Difference(name, was, is_))
    clauses: dict[str, list[str | None]] = {}
    for place, one in enumerate((before, after)):
        for entry in one["trace"]:
            told = [entry.get("status"), entry.get("measured")]
            text = " ".join(str(part) for part in told if part is not None)
            clauses.setdefault(str(entry.get("clause")), [None, None])[place] = text
    return found + [Difference(name, was, is_, clause=True) for name, (was, is_) in clauses.items() if was != is_]
