"""How a renewal looks for holders by what is known of them: what they can change themselves, and nothing else."""

from __future__ import annotations

from typing import Any

from evaluators.outlook import Outlook, missing, outlooks
from rules.library import load_text
from rules.plan import Plan, compile_plan

RULES = """\
award: label
edition: "1"
title: A label
sources: {call: {title: The call, mark: F}}
facts:
  pupils: {type: int, meaning: How many pupils., supplied_by: applicant}
  plan: {type: bool, meaning: Whether there is a plan., supplied_by: applicant}
  seen: {type: bool, meaning: Whether somebody visited., supplied_by: officer}
parameters: {fewest: {type: int, value: 10, cite: call, overridable: true}}
POLICY
eligibility:
  - {id: many, says: "At least {fewest} pupils.", cite: call, require: pupils >= fewest}
  - {id: planned, says: A plan., cite: call, require: plan}
  - {id: visited, says: A visit., cite: call, require: VISIT}
outcomes:
  - {id: won, title: Won, when: eligibility, grants: true}
  - {id: lost, title: Lost, otherwise: true}
"""
OPEN = "policies: {needed: {type: choice, asks: x, cite: call, options: {one: x, two: x}}}"


def plan_of(visit: str = "seen", policy: str = "") -> Plan:
    return compile_plan(load_text(RULES.replace("VISIT", visit).replace("POLICY", policy), "label.yaml"))


def row(**facts: Any) -> dict[str, Any]:
    return {"application_id": "x", "facts": facts, "children": {}}


def test_holders_are_told_what_fails_and_what_they_have_not_said() -> None:
    plan = plan_of()
    rows = [
        row(pupils=12, plan=True, seen=True), row(pupils=9, plan=True, seen=True), row(pupils=12, plan="", seen=True),
        row(pupils=12, plan=True), row(pupils=12, plan=True, seen=False), row(pupils=9, seen=False),
    ]  # fmt: skip
    assert outlooks(plan, rows) == [
        Outlook("pass"), Outlook("missing", ("many",)), Outlook("missing", (), ("plan",)),
        Outlook(""), Outlook(""), Outlook("missing", ("many",), ("plan",)),  # an officer's fact is not theirs to mend
    ]  # fmt: skip
    assert missing(plan, outlooks(plan, rows)[5], "en") == ["At least 10 pupils.", "Whether there is a plan."]


def test_nothing_is_said_while_the_rules_wait_for_an_answer_or_nobody_is_there() -> None:
    plan = plan_of("seen || policy.needed == 'one'", OPEN)
    assert outlooks(plan, [row(pupils=9)]) == [Outlook("")]
    assert outlooks(plan_of(), []) == []
