"""What an appeal contests judged again: the contested part alone, and whether the result is lower."""

from __future__ import annotations

from typing import Any

import pytest

from evaluators import replay
from evaluators.replay import Difference, Papers
from evaluators.sheets import Joint
from rules.library import load_text
from rules.plan import Plan, compile_plan

RULES = """\
award: label
edition: "1"
title: A label
sources: {call: {title: The call, mark: F}}
facts:
  pupils: {type: int, meaning: How many pupils., supplied_by: applicant}
  list_of: {type: list, meaning: x, supplied_by: applicant, fields: {n: {type: int, meaning: x}}}
policies:
  lowers: {type: choice, asks: x, cite: call, options: {"yes": x, "no": x}}
eligibility:
  - {id: many, says: Ten pupils., cite: call, require: pupils >= 10}
  - {id: listed, says: Somebody., cite: call, require: list_of.size() >= 0}
rubric:
  cite: call
  criteria: [{id: idea, title: Idea, maximum: 10}, {id: work, title: Work, maximum: 10}]
  gates: [{id: passed, says: Ten points., cite: call, require: total >= 10}]
jury:
  cite: call
  reviews: 2
  consolidation: mean
appeals:
  cite: call
  replays: [eligibility, rubric]
  lowers: LOWERS
  facts: {ground: {type: bool, meaning: x, supplied_by: applicant}}
  clauses: [{id: heard, says: x, cite: call, require: ground}]
  outcomes: [{id: none, title: x, when: "!clauses"}, {id: heard_, title: x, otherwise: true, grants: true}]
outcomes:
  - {id: refused, title: Refused, when: "!eligibility"}
  - {id: won, title: Won, when: gates, grants: true}
  - {id: lost, title: Lost, otherwise: true}
"""
ROWS = [
    {"application_id": name, "facts": {"pupils": pupils}, "children": {"list_of": []}}
    for name, pupils in (("a", 12), ("b", 9))
]
SHEETS = [(name, juror, {"idea": "4", "work": "5"}) for name in ("a", "b") for juror in ("j", "k")]


def plan_of(said: str = "policy.lowers", **policies: str) -> Plan:
    return compile_plan(load_text(RULES.replace("LOWERS", said), "label.yaml"), policies)


def papers(joint: dict[str, Joint] | None = None) -> Papers:
    return Papers(ROWS, SHEETS, joint or {}, 1)


def test_what_can_be_contested_is_what_the_rules_repeat() -> None:
    plan = plan_of()
    assert replay.contestable(plan) == (["many", "listed"], ["idea", "work"])
    assert replay.looked_at(plan, ["many", "listed"]) == ["pupils"]  # a list is nobody's to type
    other = compile_plan(load_text(RULES.replace("[eligibility, rubric]", "[selection]").replace("LOWERS", "no"), "x"))
    assert replay.contestable(other) == ([], [])


@pytest.mark.parametrize(
    ("lowers", "policies", "may"),
    [("yes", {}, True), ("no", {}, False), ("policy.lowers", {}, None), ("policy.lowers", {"lowers": "yes"}, True)],
)
def test_whether_a_result_may_be_lower_is_said_by_the_rules_alone(
    lowers: str, policies: dict[str, str], may: bool | None
) -> None:
    assert replay.may_lower(plan_of(lowers, **policies)) is may
    plain = RULES[: RULES.index("appeals:")] + RULES[RULES.index("outcomes:\n  - {id: refused") :]
    assert replay.may_lower(compile_plan(load_text(plain, "x"))) is None


def test_another_mark_or_fact_changes_the_appellants_decision_alone() -> None:
    plan = plan_of("no")
    before = replay.again(plan, papers(), "a", marks={}, given={})
    assert (before["outcome"], before["exact_points"]) == ("lost", "9")
    better = replay.again(plan, papers(), "a", marks={"idea": "7"}, given={})
    assert (better["outcome"], better["granted"], better["exact_points"]) == ("won", True, "12")
    assert replay.again(plan, papers(), "b", marks={}, given={"pupils": 11})["outcome"] == "lost"
    agreed = papers({"a": Joint({"idea": "1", "work": "1"}, frozenset({"j", "k"}))})
    assert replay.again(plan, agreed, "a", marks={"idea": "9"}, given={})["exact_points"] == "10"
    with pytest.raises(ValueError, match="cannot be decided"):
        replay.again(plan, papers(), "a", marks={}, given={"pupils": None})


def decision(**more: Any) -> dict[str, Any]:
    return {
        "outcome": "won", "granted": True, "points": "10", "exact_points": "10", "rank": None, "group_name": None,
        "first_failing": None, "trace": [],
    } | more  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "lower"),
    [
        ({}, {"granted": False}, True),
        ({"granted": False}, {}, False),
        ({}, {"exact_points": "29/3"}, True),
        ({}, {"exact_points": "31/3"}, False),
        ({}, {"exact_points": None}, True),
        ({"exact_points": None}, {}, False),
        ({}, {}, False),
    ],
)
def test_lower_is_no_label_any_more_or_fewer_points(
    before: dict[str, Any], after: dict[str, Any], lower: bool
) -> None:  # fmt: skip
    assert replay.lowered(decision(**before), decision(**after)) is lower


def test_differences_name_parts_and_clauses() -> None:
    said = [{"clause": "many", "status": "true", "measured": "12"}, {"clause": "old", "status": "true"}]
    now = [{"clause": "many", "status": "false", "measured": "9"}, {"clause": "new", "status": "true"}]
    found = replay.differences(decision(trace=said), decision(outcome="lost", granted=False, rank=2, trace=now))
    assert found == [
        Difference("outcome", "won", "lost"), Difference("rank", None, "2"),
        Difference("many", "true 12", "false 9", clause=True), Difference("old", "true", None, clause=True),
        Difference("new", None, "true", clause=True),
    ]  # fmt: skip
