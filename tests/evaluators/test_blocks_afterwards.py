"""Validity and appeals: small invented rules and worked cases that would come out otherwise."""

from __future__ import annotations

import pytest

from tests.evaluators.blocks import check, refuses

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
        (VALID, "until: \"years", "until: \"total", "no 'total'"),
        (APPEALS, "    returns_on:", "    published_on:", "already a name"),
        (APPEALS, "    - {id: admissible, title: x, otherwise: true, grants: true}\n", "", "says `otherwise: true`"),
    ],
)  # fmt: skip
def test_what_these_blocks_refuse(body, old, new, says):
    refuses(body, old, new, says)
