"""Admission, figures of a list, and days: small invented rules and worked cases that would come out otherwise."""

from __future__ import annotations

import pytest

from rules.plan import compile_plan
from tests.evaluators.blocks import check, refuses, rules

ADMISSION = """\
facts:
  project: {type: code, meaning: x, supplied_by: applicant}
  sent_again: {type: moment, meaning: x, supplied_by: applicant}
  long: {type: bool, meaning: x, supplied_by: applicant}
parameters:
  deadline: {type: moment, value: "2022-05-31T23:59", cite: call}
policies:
  late: {type: choice, asks: x, cite: call, options: {refused: x, next_round: x}}
  ends: {type: date, asks: x, cite: call}
admission:
  - {id: in_time, says: x, cite: call, window: {closes: deadline, zone: Europe/Rome, late: policy.late}}
  - {id: again, says: x, cite: call, window: {of: sent_again, closes: policy.ends, zone: Europe/Rome}}
  - {id: once, says: x, cite: call, first: {count: 1, per: project}}
eligibility:
  - {id: advised_length, says: x, cite: call, require: long, advice: true}
outcomes:
  - {id: next_round, title: x, when: next_round, interim: true}
  - {id: refused, title: x, when: "!admission || !eligibility"}
  - {id: short, title: x, when: "!advised"}
  - {id: fine, title: x, otherwise: true}
"""


def test_admission_windows_named_ends_late_ones_and_the_first_of_each_project(tmp_path):
    check(
        tmp_path,
        ADMISSION,
        """\
        policies: {late: next_round, ends: 2022-06-10}
        base:
          submitted_at: "2022-05-31T23:59:59+02:00"
          facts: {project: p, sent_again: "2022-06-10T23:59:59+02:00", long: true}
        cases:
          - {id: last, says: x, expect: {outcome: fine}}
          - {id: late, says: x, submitted_at: "2022-06-01T00:00:00+02:00", expect: {outcome: next_round}}
          - id: late-refused
            says: x
            policies: {late: refused}
            submitted_at: "2022-06-01T00:00:00+02:00"
            expect: {outcome: refused, first_failing: in_time}
          - id: late-open
            says: x
            policies: {late: null}
            submitted_at: "2022-06-01T00:00:00+02:00"
            expect: {outcome: null, status: undecided, policies: [late]}
          - {id: in-time-late-open, says: x, policies: {late: null}, expect: {outcome: fine}}
          - id: again-late
            says: x
            facts: {sent_again: "2022-06-11T00:00:00+02:00"}
            expect: {outcome: refused, first_failing: again}
          - id: again-open
            says: x
            policies: {ends: null}
            expect: {outcome: null, status: undecided, policies: [ends]}
          - {id: advice, says: x, facts: {long: false}, expect: {outcome: short, screening: eligible}}
          - {id: advice-unknown, says: x, facts: {long: null}, expect: {status: needs_evidence, needs: [long]}}
          - id: twice
            says: x
            applications:
              - {id: a, submitted_at: "2022-05-05T10:00:00+02:00", facts: {project: q}}
              - {id: b, submitted_at: "2022-05-12T10:00:00+02:00", facts: {project: q}}
              - {id: c, submitted_at: "2022-05-12T10:00:00+02:00", facts: {project: r}}
            expect: {a: {outcome: fine}, b: {outcome: refused, first_failing: once}, c: {outcome: fine}}
        """,
    )


LISTS = """\
facts:
  marks:
    type: list
    meaning: x
    supplied_by: officer
    fields: {points: {type: decimal, scale: 1, meaning: x}, day: {type: date, meaning: x}}
  limit: {type: date, meaning: x, supplied_by: officer}
derived:
  spread: {value: "marks.map(m, m.points).spread()"}
  farthest: {value: "max(marks.map(m, m.points).max() - mean, mean - marks.map(m, m.points).min())"}
  mean: {value: "marks.map(m, m.points).mean()"}
eligibility:
  - {id: near, says: x, cite: call, require: "spread <= 3"}
  - {id: good, says: x, cite: call, require: "marks.map(m, m.points).mean() >= 7", advice: true}
  - {id: middle, says: x, cite: call, require: "marks.map(m, m.points).median() > 7", advice: true}
  - {id: much, says: x, cite: call, require: "marks.filter(m, m.points > 5).map(m, m.points).sum() > 20", advice: true}
  - {id: early, says: x, cite: call, require: "marks.map(m, m.day).min() <= limit", advice: true}
  - {id: half, says: x, cite: call, require: "marks.all(m, multiple_of(m.points, 0.5))", advice: true}
outcomes:
  - {id: convene, title: x, when: "!eligibility", interim: true}
  - {id: settled, title: x, otherwise: true}
""".replace(
    '  farthest: {value: "max(marks.map(m, m.points).max() - mean, mean - marks.map(m, m.points).min())"}\n', ""
)


