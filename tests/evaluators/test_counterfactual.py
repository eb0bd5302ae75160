"""What would have been enough: really enough by the plan that decides, and nothing smaller is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluators import cases, counterfactual, enough
from evaluators.decide import decide
from evaluators.facts import to_frames
from rules import library
from rules.library import cases_file, editions, load_text, named
from rules.plan import compile_plan

pytestmark = pytest.mark.slow

HEAD = """\
award: prize
edition: "1"
title: A prize
sources: {call: {title: The call, mark: F}}
facts:
  a: {type: int, meaning: The number a., supplied_by: applicant}
  b: {type: decimal, scale: 2, meaning: The number b., supplied_by: applicant}
  d: {type: date, meaning: The day of registration., supplied_by: applicant}
  e: {type: date, meaning: The last day., supplied_by: applicant}
  ok: {type: bool, meaning: The head has signed., supplied_by: applicant}
  c: {type: code, meaning: The country., supplied_by: applicant}
  people:
    type: list
    meaning: The teachers.
    supplied_by: applicant
    fields:
      seen: {type: date, meaning: The last active day.}
      main: {type: bool, meaning: Whether they lead.}
      land: {type: code, meaning: Their country.}
      n: {type: int, meaning: Their number.}
parameters:
  limit: {type: date, value: 2023-01-09, cite: call}
  needed: {type: int, value: 3, cite: call, overridable: true}
  lands: {type: list, value: [AZ, GE, LV], cite: call}
policies:
  own: {type: choice, asks: Does the own country count?, cite: call, options: {"yes": Yes., "no": No.}}
"""
TAIL = """
outcomes:
  - {id: won, title: Won, when: eligibility, grants: true, letter: granted}
  - {id: lost, title: Lost, otherwise: true}
