"""Try a round under another edition or other answers: who would come out otherwise. Nothing of it is kept; that it was
tried, by whom and with what, stands in the audit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from evaluators import dry_run
from laurea import ledger, statute
from laurea.store import applications, juries, panels, rounds
from laurea.store.engine import reading, writing
from rules.plan import Plan
from rules.ruleset import RuleSet


@dataclass(frozen=True)
class RoundDryRun:
    """The round as it stands beside the round as it would stand; `before` and `after` are the plans compared."""

    before: Plan
    after: Plan
    found: dry_run.DryRun


def try_round(
    engine: Engine,
    round_id: int,
    ruleset: RuleSet | None,
    policies: Mapping[str, str],
    parameters: Mapping[str, str],
    *,
    actor: ledger.Actor,
    now: datetime,
    marks: bool = True,
) -> RoundDryRun:
    """Decide the round's applications as they stand under its own plan and under another.

    `ruleset` None: the round's own edition. The round's answers and changed parameters go over to the other edition
    where it has the same name and takes the same value; `policies` and `parameters` come on top. Without `marks` the
    jurors' sheets are not looked at: for a reader who may not learn yet what they come to. Raises RuleSetError when
    one of the answers cannot be used.
    """
    with reading(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        before = statute.plan_of(connection, record)
        everyone = [a for a in applications.load(connection, round_id) if a.state != "withdrawn"]
        sheets = juries.submitted_sheets(connection, round_id) if marks else []
        joint = panels.joint_by_ref(connection, round_id) if marks else {}
    after = dry_run.under(before, ruleset or before.ruleset, policies, parameters)
    found = dry_run.run(before, after, [a.row() for a in everyone], sheets, joint=joint, seed=record.seed)
    with writing(engine) as connection:
        ledger.record_of(
            connection, record, actor=actor, event=ledger.Event.RULES_TRIED, now=now,
            details={
                "rule_set": after.ruleset.digest, "policies": dict(policies), "parameters": dict(parameters),
                "sheets": len(sheets), "flips": len(found.flips),
            },
        )  # fmt: skip
    return RoundDryRun(before, after, found)
