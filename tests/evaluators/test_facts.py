"""Facts as frames: exact types, unknown kept apart, wrong values reported and never guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

from evaluators.facts import read_value, to_frames
from rules.library import load_text
from rules.ruleset import Fact

RULES = load_text(
    """\
award: prize
edition: "1"
title: A prize
sources: {call: {title: The call, mark: F}}
facts:
  yes: {type: bool, meaning: x, supplied_by: applicant}
  age: {type: int, meaning: x, supplied_by: applicant}
  score: {type: decimal, scale: 2, meaning: x, supplied_by: applicant}
  country_of: {type: code, meaning: x, supplied_by: applicant}
  born: {type: date, meaning: x, supplied_by: applicant}
  people:
    type: list
    meaning: x
    supplied_by: applicant
    fields:
      seen: {type: date, meaning: x}
outcomes: [{id: out, title: Out, otherwise: true}]
""",
    "prize.yaml",
)


def row(name: str = "a", **more):
    return {"application_id": name, "submitted_at": datetime(2024, 1, 1, tzinfo=UTC)} | more


def test_values_are_read_as_their_type_says():
    facts = {"yes": "Yes", "age": "12", "score": "20.5", "country_of": "NO", "born": "2024-02-29"}
    frames = to_frames(
        RULES, [row(facts=facts), row("b", facts={"yes": False, "age": 12, "score": 20, "born": date(2024, 2, 29)})]
    )
    assert frames.problems == []
    assert frames.applications.select(pl.col("^fact.*$")).rows() == [
        (True, 12, 2050, "NO", date(2024, 2, 29)),
        (False, 12, 2000, None, date(2024, 2, 29)),
    ]


def test_absent_and_empty_are_unknown():
    frames = to_frames(RULES, [row(facts={"yes": "", "age": None, "score": "  "})])
    assert frames.problems == []
    assert set(frames.applications.select(pl.col("^fact.*$")).row(0)) == {None}


def test_an_absent_list_is_unknown_and_an_empty_one_is_empty():
    frames = to_frames(
        RULES, [row("a"), row("b", children={"people": []}), row("c", children={"people": [{"seen": None}]})]
    )
    assert frames.applications["known.people"].to_list() == [None, True, True]
    assert frames.children["people"].rows() == [(2, None)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("yes", "maybe"), ("yes", 1), ("age", "12.0"), ("age", True), ("age", 12.0), ("age", "１２"), ("age", "1_000"),
        ("age", "9999999999"), ("age", "nan"), ("score", "20.555"), ("score", 20.5), ("score", "NaN"), ("score", "1e3"),
        ("score", "20,5"), ("born", "29.02.2024"), ("born", "2023-02-29"), ("born", "20240229"), ("country_of", 5),
        ("country_of", ["a"]), ("nonsense", "x"),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_a_problem_and_stays_unknown(name, value):
    frames = to_frames(RULES, [row("a", facts={}), row("b", facts={name: value})])
    (problem,) = frames.problems
    assert (problem.row_index, problem.field) == (1, name)
    assert problem.problem
    assert problem.remedy
    if name in RULES.facts:
        assert frames.applications[f"fact.{name}"].to_list() == [None, None]


def test_a_wrong_field_of_a_list_names_list_and_field():
    frames = to_frames(RULES, [row(children={"people": [{"seen": "2024-01-01"}, {"seen": "soon"}]})])
    assert [(one.row_index, one.field) for one in frames.problems] == [(0, "people.seen")]
    assert frames.children["people"]["item.seen"].to_list() == [date(2024, 1, 1), None]


def test_a_moment_without_offset_is_refused():
    frames = to_frames(RULES, [row() | {"submitted_at": "2024-01-01T10:00:00"}])
    assert frames.problems[0].field == "submitted_at"
    assert frames.applications["submitted_at"].to_list() == [None]


def test_trailing_zeros_are_not_too_many_decimals():
    fact = Fact(type="decimal", scale=2, meaning={"en": "x"}, supplied_by="applicant")
    assert read_value(fact, "20.5000") == 2050
    assert read_value(fact, "-0.05") == -5
    with pytest.raises(ValueError, match="more than 2 decimals"):
        read_value(fact, "20.5001")
