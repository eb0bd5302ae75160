"""`laurea rules check` and `laurea rules test --generate`: what they look at and what they print."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluators import cases
from laurea.cli.checking import gaps, look_at, proposals
from rules.library import cases_file, worked

HERE = Path(__file__).parents[1] / "rules"
WRONG_CASE = "cases:\n  - {id: a, says: A., expects: {outcome: won}}\n"
CASES = """
policies: {reviews: 2, pass_mark: 6.5, ties: both_out}
base:
  submitted_at: "2030-01-15T10:00:00+02:00"
  facts: {registered_on: 2027-06-01, plants: 20, light: "8", is_new: false, kind: primary, earlier: 0}
  children: {teachers: [{last_active: 2029-01-01, school: a}, {last_active: 2029-01-01, school: b}]}
  points: {care: "4", learning: "4"}
cases:
  - {id: good, says: All in order., expect: {screening: eligible}}
"""


@pytest.fixture
def right(tmp_path):
    path = tmp_path / "right.yaml"
    path.write_text((HERE / "right.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    path.with_name("right.cases.yaml").write_text(CASES, encoding="utf-8")
    return path


def test_files_of_worked_cases_are_not_taken_for_rule_sets(right):
    problems, looked = look_at([str(right), str(right.with_name("right.cases.yaml"))])
    assert problems == []
    assert looked == "1 rule set and 1 file of worked cases checked, 0 to look at."


def test_a_wrong_file_of_worked_cases_is_reported_with_its_place(right):
    path = right.with_name("right.cases.yaml")
    path.write_text(WRONG_CASE, encoding="utf-8")
    problems, _ = look_at([str(path)])
    assert {(one.file, one.line) for one in problems} == {("right.cases.yaml", 2)}


def test_two_editions_in_force_on_one_day_are_reported_where_the_later_begins(right):
    later = right.with_name("later.yaml")
    text = right.read_text(encoding="utf-8").replace("edition: gc-2030", "edition: gc-2031")
    later.write_text(text.replace("{starts: 2029-11-01, ends: 2030-12-31", "{starts: 2030-12-31"), encoding="utf-8")
    (problem,) = look_at([str(right), str(later)])[0]
    assert (problem.file, problem.line, problem.column) == ("later.yaml", 6, 20)
    assert "gc-2030" in problem.says


def test_a_few_days_between_two_editions_are_reported_and_many_are_not(right):
    later = right.with_name("later.yaml")
    text = right.read_text(encoding="utf-8").replace("edition: gc-2030", "edition: gc-2031")
    later.write_text(text.replace("{starts: 2029-11-01, ends: 2030-12-31", "{starts: 2031-01-02"), encoding="utf-8")
    (problem,) = look_at([str(right), str(later)])[0]
    assert "from 2031-01-01 to 2031-01-01" in problem.says
    later.write_text(text.replace("{starts: 2029-11-01, ends: 2030-12-31", "{starts: 2031-09-01"), encoding="utf-8")
    assert look_at([str(right), str(later)])[0] == []


def test_gaps_name_the_clause_and_what_was_never_tried(right):
    found, counted = gaps(str(right))
    by_clause = {one["clause"]: one["gap"] for one in found}
    assert "never false" in by_clause["right_kind"]
    assert "never just below, exactly at, just above" in by_clause["bright"]
    assert counted["boundaries"] == 33


def test_proposals_are_yaml_with_a_warning_above(right):
    text = proposals(str(right))
    assert text.startswith(f"# {right}: ")
    assert "keep a case only when the source says the same" in text
    assert "- id: registered-above" in text
    beside = cases_file(str(right))
    beside.write_text(beside.read_text(encoding="utf-8") + text, encoding="utf-8")  # as `--generate >> FILE` does
    assert "registered-above" in {one.id for one in cases.read(worked(beside)).cases}
