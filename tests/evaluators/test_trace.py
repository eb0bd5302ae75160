"""The trace: every clause cites its source, figures are exact, sentences fit the reader's language."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from fractions import Fraction

import polars as pl
import pytest

from evaluators import trace
from evaluators.decide import decide
from evaluators.facts import to_frames
from evaluators.numbers import apart, shown
from rules.library import editions, load_text, named
from rules.plan import compile_plan

RULES = load_text(
    """\
award: prize
edition: "1"
title: A prize
sources:
  call: {title: {en: The call, lv: Aicinājums}, address: https://example.org/call, mark: F}
facts:
  born: {type: date, meaning: x, supplied_by: applicant}
  score: {type: decimal, scale: 4, meaning: x, supplied_by: officer}
  people:
    type: list
    meaning: x
    supplied_by: applicant
    fields: {seen: {type: date, meaning: x}}
parameters:
  latest: {type: date, value: 2023-01-09, cite: call}
policies:
  pass_mark: {type: int, asks: x, cite: call}
eligibility:
  - id: old_enough
    says: {en: "Born by {latest}.", lv: "Dzimis līdz {latest}."}
    finds: {en: "born {measured}", lv: "dzimis {measured}"}
    cite: call §1
    require: born <= latest
  - id: above
    says: Above 20.
    cite: call §2
    require: score > 20
  - id: seen
    says: Three people since {latest}.
    finds: "{measured} people, {threshold} needed"
    cite: call §3
    require: people.filter(p, p.seen >= latest).size() >= 3
rubric:
  cite: call
  criteria: [{id: art, title: Art, maximum: 10}]
  gates:
    - {id: enough, says: "At least {policy.pass_mark} points.", cite: call §4, require: total >= policy.pass_mark}
jury: {cite: call, reviews: 3, consolidation: mean}
outcomes:
  - {id: out, title: Out, when: "!eligibility"}
  - {id: won, title: Won, when: gates, grants: true, letter: granted}
  - {id: lost, title: Lost, otherwise: true}
""",
    "prize.yaml",
)


def told(facts, people, art=None, policies=None, language="en"):
    plan = compile_plan(RULES, {"pass_mark": "9"} if policies is None else policies)
    row = {"application_id": "x", "submitted_at": datetime(2024, 1, 1, tzinfo=UTC), "facts": facts, "children": people}
    frames = to_frames(RULES, [row])
    points = pl.DataFrame(
        {"application_id": ["x"], "art": [None if art is None else int(Fraction(art) * plan.point_unit)]}
    )
    packed = trace.pack(plan, decide(plan, frames, points.cast({"art": pl.Int64})), frames)
    assert json.loads(json.dumps(packed)) == packed
    return packed["x"], {one.clause: one for one in trace.sentences(RULES, packed["x"], language)}


PEOPLE = {"people": [{"seen": "2023-01-08"}, {"seen": "2023-01-09"}, {"seen": "2024-01-01"}]}


def test_entries_hold_exact_texts():
    packed, _ = told({"born": "2023-01-10", "score": "19.9600"}, PEOPLE, "26/3")
    assert packed[0] == {
        "clause": "old_enough",
        "block": "eligibility",
        "status": "false",
        "measured": "2023-01-10",
        "threshold": "2023-01-09",
        "operator": "<=",
        "facts": {"born": "2023-01-10"},
        "policies": {},
    }
    assert (packed[1]["measured"], packed[1]["threshold"], packed[1]["facts"]) == ("19.96", "20", {"score": "19.96"})
    assert (packed[2]["measured"], packed[2]["threshold"], packed[2]["facts"]) == ("2", "3", {"people": 3})
    assert (packed[3]["measured"], packed[3]["policies"]) == ("26/3", {"pass_mark": "9"})


def test_sentences_say_figures_and_cite_the_clause():
    _, sentences = told({"born": "2023-01-10", "score": "19.96"}, PEOPLE, "26/3")
    first = sentences["old_enough"]
    assert (first.says, first.measured, first.cite) == ("Born by 9 January 2023.", "born 10 January 2023", "call §1")
    assert (first.source_title, first.address) == ("The call", "https://example.org/call")
    assert sentences["seen"].measured == "2 people, 3 needed"
    assert sentences["above"].measured == "19.96 (above 20 needed)"
    assert sentences["enough"].says == "At least 9 points."
    assert sentences["enough"].measured == "8.67 (at least 9 needed)"


def test_sentences_follow_the_readers_language_and_fall_back_to_english():
    _, sentences = told({"born": "2023-01-10", "score": "19.96"}, PEOPLE, language="lv")
    assert sentences["old_enough"].says == "Dzimis līdz 09.01.2023."
    assert sentences["old_enough"].source_title == "Aicinājums"
    assert sentences["above"].says == "Above 20."
    assert sentences["above"].measured == "19.96 (jābūt vairāk par 20)"


def test_a_figure_never_looks_like_the_threshold_it_missed():
    _, sentences = told({"born": "2020-01-01", "score": "19.9999"}, PEOPLE)
    assert sentences["above"].measured == "19.9999 (above 20 needed)"


def test_what_is_open_is_said_to_be_open():
    packed, sentences = told({}, {}, policies={})
    assert [entry["status"] for entry in packed] == ["unknown", "unknown", "unknown", "policy"]
    assert sentences["old_enough"].measured == "not yet known"
    assert sentences["enough"].measured == "not yet decided by the organiser"
    assert sentences["enough"].says == "At least not yet decided points."


@pytest.mark.parametrize("key", [str(key) for key in editions()])
@pytest.mark.parametrize("language", ["en", "az", "ka", "lv"])
def test_every_clause_of_the_library_speaks_and_cites(key, language):
    ruleset = named(key)
    plan = compile_plan(ruleset)
    frames = to_frames(ruleset, [{"application_id": "x", "submitted_at": datetime(2024, 1, 1, tzinfo=UTC)}])
    packed = trace.pack(plan, decide(plan, frames), frames)["x"]
    sentences = trace.sentences(ruleset, packed, language)
    assert [one.clause for one in sentences] == [name for name, _ in plan.clauses]
    for one in sentences:
        assert one.says
        assert "{" not in one.says
        assert one.cite
        assert one.source_title


def test_rounding_is_half_up_and_only_for_the_eye():
    assert shown(Fraction(5, 2), 0) == "3"
    assert shown(Fraction(-5, 2), 0) == "-3"
    assert shown(Fraction(2, 3)) == "0.67"
    assert shown(Fraction(10)) == "10"
    assert shown(Fraction(100), 0) == "100"
    assert apart(Fraction(1999999, 100000), Fraction(20)) == "19.99999"
    assert apart(Fraction(20), Fraction(20)) == "20"
