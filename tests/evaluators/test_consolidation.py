"""Several sheets into one figure, exactly; and which application still waits for what."""

from __future__ import annotations

import csv
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from statistics import median

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators import centres, scores
from evaluators.consolidation import left_at_each_end
from evaluators.decide import decide
from evaluators.deliberation import Waits, waits
from evaluators.facts import to_frames
from evaluators.sheets import Joint, taken
from rules.errors import RuleSetError
from rules.library import load_text
from rules.plan import compile_plan

RULES = """\
award: prize
edition: "1"
title: A prize
sources: {{call: {{title: The call, mark: F}}}}
facts: {{anything: {{type: bool, meaning: x, supplied_by: officer, for_information: true}}}}
policies:
  method: {{type: choice, asks: x, cite: call, options: {{mean: x, median: x, trimmed: x, sum: x, consensus: x}}}}
  out: {{type: int, asks: x, cite: call, minimum: 1, maximum: 4}}
rubric:
  cite: call
  criteria:
    - {{id: a, title: x, maximum: 10, step: 0.5}}
    - {{id: b, title: x, maximum: 10, step: 0.5}}
  gates: [{{id: enough, says: x, cite: call, require: total >= 10}}]
jury: {{cite: call, reviews: {reviews}, consolidation: {method}{more}}}
outcomes:
  - {{id: won, title: x, when: gates, grants: true}}
  - {{id: lost, title: x, otherwise: true}}
"""


def plan_of(reviews=2, method="mean", more="", **answers):
    text = RULES.format(reviews=reviews, method=method, more=more)
    return compile_plan(load_text(text, "prize.yaml"), answers)


def verdict(plan, *sheets, joint=None):
    """The decision about x whose jurors gave these (a, b)."""
    given_ = [("x", f"J{n}", {"a": str(a), "b": str(b)}) for n, (a, b) in enumerate(sheets)]
    frames, points = taken(plan, to_frames(plan.ruleset, [{"application_id": "x"}]), given_, joint)
    return decide(plan, frames, points).row(0, named=True), waits(plan, frames, points)["x"]


def total(plan, *sheets):
    found = verdict(plan, *sheets)[0]["total"]
    return None if found is None else Fraction(found, plan.point_unit)


def test_mean_is_exact_where_floats_are_not():
    assert total(plan_of(reviews=3), ("0.5", 0), ("0.5", 0), (0, 0)) == Fraction(1, 3)


def test_a_sum_adds_what_every_juror_gave():
    assert total(plan_of(method="sum"), (1, "2.5"), (3, 4)) == Fraction(21, 2)


def test_fewer_sheets_than_asked_for_wait():
    row, waiting = verdict(plan_of(), (3, 4))
    assert (row["status"], row["total"], waiting) == ("awaiting_scores", None, Waits.SHEETS)


def test_a_criterion_left_out_on_one_sheet_is_not_marked():
    plan = plan_of()
    sheets = [("x", "1", {"a": "3", "b": "4"}), ("x", "2", {"a": "5"})]
    frames, points = taken(plan, to_frames(plan.ruleset, [{"application_id": "x"}]), sheets)
    assert decide(plan, frames, points)["status"].to_list() == ["awaiting_scores"]
    assert waits(plan, frames, points) == {"x": Waits.SHEETS}


@pytest.mark.parametrize(
    ("more", "marks", "middle"),
    [
        ("trim: {each_end: 1}", (1, 5, 6), Fraction(5)),
        ("trim: {each_end: 1}", (0, 5, 6, 10), Fraction(11, 2)),
        ("trim: {each_end: 1}", (10, 10, 0), Fraction(10)),  # of two equal highest ones only one is left out
        ("trim: {share: 0.2}", (0, 4, 5, 9, 10), Fraction(6)),
        ("trim: {share: 0.2}", (0, 4, 8), Fraction(4)),  # a fifth of three, rounded down, is none
        ("trim: {each_end: policy.out}", (0, 1, 5, 9, 10), Fraction(5)),
    ],
)
def test_a_trimmed_mean_leaves_out_as_much_at_either_end(more, marks, middle):
    plan = plan_of(len(marks), "trimmed", f", {more}", out="2")
    assert total(plan, *[(mark, 0) for mark in marks]) == middle
    rows = {"application_id": "a", "juror_id": [f"j{seat}" for seat in range(len(marks))], "score": marks}
    trim = centres.Trim(plan.jury.trim_count, plan.jury.trim_share)
    advised = centres.centres(scores.read(pl.DataFrame(rows)), "trimmed", trim)  # the same, of the same sheets
    assert advised.tolist() == pytest.approx([float(middle)])


