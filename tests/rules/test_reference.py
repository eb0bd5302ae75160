"""The compiled plan against a slow second reading of the language, on invented rule sets with unknown facts.

`LAUREA_EXAMPLES=100000` tries that many (rule set, application) pairs instead of a few hundred; `-s` shows how many.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import datetime
from fractions import Fraction
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.decide import decide
from evaluators.facts import to_frames
from rules.errors import RuleSetError
from rules.library import load_text
from rules.plan import compile_plan
from tests.rules import invented, reference

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("LAUREA_EXAMPLES", "500"))
APPLICATIONS = 20 if EXAMPLES < 10_000 else 100  # of each rule set, at most
TRIED: Counter[str] = Counter()
CODES = {True: 1, False: 0, None: 2}
SEEDS = st.integers(0, 2**48)
KNOWN = st.sampled_from([0.5, 0.8, 0.95])
COUNTS = st.integers(1, APPLICATIONS) if EXAMPLES < 10_000 else st.just(APPLICATIONS)
many = settings(max_examples=max(10, 11 * EXAMPLES // APPLICATIONS // 10), deadline=None)


def planned(made: invented.Invented, policies: dict[str, str]):
    """The compiled plan; None where the author's figures could grow past 64 bits, which is refused."""
    try:
        return compile_plan(load_text(made.text, "invented.yaml"), policies)
    except RuleSetError as error:
        says = str(error)
        assert "18 digits" in says or "too large" in says, made.text
        return None


@pytest.fixture(scope="module", autouse=True)
def tally():
    """How many applications were decided; a long run says so."""
    yield
    if EXAMPLES >= 10_000:
        print(f"{TRIED['applications']} applications of {TRIED['rule sets']} rule sets were decided")


def decided(plan, applications: dict[str, dict]) -> pl.DataFrame:
    TRIED.update({"applications": len(applications), "rule sets": 1})
    rows = [
        {
            "application_id": name,
            "applicant_id": one["applicant_id"],
            "submitted_at": one["submitted_at"],
            "facts": one["facts"],
            "children": {} if one["xs"] is None else {"xs": one["xs"]},
        }
        for name, one in applications.items()
    ]
    frames = to_frames(plan.ruleset, rows)
    assert frames.problems == []
    columns = {"application_id": pl.Series(list(applications), dtype=pl.String)}
    for name in ("c1", "c2"):
        marks = [one["points"][name] for one in applications.values()]
        exact = [None if mark is None else Fraction(mark) * plan.point_unit for mark in marks]
        columns[name] = pl.Series([None if mark is None else int(mark) for mark in exact], dtype=pl.Int64)
    words = [one["points"]["c3"] for one in applications.values()]
    units = [
        int(Fraction(invented.WORDS[word]) * plan.point_unit) if word in invented.WORDS else None for word in words
    ]
    columns["c3"] = pl.Series(units, dtype=pl.Int64)
    columns["c3.na"] = pl.Series([None if word is None else word == "n/a" for word in words], dtype=pl.Boolean)
    return decide(plan, frames, pl.DataFrame(columns))


@many
@given(seed=SEEDS, size=st.integers(1, 4), known=KNOWN, count=COUNTS)
def test_the_plan_and_the_reference_agree(seed, size, known, count):
    chance = Random(seed)
    made = invented.rule_set(chance, size)
    plan = planned(made, made.policies)
    if plan is None:
        return
    applications = {f"a{n}": invented.application(chance, known) for n in range(count)}
    rows = decided(plan, applications).iter_rows(named=True)
    papers = [invented.paper(made, one, made.policies) for one in applications.values()]
    moments = [one["submitted_at"] and datetime.fromisoformat(one["submitted_at"]) for one in applications.values()]
    who = [
        one["applicant_id"] if made.first["per"] == "applicant" else one["facts"]["k"] for one in applications.values()
    ]
    earlier = [paper.names["b"] if "earlier" in made.first else (0, 0) for paper in papers]
    periods = [reference.evaluate(made.first.get("period", "0"), paper) for paper in papers]
    first = reference.places_in_order(made.first, list(zip(who, moments, earlier, periods, strict=True)))
    every = zip(rows, applications.values(), papers, moments, first, strict=True)
    for row, one, paper, moment, among in every:
        values = {name: reference.evaluate(text, paper) for name, (_, text) in made.clauses.items()}
        for name, (_, text) in made.clauses.items():
            opens = any(made.touches(text, policy) and policy not in made.policies for policy in ("q", "how"))
            code = 4 if values[name] is None and opens else CODES[values[name]]
            assert row[f"clause.{name}"] == code, (text, one, made.policies)
        inside, late = reference.window(made.window, moment)
        assert row["clause.w1"] == CODES[inside], (made.window, moment)
        assert row["clause.t1"] == CODES[among], (made.first, applications)
        paper.names |= {"clause.w1": inside, "admission": inside, "next_round": late}
        paper.names |= {"clause.t1": among, "advised": among}
        paper.names |= {f"clause.{name}": value for name, value in values.items()}
        for word, block in (("eligibility", "eligibility"), ("gates", "rubric")):
            mine = [values[name] for name, (where, _) in made.clauses.items() if where == block]
            paper.names[word] = reference.conjunction(*mine)
        assert row["outcome"] == reference.outcome(made.outcomes, paper), (made.outcomes, values)
        total = paper.names["total"]
        exact = None if total is None or total[0] != total[1] else total[0] * plan.point_unit
        assert row["total"] == exact


