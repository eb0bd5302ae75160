"""The decisions of the published rules, from tables that stand outside the library: tests/rules/published*.yaml.

A table brings its own facts and its own expectations; only the ordinary application (`base`) and the answers that
do not matter come from the edition. So a worked case that is changed together with its rule does not go unnoticed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from evaluators import cases
from rules import library, loader
from rules.library import cases_file, named

TABLE: list[dict[str, Any]] = [
    one
    for name in ("published.yaml", "published_others.yaml")
    for one in loader.read((Path(__file__).parent / name).read_text(encoding="utf-8"), name).data["cases"]
]
DECIDED = [(one, way) for one in TABLE for way in one["decided"]]
OPEN = [one for one in TABLE if one["sure"] == "OPEN"]


def open_questions(expect: Any) -> set[str]:
    """The policies an expectation says the decision waits for."""
    if not isinstance(expect, dict):
        return set()
    own = {*(expect.get("policies") or ()), *(expect.get("standing_policies") or ())}
    return own.union(*(open_questions(value) for value in expect.values()))


def test_the_table_is_whole():
    """Every third case of each part was published, from the second on."""
    assert [one["id"] for one in TABLE] == [
        f"{part}{number:02}"
        for part, last in (("N", 47), ("E", 29), ("S", 32), ("P", 20), ("C", 17), ("X", 41))
        for number in range(2, last + 1, 3)
    ]
    assert [one["id"] for one in TABLE if (one["expect"] == "OPEN") is not (one["sure"] == "OPEN")] == []


@pytest.mark.parametrize(
    ("one", "way"), DECIDED, ids=[f"{one['id']}-{way['edition']}-{way['case']}" for one, way in DECIDED]
)
def test_a_published_decision_comes_out_and_stands_beside_the_rule_set(one, way, tmp_path):
    own = loader.read(cases_file(way["edition"]).read_text(encoding="utf-8"), "own").data
    (worked,) = [case for case in own["cases"] if case["id"] == way["case"]]
    assert worked["sure"] in (one["sure"], "DERIVED")
    table = {
        "id": one["id"],
        "says": one["facts"],
        "sure": one["sure"],
        "expect": way["expect"],
        **way.get("given", {}),
    }
    book = {name: own[name] for name in ("policies", "base") if name in own} | {"cases": [table]}
    path = tmp_path / "published.cases.yaml"
    path.write_text(yaml.safe_dump(book, allow_unicode=True), encoding="utf-8")
    (result,) = cases.run(named(way["edition"]), library.worked(path))
    assert result.differences == ()


@pytest.mark.parametrize("one", OPEN, ids=[one["id"] for one in OPEN])
def test_an_open_case_waits_for_a_policy_and_each_reading_can_be_chosen(one):
    waiting = [way for way in one["decided"] if open_questions(way["expect"])]
    assert waiting
    for way in waiting:
        asked = open_questions(way["expect"])
        assert asked <= set(named(way["edition"]).policies)
        assert {name: way["given"]["policies"].get(name, "answered") for name in asked} == dict.fromkeys(asked)
    assert {way["reading"] for way in one["decided"] if "reading" in way} == set(one["readings"])
    results = [repr((way.get("given"), way["expect"])) for way in one["decided"]]
    assert len(set(results)) == len(results)
