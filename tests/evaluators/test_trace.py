"""The trace: every clause cites its source, figures are exact, sentences fit the reader's language."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest
from babel import Locale

from evaluators import trace
from evaluators.decide import decide
from evaluators.facts import to_frames
from evaluators.numbers import apart, shown
from evaluators.phrases import form
from rules.library import editions, load_text, named
from rules.plan import compile_plan

pytestmark = pytest.mark.slow

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
  pass_mark: {type: int, asks: How many points?, cite: call}
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
    assert sentences["enough"].measured == "depends on an open question: How many points?"
    assert packed[3]["open"] == ["pass_mark"]
    old = {key: value for key, value in packed[3].items() if key != "open"}
    assert trace.sentences(RULES, [old])[0].measured == "not yet decided by the organiser"
    assert sentences["enough"].says == "At least [not yet decided] points."


def test_a_waived_clause_says_why():
    plan = compile_plan(RULES, {"pass_mark": "9"})
    frames = to_frames(RULES, [{"application_id": "x", "facts": {"born": "2023-01-10"}}])
    verdicts = decide(plan, frames, waivers=[("x", "old_enough")])
    first = trace.pack(plan, verdicts, frames, reasons={("x", "old_enough"): "lost in the post"})["x"][0]
    assert (first["status"], first["reason"]) == ("waived", "lost in the post")
    assert trace.sentences(RULES, [first])[0].measured == "waived: lost in the post"
    assert trace.sentences(RULES, [first], "lv")[0].measured == "atbrīvots no prasības: lost in the post"
    unsaid = trace.pack(plan, verdicts, frames)["x"][0]
    assert trace.sentences(RULES, [unsaid])[0].measured == "born 10 January 2023; waived by an officer"


WINDOW = RULES.text.replace(
    "eligibility:\n",
    """\
admission:
  - id: in_time
    says: In time.
    finds: "sent {measured}"
    cite: call
    window: {opens: 2022-11-04, closes: "2022-11-30T23:59", zone: Asia/Baku}
  - id: in_time_too
    says: In time.
    cite: call
    window: {closes: "2022-11-30T23:59", zone: Asia/Baku}
eligibility:
""",
)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "2 December 2022, 09:52 (Baku)"),
        ("az", "02.12.2022, 09:52 (Bakı)"),
        ("ka", "02.12.2022, 09:52 (ბაქო)"),
        ("lv", "02.12.2022, 09:52 (Baku)"),
    ],
)
def test_a_moment_is_told_on_the_clock_of_the_rules(language, told):
    ruleset = load_text(WINDOW, "prize.yaml")
    plan = compile_plan(ruleset)
    frames = to_frames(ruleset, [{"application_id": "x", "submitted_at": "2022-12-02T05:52:00Z"}])
    first, second = trace.pack(plan, decide(plan, frames), frames)["x"][:2]
    assert first["zone"] == "Asia/Baku"
    assert trace.sentences(ruleset, [first], language)[0].measured == f"sent {told}"
    closing = {"en": "closing 30 November 2022, 23:59 (Baku)", "lv": "termiņš 30.11.2022, 23:59 (Baku)"}
    if language in closing:
        assert trace.sentences(ruleset, [second], language)[0].measured == f"{told} ({closing[language]})"


def test_days_and_zones_of_every_kind():
    assert trace.plain("2022-12-02T05:52:00+00:00", "en", "+01:00") == "2 December 2022, 06:52 (UTC+01:00)"
    assert trace.plain("2022-12-02T05:52:07+00:00", "en", "Etc/GMT-1") == "2 December 2022, 06:52:07 (UTC+1)"
    assert trace.plain("2022-12-02T05:52:00+00:00", "en") == "2 December 2022, 05:52 (UTC)"


def test_words_follow_the_figure():
    def told(figure, language="en", text="{measured} {measured|teacher|teachers}"):
        return trace.filled(text, {"measured": figure}, language)

    assert [told(one) for one in ("0", "1", "2", "1.5", "-1")] == [
        "0 teachers", "1 teacher", "2 teachers", "1.5 teachers", "-1 teacher",
    ]  # fmt: skip
    three = "{measured} {measured|punkts|punkti|punktu}"
    assert [told(one, "lv", three) for one in ("1", "21", "2", "22", "0", "10", "11", "12", "111", "101", "1.5")] == [
        "1 punkts", "21 punkts", "2 punkti", "22 punkti", "0 punktu", "10 punktu", "11 punktu", "12 punktu",
        "111 punktu", "101 punkts", "1.5 punkti",
    ]  # fmt: skip
    assert told("5", "ka", "{measured} {measured|ქულა}") == "5 ქულა"


@pytest.mark.parametrize("language", ["en", "az", "ka", "lv"])
def test_the_forms_are_those_of_unicode(language):
    rule, numbers = Locale.parse(language).plural_form, {"one": 0, "other": 1, "zero": 2}
    for figure in (*range(-25, 250), *(Decimal(one) / 100 for one in range(1, 250) if one % 100)):
        exact = Decimal(str(figure)).normalize() if isinstance(figure, Decimal) else figure
        assert form(Fraction(exact), language) == numbers[rule(exact)], exact


def test_a_changed_parameter_is_told_as_the_round_has_it():
    ruleset = load_text(
        RULES.text.replace("value: 2023-01-09, cite: call", "value: 2023-01-09, cite: call, overridable: true"), "p"
    )
    plan = compile_plan(ruleset, {"pass_mark": "9"}, {"latest": "2024-02-29"})
    frames = to_frames(ruleset, [{"application_id": "x", "facts": {"born": "2024-02-29"}}])
    first = trace.pack(plan, decide(plan, frames), frames)["x"][0]
    assert (first["status"], trace.sentences(ruleset, [first])[0].says) == ("true", "Born by 29 February 2024.")


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
