"""The examples: every file is read without a refusal and says what examples/README.md promises."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluators import conflicts, decide, facts, marks
from evaluators.dry_run import marked
from laurea.sources import files
from rules import library
from rules.plan import compile_plan

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def decided(key, file, children=(), *, contact=True, policies=None):
    ruleset = library.named(key)
    paths = {name: EXAMPLES / path for name, path in children}
    imported = files.read_applications(EXAMPLES / file, ruleset, paths, contact=contact)
    assert imported.refusals == []
    frames = facts.to_frames(ruleset, imported.rows)
    assert frames.problems == []
    verdicts = decide.decide(compile_plan(ruleset, policies or {}), frames, None)
    return {row["application_id"]: row for row in verdicts.to_dicts()}, imported.rows


def failing(verdicts):
    return {ref: row["first_failing"] for ref, row in verdicts.items() if row["first_failing"]}


def test_example_schools_miss_one_condition_each():
    lists = (("teachers", "school-teachers.csv"), ("labels", "school-labels.csv"))
    answers = {"while_label_runs": "admissible"}
    verdicts, _ = decided("etwinning-school/esl-2025-2026", "school-applications.csv", lists, policies=answers)
    assert failing(verdicts) == {
        "S-03": "registered",
        "S-04": "teachers",
        "S-05": "label",
        "S-06": "label",
        "S-07": "esafety",
        "S-10": "one_per_school",
    }
    assert verdicts["S-09"]["needs"] == ["registered_on"]
    assert {ref for ref, row in verdicts.items() if row["screening"] == "eligible"} == {"S-01", "S-02", "S-08"}


def test_example_labels():
    verdicts, _ = decided("etwinning-nql/nql-e", "nql-applications.csv", policies={"school_year_start": "09-01"})
    assert failing(verdicts) == {
        "N-03": "european_project",
        "N-04": "last_stage",
        "N-05": "data_protection",
        "N-06": "first_four",
    }
    assert {ref for ref, row in verdicts.items() if row["screening"] == "needs_evidence"} == {"N-07", "N-10"}


def test_example_projects_share_of_a_country_and_ties():
    verdicts, _ = decided(
        "etwinning-eql/eql-4",
        "eql-projects.csv",
        contact=False,
        policies={"nomination": "best_first", "base": "all_nql_projects", "ties": "both_out"},
    )
    assert {ref for ref, row in verdicts.items() if row["outcome"] == "awarded"} == {"P-101-AZ", "P-101-GE"}
    assert {ref for ref, row in verdicts.items() if row["outcome"] == "not_nominated"} == {
        "P-102-AZ",
        "P-103-AZ",
        "P-201-GE",
        "P-202-GE",
        "P-203-GE",
    }


def test_example_competition_from_files_to_its_winner():
    policies = {
        "own_country_counts": "no",
        "points_maximum": "10",
        "reviews": "2",
        "consolidation": "mean",
        "winners": "1",
        "ties": "both_in",
    }
    ruleset = library.named("az-creative-project/az-mc-2022")
    plan = compile_plan(ruleset, policies)
    read = files.read_applications(
        EXAMPLES / "creative-applications.csv", ruleset, {"partners": EXAMPLES / "creative-partners.csv"}
    )
    jurors, sheets = (
        files.read_jurors(EXAMPLES / "creative-jurors.csv"),
        files.read_sheets(EXAMPLES / "creative-sheets.csv"),
    )
    assert read.refusals + jurors.refusals + sheets.refusals == []
    for row in sheets.rows:
        assert marks.problems(plan, {row["criterion"]: row["points"]}, complete=True) == []
    verdicts = decide.decide(plan, *marked(plan, facts.to_frames(ruleset, read.rows), given(sheets.rows)))
    assert {row["application_id"]: row["outcome"] for row in verdicts.to_dicts()} == {
        "C-01": "winner",
        "C-02": "not_winner",
        "C-03": "late",
        "C-04": "not_eligible",
        "C-05": "not_eligible",
        "C-06": "not_eligible",
    }
    candidates = [conflicts.Candidate(row["application_id"], institution=row["institution"]) for row in read.rows]
    bench = [conflicts.Juror(row["juror_id"], institution=row["institution"]) for row in jurors.rows]
    assert [(one.application, one.juror) for one in conflicts.find(["own_school"], candidates, bench)] == [
        ("C-01", "K-3")
    ]


def given(rows):
    found = {}
    for row in rows:
        found.setdefault((row["application_id"], row["juror_id"]), {})[row["criterion"]] = row["points"]
    return [(*pair, marks) for pair, marks in found.items()]


def test_example_jury_files_have_no_wrong_row():
    assert files.read_jurors(EXAMPLES / "nql-jurors.csv").refusals == []
    assert files.read_conflicts(EXAMPLES / "nql-conflicts.csv").refusals == []


@pytest.mark.parametrize(
    ("key", "file"),
    [("etwinning-nql/nql-e", "nql-applications.csv"), ("etwinning-school/esl-2025-2026", "school-applications.csv")],
)
def test_example_register_answers_for_the_example_units(key, file):
    """The register knows every unit of the examples but the one that is there to lack evidence, and says the same."""
    register = {
        unit["unit_id"]: unit
        for unit in map(json.loads, (EXAMPLES / "register.jsonl").read_text(encoding="utf-8").splitlines())
    }
    ruleset = library.named(key)
    rows = files.read_applications(EXAMPLES / file, ruleset).rows
    assert sum(row["unit_id"] not in register for row in rows) == 1
    for row in rows:
        for name, value in register.get(row["unit_id"], {"facts": {}})["facts"].items():
            assert row["facts"][name] == value