"""
FACTS = {"a": 1, "b": "1.50", "d": "2023-01-12", "e": "2024-02-29", "ok": False, "c": "EE"}
ABROAD = "p.land in lands && (p.land != 'AZ' || policy.own == 'yes')"
PEOPLE = [
    {"seen": "2023-01-08", "main": True, "land": "EE", "n": 1},
    {"seen": "2023-01-09", "main": False, "land": "AZ", "n": 2},
]


def plan_for(condition, finds=None):
    text = f"  - id: one\n    says: One.\n    cite: call\n    require: {condition!r}\n"
    if finds:
        text += f"    finds: {finds!r}\n"
    return compile_plan(load_text(f"{HEAD}eligibility:\n{text}{TAIL}", "prize.yaml"), {"own": "no"})


def judged(plan, facts=None, people=None):
    row = {
        "application_id": "x",
        "facts": FACTS | (facts or {}),
        "children": {"people": PEOPLE if people is None else people},
    }
    frames = to_frames(plan.ruleset, [row])
    assert not frames.problems
    return frames, decide(plan, frames)


def found(condition, facts=None, people=None, finds=None):
    plan = plan_for(condition, finds)
    frames, verdicts = judged(plan, facts, people)
    (one,) = counterfactual.find(plan, frames, verdicts, "x") or (None,)
    return plan, one


def told(condition, language="en", finds=None, **papers):
    plan, one = found(condition, finds=finds, **papers)
    return [] if one is None else [line.says for line in enough.sentences(plan, [one], language)]


def passes(plan, way, facts=None, people=None):
    """Whether the plan itself lets the application pass with these changes."""
    facts, people = dict(facts or {}), list(PEOPLE if people is None else people)
    for change in way.changes:
        if change.kind == "value":
            facts[change.what] = text(change.after)
        elif change.kind == "more":
            people += [{key: text(value) for key, value in item.items()} for item in change.items]
        else:
            for item in change.items:
                people.remove({key: (int(v) if isinstance(v, Fraction) else text(v)) for key, v in item.items()})
    _, verdicts = judged(plan, facts, people)
    return verdicts["clause.one"].item() == 1


def text(value):
    if isinstance(value, Fraction):
        return f"{float(value):.2f}" if value.denominator != 1 else int(value)
    return value.isoformat() if isinstance(value, date) else value


@pytest.mark.parametrize(
    ("condition", "after"),
    [
        ("d <= limit", date(2023, 1, 9)),
        ("d < limit", date(2023, 1, 8)),
        ("d > e", date(2024, 3, 1)),
        ("years_after(d, 2) <= e", date(2022, 2, 28)),
        ("days_between(d, e) >= 420", date(2023, 1, 5)),
        ("school_year(d, '08-01') == 2024", date(2024, 8, 1)),
        ("d == e", date(2024, 2, 29)),
        ("a >= 7", Fraction(7)),
        ("a > 7", Fraction(8)),
        ("2 * a >= 7", Fraction(4)),
        ("a * a >= 50", Fraction(8)),
        ("b > 2", Fraction(201, 100)),
        ("100 * b >= 334", Fraction(334, 100)),
        ("a + 1 == 12", Fraction(11)),
        ("a != 1", Fraction(0)),
        ("ok", True),
        ("ok || false", True),
        ("c in lands", "AZ"),
        ("c == 'GE'", "GE"),
        ("ok ? a >= 1 : a >= 9", None),
    ],
)
def test_the_nearest_value_of_one_fact(condition, after):
    plan, one = found(condition)
    assert one is not None
    assert all(passes(plan, way) for way in one.ways)
    first = one.ways[0].changes
    assert len(first) == 1
    if after is not None:
        assert after in [way.changes[0].after for way in one.ways]


def test_both_parts_are_asked_of_and_the_cheaper_of_or():
    plan, one = found("a >= 2 && d <= limit")
    assert [(change.what, change.after) for change in one.ways[0].changes] == [("a", 2), ("d", date(2023, 1, 9))]
    assert passes(plan, one.ways[0])
    plan, one = found("(a >= 2 && d <= limit) || ok")
    assert [[change.what for change in way.changes] for way in one.ways] == [["ok"], ["a", "d"]]
    assert all(passes(plan, way) for way in one.ways)
    _, one = found("a >= 2 || d <= limit")
    assert [[change.what for change in way.changes] for way in one.ways] == [["a"], ["d"]]
    assert told("a >= 2 || d <= limit") == [
        (
            "What would have passed: “The number a”: 1 more (2), "
            "or “The day of registration”: 3 days earlier (9 January 2023)."
        )
    ]


def test_a_window_over_one_fact_is_met_at_its_edge():
    _, one = found("a >= 5 && a <= 10", facts={"a": 14})
    assert one.ways[0].changes[0].after == 10
    _, one = found("a >= 5 && 2 * a >= 13")
    assert one.ways[0].changes[0].after == 7


def test_negation_and_what_cannot_be_mended():
    _, one = found("!(a >= 1 || ok)")
    assert [change.after for change in one.ways[0].changes] == [0]
    assert found("limit > date('2024-01-01') && a >= 9")[1] is None
    assert found("a >= 5 && a <= 4")[1] is None


@pytest.mark.parametrize(
    ("condition", "kind", "count"),
    [
        ("people.filter(p, p.seen >= limit).size() >= needed", "more", 2),
        ("people.filter(p, p.main && p.land in lands).size() >= 1", "more", 1),
        ("people.size() <= 1", "fewer", 1),
        ("people.size() == 4", "more", 2),
        ("people.exists(p, p.land == 'GE' && p.seen > limit)", "more", 1),
        ("people.all(p, p.seen >= limit)", "fewer", 1),
        ("!people.exists(p, p.main)", "fewer", 1),
        ("people.map(p, p.land).distinct().size() >= 4", "more", 2),
        (f"people.filter(p, {ABROAD}).map(p, p.land).distinct().size() >= 2", "more", 2),
        ("people.size() >= a + 4", "more", 3),
        ("people.size() >= 20", "more", 18),  # past sixteen they are found by doubling
        ("people.filter(p, p.main).size() >= 40", "more", 39),
        ("people.filter(p, p.n > 5).size() >= 17", "more", 17),
    ],
)
def test_items_of_a_list(condition, kind, count):
    plan, one = found(condition)
    assert one is not None
    changes = [way.changes[0] for way in one.ways if way.changes[0].kind == kind]
    assert [abs(change.after - change.before) for change in changes] == [count]
    assert all(passes(plan, way) for way in one.ways)


def test_what_takes_more_items_than_are_tried_has_no_way():
    assert found("people.size() >= 300")[1] is None
    assert found("people.map(p, p.land).distinct().size() >= 50")[1] is None


def test_an_empty_list_is_filled_from_nothing():
    condition = "people.filter(p, p.main && p.seen >= limit && p.n >= 3).size() >= 1"
    plan, one = found(condition, people=[])
    assert passes(plan, one.ways[0], people=[])
    item = one.ways[0].changes[0].items[0]
    assert (item["main"], item["seen"], item["n"]) == (True, date(2023, 1, 9), 3)


def test_what_is_true_or_unknown_has_none():
    assert found("a >= 1")[1] is None
    assert found("a >= 5", facts={"a": None})[1] is None


def test_sentences_in_four_languages():
    finds = {"en": "{measured} active teachers", "lv": "aktīvi skolotāji: {measured}"}
    condition = "people.filter(p, p.seen >= limit).size() >= needed"
    assert told(condition, finds=finds) == ["What would have passed: 2 more (3 active teachers)."]
    assert told(condition, "lv", finds=finds) == ["Būtu pieticis: vēl 2 (aktīvi skolotāji: 3)."]
    finds = {"en": "registered on {measured}"}
    assert told("d <= limit", finds=finds) == ["What would have passed: 3 days earlier (registered on 9 January 2023)."]
    assert told("d <= limit", finds=finds, facts={"d": "2023-01-10"})[0].startswith(
        "What would have passed: 1 day earlier ("
    )
    assert told("d <= limit", "lv", facts={"d": "2023-01-10"})[0].endswith("1 dienu agrāk (09.01.2023).")
    assert told("ok", "az") == ["Keçmək üçün bu bəs edərdi: “One”: xeyr əvəzinə bəli."]
    assert told("c in lands") == ["What would have passed: “The country”: one of AZ, GE, LV instead of EE."]
    assert told("c != 'EE'") == ["What would have passed: “The country”: anything other than EE."]


def test_items_are_told_by_what_the_condition_asks_of_them():
    assert told("people.exists(p, p.land == 'GE' && p.seen > limit)") == [
        (
            "What would have passed: “The teachers”: 1 more with "
            "“The last active day”: 10 January 2023; “Their country”: GE."
        )
    ]


ATOMS = st.sampled_from(
    [
        "a >= 3", "a < 0", "a == 4", "2 * a > 9", "a + b >= 6", "d <= limit", "d > e", "days_between(d, e) > 500", "ok",
        "!ok",
        "c == 'GE'", "c in lands", "people.size() >= 3", "people.filter(p, p.seen >= limit).size() >= 2",
        "people.exists(p, p.main && p.n > 3)", "people.all(p, p.land in lands)", "years_before(e, 1) >= d",
    ]
)  # fmt: skip
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda three: f"({' '.join(three)})"),
        inner.map(lambda one: f"!({one})"),
        st.tuples(inner, inner, inner).map(lambda three: f"({three[0]} ? {three[1]} : {three[2]})"),
    ),
    max_leaves=4,
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CONDITIONS, st.integers(-3, 9), st.integers(-40, 40), st.booleans(), st.sampled_from(["EE", "GE"]))
def test_every_way_passes_and_no_part_of_it_is_needless(condition, a, days, ok, land):
    facts = {"a": a, "d": (date(2023, 1, 9) + timedelta(days=days)).isoformat(), "ok": ok, "c": land}
    plan, one = found(condition, facts=facts)
    if one is None:
        return
    for way in one.ways:
        assert passes(plan, way, facts)
        for gone in way.changes:
            rest = type(way)(tuple(change for change in way.changes if change is not gone))
            assert not rest.changes or not passes(plan, rest, facts)
        for change in way.changes:
            if change.kind != "value" or not isinstance(change.after, Fraction | date):
                continue
            step = (
                timedelta(days=1) if isinstance(change.after, date) else Fraction(1, 100 if change.what == "b" else 1)
            )
            nearer = change.after + (step if change.before > change.after else -step)
            assert nearer == change.before or not passes(plan, _with(way, change, nearer), facts)


def _with(way, change, after):
    other = type(change)(change.what, change.kind, change.before, after)
    return type(way)(tuple(other if one is change else one for one in way.changes))


SCORED = f"""{HEAD}admission:
  - id: in_time
    says: In time.
    finds: "sent {{measured}}"
    cite: call
    window: {{opens: 2022-11-04, closes: "2022-11-30T23:59", zone: Asia/Baku}}
  - {{id: once, says: Once., cite: call, first: {{count: 1, per: unit}}}}
