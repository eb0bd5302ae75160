"""Appeals: a small proceeding of its own, decided by the same bench."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from evaluators.decide import decide
from evaluators.facts import FactProblem, to_frames
from evaluators.precheck import Precheck, asked, precheck
from rules.errors import refuse
from rules.plan import Plan


def decide_appeals(plan: Plan, rows: Sequence[Mapping[str, Any]]) -> tuple[pl.DataFrame, list[FactProblem]]:
    """Decide appeals, one row each: `facts` of the appeal and of the application it is about, by application_id.

    Gives what `decide` gives, and the facts that could not be read. Raises RuleSetError where the rules know no appeal.
    """
    if plan.appeal is None:
        raise refuse("This edition knows no appeal.", "Write the block `appeals`.", plan.ruleset.key)
    frames = to_frames(plan.appeal.ruleset, rows)
    return decide(plan.appeal, frames), frames.problems


def weigh(plan: Plan, row: Mapping[str, Any], language: str = "en") -> tuple[str | None, Precheck]:
    """What the rules say of one appeal: its outcome where it is certain, and its clauses in words.

    `row` is as for `decide_appeals`. Nothing is decided by it.
    """
    verdicts, _ = decide_appeals(plan, [{**row, "application_id": "this"}])
    assert plan.appeal is not None
    return verdicts["outcome"].item(), precheck(plan.appeal, row, language)


def asked_of_appellants(plan: Plan) -> dict[str, tuple[str, ...]]:
    """The facts of an appeal that the applicant supplies, each with the clauses that look at it."""
    if plan.appeal is None or plan.ruleset.appeals is None:
        return {}
    looks = asked(plan.appeal)
    own = plan.ruleset.appeals.facts
    return {name: looks.get(name, ()) for name, fact in own.items() if fact.supplied_by == "applicant"}
