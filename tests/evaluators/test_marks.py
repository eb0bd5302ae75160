"""Marks are read exactly or refused with a remedy."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.marks import exact, problems

PLAN = SimpleNamespace(
    rubric=SimpleNamespace(
        criteria=[
            SimpleNamespace(id="idea", minimum="0", maximum="5", step="0.5", optional=False),
            SimpleNamespace(id="craft", minimum="1", maximum="4", step="1", optional=False),
        ]
    )
)


def test_problems_none_on_a_good_sheet():
    assert problems(PLAN, {"idea": "4.5", "craft": " 3 "}, complete=True) == []


def test_problems_a_draft_may_have_gaps_a_finished_sheet_not():
    assert problems(PLAN, {"idea": ""}, complete=False) == []
    assert [(one.criterion, one.problem) for one in problems(PLAN, {"idea": ""}, complete=True)] == [
        ("idea", "There is no mark yet."),
        ("craft", "There is no mark yet."),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("5.5", "5.5 is outside the scale."),
        ("-0.5", "-0.5 is outside the scale."),
        ("4.25", "4.25 is between two steps of the scale."),
        ("NaN", "“NaN” is not a number."),
        ("inf", "“inf” is not a number."),
        ("1e0", "“1e0” is not a number."),
        ("1_0", "“1_0” is not a number."),
        ("４", "“４” is not a number."),
        ("four", "“four” is not a number."),
        ("9" * 5000, f"“{'9' * 40}” is not a number."),
    ],
)
def test_problems_names_what_is_wrong_and_the_scale(text, problem):
    (found,) = problems(PLAN, {"idea": text}, complete=False)
    assert (found.criterion, found.problem) == ("idea", problem)
    assert found.remedy == "Give a number from 0 to 5 in steps of 0.5."


def test_problems_decimal_comma_gets_its_own_remedy():
    (found,) = problems(PLAN, {"idea": "3,5"}, complete=False)
    assert found.remedy == "Write 3.5."


def test_problems_scale_starts_at_its_minimum():
    assert problems(PLAN, {"craft": "0"}, complete=False)[0].problem == "0 is outside the scale."


def test_problems_an_optional_criterion_may_stay_open():
    criterion = SimpleNamespace(id="impact", minimum="1", maximum="5", step="1", optional=True)
    plan = SimpleNamespace(rubric=SimpleNamespace(criteria=[criterion]))
    assert problems(plan, {}, complete=True) == []
    assert problems(plan, {"impact": "9"}, complete=True)[0].problem == "9 is outside the scale."


def test_problems_unknown_criterion():
    (found,) = problems(PLAN, {"charm": "3"}, complete=False)
    assert (found.criterion, found.problem) == ("charm", "The rubric has no such criterion.")


def test_problems_without_a_rubric_every_mark_is_unknown():
    assert [one.criterion for one in problems(SimpleNamespace(rubric=None), {"idea": "3"}, complete=True)] == ["idea"]


@given(st.integers(-10, 120))
def test_problems_accepts_exactly_the_steps_of_the_scale(tenths):
    text = f"{'-' if tenths < 0 else ''}{abs(tenths) // 10}.{abs(tenths) % 10}"
    fits = 0 <= tenths <= 50 and tenths % 5 == 0
    assert (problems(PLAN, {"idea": text}, complete=False) == []) == fits


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**8), max_value=10**8, places=4))
def test_exact_loses_nothing(number):
    assert exact(f"{number:f}") == Fraction(number)
