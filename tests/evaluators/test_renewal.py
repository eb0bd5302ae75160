"""The clock of terms: the cases of the sources and their neighbours a day earlier and later, and ten years of days."""

from __future__ import annotations

from datetime import date

import pytest

from evaluators import validity
from evaluators.facts import to_frames
from evaluators.renewal import Holding, How, Kind, Step, due, redated, schedule
from evaluators.validity import Term
from rules.library import load_text, named
from rules.plan import compile_plan
from tests.evaluators.clock_days import ONE, Award, run


def steps_of(term: Term) -> dict[tuple[str, str], Step]:
    return {(one.kind.value, one.name): one for one in schedule(term)}


def library(key: str, awarded_on: date, *, facts: dict | None = None, country: str = "", **policies: str) -> Term:
    plan = compile_plan(named(key), policies)
    row = {"application_id": "a", "country": country, "facts": facts or {}}
    return validity.each(plan, to_frames(plan.ruleset, [row]), [awarded_on])[0]


def state(term: Term, today: date) -> str:
    """Where an award stands after the clock has gone by every day up to this one."""
    award = Award(list(schedule(term)))
    run([award], [term.valid_from + n * ONE for n in range((today - term.valid_from).days + 1)])
    if award.lapsed_on:
        return "lapsed"
    return "grace" if term.valid_until and today > term.valid_until else "held"


def answers(key: str, **given: str) -> dict[str, str]:
    """An answer to everything a rule set leaves open; what the test is about is given."""
    plain = {"date": "2024-06-30", "int": "6", "decimal": "1"}
    found = {
        name: next(iter(one.options)) if one.type == "choice" else plain[one.type]
        for name, one in named(key).policies.items()
    }
    assert given.keys() <= found.keys()
    return found | given


@pytest.mark.parametrize(
    ("country", "today", "stands"),
    [
        ("LV", date(2021, 12, 31), "held"),
        ("LV", date(2022, 1, 1), "held"),
        ("LV", date(2022, 12, 31), "held"),
        ("LV", date(2023, 1, 1), "lapsed"),  # S26: the extension ends with 2022, the next award comes in May
        ("MD", date(2021, 12, 31), "held"),
        ("MD", date(2022, 1, 1), "lapsed"),  # nobody decreed anything here
    ],
)
def test_a_cohort_extended_by_decree_lapses_when_the_extension_does(country, today, stands):
    key = "etwinning-school/esl-2020-2021"
    policies = answers(key, extension_elsewhere="not_extended")
    term = library(key, date(2020, 5, 20), country=country, **policies)
    assert state(term, today) == stands


@pytest.mark.parametrize(
    ("reading", "awarded", "last"),
    [
        ("two_years_last_of_february", date(2024, 2, 29), date(2026, 2, 28)),  # S29, the one reading
        ("two_years_first_of_march", date(2024, 2, 29), date(2026, 3, 1)),  # the other
        ("end_of_named_period", date(2024, 2, 29), date(2025, 12, 31)),
        ("two_years_last_of_february", date(2024, 2, 28), date(2026, 2, 28)),
        ("two_years_last_of_february", date(2024, 3, 1), date(2026, 3, 1)),
        ("two_years_first_of_march", date(2024, 2, 28), date(2026, 2, 28)),
        ("two_years_first_of_march", date(2024, 3, 1), date(2026, 3, 1)),
    ],
)
def test_a_label_of_a_leap_day_lapses_as_the_open_question_is_answered(reading, awarded, last):
    key = "etwinning-school/esl-2024-2025"
    term = library(key, awarded, **answers(key, validity_end=reading))
    assert term.valid_until == last
    assert state(term, last) == "held"
    assert state(term, last + ONE) == "lapsed"


@pytest.mark.parametrize(
    ("today", "stands"),
    [
        (date(2025, 5, 9), "held"),  # X29: still in the period
        (date(2025, 5, 10), "held"),  # the last day counts where the policy says so
        (date(2025, 5, 11), "lapsed"),  # X29: expired
    ],
)
def test_a_flag_of_two_years_lapses_the_day_after_them(today, stands):
    term = library("eco-schools-green-flag/eco-fi", date(2023, 5, 10), last_day="yes")
    assert state(term, today) == stands


