"""The page that teaches officers is held to its word: its rule set loads, and its cases come out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evaluators import cases
from rules import check, library
from rules.library import load_text

PAGE = Path(__file__).parents[2] / "docs" / "rules-for-officers.md"


SHOWN = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
AROUND = """\
award: label
edition: "1"
title: Label
sources: {call: {title: The call, mark: F}}
facts:
  category: {type: code, meaning: Category., supplied_by: applicant}
  consent: {type: bool, meaning: Consent., supplied_by: officer}
parameters: {pass_mark: {type: int, value: 60, cite: call}}
policies:
  ties: {type: choice, asks: Ties?, cite: call, options: {both_in: In., both_out: Out.}}
  equal_pairs: {type: choice, asks: Pairs?, cite: call, options: {higher: Higher., lower: Lower., all: All.}}
admission:
  - {id: in_time, says: In time., cite: call, window: {closes: "2031-03-31T23:59", zone: Europe/Vienna}}
eligibility:
  - {id: consent_given, says: The head has agreed., cite: call, require: consent}
"""


@pytest.mark.parametrize("number", range(len(SHOWN) // 2))
def test_the_examples_of_the_officers_page_work(tmp_path, number):
    rules, worked = SHOWN[2 * number : 2 * number + 2]
    ruleset = load_text(rules, "my-award.yaml")
    assert check.findings(ruleset) == []
    file = tmp_path / "my-award.cases.yaml"
    file.write_text(worked, encoding="utf-8")
    results = cases.run(ruleset, library.worked(file))
    assert [(one.id, one.differences) for one in results if not one.passed] == []
    assert len(results) >= 5


def test_the_part_with_a_jury_and_a_selection_is_part_of_a_rule_set():
    (part,) = re.findall(r"```text\n(rubric:.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert check.findings(load_text(AROUND + part, "label.yaml")) == []
