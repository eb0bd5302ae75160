"""The blocks of docs/rule-language.md, each by small invented rules and worked cases that would come out otherwise."""

from __future__ import annotations

import textwrap

import pytest

from evaluators import cases
from rules import library
from rules.errors import RuleSetError
from rules.library import load_text
from rules.plan import compile_plan

HEAD = """\
award: prize
edition: "1"
title: A prize
sources: {call: {title: The call, mark: F}}
"""
END = """
outcomes:
  - {id: out, title: Out, when: "!(admission && eligibility)"}
  - {id: won, title: Won, when: gates, grants: true}
  - {id: lost, title: Lost, otherwise: true}
"""


def rules(body: str):
    return load_text(HEAD + textwrap.dedent(body), "prize.yaml")


def check(tmp_path, body: str, book: str) -> None:
    """Run worked cases over invented rules; all must come out."""
    file = tmp_path / "prize.cases.yaml"
    file.write_text(textwrap.dedent(book), encoding="utf-8")
    for result in cases.run(rules(body), library.worked(file)):
        assert result.passed, (result.id, result.differences)


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


RUBRIC = (
    """\
facts:
  item_1: {type: bool, meaning: x, supplied_by: officer}
  item_2: {type: bool, meaning: x, supplied_by: officer}
  item_3: {type: bool, meaning: x, supplied_by: officer}
  used: {type: int, meaning: x, supplied_by: register, source: x}
policies:
  left_out: {type: choice, asks: x, cite: call, options: {excluded: x, zero: x, full: x}}
rubric:
  cite: call
  criteria:
    - {id: ladder, title: x, ladder: [item_1, item_2, item_3]}
    - {id: use, title: x, computed: 2 * used, maximum: 4}
    - {id: audit, title: x, words: {pass: 2, pass_with_requirements: 1, defer: 0}}
    - {id: free, title: x, maximum: 3, not_applicable: policy.left_out}
  gates:
    - {id: not_deferred, says: x, cite: call, require: "mark.audit != 'defer'"}
    - {id: half, says: x, cite: call, require: "criteria.filter(c, c.applies).all(c, 2 * c.points >= c.maximum)"}
    - {id: share, says: x, cite: call, require: "10 * total >= 7 * possible"}
jury: {cite: call, reviews: 1, consolidation: mean}
"""
    + END
)


def test_ladders_words_computed_points_and_what_does_not_apply(tmp_path):
    check(
        tmp_path,
        RUBRIC,
        """\
        policies: {left_out: excluded}
        base:
          facts: {item_1: true, item_2: true, item_3: false, used: 2}
          points: {audit: pass, free: 2}
        cases:
          - {id: all, says: x, expect: {outcome: won, points: "10"}}
          - {id: no-step-between, says: x, facts: {item_2: false, item_3: true}, expect: {points: "9", outcome: lost}}
          - {id: unknown-step, says: x, facts: {item_2: null}, expect: {status: needs_evidence, needs: [item_2]}}
          - id: enough-with-an-unknown-step
            says: The third step cannot matter.
            facts: {item_3: null}
            expect: {outcome: won, points: null}
          - {id: deferred, says: x, points: {audit: defer}, expect: {outcome: lost, first_failing: not_deferred}}
          - {id: one-of-two, says: x, points: {audit: pass_with_requirements}, expect: {outcome: won, points: "9"}}
          - {id: excluded, says: x, points: {free: n/a}, expect: {outcome: won, points: "8"}}
          - {id: zero, says: x, policies: {left_out: zero}, points: {free: n/a}, expect: {outcome: lost, points: "8"}}
          - {id: full, says: x, policies: {left_out: full}, points: {free: n/a}, expect: {outcome: won, points: "11"}}
          - id: open
            says: x
            policies: {left_out: null}
            points: {free: n/a}
            expect: {outcome: null, status: undecided, policies: [left_out]}
          - {id: open-but-marked, says: x, policies: {left_out: null}, expect: {outcome: won, points: "10"}}
          - {id: unmarked, says: x, points: {free: null}, expect: {outcome: null, status: awaiting_scores}}
        """,
    )


