"""All worked cases come out as they say, and they reach every clause from both sides."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluators import cases
from rules import library
from rules.errors import RuleSetError
from rules.library import cases_file, editions, load_text, named

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
RULE_SETS = [*(str(key) for key in editions()), str(ROOT / "examples" / "aibs" / "aibs-grants.yaml")]


def results():
    for name in RULE_SETS:
        book = cases.read(library.worked(cases_file(name)))
        yield from ((name, case.id) for case in book.cases)


@pytest.fixture(scope="module")
def ran():
    return {
        name: {one.id: one for one in cases.run(named(name), library.worked(cases_file(name)))} for name in RULE_SETS
    }


@pytest.mark.parametrize(("name", "case"), list(results()), ids=lambda value: Path(value).name)
def test_worked_case(ran, name, case):
    result = ran[name][case]
    assert result.passed, result.differences


@pytest.mark.parametrize("name", RULE_SETS, ids=lambda value: Path(value).name)
def test_the_cases_let_every_clause_pass_and_fail(ran, name):
    covered = cases.coverage(ran[name].values())
    for clause, reached in covered.items():
        assert {"true", "false"} <= set(reached["seen"]), clause
        if reached["sides"]:
            assert "at" in reached["sides"], clause
            assert {"above", "below"} & set(reached["sides"]), clause


def test_a_wrong_expectation_is_told(tmp_path):
    name = RULE_SETS[-1]
    text = (
        cases_file(name)
        .read_text(encoding="utf-8")
        .replace("b: {outcome: not_funded, rank: 2}", "b: {outcome: funded}")
    )
    file = tmp_path / "x.cases.yaml"
    file.write_text(text, encoding="utf-8")
    first = cases.run(named(name), library.worked(file))[0]
    assert not first.passed
    assert first.differences == ("b: outcome is not_funded, expected funded",)


RUBRIC = """
award: a
edition: b
title: Points
sources: {own: {title: Ours, mark: OWN}}
facts: {steps: {type: int, meaning: Steps., supplied_by: applicant}}
rubric:
  cite: own
  criteria:
    - {id: quality, title: Quality, maximum: 5, step: 0.5}
    - {id: audit, title: Audit, words: {pass: 2, defer: 0}}
    - {id: pace, title: Pace, computed: steps}
JURY
outcomes: [{id: done, title: Done, otherwise: true}]
"""
JURY = "jury: {cite: own, reviews: 2, consolidation: METHOD}"


@pytest.mark.parametrize(
    ("jury", "papers", "place", "says"),
    [
        ("", "points: {quality: 5.5}", (3, 31), "quality: 5.5 is outside the scale"),
        ("", "points: {quality: 2.25}", (3, 31), "quality: 2.25 is between two steps"),
        ("", "points: {quality: 8/3}", (3, 31), "quality: 8/3 cannot come from marks"),
        ("", "points: {quality: n/a}", (3, 31), "quality: this criterion cannot be marked n/a"),
        ("", "points: {audit: fail}", (3, 29), "audit: “fail” is not a number"),
        ("", "points: {pace: 3}", (3, 28), "pace: the points of this criterion follow from facts"),
        ("", "points: {speed: 3}", (3, 29), "speed: the rubric has no such criterion"),
        ("", "applications: [{points: {quality: 5.5}}]", (3, 47), "quality: 5.5 is outside the scale"),
        ("mean", "points: {quality: 2.1}", (3, 31), "quality: 2.1 is between two steps"),
        ("consensus", "points: {quality: 2.25}", (3, 31), "quality: 2.25 is between two steps"),
        ("sum", "points: {quality: 15.5}", (3, 31), "quality: 15.5 is outside the scale"),
        ("mean", "sheets: [{quality: 2}, {quality: 2.25}]", (3, 46), "quality: 2.25 is between two steps"),
    ],
)
def test_points_that_no_jury_could_give_are_refused_with_their_place(tmp_path, jury, papers, place, says):
    ruleset = load_text(RUBRIC.replace("JURY", jury and JURY.replace("METHOD", jury)), "points.yaml")
    file = tmp_path / "points.cases.yaml"
    file.write_text(
        f"base: {{facts: {{steps: 1}}}}\ncases:\n  - {{id: x, {papers}, says: X., expect: {{}}}}\n", "utf-8"
    )
    with pytest.raises(RuleSetError) as caught:
        cases.run(ruleset, library.worked(file))
    (problem,) = caught.value.problems
    assert says in problem.says
    assert problem.remedy
    assert (problem.file, problem.line, problem.column) == ("points.cases.yaml", *place)


@pytest.mark.parametrize(
    ("jury", "papers"),
    [
        ("", "points: {quality: 2.5, audit: pass}"),
        ("mean", "points: {quality: 2.25, audit: 1}"),  # two sheets
        ("mean", "points: {quality: 8/3}"),  # and a third
        ("sum", "points: {quality: 10}"),
        ("mean", "sheets: [{quality: 2, agreed: true}, {total: 3.5}]"),
    ],
)
def test_points_that_a_jury_can_give_are_read(tmp_path, jury, papers):
    ruleset = load_text(RUBRIC.replace("JURY", jury and JURY.replace("METHOD", jury)), "points.yaml")
    file = tmp_path / "points.cases.yaml"
    file.write_text(
        f"base: {{facts: {{steps: 1}}}}\ncases:\n  - {{id: x, {papers}, says: X., expect: {{}}}}\n", "utf-8"
    )
    assert [one.passed for one in cases.run(ruleset, library.worked(file))] == [True]
