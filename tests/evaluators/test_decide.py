"""Deciding: unknown is never false, nothing decided is ever undone by learning more, and order never matters."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.decide import decide, digest, record, standing, standings
from evaluators.facts import to_frames
from rules.library import editions, load_text, named
from rules.plan import compile_plan

KEYS = [str(key) for key in editions()]
POOLS = {
    "bool": [True, True, True, False],
    "int": [0, 1, 2, 3, 5],
    "decimal": ["19.96", "20", "20.0001", "22", "23.5"],
    "code": ["AZ", "TR", "LV", "KZ", "running", "last_stage", "finished"],
    "text": ["a", "b"],
    "moment": ["2022-11-20T10:00:00+00:00", "2023-06-30T23:59:00+02:00", "2024-07-01T00:00:00+02:00"],
    "date": ["2022-11-08", "2022-11-09", "2023-01-08", "2023-01-09", "2023-01-10", "2025-01-16", "2025-01-17"],
}
START = datetime(2022, 11, 20, tzinfo=UTC)


def value(chance: random.Random, item, known: float):
    pool = item.words or POOLS[item.type] if item.type == "code" else POOLS[item.type]
    if item.type == "decimal":
        pool = [one for one in pool if len(one.partition(".")[2]) <= item.scale]
    return chance.choice(pool) if chance.random() < known else None


def papers(ruleset, chance: random.Random, known: float):
    """One random application: facts, lists and points, each known with that probability."""
    facts, children = {}, {}
    for name, fact in ruleset.facts.items():
        if fact.type != "list":
            facts[name] = value(chance, fact, known)
        elif chance.random() < known:
            children[name] = [
                {key: value(chance, item, known) for key, item in fact.fields.items()}
                for _ in range(chance.randrange(5))
            ]
    criteria = [one.id for one in ruleset.rubric.criteria] if ruleset.rubric else []
    points = {name: chance.choice([0, 1, 2, 3, 5]) if chance.random() < known else None for name in criteria}
    return {
        "facts": facts,
        "children": children,
        "points": points,
        "minutes": chance.randrange(3),
        "who": chance.randrange(2),
    }


def completed(ruleset, paper, chance: random.Random):
    """The same application with everything known."""
    whole = papers(ruleset, chance, 1.0)
    facts = {name: whole["facts"][name] if one is None else one for name, one in paper["facts"].items()}
    children = {}
    for name, items in whole["children"].items():
        children[name] = items
        if name in paper["children"]:
            fields = ruleset.facts[name].fields
            children[name] = [
                {key: value(chance, fields[key], 1.0) if one is None else one for key, one in item.items()}
                for item in paper["children"][name]
            ]
    points = {name: whole["points"][name] if one is None else one for name, one in paper["points"].items()}
    return paper | {"facts": facts, "children": children, "points": points}


def answers(ruleset, chance: random.Random):
    pools = {"int": ["1", "2", "3"], "decimal": ["1", "2.5", "10"], "day": ["08-01", "09-01"], "date": ["2026-01-01"]}
    return {
        name: chance.choice(list(policy.options) if policy.type == "choice" else pools[policy.type])
        for name, policy in ruleset.policies.items()
    }


def verdicts(plan, papers_of, order=None):
    names = order or list(papers_of)
    rows = [
        {
            "application_id": name,
            "applicant_id": f"t{papers_of[name]['who']}",
            "unit_id": f"s{papers_of[name]['who']}",
            "country": "AZ",
            "submitted_at": START + timedelta(minutes=papers_of[name]["minutes"]),
            "facts": papers_of[name]["facts"],
            "children": papers_of[name]["children"],
        }
        for name in names
    ]
    frames = to_frames(plan.ruleset, rows)
    assert frames.problems == []
    points = None
    if plan.rubric:
        columns = {"application_id": pl.Series(names, dtype=pl.String)}
        for one in plan.rubric.criteria:
            marks = [papers_of[name]["points"][one.id] for name in names]
            columns[one.id] = pl.Series([None if m is None else m * plan.point_unit for m in marks], dtype=pl.Int64)
        points = pl.DataFrame(columns)
    return decide(plan, frames, points)


@pytest.mark.slow
@pytest.mark.parametrize("key", KEYS)
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 2**32), size=st.integers(1, 12), known=st.sampled_from([0.5, 0.8, 0.95]))
def test_learning_more_never_undoes_a_decision(key, seed, size, known):
    chance, ruleset = random.Random(seed), named(key)
    partly = {f"a{number}": papers(ruleset, chance, known) for number in range(size)}
    full = answers(ruleset, chance)
    some = {name: answer for name, answer in full.items() if chance.random() < 0.7}
    plan = compile_plan(ruleset, some)
    early = verdicts(plan, partly)
    whole = {name: completed(ruleset, one, chance) for name, one in partly.items()}
    late = verdicts(compile_plan(ruleset, full), whole)
    for before, after in zip(early.iter_rows(named=True), late.iter_rows(named=True), strict=True):
        if before["status"] == "decided":
            assert after["outcome"] == before["outcome"], (partly, some)
            assert before["needs"] == before["policies"] == []
        if before["screening"] in ("eligible", "ineligible"):
            assert after["screening"] == before["screening"]
        for name, block in plan.clauses:
            if before[f"clause.{name}"] in (0, 1):
                assert after[f"clause.{name}"] == before[f"clause.{name}"], (name, block)


@pytest.mark.slow
@pytest.mark.parametrize("key", KEYS)
@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 2**32), size=st.integers(2, 12))
def test_the_order_of_applications_never_matters(key, seed, size):
    chance, ruleset = random.Random(seed), named(key)
    given_ = {f"a{number}": papers(ruleset, chance, 0.9) for number in range(size)}
    plan = compile_plan(ruleset, answers(ruleset, chance))
    order = list(given_)
    chance.shuffle(order)
    one, other = verdicts(plan, given_), verdicts(plan, given_, order)
    assert one.sort("application_id").equals(other.sort("application_id"))
    assert digest(plan, one) == digest(plan, other)


@pytest.mark.slow
@pytest.mark.parametrize("key", KEYS)
@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_an_open_application_says_why(key, seed):
    chance, ruleset = random.Random(seed), named(key)
    plan = compile_plan(ruleset, {k: v for k, v in answers(ruleset, chance).items() if chance.random() < 0.8})
    for row in verdicts(plan, {f"a{n}": papers(ruleset, chance, 0.7) for n in range(10)}).iter_rows(named=True):
        match row["status"]:
            case "decided":
                assert row["outcome"] is not None
                assert row["granted"] is not None
            case "undecided":
                assert row["policies"]
                assert set(row["policies"]) <= set(plan.unanswered)
            case "needs_evidence":
                assert row["needs"]
            case _:
                assert row["status"] == "awaiting_scores"
                assert plan.rubric is not None


RULES = """\
award: prize
edition: "1"
title: A prize
sources: {call: {title: The call, mark: F}}
facts:
  a: {type: bool, meaning: x, supplied_by: applicant}
  b: {type: bool, meaning: x, supplied_by: applicant}
  n: {type: int, meaning: x, supplied_by: applicant}