JURY = """\
facts:
  anything: {type: bool, meaning: x, supplied_by: officer, for_information: true}
policies:
  method: {type: choice, asks: x, cite: call, options: {mean: x, median: x, sum: x, consensus: x}}
  third: {type: choice, asks: x, cite: call, options: {THIRDS}}
  pairs: {type: choice, asks: x, cite: call, options: {higher: x, lower: x, all: x}}
rubric:
  cite: call
  criteria:
    - {id: idea, title: x, maximum: 60}
    - {id: work, title: x, maximum: 40}
  gates:
    - {id: enough, says: x, cite: call, require: total >= 60}
jury:
  cite: call
  reviews: 2
  consolidation: policy.method
  discrepancy:
    - id: apart
      says: x
      cite: call
      when: sheets.map(s, s.total).spread() >= 30
      unless: sheets.all(s, s.total < 60)
  third: policy.third
  equal_pairs: policy.pairs
outcomes:
  - {id: third_expert, title: x, when: "discrepancy && !settled", interim: true}
  - {id: won, title: x, when: gates, grants: true}
  - {id: lost, title: x, otherwise: true}
""".replace(
    "THIRDS",
    "closest_pair: x, replaces_farthest: x, replaces_first: x, replaces_second: x, final: x, mean_of_all: x, "
    "median_of_all: x, convene: x",
)


def test_two_sheets_settle_or_ask_for_a_third(tmp_path):
    check(
        tmp_path,
        JURY,
        """\
        policies: {method: mean, third: closest_pair, pairs: higher}
        cases:
          - id: thirty
            says: x
            sheets: [{total: 80}, {total: 50}]
            expect: {outcome: third_expert, clauses: {apart: true}}
          - {id: below-thirty, says: x, sheets: [{total: 80}, {total: 51}], expect: {outcome: won, points: "65.5"}}
          - {id: both-below, says: x, sheets: [{total: 59}, {total: 20}], expect: {outcome: lost, points: "39.5"}}
          - {id: one-at-it, says: x, sheets: [{total: 60}, {total: 30}], expect: {outcome: third_expert}}
          - id: by-criterion
            says: x
            sheets: [{idea: 50, work: 30}, {idea: 40, work: 20}]
            expect: {outcome: won, points: "70", clauses: {apart: false}}
          - {id: one-sheet, says: x, sheets: [{total: 80}], expect: {outcome: null, status: awaiting_scores}}
          - {id: none, says: x, sheets: [], expect: {outcome: null, status: awaiting_scores}}
          - id: unmarked
            says: x
            sheets: [{idea: 50, work: 30}, {idea: 40}]
            expect: {outcome: null, status: awaiting_scores}
          - id: open-method
            says: x
            policies: {method: null, third: convene}
            sheets: [{total: 80}, {total: 70}]
            expect: {outcome: null, status: undecided, policies: [method]}
          - id: agreed
            says: x
            policies: {method: consensus}
            sheets: [{total: 80, agreed: true}, {total: 70, agreed: true}]
            points: {idea: 40, work: 34}
            expect: {outcome: won, points: "74"}
          - id: not-agreed
            says: x
            policies: {method: consensus}
            sheets: [{total: 80, agreed: true}, {total: 70, agreed: false}]
            points: {idea: 40, work: 34}
            expect: {outcome: null, status: awaiting_scores, points: null}
          - id: entered-points-stand
            says: x
            sheets: [{total: 80}, {total: 20}]
            points: {idea: 40, work: 34}
            expect: {outcome: won, points: "74"}
        """,
    )


@pytest.mark.parametrize(
    ("third", "pairs", "totals", "points"),
    [
        ("closest_pair", "higher", (80, 50, 70), "75"),
        ("closest_pair", "higher", (80, 50, 55), "52.5"),
        ("closest_pair", "higher", (80, 50, 65), "72.5"),
        ("closest_pair", "lower", (80, 50, 65), "57.5"),
        ("closest_pair", "all", (80, 50, 65), "65"),
        ("replaces_farthest", "higher", (80, 50, 70), "75"),
        ("replaces_farthest", "lower", (80, 50, 65), "57.5"),
        ("replaces_farthest", "higher", (80, 50, 100), "90"),
        ("replaces_first", "higher", (80, 50, 70), "60"),
        ("replaces_second", "higher", (80, 50, 70), "75"),
        ("final", "higher", (80, 50, 71), "71"),
        ("mean_of_all", "higher", (80, 50, 71), "67"),
        ("median_of_all", "higher", (80, 50, 71), "71"),
    ],
)
def test_what_a_third_sheet_does(tmp_path, third, pairs, totals, points):
    sheets = ", ".join(f"{{total: {one}}}" for one in totals)
    check(
        tmp_path,
        JURY,
        f"""\
        policies: {{method: mean, third: {third}, pairs: {pairs}}}
        cases:
          - {{id: three, says: x, sheets: [{sheets}], expect: {{points: "{points}", clauses: {{apart: true}}}}}}
        """,
    )


