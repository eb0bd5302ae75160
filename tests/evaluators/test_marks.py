"""Marks are read exactly or refused with a remedy."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.marks import exact, problems
from rules.terms import ResolvedCriterion


def criterion(name, minimum, maximum, step, **more):
    return ResolvedCriterion(name, {"en": name}, None, True, None, "1", minimum, maximum, step, None, **more)


PLAN = SimpleNamespace(
    rubric=SimpleNamespace(
        criteria=[
            criterion("idea", "0", "5", "0.5"),
            criterion("craft", "1", "4", "1"),
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
    plan = SimpleNamespace(rubric=SimpleNamespace(criteria=[criterion("impact", "1", "5", "1", optional=True)]))
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


def test_problems_words_and_what_does_not_apply_are_marks_where_the_rubric_says_so():
    audit = criterion("audit", "0", "2", "1", words={"pass": "2", "defer": "0"}, may_not_apply=True)
    plan = SimpleNamespace(rubric=SimpleNamespace(criteria=[audit, criterion("idea", "0", "5", "1")]))
    assert problems(plan, {"audit": "pass", "idea": "3"}, complete=True) == []
    assert problems(plan, {"audit": "n/a", "idea": "3"}, complete=True) == []
    assert [one.criterion for one in problems(plan, {"audit": "n/a", "idea": "n/a"}, complete=True)] == ["idea"]
    (found,) = problems(plan, {"audit": "maybe"}, complete=False)
    assert found.remedy == "Give one of pass, defer."


def test_problems_nobody_marks_what_follows_from_facts():
    plan = SimpleNamespace(rubric=SimpleNamespace(criteria=[criterion("activity", "0", "9", "1", from_facts=True)]))
    assert problems(plan, {}, complete=True) == []
    assert [one.problem for one in problems(plan, {"activity": "3"}, complete=False)] == [
        "No juror marks this criterion."
    ]


@pytest.mark.parametrize(
    ("scale", "remedy"),
    [
        (("0", None, None), "Give a number of at least 0."),
        ((None, None, None), "Give a number."),
        ((None, None, "0.5"), "Give a number in steps of 0.5."),
    ],
)
def test_problems_names_as_much_of_the_scale_as_there_is(scale, remedy):
    plan = SimpleNamespace(rubric=SimpleNamespace(criteria=[criterion("idea", *scale)]))
    (found,) = problems(plan, {"idea": "four"}, complete=False)
    assert found.remedy == remedy