def test_what_opens_with_the_award_itself_is_no_news():
    term = library("eco-schools-green-flag/eco-fi", date(2023, 5, 10), last_day="yes")
    assert term.renewal_opens == term.valid_from
    assert Kind.RENEWAL not in {one.kind for one in schedule(term)}


def test_a_long_accreditation_is_told_of_its_report_and_its_form():
    facts = {"term_years": 5}
    term = library("equis/equis-term", date(2024, 6, 15), facts=facts)
    steps = steps_of(term)
    assert steps["milestone", "mid_term_report"].day == date(2026, 12, 15)  # X35
    assert steps["milestone", "reaccreditation_form"].day == date(2028, 6, 15)
    assert steps["milestone", "mid_term_report"].due_on == date(2026, 11, 15)
    assert ("milestone", "progress_report_1") not in steps
    award = Award(list(schedule(term)))
    run([award], [date(2024, 6, 15) + n * ONE for n in range(2200)])
    told = [(day, one.kind.value, one.name) for day, one in award.said]
    assert (date(2026, 11, 15), "milestone", "mid_term_report") in told
    assert told[-1] == (date(2029, 6, 16), "lapse", "")
    # The form is due on the day on which renewal opens: told thirty days before, and the opening on its day.
    assert (date(2028, 5, 16), "milestone", "reaccreditation_form") in told
    assert (date(2028, 6, 15), "renewal", "") in told


@pytest.mark.parametrize(
    ("ends", "letter", "last"),
    [
        (date(2022, 11, 30), date(2020, 4, 15), date(2022, 11, 30)),  # X23: its own end is the later
        (date(2021, 4, 30), date(2021, 9, 15), date(2022, 11, 30)),  # the first official example
        (date(2020, 11, 30), date(2020, 4, 15), date(2021, 4, 30)),  # the second
    ],
)
def test_a_failed_renewal_keeps_the_award_until_the_later_of_two_days(ends, letter, last):
    key = "athena-swan-grace/as-grace"
    facts = {
        "award_ends_on": ends.isoformat(),
        "results_letter_on": letter.isoformat(),
        "renewal_succeeded": False,
        "earlier_failures": 0,
    }
    term = library(key, date(2017, 4, 1), facts=facts, **answers(key))
    assert term.valid_until == last
    assert (state(term, last), state(term, last + ONE)) == ("held", "lapsed")


def test_the_ladder_of_the_rule_set_takes_the_place_of_the_house():
    facts = {"review_deadline": "2025-11-28"}
    term = library("hreir/uk", date(2022, 11, 28), facts=facts)
    assert term.reminders is not None
    assert [one.day for one in schedule(term) if one.kind is Kind.REMINDER] == list(term.reminders)
    assert next(one.day for one in schedule(term, {"reminder"}) if one.kind is Kind.OFFICE) == term.reminders[0]


GRACED = Term(date(2024, 1, 10), date(2026, 1, 10), date(2025, 10, 10), None, date(2026, 7, 10))


@pytest.mark.parametrize(
    ("today", "stands"),
    [
        (date(2026, 1, 10), "held"),
        (date(2026, 1, 11), "grace"),
        (date(2026, 7, 10), "grace"),
        (date(2026, 7, 11), "lapsed"),
    ],
)
def test_a_grace_period_stands_between_the_end_and_the_lapse(today, stands):
    assert state(GRACED, today) == stands


def test_an_award_says_each_thing_once_in_its_order():
    award = Award(list(schedule(GRACED)))
    run([award], [GRACED.valid_from + n * ONE for n in range(1200)])
    assert [(day.isoformat(), one.kind.value) for day, one in award.said] == [
        ("2025-10-10", "renewal"),
        ("2025-12-11", "reminder"),  # thirty days before; the one of ninety days comes too soon after the opening
        ("2026-01-03", "reminder"),
        ("2026-01-11", "grace"),
        ("2026-07-11", "lapse"),
    ]