def test_a_third_sheet_may_leave_the_result_to_the_body_or_to_a_policy(tmp_path):
    check(
        tmp_path,
        JURY,
        """\
        policies: {method: mean, third: convene, pairs: null}
        base: {sheets: [{total: 80}, {total: 50}, {total: 65}]}
        cases:
          - {id: convene, says: x, expect: {outcome: third_expert, points: null}}
          - id: equal-pairs-open
            says: x
            policies: {third: closest_pair}
            expect: {outcome: null, status: undecided, policies: [pairs], points: null}
          - id: third-open
            says: x
            policies: {third: null, pairs: higher}
            expect: {outcome: null, status: undecided, policies: [third]}
          - id: a-third-is-needed-whatever-it-will-do
            says: x
            policies: {third: null}
            sheets: [{total: 80}, {total: 50}]
            expect: {outcome: third_expert}
          - id: pair-of-a-consensus
            says: x
            policies: {third: closest_pair, method: consensus}
            sheets: [{total: 80}, {total: 50}, {total: 76}]
            expect: {outcome: won, points: "78"}
          - id: no-equal-pairs
            says: x
            policies: {third: closest_pair}
            sheets: [{total: 80}, {total: 50}, {total: 70}]
            expect: {outcome: won, points: "75"}
        """,
    )


SELECT = """\
facts:
  land: {type: code, meaning: x, supplied_by: officer}
  school: {type: code, meaning: x, supplied_by: officer}
  score: {type: int, meaning: x, supplied_by: officer}
  second: {type: int, meaning: x, supplied_by: officer}
  asked: {type: int, meaning: x, supplied_by: officer}
policies:
  rounding: {type: choice, asks: x, cite: call, options: {up_to: x, nearest: x, at_least: x}}
  ties: {type: choice, asks: x, cite: call, options: {in: x, keys: x}}
"""
CHAIN = (
    SELECT
    + """\
selections:
  - id: best_of_school
    says: x
    cite: call
    group: [land, school]
    order: [{by: score, best: highest}]
    ties: {answer: out}
    quota: {count: 2}
  - id: nominated
    says: x
    cite: call
    group: land
    having: clause.best_of_school
    order: [{by: score, best: highest}]
    ties: {answer: policy.ties, readings: {in: in, keys: [{by: second, best: highest}, {by: asked, best: lowest}]}}
    quota: {share: 1/3, base: "true", rounding: policy.rounding}
outcomes:
  - {id: won, title: x, when: clause.nominated, grants: true}
  - {id: third_of_school, title: x, when: "!clause.best_of_school"}
  - {id: lost, title: x, otherwise: true}
"""
)


def test_selections_in_turn_at_most_two_of_a_school_then_a_third_of_the_country(tmp_path):
    check(
        tmp_path,
        CHAIN,
        """\
        policies: {rounding: up_to, ties: keys}
        base: {facts: {land: LV, school: s, score: 1, second: 1, asked: 1}}
        cases:
          - id: six
            says: Two of six places; the third of one school does not compete.
            applications:
              - {id: a, facts: {score: 9, school: s}}
              - {id: b, facts: {score: 8, school: t}}
              - {id: c, facts: {score: 7, school: t}}
              - {id: d, facts: {score: 6, school: t}}
              - {id: e, facts: {score: 5, school: u}}
              - {id: f, facts: {score: 5, school: v}}
            expect:
              a: {outcome: won, rank: 1}
              b: {outcome: won, rank: 2}
              c: {outcome: lost, rank: 3}
              d: {outcome: third_of_school}
              e: {outcome: lost}
              f: {outcome: lost}
          - id: nine-with-open-rounding
            says: A third of nine is three under every rounding.
            policies: {rounding: null}
            applications:
              - {id: a, facts: {score: 9, school: a}}
              - {id: b, facts: {score: 8, school: b}}
              - {id: c, facts: {score: 7, school: c}}
              - {id: d, facts: {score: 6, school: d}}
              - {id: e, facts: {score: 1, school: e}}
              - {id: f, facts: {score: 1, school: f}}
              - {id: g, facts: {score: 1, school: g}}
              - {id: h, facts: {score: 1, school: h}}
              - {id: i, facts: {score: 1, school: i}}
            expect: {a: {outcome: won}, b: {outcome: won}, c: {outcome: won}, d: {outcome: lost}}
          - id: ten-with-open-rounding
            says: A third of four is one, or two if rounded up.
            policies: {rounding: null}
            applications:
              - {id: a, facts: {score: 9, school: a}}
              - {id: b, facts: {score: 8, school: b}}
              - {id: c, facts: {score: 7, school: c}}
              - {id: d, facts: {score: 6, school: d}}
            expect:
              a: {outcome: won}
              b: {outcome: null, status: undecided, policies: [rounding]}
              c: {outcome: lost}
          - id: later-keys-only-among-equals
            says: The second key of one who is not tied is never asked.
            applications:
              - {id: a, facts: {score: 9, school: a, second: null, asked: null}}
              - {id: b, facts: {score: 8, school: b, second: 2, asked: 5}}
              - {id: c, facts: {score: 8, school: c, second: 2, asked: 4}}
              - {id: d, repeat: 3, facts: {score: 1, school: d, second: null}}
            expect: {a: {outcome: won}, b: {outcome: lost}, c: {outcome: won}}
          - id: an-unknown-key-among-equals
            says: Who of the two is first hangs on what is not known.
            applications:
              - {id: a, facts: {score: 9, school: a, second: null}}
              - {id: b, facts: {score: 9, school: b, second: 2}}
              - {id: c, facts: {score: 8, school: c}}
            expect:
              a: {outcome: null, status: needs_evidence, needs: [asked, second]}
              b: {outcome: null, status: needs_evidence}
              c: {outcome: lost}
        """,
    )


