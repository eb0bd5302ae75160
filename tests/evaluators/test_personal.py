"""What stays when somebody is made anonymous, and from when on something is due."""

from __future__ import annotations

from datetime import UTC, datetime

from evaluators.personal import Keep, Policy, address_of, cutoffs, number_of, pseudonyms, resting, stripped
from rules.library import load_text
from rules.plan import compile_plan

RULES = """\
award: prize
edition: "1"
title: A prize
sources: {call: {title: The call, mark: F}}
facts:
  a: {type: int, meaning: x, supplied_by: applicant}
  b: {type: text, meaning: x, supplied_by: applicant}
  people: {type: list, meaning: x, supplied_by: applicant, fields: {n: {type: int, meaning: x}}}
eligibility: [{id: enough, says: x, cite: call, require: "a > 1 && people.exists(p, p.n > 1)"}]
outcomes: [{id: won, title: x, when: eligibility, grants: true}, {id: lost, title: x, otherwise: true}]
"""


def test_only_what_a_rule_can_have_read_stays_and_lists_keep_their_length() -> None:
    named = resting(compile_plan(load_text(RULES, "prize.yaml")))
    facts, lists = stripped(
        named, {"a": 2, "b": "Ana"}, {"people": [{"n": 2, "name": "Ana"}, {"name": "Bo"}], "guests": [{"n": 1}]}
    )
    assert (facts, lists) == ({"a": 2}, {"people": [{"n": 2}, {}]})


def test_only_classes_with_days_fall_due() -> None:
    now = datetime(2026, 3, 31, tzinfo=UTC)
    policies = {Keep.LETTERS: Policy(30), Keep.FILES: Policy(None), Keep.PERSON: Policy(1)}
    assert cutoffs(policies, now) == {Keep.LETTERS: datetime(2026, 3, 1, tzinfo=UTC)}


def test_what_stands_for_a_person_names_nobody() -> None:
    assert (number_of(12), address_of(12)) == ("#12", "person-12@erased.invalid")
    assert pseudonyms(["9", "4", "9"], "juror") == {"9": "juror 1", "4": "juror 2"}
