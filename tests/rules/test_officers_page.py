"""The page that teaches officers is held to its word: its rule set loads, and its cases come out."""

from __future__ import annotations

import re
from pathlib import Path

from evaluators import cases
from rules import check
from rules.library import load_text

PAGE = Path(__file__).parents[2] / "docs" / "rules-for-officers.md"


def test_the_example_of_the_officers_page_works(tmp_path):
    rules, worked = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[:2]
    ruleset = load_text(rules, "my-award.yaml")
    assert check.findings(ruleset) == []
    file = tmp_path / "my-award.cases.yaml"
    file.write_text(worked, encoding="utf-8")
    results = cases.run(ruleset, file)
    assert [(one.id, one.differences) for one in results if not one.passed] == []
    assert len(results) >= 5
