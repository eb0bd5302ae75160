"""All worked cases come out as they say, and they reach every clause from both sides."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluators import cases
from rules.library import cases_file, editions, named

ROOT = Path(__file__).parents[2]
RULE_SETS = [*(str(key) for key in editions()), str(ROOT / "examples" / "aibs" / "aibs-grants.yaml")]


def results():
    for name in RULE_SETS:
        book = cases.read(cases_file(name))
        yield from ((name, case.id) for case in book.cases)


@pytest.fixture(scope="module")
def ran():
    return {name: {one.id: one for one in cases.run(named(name), cases_file(name))} for name in RULE_SETS}


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
    first = cases.run(named(name), file)[0]
    assert not first.passed
    assert first.differences == ("b: outcome is not_funded, expected funded",)
