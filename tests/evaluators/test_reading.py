"""The reader of one application's papers gives for every condition what the plan decides."""

from __future__ import annotations

from fractions import Fraction

import pytest

from evaluators.decide import decide
from evaluators.facts import to_frames
from evaluators.papers import Papers, Picked, Span, Unreadable, papers_of
from evaluators.reading import read
from rules.library import load_text
from rules.plan import compile_plan
from rules.syntax import parse

CONDITIONS = (
    "ok", "!ok", "!(ok && a > 2)", "ok || a > 2", "ok && a > 2", "a + 1 == 3", "a != 2", "-a < 0", "a * a >= 4",
    "a - 3 <= 0", "c == 'EE'", "c in ['EE', 'LV']", "!(c in lands)", "d <= limit", "d != limit",
    "ok ? a > 1 : a > 5", "ok ? c == 'EE' : c == 'LV'", "years_after(d, 1) > limit", "max(a, 2) == 2",
    "people.size() >= 2", "people.filter(p, p.main).size() == 1", "people.exists(p, p.n > 1)", "people.all(p, p.n > 0)",
    "people.map(p, p.land).distinct().size() >= 2", "people.map(p, p.n).sum() >= 3", "people.map(p, p.n).max() > 1",
    "people.map(p, p.n).min() < 2", "people.map(p, p.n).mean() > 1", "people.map(p, p.n).median() >= 1",
    "people.map(p, p.n).spread() >= 1", "people.map(p, p.seen).max() >= limit", "people.map(p, p.seen).min() < limit",
    "more > 3",
)  # fmt: skip
RULES = """\
award: prize
edition: "1"
title: A prize
sources: {call: {title: The call, mark: F}}
facts:
  a: {type: int, meaning: x, supplied_by: applicant}
  ok: {type: bool, meaning: x, supplied_by: applicant}
  c: {type: code, meaning: x, supplied_by: applicant}
  d: {type: date, meaning: x, supplied_by: applicant}
  people:
    type: list
    meaning: x
    supplied_by: applicant
    fields:
      seen: {type: date, meaning: x}
      main: {type: bool, meaning: x}
      land: {type: code, meaning: x}
      n: {type: int, meaning: x}
derived:
  more: {value: a + 2}
parameters:
  limit: {type: date, value: 2023-01-09, cite: call}
  lands: {type: list, value: [AZ, GE], cite: call}
eligibility:
CLAUSES
outcomes:
  - {id: won, title: Won, when: eligibility, grants: true}
  - {id: lost, title: Lost, otherwise: true}
"""
TWO = [
    {"seen": "2023-01-08", "main": True, "land": "EE", "n": 1},
    {"seen": "2023-01-10", "main": False, "land": "AZ", "n": 2},
]
ROWS = (
    ({"a": 2, "ok": True, "c": "EE", "d": "2023-01-09"}, TWO),
    ({"a": 7, "ok": False, "c": "AZ", "d": "2022-01-01"}, TWO[:1]),
    ({"a": 2, "c": "LV", "d": "2023-05-05"}, []),
    ({"ok": True}, [{**TWO[0], "main": None, "n": None}, {**TWO[1], "seen": None, "land": None}]),
    ({}, [{"main": None}, {"main": None, "land": "EE", "n": 3}]),
    ({"a": 2, "ok": False, "c": "EE"}, None),
)


@pytest.fixture(scope="module")
def decided():
    """The plan of all conditions, the frames of all rows, and what it decided."""
    lines = [
        f"  - {{id: c{number}, says: x, cite: call, require: {condition!r}}}"
        for number, condition in enumerate(CONDITIONS)
    ]
    plan = compile_plan(load_text(RULES.replace("CLAUSES", "\n".join(lines)), "prize.yaml"))
    rows = [
        {"application_id": f"r{number}", "facts": facts, "children": {} if people is None else {"people": people}}
        for number, (facts, people) in enumerate(ROWS)
    ]
    frames = to_frames(plan.ruleset, rows)
    assert not frames.problems
    return plan, frames, decide(plan, frames)


@pytest.mark.parametrize("row", range(len(ROWS)))
def test_every_condition_reads_as_the_plan_decides(decided, row):
    plan, frames, verdicts = decided
    papers = papers_of(plan, frames, row)
    codes = {1: True, 0: False, 2: None}
    for number, condition in enumerate(CONDITIONS):
        found, expected = read(parse(condition), papers), codes[verdicts[f"clause.c{number}"][row]]
        # Of a list with an item that is not known the plan bounds the largest and the smallest; the reader does not.
        bounded = found is None and (".max()" in condition or ".min()" in condition)
        assert bounded or found is expected, condition


def test_every_condition_comes_out_in_more_than_one_way(decided):
    _, _, verdicts = decided
    assert [c for n, c in enumerate(CONDITIONS) if verdicts[f"clause.c{n}"].n_unique() == 1] == []


def test_a_choice_on_something_unknown_is_what_both_ways_have_in_common():
    papers = Papers({"ok": None, "a": Fraction(2)}, {})
    assert read(parse("ok ? a : a + 3"), papers) == Span(Fraction(2), Fraction(5))
    assert read(parse("ok ? 'x' : 'x'"), papers) == "x"
    assert read(parse("ok ? 'x' : 'y'"), papers) is None


def test_what_the_reader_does_not_know_it_refuses():
    papers = Papers({"a": Fraction(1)}, {"people": ()})
    assert read(parse("people"), papers) == Picked(())
    for text in ("nobody", "a.size()", "people.map(p, p.n).largest()", "nothing(a)", "people.any(p, p.n > 1)"):
        with pytest.raises(Unreadable):
            read(parse(text), papers)
