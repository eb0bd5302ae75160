"""A plan that has decided before decides as a new one would: what it keeps follows from it alone."""

from __future__ import annotations

import polars as pl
import pytest

from evaluators.decide import decide, standing
from evaluators.facts import to_frames
from evaluators.trace import pack, sentences
from rules.library import load_text
from rules.plan import compile_plan

TEXT = """\
award: pots
edition: "1"
title: Pots of clay
sources: {call: {title: The call, mark: F}}
facts:
  kiln: {type: bool, meaning: There is a kiln., supplied_by: applicant}
  pots: {type: int, meaning: Pots that were fired., supplied_by: applicant}
  hands: {type: list, meaning: Who works there., supplied_by: applicant, fields: {years: {type: int, meaning: Years.}}}
parameters: {fewest: {type: int, value: 3, cite: call, overridable: true}}
policies: {pass_mark: {type: int, asks: How many points are needed?, cite: call, minimum: 0, maximum: 10}}
eligibility:
  - {id: has_kiln, says: A kiln., cite: call, require: kiln}
  - {id: fired, says: "At least {fewest} pots.", cite: call, require: pots >= fewest}
  - {id: skilled, says: Somebody with five years., cite: call, require: "hands.exists(h, h.years >= 5)"}
rubric:
  cite: call
  criteria: [{id: form, title: Form, maximum: 10}]
  gates: [{id: passed, says: The pass mark., cite: call, require: total >= policy.pass_mark}]
outcomes:
  - {id: refused, title: Refused, when: "!eligibility"}
  - {id: label, title: Label, when: gates, grants: true, letter: granted}
  - {id: none, title: No label, otherwise: true}
"""
SKILLED = {"hands": [{"years": 7}, {"years": None}]}
ROWS = (
    {"application_id": "whole", "facts": {"kiln": True, "pots": 4}, "children": SKILLED},
    {"application_id": "open", "facts": {"pots": 4}, "children": SKILLED},
    {"application_id": "few", "facts": {"kiln": True, "pots": 1}, "children": {"hands": []}},
    {"application_id": "dark", "facts": {}, "children": {}},
)
MARKS = (7, None, 5, 2)


def new():
    return compile_plan(load_text(TEXT, "pots.yaml"), {"pass_mark": "6"})


def asked(plan, numbers, *, waived=(), marked=True):
    """Verdicts and sentences of some applications; an answer is compared as plain data."""
    rows = [ROWS[number] for number in numbers]
    frames = to_frames(plan.ruleset, rows)
    points = pl.DataFrame(
        {
            "application_id": [row["application_id"] for row in rows],
            "form": [None if MARKS[number] is None else MARKS[number] * plan.point_unit for number in numbers],
        },
        schema={"application_id": pl.String, "form": pl.Int64},
    )
    verdicts = decide(plan, frames, points if marked else None, waivers=waived)
    told = {name: sentences(plan.ruleset, one, "lv") for name, one in pack(plan, verdicts, frames).items()}
    return verdicts.to_dicts(), told


QUESTIONS = (
    {"numbers": (0,)},
    {"numbers": (2,), "waived": [("few", "fired"), ("few", "skilled")]},
    {"numbers": (2,)},
    {"numbers": (0,), "marked": False},
    {"numbers": (1, 0, 3)},
    {"numbers": (3,)},
    {"numbers": (0, 1), "waived": [("open", "has_kiln")]},
    {"numbers": (0, 1)},
)


@pytest.mark.parametrize("turned", [False, True])
def test_what_was_decided_before_changes_nothing(turned):
    used = new()
    for question in QUESTIONS[::-1] if turned else QUESTIONS:
        assert asked(used, **question) == asked(new(), **question)


def test_one_application_by_itself_is_decided_as_among_many():
    plan = new()
    together = {row["application_id"]: row for row in asked(plan, range(4))[0]}
    for number in range(4):
        ((alone,), _) = asked(plan, (number,))
        assert alone == together[alone["application_id"]]
    many = to_frames(plan.ruleset, ROWS * 10)
    assert many.applications.drop("_row")[:4].equals(to_frames(plan.ruleset, ROWS).applications.drop("_row"))


def test_a_handful_of_rows_has_the_types_of_many():
    ruleset = new().ruleset
    few, many = (to_frames(ruleset, rows).applications.schema for rows in (ROWS[:1], ROWS * 10))
    assert few == many
    assert to_frames(ruleset, []).applications.schema == many


def test_a_jurors_standing_is_the_same_each_time():
    plan = new()
    low = standing(plan, {"form": "2"})
    assert low.lines[0][:2] == ("passed", "false")
    assert standing(plan, {"form": "8"}).lines[0][:2] == ("passed", "true")
    assert standing(plan, {"form": "2"}) == low


@pytest.mark.parametrize("mark", ["", "x", "0.00001", "1000000"])
def test_a_mark_that_is_none_counts_as_not_given(mark):
    assert standing(new(), {"form": mark}).total is None
    assert standing(new(), {"form": mark}).complete is False


def test_without_a_rubric_there_is_nothing_to_stand_at():
    text = (
        TEXT[: TEXT.index("policies:")]
        + TEXT[TEXT.index("eligibility:") : TEXT.index("rubric:")]
        + (
            "outcomes:\n  - {id: label, title: Label, when: eligibility, grants: true}\n"
            "  - {id: none, title: No label, otherwise: true}\n"
        )
    )
    found = standing(compile_plan(load_text(text, "pots.yaml")), {"form": "3"})
    assert (found.total, found.so_far, found.maximum, found.complete, found.lines) == (None, None, None, True, ())
