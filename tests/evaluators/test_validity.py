"""Terms of what was granted: named periods, calendar years, and leap days."""

from __future__ import annotations

from datetime import date

import pytest

from evaluators.facts import to_frames
from evaluators.validity import Term, each
from rules.errors import RuleSetError
from rules.library import editions, load_text, named
from rules.plan import Plan, compile_plan

RULES = """\
award: prize
edition: "1"
title: A prize
sources: {call: {title: The call, mark: F}}
facts:
  a: {type: bool, meaning: x, supplied_by: applicant}
policies:
  end: {type: choice, asks: x, cite: call, options: {named: x, years: x}}
eligibility: [{id: a_holds, says: x, cite: call, require: a}]
outcomes: [{id: won, title: Won, when: eligibility, grants: true}, {id: lost, title: Lost, otherwise: true}]
"""


def plan_of(validity: str, **policies: str):
    return compile_plan(load_text(RULES + validity, "prize.yaml"), policies)


def term(plan: Plan, awarded_on: date) -> Term:
    """The term of what is awarded that day to an application that says nothing."""
    return each(plan, to_frames(plan.ruleset, [{"application_id": ""}]), [awarded_on])[0]


VALID = """validity:
  cite: call
  until: "policy.end == 'named' ? date('2026-12-31') : years_after(awarded_on, 2)"
  renewal_opens: months_before(until, 6)
"""


def test_a_named_period_ends_with_its_calendar_year():
    found = term(plan_of(VALID, end="named"), date(2025, 5, 9))
    assert (found.valid_from, found.valid_until, found.renewal_opens) == (
        date(2025, 5, 9),
        date(2026, 12, 31),
        date(2026, 6, 30),
    )


@pytest.mark.parametrize(
    ("day", "until"),
    [
        (date(2024, 2, 29), date(2026, 2, 28)),
        (date(2024, 3, 1), date(2026, 3, 1)),
        (date(2022, 2, 28), date(2024, 2, 28)),
    ],
)
def test_two_years_after_a_leap_day_end_on_the_last_of_february(day, until):
    assert term(plan_of(VALID, end="years"), day).valid_until == until


def test_an_open_policy_gives_no_term():
    with pytest.raises(RuleSetError, match="end"):
        term(plan_of(VALID), date(2025, 5, 9))


def test_without_an_end_there_is_none():
    assert term(plan_of("", end="named"), date(2025, 5, 9)).valid_until is None


ANSWERS = {
    "day": "08-01",
    "date": "2024-06-30",
    "moment": "2024-06-30T23:59",
    "zone": "Europe/Brussels",
    "calendar": "none",
    "fraction": "1/3",
}


@pytest.mark.parametrize("key", [str(key) for key in editions()])
def test_every_edition_of_the_library_has_a_term_once_answered(key):
    ruleset = named(key)
    answers = {
        name: next(iter(one.options)) if one.type == "choice" else ANSWERS.get(one.type, "2")
        for name, one in ruleset.policies.items()
    }
    day = ruleset.in_force.starts if ruleset.in_force and ruleset.in_force.starts else date(2025, 5, 9)
    found = term(compile_plan(ruleset, answers), day)
    assert found.valid_until is None or found.valid_from is None or found.valid_from < found.valid_until