@many
@given(seed=SEEDS, size=st.integers(1, 4), known=KNOWN, count=COUNTS)
def test_no_value_of_an_unknown_changes_what_was_decided(seed, size, known, count):
    chance = Random(seed)
    made = invented.rule_set(chance, size)
    early, late = planned(made, made.policies), planned(made, {"q": "3", "how": "u"} | made.policies)
    if early is None or late is None:
        return
    applications = {f"a{n}": invented.application(chance, known) for n in range(count)}
    whole = {name: invented.completed(chance, one) for name, one in applications.items()}
    before, after = decided(early, applications), decided(late, whole)
    for name in (*made.clauses, "w1", "t1"):
        for old, new in zip(before[f"clause.{name}"], after[f"clause.{name}"], strict=True):
            assert old in (2, 4, new), (name, made.text)
    for old, new in zip(before["outcome"], after["outcome"], strict=True):
        assert old in (None, new)


@many
@given(seed=SEEDS, count=COUNTS)
def test_the_order_of_applications_never_matters(seed, count):
    chance = Random(seed)
    made = invented.rule_set(chance, 2)
    plan = planned(made, made.policies)
    if plan is None:
        return
    applications = {f"a{n}": invented.application(chance, 0.8) for n in range(count)}
    shuffled = list(applications)
    chance.shuffle(shuffled)
    straight = decided(plan, applications).sort("application_id")
    mixed = decided(plan, {name: applications[name] for name in shuffled}).sort("application_id")
    assert straight.equals(mixed)


SELECTION = """
award: invented
edition: two
title: Invented
sources: {own: {title: Invented, mark: OWN}}
facts:
  score: {type: decimal, scale: 1, meaning: Score., supplied_by: applicant}
  region: {type: code, meaning: Region., supplied_by: applicant}
policies:
  ties: {type: choice, asks: Ties?, cite: own, options: {all_in: In., all_out: Out.}}
eligibility: [{id: scored, says: Scored., cite: own, require: score >= 1}]
selection:
  id: best
  says: Best.
  cite: own
  group: region
  having: eligibility
  order: [{by: score, best: highest}]
  ties: {answer: policy.ties, readings: {all_in: in, all_out: out}}
  quota: {QUOTA}
outcomes: [{id: won, title: Won, when: selected, grants: true}, {id: lost, title: Lost, otherwise: true}]
"""


@many
@given(
    seed=SEEDS,
    ties=st.sampled_from(["in", "out"]),
    share=st.sampled_from(["0.25", "0.3", "0.5", "1"]),
    rounding=st.sampled_from(["up_to", "at_least", "nearest"]),
    count=COUNTS,
)
def test_places_agree_with_the_reference_and_never_with_the_order_of_rows(seed, ties, share, rounding, count):
    chance = Random(seed)
    quota = f"share: {share}, rounding: {rounding}"
    ruleset = load_text(SELECTION.replace("QUOTA", quota), "two.yaml")
    plan = compile_plan(ruleset, {"ties": f"all_{ties}"})
    scores = {f"a{n}": (chance.choice("xy"), chance.choice(["0.5", "1", "1.5", "2", "2"])) for n in range(count)}
    exact = {name: (group, Fraction(score)) for name, (group, score) in scores.items() if Fraction(score) >= 1}
    cap = {}
    for group in "xy":
        places = Fraction(share) * sum(one == group for one, _ in exact.values())
        down = places.numerator // places.denominator
        up = -(-places.numerator // places.denominator)
        cap[group] = {"up_to": down, "at_least": up, "nearest": int(places + Fraction(1, 2))}[rounding]
    for _ in range(2):
        names = list(scores)
        chance.shuffle(names)
        rows = [
            {"application_id": name, "facts": {"score": scores[name][1], "region": scores[name][0]}} for name in names
        ]
        verdicts = decide(plan, to_frames(ruleset, rows))
        TRIED.update({"applications": count, "rule sets": 1})
        chosen = set(verdicts.filter(pl.col("outcome") == "won")["application_id"])
        assert chosen == reference.places(exact, cap, ties)
        assert verdicts["status"].unique().to_list() == ["decided"]
