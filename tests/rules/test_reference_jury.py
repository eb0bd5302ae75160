"""The bench against a slow second reading of the handbook: which sheets count, and what they become."""

from __future__ import annotations

import os
from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.decide import decide
from evaluators.facts import to_frames
from evaluators.sheets import taken
from rules.library import load_text
from rules.plan import compile_plan
from tests.rules import jury_reference as reference
from tests.rules.jury_reference import Terms

EXAMPLES = int(os.environ.get("LAUREA_EXAMPLES", "500"))
RULES = """\
award: invented
edition: jury
title: Invented
sources: {{own: {{title: Invented, mark: OWN}}}}
facts: {{anything: {{type: bool, meaning: x, supplied_by: officer, for_information: true}}}}
policies:
  equal_pairs: {{type: choice, asks: Pairs?, cite: own, options: {{higher: x, lower: x, all: x}}}}
rubric:
  cite: own
  criteria:
    - {{id: c1, title: x, maximum: 6, step: "0.5", weight: "{w1}"}}
    - {{id: c2, title: x, maximum: 6, weight: "{w2}"}}
  gates: [{{id: enough, says: x, cite: own, require: total >= 8}}]
jury:
  cite: own
  reviews: {reviews}
  consolidation: {method}
  discrepancy:
    - {{id: apart, says: x, cite: own, when: "sheets.map(s, s.total).spread() >= {spread}"{unless}}}
  third: {third}
  equal_pairs: policy.equal_pairs
outcomes:
  - {{id: asked, title: x, when: discrepancy && !settled, interim: true}}
  - {{id: won, title: x, when: gates, grants: true}}
  - {{id: lost, title: x, otherwise: true}}
"""
THIRDS = [
    "closest_pair",
    "replaces_farthest",
    "replaces_first",
    "replaces_second",
    "final",
    "mean_of_all",
    "median_of_all",
]


def terms(chance: Random) -> Terms:
    return Terms(
        reviews=2,
        method=chance.choice(["mean", "median"]),
        spread=Fraction(chance.choice(["1", "2", "4", "6"])),
        unless_below=chance.choice([None, Fraction(4), Fraction(8)]),
        third=chance.choice(THIRDS),
        equal_pairs=chance.choice(["higher", "lower", "all", None]),
        weights={"c1": Fraction(chance.choice(["1", "2", "0.5"])), "c2": Fraction(1)},
    )


def rules(one: Terms) -> str:
    unless = "" if one.unless_below is None else f', unless: "sheets.all(s, s.total < {one.unless_below})"'
    return RULES.format(
        w1=float(one.weights["c1"]), w2=1, reviews=one.reviews, method=one.method, spread=one.spread, unless=unless,
        third=one.third,
    )  # fmt: skip


@settings(max_examples=max(20, EXAMPLES // 10), deadline=None)
@given(seed=st.integers(0, 2**40), count=st.integers(1, 12))
def test_sheets_become_what_the_handbook_says(seed, count):
    chance = Random(seed)
    one = terms(chance)
    ruleset = load_text(rules(one), "jury.yaml")
    answers = {} if one.equal_pairs is None else {"equal_pairs": one.equal_pairs}
    plan = compile_plan(ruleset, answers)
    given_marks = {
        f"a{n}": [
            {"c1": Fraction(chance.randrange(0, 13, 2), 2), "c2": Fraction(chance.randrange(7))}
            for _ in range(chance.choice([1, 2, 2, 3, 3, 3]))
        ]
        for n in range(count)
    }
    sheets = [
        (name, f"j{place}", {key: str(float(mark)) for key, mark in sheet.items()})
        for name, several in given_marks.items()
        for place, sheet in enumerate(several)
    ]
    frames, points = taken(plan, to_frames(ruleset, [{"application_id": name} for name in given_marks]), sheets)
    for row in decide(plan, frames, points).iter_rows(named=True):
        several = given_marks[row["application_id"]]
        differs, found = reference.differ(one, several), reference.points(one, several)
        # While an answer about third sheets is missing, a clause that is not known yet is said to wait for it too.
        unknown = 4 if one.equal_pairs is None else 2
        assert row["clause.apart"] == {True: 1, False: 0, None: unknown}[differs], (one, several)
        total = None if found is None else sum(found[name] * weight for name, weight in one.weights.items())
        exact = None if row["total"] is None else Fraction(row["total"], plan.point_unit)
        assert exact == total, (one, several)
        if total is not None:
            assert row["outcome"] == ("won" if total >= 8 else "lost")
        elif differs and len(several) == one.reviews:
            assert row["outcome"] == "asked"
        else:
            assert row["outcome"] is None
            waits = ["equal_pairs"] if one.equal_pairs is None else []
            assert (row["status"], row["policies"]) == ("undecided" if waits else "awaiting_scores", waits)


def test_points_of_each_criterion_add_up_to_the_total():
    one = Terms(2, "mean", Fraction(1), None, "mean_of_all", None, {"c1": Fraction(2), "c2": Fraction(1)})
    plan = compile_plan(load_text(rules(one), "jury.yaml"), {"equal_pairs": "all"})
    sheets = [("a", f"j{place}", {"c1": mark, "c2": "1"}) for place, mark in enumerate(("0.5", "6", "1"))]
    frames, points = taken(plan, to_frames(plan.ruleset, [{"application_id": "a"}]), sheets)
    assert decide(plan, frames, points)["total"].to_list() == [int((Fraction("7.5") / 3 * 2 + 1) * plan.point_unit)]
