"""The jury's terms: who may mark and how well they suit, once the round's policies are answered."""

from __future__ import annotations

import pytest

from evaluators.assignment import Weights
from rules import diff
from rules.errors import RuleSetError
from rules.library import load_text
from rules.plan import compile_plan

RULES = """\
award: prize
edition: "1"
title: A prize
sources: {call: {title: The call, mark: F}}
facts: {anything: {type: bool, meaning: x, supplied_by: officer, for_information: true}}
policies:
  limit: {type: int, asks: How many of one institution?, cite: call, minimum: 1, maximum: 3}
rubric: {cite: call, criteria: [{id: idea, title: x, maximum: 20}]}
jury:
  cite: call
  reviews: 3
  consolidation: mean
MORE
outcomes: [{id: lost, title: x, otherwise: true}]
"""


def rules(more=""):
    return load_text(RULES.replace("MORE", more), "prize.yaml")


def test_without_a_word_nothing_is_limited_and_the_house_weighs():
    jury = compile_plan(rules()).jury
    assert (jury.per_institution, jury.quality, jury.experienced, jury.third_by) == (None, None, 0, "any")
    assert (jury.calibration, jury.trim_count, jury.trim_share) == ("none", None, None)


def test_at_most_so_many_of_one_institution_by_figure_or_by_policy():
    assert compile_plan(rules("  per_institution: 1")).jury.per_institution == 1
    asked = rules("  per_institution: policy.limit")
    assert compile_plan(asked, {"limit": "2"}).jury.per_institution == 2
    with pytest.raises(RuleSetError, match="how many jurors of one institution"):
        _ = compile_plan(asked).jury.per_institution


def test_what_is_left_to_chance_is_a_share_by_figure_or_by_policy():
    jury = compile_plan(rules()).jury
    assert (jury.fair, jury.shuffle) == (False, 0.0)
    jury = compile_plan(rules("  fair: true\n  shuffle: 0.05")).jury
    assert (jury.fair, jury.shuffle) == (True, 0.05)
    asked = rules("  shuffle: policy.limit")
    for answer, says in (({}, "left to chance"), ({"limit": "2"}, "A share of 2 cannot")):
        with pytest.raises(RuleSetError, match=says):
            _ = compile_plan(asked, answer).jury.shuffle


def test_weights_are_those_of_the_plan_and_what_is_unsaid_weighs_nothing():
    jury = compile_plan(rules("  quality: {affinity: 600, first_language: 300, other_language: 200}")).jury
    assert Weights(**jury.quality) == Weights(300, 200, 0, 0, 600)


@pytest.mark.parametrize("weights", ["{affinity: 1001}", "{affinity: -1}", "{speed: 3}", "{affinity: 0.5}"])
def test_weights_that_cannot_be_are_refused(weights):
    with pytest.raises(RuleSetError):
        rules(f"  quality: {weights}")


@pytest.mark.parametrize(
    "more",
    [
        "  per_institution: 1",
        "  quality: {affinity: 600}",
        "  fair: true",
        "  shuffle: 0.05",
        "  calibration: {id: corrected, says: x, cite: call, use: prescribed, decimals: 1}",
        "  calibration: {id: corrected, says: x, cite: call, use: advisory, decimals: 1}",
    ],
)
def test_two_editions_that_differ_in_it_are_told_apart(more):
    assert diff.diff(rules(), rules(more))
