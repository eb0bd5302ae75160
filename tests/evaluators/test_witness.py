"""What an answer makes of a fact, and which facts hold up which applications."""

from __future__ import annotations

from typing import Any

import pytest

from evaluators.unknowns import by_fact, needs
from evaluators.witness import Answer, Effect, WrongAnswer, asks_value, effect
from rules.library import load
from rules.plan import compile_plan
from tests.web import seeding

RULES = load(seeding.LABEL)
PLAN = compile_plan(RULES, {"pass_mark": "15"}, {})
C, S, R = Answer.CONFIRMED, Answer.SUPPLIED, Answer.REFUSED
CONSENT, PUPILS, PARTNERS = (RULES.facts[name] for name in ("consent", "pupils", "partners"))


@pytest.mark.parametrize(
    ("fact", "stated", "answer", "value", "counts", "expected"),
    [
        (CONSENT, None, C, "", True, Effect(True, "true")),  # a declaration of honour
        (CONSENT, None, R, "", True, Effect(True, "false")),
        (CONSENT, None, C, "", False, Effect(False, "true")),  # a word beside the fact
        (CONSENT, True, R, "", True, Effect(False, True)),  # what was known stays: the office decides
        (PUPILS, 40, C, "", True, Effect(True, 40)),
        (PUPILS, 40, R, "", True, Effect(False, 40)),
        (PUPILS, None, S, "41", True, Effect(True, "41")),
        (PUPILS, None, R, "", True, Effect(False, "")),
        (PARTNERS, None, S, [{"school": "Ausma"}], True, Effect(True, [{"school": "Ausma"}])),
    ],
)
def test_an_answer_makes_of_a_fact_what_was_asked(
    fact: Any, stated: Any, answer: Answer, value: Any, counts: bool, expected: Effect
) -> None:
    assert effect(fact, stated, answer, value, counts=counts) == expected


@pytest.mark.parametrize(
    ("fact", "stated", "answer", "value"),
    [
        (PUPILS, None, C, "41"), (PUPILS, None, S, ""), (PUPILS, None, S, "many"), (PUPILS, 40, S, "41"),
        (CONSENT, None, S, "true"), (PARTNERS, None, S, [{"joined_on": "soon"}]), (PARTNERS, None, S, []),
    ],
)  # fmt: skip
def test_an_answer_that_does_not_fit_is_refused(fact: Any, stated: Any, answer: Answer, value: Any) -> None:
    with pytest.raises(WrongAnswer):
        effect(fact, stated, answer, value, counts=True)


def test_a_value_is_asked_for_only_where_nothing_is_known_and_yes_or_no_would_not_do() -> None:
    assert asks_value(PUPILS, None)
    assert not asks_value(PUPILS, 40)
    assert not asks_value(CONSENT, None)


def row(ref: str, **facts: Any) -> dict[str, Any]:
    known = {"founder_one": "AZ", "founder_two": "LV", "consent": "true"} | facts
    return {
        "application_id": ref, "applicant_id": ref, "unit_id": ref, "country": "AZ",
        "submitted_at": "2026-01-01T10:00:00+00:00", "facts": known, "children": {},
    }  # fmt: skip


def test_unknown_facts_are_told_by_how_many_they_hold_up_with_who_would_know() -> None:
    rows = [row("A"), row("B", consent=None), row("C", consent="", founder_two=None), row("D", founder_two="AZ")]
    found = by_fact(PLAN, needs(PLAN, rows, seed=1))
    assert [(one.fact, one.applications, one.supplied_by, one.source) for one in found] == [
        ("consent", ("B", "C"), "applicant", ""),
        ("founder_two", ("C",), "register", "project-register"),
    ]  # what has failed already waits for nothing


def test_fields_of_a_list_belong_to_the_list_and_what_nobody_can_supply_names_nobody() -> None:
    needed = {"A": ("partners.country", "partners.school"), "B": ("partners", "competitors")}
    found = {one.fact: one for one in by_fact(PLAN, needed)}
    assert (found["partners"].fields, found["partners"].applications) == (("country", "school"), ("A", "B"))
    assert found["competitors"].supplied_by == ""