def test_figures_of_a_list_are_exact_and_keep_unknown_items_apart(tmp_path):
    check(
        tmp_path,
        LISTS,
        """\
        base: {facts: {limit: 2024-01-02}}
        cases:
          - id: far
            says: x
            children:
              marks: [{points: 9, day: 2024-01-02}, {points: 8.5, day: 2024-01-05}, {points: 5.5, day: 2024-01-05}]
            expect:
              outcome: convene
              clauses: {near: false, good: true, middle: true, much: true, early: true, half: true}
          - id: exactly-three
            says: x
            children: {marks: [{points: 9}, {points: 6}, {points: 6}]}
            expect: {outcome: settled, clauses: {good: true, middle: false, much: true, early: unknown}}
          - id: far-whatever-the-third-says
            says: x
            children: {marks: [{points: 9}, {points: null}, {points: 5.5}]}
            expect: {outcome: convene, clauses: {near: false, good: unknown, middle: unknown}}
          - id: near-but-the-third-may-change-it
            says: x
            children: {marks: [{points: 9}, {points: null}, {points: 8}]}
            expect: {outcome: null, status: needs_evidence, needs: [marks.points]}
          - id: mean-of-seven-marks
            says: just below seven, by a seventh of a tenth
            children:
              marks: [{points: 7}, {points: 7}, {points: 7}, {points: 7}, {points: 7}, {points: 7}, {points: 6.9}]
            expect: {clauses: {good: false, middle: false, half: false}}
        """,
    )


DAYS = """\
facts:
  sent: {type: date, meaning: x, supplied_by: applicant}
  years: {type: int, meaning: x, supplied_by: applicant}
  due: {type: date, meaning: x, supplied_by: applicant}
policies:
  land: {type: calendar, asks: x, cite: call}
eligibility:
  - {id: right, says: x, cite: call, require: "due == EXPRESSION"}
outcomes:
  - {id: same, title: x, when: eligibility}
  - {id: other, title: x, otherwise: true}
"""


@pytest.mark.parametrize(
    ("expression", "sent", "due"),
    [
        ("working_days_after(sent, 30, 'PL')", "2023-04-28", "2023-06-14"),
        ("working_days_after(sent, 5, 'RS')", "2024-08-25", "2024-08-30"),
        ("working_days_after(sent, 1, 'none')", "2024-03-29", "2024-04-01"),  # Easter Monday counts without a calendar
        ("working_days_after(sent, 1, 'PL')", "2024-03-29", "2024-04-02"),
        ("working_days_before(sent, 1, 'PL')", "2024-04-02", "2024-03-29"),
        ("next_working_day(sent, policy.land)", "2024-03-30", "2024-04-02"),
        ("years_after(sent, years)", "2024-02-29", "2026-02-28"),
        ("months_after(sent, 30)", "2024-06-15", "2026-12-15"),
        ("weeks_before(sent, 2)", "2024-03-14", "2024-02-29"),
        ("end_of_year(years_after(sent, 1))", "2018-04-10", "2019-12-31"),
        ("end_of_month(sent)", "2024-02-10", "2024-02-29"),
        ("day_in(year(sent) + 1, '12-31')", "2018-04-10", "2019-12-31"),
        ("max(sent, date('2022-11-30'))", "2020-04-01", "2022-11-30"),
        ("min(sent, date('2022-11-30'), date('2021-01-01'))", "2022-04-01", "2021-01-01"),
    ],
)
def test_days_that_follow_from_a_day(tmp_path, expression, sent, due):
    book = f"""\
        policies: {{land: PL}}
        cases:
          - {{id: right, says: x, facts: {{sent: {sent}, years: 2, due: {due}}}, expect: {{outcome: same}}}}
          - {{id: wrong, says: x, facts: {{sent: {sent}, years: 2, due: 2000-01-01}}, expect: {{outcome: other}}}}
          - {{id: unknown, says: x, facts: {{years: 2, due: {due}}}, expect: {{status: needs_evidence, needs: [sent]}}}}
        """
    check(tmp_path, DAYS.replace("EXPRESSION", expression), book)


def test_working_days_between_and_an_open_calendar(tmp_path):
    body = DAYS.replace("due == EXPRESSION", "working_days_between(sent, due, policy.land) <= 10")
    check(
        tmp_path,
        body,
        """\
        policies: {land: GB-ENG}
        cases:
          - {id: tenth, says: x, facts: {sent: 2024-08-16, due: 2024-09-02}, expect: {outcome: same}}
          - {id: eleventh, says: x, facts: {sent: 2024-08-16, due: 2024-09-03}, expect: {outcome: other}}
          - id: open
            says: x
            policies: {land: null}
            facts: {sent: 2024-08-19, due: 2024-09-03}
            expect: {status: undecided, policies: [land]}
        """,
    )


@pytest.mark.parametrize(
    ("body", "old", "new", "says"),
    [
        (ADMISSION, "closes: deadline", "closes: late_day", "no 'late_day'"),
        (ADMISSION, "ends: {type: date", "ends: {type: int", "neither a date nor a local time"),
        (ADMISSION, "of: sent_again", "of: project", "must be a moment"),
        (LISTS, "derived:\n", "derived:\n  early_one: {value: spread + 1}\n", "no 'spread'"),
        (LISTS, "spread: {value", "limit: {value", "already a name"),
        (LISTS, "marks.all(m, multiple_of", "marks.all(m, spread > 1 && multiple_of", "inside a list's condition"),
        (DAYS, "EXPRESSION", "working_days_after(sent, 5, 'XX')", "holidays are known"),
        (DAYS, "EXPRESSION", "max(sent)", "at least two"),
    ],
)  # fmt: skip
def test_what_these_blocks_refuse(body, old, new, says):
    refuses(body, old, new, says)


def test_an_appeal_is_refused_where_there_is_none():
    plan = compile_plan(rules(DAYS.replace("EXPRESSION", "sent")))
    assert plan.appeal is None