PLACES = (
    SELECT.replace(
        "  rounding: {type: choice, asks: x, cite: call, options: {up_to: x, nearest: x, at_least: x}}\n", ""
    )
    .replace("  ties: {type: choice, asks: x, cite: call, options: {in: x, keys: x}}\n", "")
    .replace("policies:\n", "")
    + """\
selection:
  id: placed
  says: x
  cite: call
  group: land
  having: score >= 3
  order: [{by: score, best: highest}]
  ties: {answer: in}
  places:
    - {id: gold, says: x, count: 1}
    - {id: silver, says: x, count: 2}
    - {id: reserve, says: x, count: 1}
outcomes:
  - {id: gold, title: x, when: clause.gold, grants: true}
  - {id: silver, title: x, when: clause.silver, grants: true}
  - {id: reserve, title: x, when: clause.reserve}
  - {id: unplaced, title: x, when: "!selected"}
  - {id: never, title: x, otherwise: true}
"""
)


def test_classes_of_places_are_shared_by_equals(tmp_path):
    check(
        tmp_path,
        PLACES,
        """\
        base: {facts: {land: LV}}
        cases:
          - id: shared
            says: Two golds, two silvers, one reserve.
            applications:
              - {id: a, facts: {score: 9}}
              - {id: b, facts: {score: 9}}
              - {id: c, facts: {score: 8}}
              - {id: d, facts: {score: 7}}
              - {id: e, facts: {score: 6}}
              - {id: f, facts: {score: 5}}
              - {id: g, facts: {score: 2}}
            expect:
              a: {outcome: gold, rank: 1}
              b: {outcome: gold, rank: 1}
              c: {outcome: silver, rank: 3}
              d: {outcome: silver, rank: 4}
              e: {outcome: reserve, rank: 5}
              f: {outcome: unplaced, first_failing: placed}
              g: {outcome: unplaced}
          - id: one-unknown
            says: Who is best is not known; the weakest cannot be placed before the unknown is.
            applications:
              - {id: a, facts: {score: null}}
              - {id: b, facts: {score: 8}}
              - {id: g, facts: {score: 2}}
            expect:
              a: {outcome: null, status: needs_evidence, needs: [score]}
              b: {outcome: null, status: needs_evidence, needs: [competitors]}
              g: {outcome: unplaced}
        """,
    )


def budget(rounding: str) -> str:
    return PLACES[: PLACES.index("  places:")].replace("group: land", "group: land") + (
        f"  quota: {{sum: asked, limit: 75, rounding: {rounding}}}\n"
        "outcomes:\n  - {id: funded, title: x, when: selected, grants: true}\n"
        "  - {id: not, title: x, otherwise: true}\n"
    )


