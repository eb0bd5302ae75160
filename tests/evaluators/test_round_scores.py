"""A decided round's sheets compared: the line its decisions drew, and how sure each place above it is."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from evaluators import round_scores
from evaluators.round_scores import Placed
from rules.library import load, load_text
from rules.plan import Plan, compile_plan

LABEL = Path(__file__).parent.parent / "web" / "label.yaml"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return compile_plan(load(LABEL), {"pass_mark": "15"}, {})


def sheet(overall: int, teaching: int = 2) -> dict[str, str]:
    return {
        "teaching": str(teaching), "cooperation": "3", "data": "3", "results": "5", "overall": str(overall),
    }  # fmt: skip


def round_of(applications: int, noise: int = 6, seed: int = 3) -> list[tuple[str, str, dict[str, str]]]:
    """The first application is the best; five jurors, two an application."""
    lot = random.Random(seed)
    return [
        (f"A{n:02}", f"J{(n + turn) % 5}", sheet(max(0, 96 - 2 * n + lot.randint(-noise, noise))))
        for n in range(applications)
        for turn in range(2)
    ]


def test_the_score_of_a_sheet_is_its_total_by_the_rules(plan: Plan) -> None:
    table = round_scores.scores_of(plan, [("A", "J", sheet(50, teaching=4)), ("B", "J", {"teaching": "1"})])
    # Twice the teaching idea, and the criterion that does not count is left out; an incomplete sheet says nothing.
    assert table.rows() == [("A", "J", 2 * 4 + 3 + 5 + 50.0)]


def test_the_threshold_is_the_one_the_rules_ask_of_the_total(plan: Plan) -> None:
    assert round_scores.threshold_of(plan) == 15
    text = LABEL.read_text(encoding="utf-8").replace(
        "require: total >= policy.pass_mark", "require: points.results > 3"
    )
    without = compile_plan(load_text(text.replace("    - id: data_gate", "    - id: data_gate"), "label.yaml"), {}, {})
    assert round_scores.threshold_of(without) is None


def test_places_are_those_the_decisions_gave_in_each_group(plan: Plan) -> None:
    given = round_of(40)
    decided = {
        f"A{n:02}": Placed("even" if n % 2 == 0 else "odd", n // 2 + 1, n // 2 < (5 if n % 2 == 0 else 12))
        for n in range(40)
    }
    found = round_scores.compare(plan, given, decided, seed=7)
    assert found is not None
    assert found.line is None, "each group has its own"
    for name, places in (("even", 5), ("odd", 12)):
        chances = [found.chances[ref][0] for ref, one in decided.items() if one.group == name]
        assert sum(chances) == pytest.approx(places, abs=0.02)
    assert found.chances["A00"][1] == "above"
    assert found.chances["A39"][1] == "below"
    assert {band for _, band in found.chances.values()} == {"above", "open", "below"}


def test_one_line_lies_between_the_last_place_and_the_first_without_one(plan: Plan) -> None:
    given = round_of(30, noise=0)
    found = round_scores.compare(plan, given, {f"A{n:02}": Placed("", n + 1, n < 10) for n in range(30)}, seed=7)
    assert found is not None
    score = dict(found.scored.applications.select("application_id", "score").iter_rows())
    assert found.line == pytest.approx((score["A09"] + score["A10"]) / 2)
    assert len(found.pairs) == 30


def test_who_was_not_ranked_has_no_chance_and_no_influence_on_the_places(plan: Plan) -> None:
    given = round_of(30)
    ranked = {f"A{n:02}": Placed("", n + 1, n < 10) for n in range(20)}
    others = {f"A{n:02}": Placed("", None, granted=False) for n in range(20, 30)}
    found = round_scores.compare(plan, given, ranked | others, seed=7)
    assert found is not None
    assert set(found.chances) == set(ranked)
    assert sum(chance for chance, _ in found.chances.values()) == pytest.approx(10, abs=0.02)


def test_without_a_complete_sheet_nothing_is_compared(plan: Plan) -> None:
    assert round_scores.compare(plan, [("A", "J", {"teaching": "1"})], {}, seed=7) is None


def test_where_nobody_can_tell_it_says_why(plan: Plan) -> None:
    given = [(f"A{n}", f"J{n}", sheet(50 + n)) for n in range(5)]  # one sheet each, and nothing shared
    found = round_scores.compare(plan, given, {f"A{n}": Placed("", n + 1, n < 2) for n in range(5)}, seed=7)
    assert found is not None
    assert found.chances == {}
    assert "how sure" in found.unsure


def test_scores_are_put_together_as_the_rules_say(plan: Plan) -> None:
    assert round_scores.scores_of(plan, []).height == 0
    given = [("A", juror, sheet(overall)) for juror, overall in (("J", 10), ("K", 20), ("L", 60))]
    assert plan.jury is not None
    for asked, total in (("mean", 30), ("median", 20), ("trimmed", 20)):
        jury = replace(plan.jury, asked_consolidation=asked, trim_count=Fraction(1) if asked == "trimmed" else None)
        found = round_scores.compare(replace(plan, jury=jury), given, {}, seed=1)
        assert found is not None
        assert found.scored.applications["raw"].to_list() == [total + 2 * 2 + 3 + 5]