def test_of_so_few_marks_that_none_would_be_left_none_is_left_out():
    counts = np.arange(1, 6)
    assert left_at_each_end(counts, Fraction(1), None).tolist() == [0, 0, 1, 1, 1]
    assert left_at_each_end(counts, Fraction(2), None).tolist() == [0, 0, 0, 0, 2]
    assert left_at_each_end(counts, None, Fraction(1, 2)).tolist() == [0, 0, 1, 0, 2]


def test_a_trimmed_mean_looks_at_each_criterion_by_itself():
    plan = plan_of(3, "trimmed", ", trim: {each_end: 1}")
    assert total(plan, (1, 9), (5, 5), (9, 1)) == 10  # 5 of a, 5 of b: no sheet is left out whole


@pytest.mark.parametrize(
    ("reviews", "method", "more", "says"),
    [
        (2, "trimmed", ", trim: {each_end: 1}", "nothing is left when 1 are left out"),
        (3, "trimmed", ", trim: {share: 0.5}", "cannot be left out"),
        (3, "trimmed", ", trim: {each_end: 0}", "cannot be left out"),
        (3, "trimmed", "", "says in `trim`"),
        (3, "mean", ", trim: {each_end: 1}", "stands with `consolidation: trimmed`"),
        (3, "trimmed", ", trim: {each_end: 1, share: 0.1}", "either a number of marks"),
        (3, "policy.method", "", "answer 'trimmed'"),
    ],
)
def test_a_trimmed_mean_says_exactly_what_it_leaves_out(reviews, method, more, says):
    with pytest.raises(RuleSetError, match=says):
        plan_of(reviews, method, more)


def test_while_nobody_has_said_how_much_is_left_out_nothing_settles():
    plan = plan_of(5, "trimmed", ", trim: {each_end: policy.out}")
    row, waiting = verdict(plan, (1, 1), (2, 2), (3, 3), (4, 4), (5, 5))
    assert (row["status"], row["policies"], waiting) == ("undecided", ["out"], Waits.POLICY)


def test_consensus_waits_for_a_joint_sheet_to_which_every_juror_agreed():
    plan = plan_of(2, "consensus")
    sheets = ((2, 2), (8, 8))
    row, waiting = verdict(plan, *sheets)
    assert (row["status"], waiting) == ("awaiting_scores", Waits.JOINT)
    half = {"x": Joint({"a": "6", "b": "7"}, {"J0"})}
    row, waiting = verdict(plan, *sheets, joint=half)
    assert (row["status"], waiting) == ("awaiting_scores", Waits.JOINT)
    whole = {"x": Joint({"a": "6", "b": "7"}, {"J0", "J1"})}
    row, waiting = verdict(plan, *sheets, joint=whole)
    assert (row["outcome"], row["points_shown"], waiting) == ("won", "13", Waits.NOTHING)


DIFFER = """, third: {third}, discrepancy: [{{id: apart, says: x, cite: call,
  when: 'sheets.map(s, s.total).spread() >= 5', unless: 'sheets.all(s, s.total < 10)'}}]"""


@pytest.mark.parametrize(
    ("third", "sheets", "expected"),
    [
        ("closest_pair", ((2, 3), (5, 6)), Waits.THIRD),
        ("closest_pair", ((2, 3), (4, 5)), Waits.NOTHING),  # both below: the exception
        ("closest_pair", ((8, 8), (8, 4)), Waits.NOTHING),
        ("closest_pair", ((2, 3),), Waits.SHEETS),
        ("closest_pair", ((2, 3), (5, 6), (5, 5)), Waits.NOTHING),
        ("convene", ((2, 3), (5, 6)), Waits.JOINT),
    ],
)
def test_sheets_that_differ_wait_for_a_third_or_for_the_body(third, sheets, expected):
    assert verdict(plan_of(more=DIFFER.format(third=third)), *sheets)[1] is expected


def test_more_sheets_than_the_unit_was_chosen_for_are_refused_rather_than_rounded():
    with pytest.raises(ValueError, match="the mean of the marks for a is not a whole number"):
        verdict(plan_of(), *[(0, 0)] * 10, ("0.5", 0))