@pytest.mark.parametrize(("rounding", "third"), [("up_to", "not"), ("at_least", "funded")])
def test_as_far_as_a_sum_goes(tmp_path, rounding, third):
    check(
        tmp_path,
        budget(rounding),
        f"""\
        base: {{facts: {{land: LV}}}}
        cases:
          - id: budget
            says: Seventy, then ninety-two, then more.
            applications:
              - {{id: a, facts: {{score: 9, asked: 40}}}}
              - {{id: b, facts: {{score: 9, asked: 30}}}}
              - {{id: c, facts: {{score: 8, asked: 22}}}}
              - {{id: d, facts: {{score: 7, asked: 1}}}}
            expect: {{a: {{outcome: funded}}, b: {{outcome: funded}}, c: {{outcome: {third}}}, d: {{outcome: not}}}}
          - id: unknown
            says: What the best asks for is not known.
            applications:
              - {{id: a, facts: {{score: 9, asked: null}}}}
              - {{id: b, facts: {{score: 8, asked: 30}}}}
            expect: {{b: {{outcome: null}}}}
        """,
    )


VALID = """\
facts:
  years: {type: int, meaning: x, supplied_by: officer}
  graced: {type: bool, meaning: x, supplied_by: officer}
  letter: {type: date, meaning: x, supplied_by: officer}
  gone: {type: bool, meaning: x, supplied_by: officer}
policies:
  day: {type: day, asks: x, cite: call}
  answer: {type: int, asks: x, cite: call}
validity:
  cite: call
  until: "years == 5 ? years_after(awarded_on, 5) : day_in(year(awarded_on) + years, policy.day)"
  renewal_opens: years_before(until, 1)
  grace_until: "graced ? max(years_after(letter, 1), until) : until"
  withdrawn: gone && as_of > letter
milestones:
  - {id: midterm, says: x, cite: call, on: "months_after(starts, 30)", when: years == 5}
  - id: reply
    says: x
    cite: call
    on: "working_days_after(day_of(submitted_at, 'Europe/Warsaw'), policy.answer, 'PL')"
outcomes:
  - {id: won, title: x, otherwise: true, grants: true}
"""


def test_validity_milestones_grace_and_withdrawal(tmp_path):
    check(
        tmp_path,
        VALID,
        """\
        policies: {day: 12-31, answer: 30}
        base:
          submitted_at: "2023-04-28T10:00:00+02:00"
          awarded_on: 2024-06-15
          facts: {years: 5, graced: false, letter: 2024-01-01, gone: false}
        cases:
          - id: five
            says: x
            as_of: 2029-06-15
            expect:
              valid_until: 2029-06-15
              renewal_opens: 2028-06-15
              standing: renewal_open
              milestones: {midterm: 2026-12-15, reply: 2023-06-14}
          - {id: before-renewal, says: x, as_of: 2028-06-14, expect: {standing: valid}}
          - {id: over, says: x, as_of: 2029-06-16, expect: {standing: expired}}
          - {id: not-yet, says: x, as_of: 2024-06-14, expect: {standing: not_yet}}
          - id: graced
            says: The later of two days.
            as_of: 2029-06-16
            facts: {graced: true, letter: 2029-01-10}
            expect: {standing: in_grace, grace_until: 2030-01-10}
          - {id: withdrawn, says: x, as_of: 2025-01-01, facts: {gone: true}, expect: {standing: withdrawn}}
          - {id: unknown, says: x, as_of: 2025-01-01, facts: {gone: null}, expect: {standing: unknown}}
          - id: three
            says: x
            as_of: 2027-12-31
            facts: {years: 3}
            expect: {valid_until: 2027-12-31, standing: renewal_open, milestones: {midterm: null}}
          - id: open
            says: x
            as_of: 2027-12-31
            policies: {day: null}
            facts: {years: 3}
            expect: {valid_until: null, standing: undecided, standing_policies: [day]}
          - id: reply-open
            says: x
            policies: {answer: null}
            expect: {milestones: {reply: null}, standing_policies: [answer]}
        """,
    )


APPEALS = """\
facts:
  published_on: {type: date, meaning: x, supplied_by: officer}
  in_leave: {type: bool, meaning: x, supplied_by: officer}
derived:
  last_day:
    value: "in_leave ? working_days_after(days_before(returns_on, 1), 5, 'RS') : days_after(published_on, 15)"
eligibility:
  - {id: published, says: x, cite: call, require: "published_on >= date('2024-01-01')"}
outcomes:
  - {id: out, title: x, when: "!eligibility"}
  - {id: lost, title: x, otherwise: true}
appeals:
  cite: call
  replays: [admission]
  facts:
    filed_on: {type: date, meaning: x, supplied_by: applicant}
    returns_on: {type: date, meaning: x, supplied_by: officer}
    ground: {type: code, meaning: x, supplied_by: applicant}
  clauses:
    - {id: in_days, says: x, cite: call, require: filed_on <= last_day}
    - {id: procedural, says: x, cite: call, require: ground == 'procedural_error'}
  outcomes:
    - {id: not_admissible, title: x, when: "!clauses"}
    - {id: admissible, title: x, otherwise: true, grants: true}
"""


