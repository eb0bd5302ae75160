"""What the rules say of one application before anybody judges it: for whoever thinks of applying.

The same plan and the same bench as the round's own screening; nothing is kept and nothing is decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluators import trace
from evaluators.decide import SCREENING_BLOCKS, decide
from evaluators.facts import FactProblem, to_frames
from rules.plan import Plan


@dataclass(frozen=True)
class Precheck:
    """Where one set of papers stands.

    `screening` is eligible, ineligible, needs_evidence or undecided; `sentences` are the clauses of admission and
    eligibility in their order; `needs` names the facts an open clause still waits for (a list as a whole);
    `problems` are values that cannot be read as what they are (they count as unknown).
    """

    screening: str
    sentences: tuple[trace.Sentence, ...]
    needs: tuple[str, ...]
    problems: tuple[FactProblem, ...]


def precheck(plan: Plan, row: Mapping[str, Any], language: str = "en") -> Precheck:
    """Screen one application, given as evaluators.facts.to_frames takes it, alone in its round.

    Clauses that compare with other applications (the first four of a person, one per school) see only this one and
    what its own facts say of earlier ones.
    """
    alone = {**row, "application_id": "this"}
    frames = to_frames(plan.ruleset, [alone])
    verdicts = decide(plan, frames)
    packed = [one for one in trace.pack(plan, verdicts, frames)["this"] if one["block"] in SCREENING_BLOCKS]
    unknown = {one["clause"] for one in packed if one["status"] == "unknown"}
    named = (name.partition(".")[0] for clause in plan.planned if clause.id in unknown for name in clause.facts)
    needs = dict.fromkeys(name for name in named if name in plan.ruleset.facts and not _known(alone, name))
    return Precheck(
        verdicts["screening"].item(), tuple(trace.sentences(plan.ruleset, packed, language)), tuple(needs),
        tuple(frames.problems),
    )  # fmt: skip


def asked(plan: Plan) -> dict[str, tuple[str, ...]]:
    """The facts admission and eligibility rest on, in order of the rule set, each with the clauses that look at it.

    A list stands for its fields.
    """
    clauses = [one for one in plan.planned if one.block in SCREENING_BLOCKS]
    used = {
        name: tuple(one.id for one in clauses if any(fact.partition(".")[0] == name for fact in one.facts))
        for name in plan.ruleset.facts
    }
    return {name: ids for name, ids in used.items() if ids}


def _known(row: Mapping[str, Any], name: str) -> bool:
    return (row.get("facts") or {}).get(name) not in (None, "") or name in (row.get("children") or {})