@pytest.mark.parametrize(
    ("sheets", "error", "says"),
    [
        ([("x", "1", {"a": "1"}), ("x", "1", {"a": "2"})], ValueError, "1 has two sheets for x"),
        ([("x", "1", {"a": "nan"})], RuleSetError, "'nan' is not a mark"),
        ([("x", "1", {"z": "1"})], RuleSetError, "no criterion z"),
        ([("x", "1", {"a": "0.00001"})], RuleSetError, "cannot come from this jury"),
    ],
)
def test_sheets_that_cannot_be_taken_are_named(sheets, error, says):
    plan = plan_of()
    with pytest.raises(error, match=says):
        taken(plan, to_frames(plan.ruleset, [{"application_id": "x"}]), sheets)


@pytest.mark.slow
@given(
    st.lists(st.integers(0, 20), min_size=3, max_size=5),
    st.sampled_from(["mean", "median", "sum", "trimmed"]),
    st.randoms(),
)
@settings(max_examples=60, deadline=None)
def test_figures_equal_fractions_in_any_order(halves, method, shuffler):
    marks = [Fraction(half, 2) for half in halves]
    figure = {
        "mean": Fraction(sum(marks), len(marks)),
        "median": median(marks),
        "sum": sum(marks),
        "trimmed": Fraction(sum(sorted(marks)[1:-1]), len(marks) - 2),
    }[method]
    more = ", trim: {each_end: 1}" if method == "trimmed" else ""
    shuffler.shuffle(marks)
    assert total(plan_of(len(marks), method, more), *[(float(mark), 0) for mark in marks]) == figure


def test_real_panel_of_72_grants(shared_data: Path):
    with (shared_data / "ratings" / "aibs-grant-scores.csv").open(newline="") as stream:
        marks = list(csv.DictReader(stream))
    plan = compile_plan(load_text(RULES.format(reviews=3, method="mean", more="").replace("0.5", "0.1"), "p.yaml"))
    sheets = [(row["ID"], row["RevID"], {"a": row["Score"], "b": "0"}) for row in marks]
    rows = [{"application_id": ref} for ref in sorted({row["ID"] for row in marks})]
    frames, points = taken(plan, to_frames(plan.ruleset, rows), sheets)
    found = dict(decide(plan, frames, points).select("application_id", "total").iter_rows())
    totals = defaultdict(list)
    for row in marks:
        totals[row["ID"]].append(Fraction(row["Score"]))
    assert len(found) == 72
    assert found == {ref: sum(scores) * plan.point_unit / 3 for ref, scores in totals.items()}


def test_without_a_jury_the_one_sheet_is_the_points():
    text = RULES.format(reviews=1, method="mean", more="")
    text = "\n".join(line for line in text.splitlines() if not line.startswith("jury:"))
    text = text.replace("{id: b, title: x, maximum: 10,", "{id: b, title: x, maximum: 10, not_applicable: zero,")
    plan = compile_plan(load_text(text, "prize.yaml"))
    frames = to_frames(plan.ruleset, [{"application_id": "x"}, {"application_id": "y"}])
    given_ = [("x", "1", {"a": "10", "b": "n/a"}), ("y", "1", {"a": "3", "b": "4"})]
    frames, points = taken(plan, frames, given_)
    assert decide(plan, frames, points)["outcome"].to_list() == ["won", "lost"]
    with pytest.raises(ValueError, match="x has 2 sheets, but the rule set has no jury"):
        taken(plan, frames, [*given_, ("x", "2", {"a": "5", "b": "5"})])


@pytest.mark.parametrize(
    ("a", "b", "b_total"),
    [
        (("3", "5"), ("n/a", "n/a"), 4),  # nobody marks it: it is left out of the total
        (("3", "5"), ("6", "n/a"), 10),  # one of two marks it: theirs is the figure
        (("3", "5"), ("6", "8"), 11),
        (("3", "5"), ("6", None), None),  # not marked is not the same as not applicable
    ],
)
def test_what_does_not_apply_is_left_out_and_what_is_not_marked_waits(a, b, b_total):
    text = RULES.format(reviews=2, method="mean", more="").replace(
        "{id: b, title: x, maximum: 10, step: 0.5}",
        "{id: b, title: x, maximum: 10, step: 0.5, not_applicable: excluded}",
    )
    plan = compile_plan(load_text(text, "prize.yaml"), {})
    sheets = [
        ("x", f"J{n}", {"a": one} | ({} if other is None else {"b": other}))
        for n, (one, other) in enumerate(zip(a, b, strict=True))
    ]
    frames, points = taken(plan, to_frames(plan.ruleset, [{"application_id": "x"}]), sheets)
    found = decide(plan, frames, points)["total"].item()
    assert (None if found is None else Fraction(found, plan.point_unit)) == b_total