def test_an_appeal_is_decided_by_its_own_clauses(tmp_path):
    check(
        tmp_path,
        APPEALS,
        """\
        base:
          facts: {published_on: 2024-07-01, in_leave: false}
          appeal: {filed_on: 2024-07-16, ground: procedural_error}
        cases:
          - {id: last-day, says: x, expect: {outcome: lost, appeal: {outcome: admissible}}}
          - id: too-late
            says: x
            appeal: {filed_on: 2024-07-17}
            expect: {appeal: {outcome: not_admissible, first_failing: in_days}}
          - id: score
            says: x
            appeal: {ground: score}
            expect: {appeal: {outcome: not_admissible, first_failing: procedural, clauses: {in_days: true}}}
          - id: leave
            says: The fifth working day after the leave.
            facts: {in_leave: true}
            appeal: {returns_on: 2024-08-26, filed_on: 2024-08-30}
            expect: {appeal: {outcome: admissible}}
          - id: leave-over
            says: x
            facts: {in_leave: true}
            appeal: {returns_on: 2024-08-26, filed_on: 2024-08-31}
            expect: {appeal: not_admissible}
          - id: unknown
            says: x
            facts: {in_leave: null}
            expect: {appeal: {status: needs_evidence, needs: [in_leave, returns_on]}}
        """,
    )


@pytest.mark.parametrize(
    ("body", "old", "new", "says"),
    [
        (JURY, "  third: policy.third\n", "", "stand together"),
        (JURY, "options: {higher: x,", "options: {highest: x,", "'highest' cannot be an answer"),
        (JURY, "id: apart", "id: enough", "used twice"),
        (JURY, "s.total < 60", "s.totals < 60", "no field 'totals'"),
        (PLACES, "places:", "quota: {count: 1}\n  places:", "either a quota or places"),
        (PLACES, "id: gold, says", "id: silver, says", "used twice"),
        (CHAIN, "having: clause.best_of_school", "having: clause.nominated", "no 'clause.nominated'"),
        (CHAIN, "keys: [{by", "other: [{by", "has no reading here"),
        (CHAIN, "share: 1/3", "share: 1 / 3", "not part of the language"),
        (ADMISSION, "closes: deadline", "closes: late_day", "no 'late_day'"),
        (ADMISSION, "ends: {type: date", "ends: {type: int", "neither a date nor a local time"),
        (ADMISSION, "of: sent_again", "of: project", "must be a moment"),
        (RUBRIC, "ladder: [item_1, item_2, item_3]", "ladder: [item_1], words: {a: 1}", "at most one of"),
        (RUBRIC, "!= 'defer'", "!= 'deferred'", "not a word"),
        (LISTS, "derived:\n", "derived:\n  early_one: {value: spread + 1}\n", "no 'spread'"),
        (LISTS, "spread: {value", "limit: {value", "already a name"),
        (LISTS, "marks.all(m, multiple_of", "marks.all(m, spread > 1 && multiple_of", "inside a list's condition"),
        (VALID, "until: \"years", "until: \"total", "no 'total'"),
        (APPEALS, "    returns_on:", "    published_on:", "already a name"),
        (APPEALS, "    - {id: admissible, title: x, otherwise: true, grants: true}\n", "", "says `otherwise: true`"),
        (DAYS, "EXPRESSION", "working_days_after(sent, 5, 'XX')", "holidays are known"),
        (DAYS, "EXPRESSION", "max(sent)", "at least two"),
    ],
)  # fmt: skip
def test_what_the_blocks_refuse(body, old, new, says):
    assert old in body
    with pytest.raises(RuleSetError, match=says) as caught:
        rules(body.replace(old, new, 1))
    assert all(problem.line > 0 for problem in caught.value.problems)


def test_an_appeal_is_refused_where_there_is_none():
    plan = compile_plan(rules(DAYS.replace("EXPRESSION", "sent")))
    assert plan.appeal is None
