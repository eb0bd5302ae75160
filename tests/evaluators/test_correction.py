"""Totals corrected for how severe each juror was, where the rules prescribe it: exact, rounded, told in the trace."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import polars as pl
import pytest

from evaluators import cases, trace
from evaluators.calibration import calibrate
from evaluators.decide import decide
from evaluators.deliberation import Waits, refusal, waits
from evaluators.facts import to_frames
from evaluators.sheets import taken
from rules import check, library
from rules.errors import RuleSetError
from rules.library import load_text
from rules.plan import compile_plan

RULES = """\
award: prize
edition: "1"
title: A prize
sources: {call: {title: The call, mark: F}}
facts: {anything: {type: bool, meaning: x, supplied_by: officer, for_information: true}}
policies:
  corrects: {type: choice, asks: Are points corrected?, cite: call, options: {none: x, advisory: x, prescribed: x}}
rubric:
  cite: call
  criteria: [{id: idea, title: x, maximum: 20}, {id: work, title: x, maximum: 20}]
  gates: [{id: enough, says: At least 20 points., cite: call, require: total >= 20}]
jury:
  cite: call
  reviews: 2
  consolidation: mean
  calibration:
    id: corrected
    says: Totals are corrected for how severe each juror was.
    finds: "{threshold} before, {measured} corrected"
    cite: call
    use: USE
    decimals: 1
outcomes:
  - {id: won, title: x, when: gates, grants: true}
  - {id: lost, title: x, otherwise: true}
"""
# Cyd gives five points less than the others wherever they judge the same.
SHEETS = [
    ("a", "ann", 22), ("a", "ben", 21), ("b", "ann", 30), ("b", "cyd", 25), ("c", "ben", 24), ("c", "cyd", 18),
    ("d", "ann", 20), ("d", "ben", 21), ("e", "ben", 27), ("e", "cyd", 22), ("f", "cyd", 16), ("f", "ann", 23),
]  # fmt: skip
GIVEN = [(one, juror, {"idea": str(total - 10), "work": "10"}) for one, juror, total in SHEETS]


def plan_of(use="prescribed", **answers):
    return compile_plan(load_text(RULES.replace("USE", use), "prize.yaml"), answers)


def decided(plan, given=GIVEN):
    rows = [{"application_id": name} for name in sorted({one for one, *_ in given})]
    frames, points = taken(plan, to_frames(plan.ruleset, rows), given)
    return frames, points, decide(plan, frames, points)


def test_the_corrected_total_is_the_fit_rounded_half_to_even_and_stands_in_the_trace():
    plan = plan_of()
    frames, _, verdicts = decided(plan)
    scores = pl.DataFrame(SHEETS, schema=["application_id", "juror_id", "score"], orient="row")
    fit = calibrate(scores.with_columns(pl.col("score").cast(pl.Float64))).applications
    wanted = {
        name: Fraction(Decimal(f"{value:.9f}").quantize(Decimal("0.1"), ROUND_HALF_EVEN))
        for name, value in fit.select("application_id", "adjusted").iter_rows()
    }
    found = {row["application_id"]: row for row in verdicts.to_dicts()}
    assert {name: Fraction(row["total"], plan.point_unit) for name, row in found.items()} == wanted
    assert wanted["d"] < 20 < wanted["f"]  # their means are 20.5 and 19.5: one of f's two jurors is severe
    assert (found["d"]["outcome"], found["f"]["outcome"]) == ("lost", "won")
    entry = next(one for one in trace.pack(plan, verdicts, frames)["f"] if one["clause"] == "corrected")
    assert (entry["status"], Fraction(entry["measured"]), entry["threshold"]) == ("true", wanted["f"], "19.5")
    (told,) = trace.sentences(plan.ruleset, [entry])
    assert told.measured == f"19.5 before, {entry['measured']} corrected"


@pytest.mark.parametrize("use", ["none", "advisory"])
def test_a_calibration_that_is_not_prescribed_changes_no_decision(use):
    without = RULES[: RULES.index("  calibration:")] + RULES[RULES.index("outcomes:") :]
    bare = compile_plan(load_text(without, "prize.yaml"))
    _, _, plain = decided(bare)
    for plan in (plan_of(use), plan_of("policy.corrects", corrects=use)):
        _, _, verdicts = decided(plan)
        assert verdicts.select("application_id", "outcome", "points_shown").equals(
            plain.select("application_id", "outcome", "points_shown")
        )


def test_a_policy_that_may_prescribe_it_keeps_everything_open_until_it_is_answered():
    _, _, verdicts = decided(plan_of("policy.corrects"))
    assert set(verdicts["status"]) == {"undecided"}
    assert verdicts["policies"].to_list() == [["corrects"]] * 6
    _, _, said_no = decided(plan_of("policy.corrects", corrects="none"))
    assert set(said_no["clause.corrected"]) == {0}
    assert said_no["first_failing"].drop_nulls().to_list() == ["enough"]  # no correction is no failure


def test_a_jury_that_is_not_connected_is_refused_and_nothing_is_decided():
    plan = plan_of()
    apart = [("a", "ann", 22), ("a", "ben", 21), ("b", "ann", 30), ("b", "ben", 25), ("c", "cyd", 24), ("c", "dan", 18)]
    given = [(one, juror, {"idea": str(total - 10), "work": "10"}) for one, juror, total in apart]
    frames, points, verdicts = decided(plan, given)
    assert set(verdicts["status"]) == {"awaiting_scores"}
    refused = refusal(plan, frames, points)
    assert refused is not None
    assert "also judges" in refused.reason
    assert refused.pairs == [("cyd", "ann")]
    assert set(waits(plan, frames, points).values()) == {Waits.NOTHING}  # no sheet is missing: a juror's link is
    assert refusal(plan, *decided(plan)[:2]) is None


def test_points_that_were_entered_are_not_corrected(tmp_path):
    book = tmp_path / "prize.cases.yaml"
    book.write_text(
        """\