policies:
  pass_mark: {type: decimal, scale: 3, asks: x, cite: call}
eligibility:
  - {id: both, says: x, cite: call, require: a && b}
  - {id: either, says: x, cite: call, require: a || n >= 3}
rubric:
  cite: call
  criteria:
    - {id: art, title: Art, maximum: 5, step: "0.5", weight: "1.5"}
    - {id: craft, title: Craft, maximum: 5, counts: false}
  gates:
    - {id: enough, says: "{policy.pass_mark} needed.", cite: call, require: total >= policy.pass_mark}
    - {id: crafted, says: Some craft., cite: call, require: points.craft > 0}
jury: {cite: call, reviews: 3, consolidation: mean}
outcomes:
  - {id: out, title: Out, when: "!eligibility"}
  - {id: won, title: Won, when: gates, grants: true, letter: granted}
  - {id: lost, title: Lost, otherwise: true}
"""


def one(facts, points=None, policies=None, waivers=None):
    plan = compile_plan(load_text(RULES, "prize.yaml"), {"pass_mark": "5"} if policies is None else policies)
    frames = to_frames(plan.ruleset, [{"application_id": "x", "submitted_at": START, "facts": facts}])
    frame = None
    if points is not None:
        units = {
            name: [None if mark is None else int(Fraction(mark) * plan.point_unit)] for name, mark in points.items()
        }
        frame = pl.DataFrame({"application_id": ["x"], **units})
    return decide(plan, frames, frame, waivers=waivers).row(0, named=True)


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({"a": False}, (0, 2)),
        ({"a": True}, (2, 1)),
        ({"b": False}, (0, 2)),
        ({"n": 3}, (2, 1)),
        ({"a": False, "n": 2}, (0, 0)),
        ({"a": True, "b": True, "n": None}, (1, 1)),
        ({}, (2, 2)),
        ({"a": False, "b": True, "n": None}, (0, 2)),  # a null number is never less than anything
    ],
)
def test_kleene_logic(facts, codes):
    row = one(facts)
    assert (row["clause.both"], row["clause.either"]) == codes


def test_an_exact_third_below_the_pass_mark_fails():
    eligible = {"a": True, "b": True}
    assert one(eligible, {"art": "10/3", "craft": "1"})["outcome"] == "won"
    row = one(eligible, {"art": "17/6", "craft": "1"})
    assert row["outcome"] == "lost"
    assert row["points_shown"] == "4.25"


def test_what_is_kept_of_a_verdict_has_its_points_exactly_or_none():
    plan = compile_plan(load_text(RULES, "prize.yaml"), {"pass_mark": "5"})
    kept = record(plan, one({"a": True, "b": True}, {"art": "10/3", "craft": "1"}))
    assert (kept["outcome"], kept["granted"], kept["points"], kept["exact_points"]) == ("won", True, "5", "5")
    kept = record(plan, one({"a": True, "b": False}))
    assert (kept["outcome"], kept["points"], kept["exact_points"], kept["first_failing"]) == ("out", None, None, "both")


def test_a_mean_on_the_boundary_is_on_it():
    row = one({"a": True, "b": True}, {"art": "10/3", "craft": "1"})
    assert row["measured.enough"] is not None
    assert row["points_shown"] == "5"
    assert row["clause.enough"] == 1


def test_without_points_an_eligible_application_awaits_scores():
    row = one({"a": True, "b": True})
    assert (row["screening"], row["status"], row["outcome"], row["needs"]) == ("eligible", "awaiting_scores", None, [])


def test_an_ineligible_application_is_decided_without_points():
    row = one({"a": True, "b": False})
    assert (row["screening"], row["status"], row["outcome"], row["granted"]) == ("ineligible", "decided", "out", False)
    assert row["first_failing"] == "both"


def test_needs_name_exactly_what_would_settle_it():
    assert one({"b": True})["needs"] == ["a", "n"]
    assert one({"a": True})["needs"] == ["b"]
    assert one({"b": False})["needs"] == []


def test_an_unanswered_policy_is_named_and_never_guessed():
    row = one({"a": True, "b": True}, {"art": "5", "craft": "5"}, policies={})
    assert (row["status"], row["outcome"], row["policies"]) == ("undecided", None, ["pass_mark"])
    assert row["clause.enough"] == 4
    assert one({"a": True, "b": True}, {"art": "5", "craft": "0"}, policies={})["outcome"] == "lost"


def test_a_waived_clause_is_waived_and_not_true():
    row = one({"a": True, "b": False}, {"art": "5", "craft": "1"}, waivers=[("x", "both")])
    assert row["clause.both"] == 3
    assert (row["outcome"], row["screening"]) == ("won", "eligible")
    with pytest.raises(ValueError, match="no clause 'nothing'"):
        one({}, waivers=[("x", "nothing")])


def test_standing_follows_one_jurors_marks():
    plan = compile_plan(load_text(RULES, "prize.yaml"), {"pass_mark": "5"})
    early = standing(plan, {"art": "3"})
    assert (early.total, early.maximum, early.complete) == ("4.5", "7.5", False)
    assert early.lines == (("enough", "false", "5 needed."), ("crafted", "unknown", "Some craft."))
    late = standing(plan, {"art": "3.5", "craft": "1"})
    assert (late.total, late.complete) == ("5.25", True)
    assert [status for _, status, _ in late.lines] == ["true", "true"]
    assert standing(plan, {"art": "NaN", "craft": "1e9"}).total is None
    assert [one.total for one in standings(plan, [{"art": "3"}, {"art": "3.5", "craft": "1"}])] == ["4.5", "5.25"]


def test_nothing_in_a_verdict_is_a_float():
    plan = compile_plan(load_text(RULES, "prize.yaml"), {"pass_mark": "5"})
    frames = to_frames(plan.ruleset, [{"application_id": "x", "submitted_at": START, "facts": {}}])
    assert not [kind for kind in decide(plan, frames).dtypes if kind.is_float() or kind.is_decimal()]


@pytest.mark.slow
def test_no_applications_are_no_problem():
    for key in KEYS:
        plan = compile_plan(named(key))
        assert decide(plan, to_frames(plan.ruleset, [])).height == 0


def test_an_application_twice_in_the_points_is_refused():
    plan = compile_plan(load_text(RULES, "prize.yaml"), {"pass_mark": "5"})
    frames = to_frames(plan.ruleset, [{"application_id": "x", "submitted_at": START, "facts": {}}])
    with pytest.raises(ValueError, match="twice"):
        decide(plan, frames, pl.DataFrame({"application_id": ["x", "x"], "art": [1, 1], "craft": [1, 1]}))
