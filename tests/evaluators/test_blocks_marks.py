"""Rubric and jury: small invented rules and worked cases that would come out otherwise."""

from __future__ import annotations

import pytest

from tests.evaluators.blocks import END, check, refuses

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


@pytest.mark.parametrize(
    ("body", "old", "new", "says"),
    [
        (JURY, "  third: policy.third\n", "", "stand together"),
        (JURY, "options: {higher: x,", "options: {highest: x,", "'highest' cannot be an answer"),
        (JURY, "id: apart", "id: enough", "used twice"),
        (JURY, "s.total < 60", "s.totals < 60", "no field 'totals'"),
        (RUBRIC, "ladder: [item_1, item_2, item_3]", "ladder: [item_1], words: {a: 1}", "at most one of"),
        (RUBRIC, "!= 'defer'", "!= 'deferred'", "not a word"),
    ],
)  # fmt: skip
def test_what_these_blocks_refuse(body, old, new, says):
    refuses(body, old, new, says)