def test_after_an_outage_the_newest_reminder_is_sent_and_nothing_that_is_over():
    award = Award(list(schedule(GRACED)))
    run([award], [date(2026, 1, 5), date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 7)])
    assert [(day.isoformat(), one.kind.value, one.day.isoformat()) for day, one in award.said] == [
        ("2026-01-05", "renewal", "2025-10-10"),  # still open, and waited longest
        ("2026-01-06", "reminder", "2026-01-03"),
    ]
    award = Award(list(schedule(GRACED)))
    run([award], [date(2027, 1, 1)])
    assert [one.kind.value for _, one in award.said] == ["lapse"]
    assert {one.how for one in award.steps} == {How.TOLD, How.OVER}


def test_who_has_applied_is_not_reminded_and_hears_of_milestones():
    milestone = Term(date(2024, 1, 10), date(2026, 1, 10), None, milestones={"report": date(2025, 12, 11)})
    found = due(schedule(milestone), date(2025, 12, 11), Holding(applied=True))
    assert found.step is not None
    assert found.step.kind is Kind.MILESTONE
    assert {(one.kind, how) for one, how in found.closed} == {(Kind.REMINDER, How.APPLIED)}


def test_an_award_that_goes_on_lapses_without_a_word():
    found = due(schedule(GRACED), date(2026, 7, 11), Holding(renewed=True))
    assert found.step is not None
    assert found.step.kind is Kind.LAPSE
    assert found.silent


def test_another_term_keeps_what_was_told_of_a_day_that_is_the_same():
    old = Term(date(2020, 5, 1), date(2021, 12, 31), date(2021, 10, 1), milestones={"report": date(2021, 6, 1)})
    award = Award(list(schedule(old)))
    run([award], [old.valid_from + n * ONE for n in range(700)])
    assert award.lapsed_on == date(2022, 1, 1)
    new = Term(date(2020, 5, 1), date(2022, 12, 31), date(2022, 10, 1), milestones={"report": date(2021, 6, 1)})
    award.steps = list(redated(award.steps, schedule(new)))
    before = len(award.said)
    run([award], [date(2022, 1, 2) + n * ONE for n in range(700)])
    assert [(day.isoformat(), one.kind.value) for day, one in award.said[before:]] == [
        ("2022-10-01", "renewal"),
        ("2022-12-01", "reminder"),
        ("2022-12-24", "reminder"),
        ("2023-01-01", "lapse"),
    ]


def test_a_decreed_end_takes_the_days_counted_from_it_with_it():
    text = """\
award: prize
edition: "1"
title: A prize
sources: {call: {title: The call, mark: F}}
facts: {a: {type: bool, meaning: x, supplied_by: applicant}}
eligibility: [{id: a_holds, says: x, cite: call, require: a}]
outcomes: [{id: won, title: Won, when: eligibility, grants: true}, {id: lost, title: Lost, otherwise: true}]
validity:
  cite: call
  until: years_after(awarded_on, 2)
  renewal_opens: months_before(until, 3)
  grace_until: months_after(until, 1)
  reminders: ["weeks_before(until, 2)", "days_before(until, 40)"]
milestones: [{id: report, says: x, cite: call, on: "months_before(until, 6)"}]
"""
    plan = compile_plan(load_text(text, "prize.yaml"))
    frames = to_frames(plan.ruleset, [{"application_id": "a"}, {"application_id": "b"}])
    own, decreed = validity.each(plan, frames, [date(2020, 2, 29)] * 2, [None, date(2022, 12, 31)])
    assert (own.valid_until, own.renewal_opens) == (date(2022, 2, 28), date(2021, 11, 28))
    assert (decreed.valid_until, decreed.renewal_opens, decreed.grace_until, decreed.reminders) == (
        date(2022, 12, 31),
        date(2022, 9, 30),
        date(2023, 1, 31),
        (date(2022, 12, 17), date(2022, 11, 21)),
    )
    assert decreed.milestones == {"report": date(2022, 6, 30)}
