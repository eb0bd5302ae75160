"""What an office makes of labels that others hand to it: averages, who may be nominated, and what is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest

from evaluators import handover
from evaluators.handover import Choice, Label, decimal_text, standings
from rules.library import load_text
from rules.plan import Plan, compile_plan

RULES = """\
award: prize
edition: "1"
title: A prize
sources: {call: {title: The call, mark: F}}
facts:
  land: {type: code, meaning: The country., supplied_by: officer}
  score: {type: int, meaning: The average., supplied_by: officer}
  proposed: {type: bool, meaning: The office nominates it., supplied_by: officer}
eligibility:
  - {id: high, says: At least twenty., cite: call, require: score >= 20}
  - {id: nominated, says: The office nominates it., cite: call, require: WANTED}
selection:
  id: half
  says: The better half of a country.
  cite: call
  group: land
  having: eligibility
  order: [{by: score, best: highest}]
  ties: {answer: in, readings: {}}
  quota: {share: 1/2, base: "true", rounding: up_to}
outcomes:
  - {id: won, title: Won, when: selected, grants: true}
  - {id: lost, title: Lost, otherwise: true}
"""
PROJECTS = (("p", "LV", 25), ("q", "LV", 12), ("r", "LV", 21), ("s", "GE", 22), ("t", "LV", None))
ROWS = [{"application_id": name, "facts": {"land": land, "score": score}} for name, land, score in PROJECTS]


def plan_of(wanted: str) -> Plan:
    return compile_plan(load_text(RULES.replace("WANTED", wanted), "prize.yaml"))


def test_each_office_chooses_among_its_own_as_many_as_there_are_places() -> None:
    assert handover.choices(plan_of("proposed"), ROWS) == {
        "LV": Choice("half", 2, 4, {"p": "", "q": "high", "r": "", "t": ""}),  # what is not known bars nothing
        "GE": Choice("half", 0, 1, {"s": ""}),
    }


def test_there_is_no_choice_where_the_rules_ask_nobody_or_nothing_is_there() -> None:
    assert handover.choices(plan_of("score > 0"), ROWS) == {}
    assert handover.choices(plan_of("proposed"), []) == {}


def test_the_two_ways_of_averaging_differ_where_a_country_granted_several() -> None:
    labels = [Label("P", "GE", Fraction(20)), Label("P", "GE", Fraction(22)), Label("P", "LV", Fraction(18))]
    assert standings(labels, "mean_of_labels")[0].average == 20
    assert standings(labels, "mean_of_country_means")[0].average == Fraction(39, 2)


def test_average_is_cut_and_never_rounded_over_a_threshold() -> None:
    assert decimal_text(Fraction(1999999, 100000), 4) == "19.9999"
    assert decimal_text(Fraction(-1, 3), 2) == "-0.33"
    assert decimal_text(Fraction(7, 1), 0) == "7"


def test_best_fills_the_places_and_picks_none_of_equals_at_the_last() -> None:
    rows = [
        {"project_id": name, "average": average, "bar": bar}
        for name, average, bar in (("a", "22", ""), ("b", "24", ""), ("c", "22.0", ""), ("d", "25", "score"))
    ]
    assert handover.best(rows, 3) == ["b", "a", "c"]
    assert handover.best(rows, 2) == ["b"]
    assert handover.best(rows, 0) == []
    assert handover.wrong(rows, 2, "cap", ["a", "b", "d"]) == [handover.Wrong("score", ("d",)), handover.Wrong("cap")]
    assert handover.wrong(rows, 2, "cap", ["a", "b"]) == []


def test_a_project_that_is_not_on_the_list_cannot_be_picked() -> None:
    with pytest.raises(ValueError, match="not on the list: x"):
        handover.wrong([{"project_id": "a", "bar": ""}], 1, "cap", ["x", "a"])
