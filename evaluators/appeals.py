"""Appeals: a small proceeding of its own, decided by the same bench."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from evaluators.decide import decide
from evaluators.facts import FactProblem, to_frames
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


def replays(plan: Plan) -> tuple[str, ...]:
    """What a successful appeal repeats: blocks of the rule set."""
    return tuple(plan.ruleset.appeals.replays) if plan.ruleset.appeals else ()