rubric:
  cite: call
  criteria: [{{id: art, title: Art, maximum: 10}}, {{id: use, title: Use, maximum: 10}}]
  gates:
    - {{id: enough, says: At least 12., cite: call, require: total >= 12}}
    - {{id: above, says: Above 5., cite: call, require: points.art > 5}}
jury: {{cite: call, reviews: 3, consolidation: mean}}
selection:
  id: best
  says: Among the best two.
  cite: call
  group: c
  having: admission
  order: [{{by: total, best: highest}}]
  ties: {{answer: in, readings: {{}}}}
  quota: {{count: 2}}
outcomes:
  - {{id: won, title: Won, when: selected && gates, grants: true, letter: granted}}
  - {{id: lost, title: Lost, otherwise: true}}
"""


def scored(marks, sent=None, units=None):
    plan = compile_plan(load_text(SCORED, "prize.yaml"), {"own": "no"})
    rows = [
        {
            "application_id": name,
            "unit_id": (units or {}).get(name, name),
            "submitted_at": (sent or {}).get(name, datetime(2022, 11, 5, 0, 0, number, tzinfo=UTC)),
            "facts": FACTS,
        }
        for number, name in enumerate(marks)
    ]
    frames = to_frames(plan.ruleset, rows)
    columns = {
        "application_id": list(marks),
        "art": [int(Fraction(one[0]) * plan.point_unit) for one in marks.values()],
        "use": [int(Fraction(one[1]) * plan.point_unit) for one in marks.values()],
    }
    verdicts = decide(plan, frames, pl.DataFrame(columns))

    def say(name, language="en"):
        lines = enough.sentences(plan, counterfactual.find(plan, frames, verdicts, name), language)
        return {line.clause: line.says for line in lines}

    return say


def test_points_are_told_as_a_distance_only():
    say = scored({"x": ("5", "6.5")})
    assert say("x") == {
        "enough": "Short of the threshold by 0.5 points.",
        "above": "Exactly on the threshold; more than that is needed.",
    }
    assert scored({"x": ("14/3", "7")})("x") == {
        "enough": "Short of the threshold by 0.33 points.",
        "above": "Short of the threshold by more than 0.33 points.",
    }
    assert scored({"x": ("4", "7")})("x", "lv")["enough"] == "Līdz slieksnim: 1 punkts."
    assert scored({"x": ("4", "6")})("x", "ka")["enough"] == "ზღვრამდე: 2 ქულა."


def test_a_selection_tells_the_distance_to_the_last_place_taken():
    say = scored({"a": ("9", "9"), "b": ("8", "8"), "x": ("7", "7.5")})
    assert say("x") == {"best": "Short of the last place taken by 1.5 points."}
    assert say("a") == {}


def test_the_window_says_how_much_earlier_on_the_clock_of_the_rules():
    late = {"x": datetime(2022, 12, 2, 5, 52, 10, tzinfo=UTC)}
    says = scored({"x": ("9", "9")}, sent=late)("x")
    assert says["in_time"] == (
        "What would have passed: 1 day, 9 hours and 53 minutes earlier (sent 30 November 2022, 23:59 (Baku))."
    )
    early = {"x": datetime(2022, 11, 3, 19, 59, 59, tzinfo=UTC)}
    says = scored({"x": ("9", "9")}, sent=early)("x")
    assert says["in_time"] == "What would have passed: 1 second later (sent 4 November 2022)."


def test_the_last_second_of_the_window_is_told_to_whoever_came_late():
    late = {"x": datetime(2022, 12, 1, 19, 59, 59, tzinfo=UTC)}
    says = scored({"x": ("9", "9")}, sent=late)("x")
    assert says["in_time"] == "What would have passed: 1 day earlier (sent 30 November 2022, 23:59 (Baku))."


def test_the_first_counts_and_the_second_is_told_so():
    says = scored({"x": ("9", "9"), "y": ("9", "9")}, units={"x": "s", "y": "s"})("y")
    assert says["once"] == "What would have passed: 1 fewer application before this one."


def test_nobody_learns_of_a_juror_and_an_unknown_application_is_said_to_be_unknown():
    plan = plan_for("a >= 2")
    frames, verdicts = judged(plan)
    with pytest.raises(KeyError):
        counterfactual.find(plan, frames, verdicts, "nobody")


@pytest.mark.parametrize("key", [str(key) for key in editions()][::12])
def test_what_the_library_refuses_has_a_way_that_passes(key):
    ruleset, book = named(key), cases.read(library.worked(cases_file(key)))
    for case in book.cases[:12]:
        if case.applications is not None:
            continue
        answers = {name: value for name, value in (book.policies | case.policies).items() if value is not None}
        plan = compile_plan(ruleset, answers, {k: v for k, v in case.parameters.items() if v is not None})
        row = {
            "application_id": "x",
            "country": case.country or book.base.country,
            "submitted_at": case.submitted_at or book.base.submitted_at,
            "facts": book.base.facts | case.facts,
            "children": {k: v for k, v in (book.base.children | case.children).items() if v is not None},
        }
        frames = to_frames(ruleset, [row])
        verdicts = decide(plan, frames)
        for one in counterfactual.find(plan, frames, verdicts, "x"):
            assert verdicts[f"clause.{one.clause}"].item() == 0
            for language in ("en", "az", "ka", "lv"):
                (line,) = enough.sentences(plan, [one], language)
                assert "{" not in line.says
            for way in one.ways:
                if any(change.kind not in ("value", "more") for change in way.changes):
                    continue
                facts, children, beside = dict(row["facts"]), dict(row["children"]), {}
                for change in way.changes:
                    if change.kind == "more":
                        items = [{name: text(value) for name, value in item.items()} for item in change.items]
                        children[change.what] = [*children[change.what], *items]
                    elif change.what in ("submitted_at", "country"):
                        beside[change.what] = text(change.after)
                    else:
                        facts[change.what] = text(change.after)
                again = to_frames(ruleset, [row | beside | {"facts": facts, "children": children}])
                assert not again.problems
                assert decide(plan, again)[f"clause.{one.clause}"].item() == 1
