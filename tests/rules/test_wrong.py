"""Wrong rule sets, one fault each: what is said stands at the right line and column, with the way out.

Every file of tests/rules/wrong begins with four lines: the fault, its place (line:column), and words of what is said
and of the remedy. All but that one fault is in order, so exactly one thing is said.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rules import check
from rules.errors import Problem, RuleSetError
from rules.library import load

WRONG = sorted((Path(__file__).parent / "wrong").glob("*.yaml"))
RIGHT = Path(__file__).parent / "right.yaml"


def problems(path: Path) -> list[Problem]:
    try:
        return check.findings(load(path))
    except RuleSetError as error:
        return list(error.problems)


def test_there_are_at_least_sixty_and_each_fault_is_another():
    faults = [path.read_text(encoding="utf-8").splitlines()[0] for path in WRONG]
    assert len(faults) >= 60
    assert len(set(faults)) == len(faults)


def test_the_rule_set_they_are_made_of_is_right():
    assert problems(RIGHT) == []


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_a_wrong_rule_set_is_named_with_place_and_remedy(path):
    lines = path.read_text(encoding="utf-8").splitlines()[:4]
    head = dict(line.removeprefix("# ").split(": ", 1) for line in lines)
    (found,) = problems(path)
    assert f"{found.line}:{found.column}" == head["place"], found
    assert head["says"] in found.says
    assert head["remedy"] in found.remedy
    assert found.file == path.name