cases:
  - {id: entered, says: x, points: {idea: 9, work: 10}, expect: {outcome: lost, points: "19"}}
  - id: severe
    says: x
    applications:
      - {id: a, sheets: [{juror: ann, total: 22}, {juror: ben, total: 21}]}
      - {id: b, sheets: [{juror: ann, total: 30}, {juror: cyd, total: 25}]}
      - {id: c, sheets: [{juror: ben, total: 24}, {juror: cyd, total: 18}]}
      - {id: d, sheets: [{juror: ann, total: 20}, {juror: ben, total: 21}]}
      - {id: e, sheets: [{juror: ben, total: 27}, {juror: cyd, total: 22}]}
      - {id: f, sheets: [{juror: cyd, total: 16}, {juror: ann, total: 23}]}
    expect: {f: {outcome: won, clauses: {corrected: true}}}
  - id: nobody-knows-whose
    says: x
    sheets: [{total: 30}, {total: 25}]
    expect: {status: awaiting_scores}
""",
        encoding="utf-8",
    )
    for result in cases.run(load_text(RULES.replace("USE", "prescribed"), "prize.yaml"), library.worked(book)):
        assert result.passed, (result.id, result.differences)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("consolidation: mean", "consolidation: median", "corrects a mean"),
        ("use: prescribed", "use: sometimes", "sometimes"),
        ("    decimals: 1\n", "", "decimals"),
        ("    id: corrected\n", "    id: enough\n", "used twice"),
        (
            "  calibration:",
            "  third: final\n  discrepancy: [{id: far, says: x, cite: call, when: sheets.size() > 5}]\n  calibration:",
            "counts every sheet",
        ),
    ],
)
def test_what_a_calibration_refuses(old, new, says):
    text = RULES.replace("USE", "prescribed")
    assert old in text
    with pytest.raises(RuleSetError, match=says):
        load_text(text.replace(old, new), "prize.yaml")


def test_the_checker_has_nothing_to_say_about_it():
    assert [one.says for one in check.findings(load_text(RULES.replace("USE", "policy.corrects"), "prize.yaml"))] == []
