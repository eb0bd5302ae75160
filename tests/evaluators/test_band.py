"""The band around a cut line: worked cases, and what must hold whatever the applications are."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators import cases, columnar, counterfactual, lots, trace
from evaluators.decide import decide, digest
from evaluators.deliberation import Waits, asked_at_line, unsure, waits
from evaluators.facts import Frames, to_frames
from evaluators.sheets import taken
from rules import check, library
from rules.errors import RuleSetError
from rules.library import load, load_text
from rules.plan import Plan, compile_plan

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent / "band"
PRIZE, FUND = load(HERE / "prize.yaml"), load(HERE / "fund.yaml")
TEXT = PRIZE.text
BLOCKS = {name: TEXT.index(f"\n{name}:") for name in ("policies", "eligibility", "outcomes")}
ALONE = load_text(
    TEXT[: BLOCKS["policies"]] + TEXT[BLOCKS["eligibility"] : TEXT.index("\n  band:")] + TEXT[BLOCKS["outcomes"] :],
    "prize.yaml",
)
PLAIN = compile_plan(ALONE)
SHARED = ["application_id", "outcome", "status", "granted", "rank", "group", "needs", "policies", "clause.best"]
quick = settings(max_examples=40, deadline=None)


def plan(answer: str) -> Plan:
    return compile_plan(PRIZE, {"at_line": answer})


def projects(chance: Random, count: int, known: float = 1.0) -> tuple[Frames, Frames]:
    """Applications with few different scores, so that lines fall among equals; and the same with all facts known."""
    some, whole = [], []
    for number in range(count):
        score = chance.choice(["0.5", "3", "3.5", "4", "6"])
        facts = {"score": score, "pupils": chance.randrange(3), "region": chance.choice("xy")}
        whole.append({"application_id": f"a{number}", "facts": facts})
        kept = {name: value for name, value in facts.items() if chance.random() < known}
        some.append({"application_id": f"a{number}", "facts": kept})
    return to_frames(PRIZE, some), to_frames(PRIZE, whole)


@pytest.mark.parametrize("name", ["prize", "fund"])
def test_the_worked_cases_come_out(name):
    results = cases.run({"prize": PRIZE, "fund": FUND}[name], library.worked(HERE / f"{name}.cases.yaml"))
    assert [(one.id, one.differences) for one in results if not one.passed] == []
    assert {code for one in results for code in one.seen[{"prize": "close", "fund": "open_line"}[name]]} >= {
        "true", "false", "unknown",
    }  # fmt: skip


@quick
@given(seed=st.integers(0, 2**40), count=st.integers(0, 14), known=st.sampled_from([0.8, 1.0]))
def test_a_band_that_nothing_settles_changes_nothing(seed, count, known):
    frames, _ = projects(Random(seed), count, known)
    assert decide(plan("none"), frames, seed=seed).select(SHARED).equals(decide(PLAIN, frames).select(SHARED))


@quick
@given(seed=st.integers(0, 2**40), count=st.integers(1, 14), how=st.sampled_from(["tie_break", "lot"]))
def test_nobody_outside_the_band_moves_and_no_place_is_lost(seed, count, how):
    frames, _ = projects(Random(seed), count)
    by_order, found = decide(PLAIN, frames), decide(plan(how), frames, seed=seed)
    outside = found["clause.close"] == 0
    assert found.filter(outside).select(SHARED).equals(by_order.filter(outside).select(SHARED))
    for region, rows in found.filter(found["rank"].is_not_null()).group_by("group"):
        inside = rows.filter(rows["clause.close"] == 1)
        if inside.is_empty():
            continue
        room = 2 - int(rows.filter(rows["clause.close"] == 0)["granted"].sum())
        assert 0 < room < inside.height, region
        assert inside["threshold.close"].unique().to_list() == [room]
        tenths = frames.applications.join(inside, on="application_id", how="semi")["fact.score"]
        assert tenths.max() - tenths.min() <= 10  # at most half a point on either side of the last place
        taken_places = int(inside["granted"].sum())
        assert taken_places == room if how == "lot" else taken_places <= room


@quick
@given(seed=st.integers(0, 2**40), count=st.integers(1, 12), how=st.sampled_from(["tie_break", "lot", "none"]))
def test_no_value_of_an_unknown_changes_what_was_decided(seed, count, how):
    some, whole = projects(Random(seed), count, 0.85)
    before, after = decide(plan(how), some, seed=seed), decide(plan(how), whole, seed=seed)
    for name in ("outcome", "clause.best", "clause.close"):
        for old, new in zip(before[name], after[name], strict=True):
            assert old in (None, 2, new), name


def test_a_lot_is_the_same_for_the_same_seed_whatever_the_order_of_rows():
    names = [f"a{number}" for number in range(9)]
    rows = [{"application_id": name, "facts": {"score": 5, "pupils": 1, "region": "x"}} for name in names]
    whole = plan("lot")
    first = decide(whole, to_frames(PRIZE, rows), seed=11)
    again = decide(whole, to_frames(PRIZE, rows[::-1]), seed=11)
    assert first.sort("application_id").equals(again.sort("application_id"))
    assert digest(whole, first, 11) == digest(whole, again, 11)
    other = decide(whole, to_frames(PRIZE, rows), seed=12)
    assert first["measured.close"].to_list() != other["measured.close"].to_list()
    (drawn,) = lots.drawn(whole, first)
    order = sorted(names, key=lambda name: hashlib.sha256(f"11\nclose\n{name}".encode()).hexdigest())
    assert drawn == {"band": "close", "group": "x", "seed": "11", "places": 2, "drawn": order}
    assert first.filter(pl.col("granted"))["application_id"].sort().to_list() == sorted(order[:2])


def test_everybody_in_a_band_is_as_likely_to_be_drawn():
    rows = [
        {"application_id": f"a{number}", "facts": {"score": 5, "pupils": number, "region": "x"}} for number in range(5)
    ]
    frames, whole, draws = to_frames(PRIZE, rows), plan("lot"), 400
    won = Counter(
        name for seed in range(draws) for name in decide(whole, frames, seed=seed).filter("granted")["application_id"]
    )
    assert sum(won.values()) == 2 * draws
    spread = sum((won[f"a{number}"] - 2 * draws / 5) ** 2 for number in range(5)) / (2 * draws / 5) / (3 / 5) * (4 / 5)
    assert spread < 18.5  # chi-square with 4 degrees of freedom: above this once in a thousand


def test_the_trace_names_the_clause_and_the_seed_in_every_language():
    rows = [{"application_id": name, "facts": {"score": 5, "pupils": 1, "region": "x"}} for name in "abc"]
    frames, whole = to_frames(PRIZE, rows), plan("lot")
    verdicts = decide(whole, frames, seed=3)
    packed = trace.pack(whole, verdicts, frames)
    row = verdicts.filter(pl.col("measured.close") == 3)
    name = row["application_id"].item()
    entry = packed[name][-1]
    assert (entry["clause"], entry["status"], entry["measured"], entry["threshold"], entry["seed"]) == (
        "close",
        "true",
        "3",
        "2",
        "3",
    )
    for language in ("en", "az", "ka", "lv"):
        said = trace.sentences(PRIZE, packed[name], language)[-1].measured
        assert [one for one in said if one.isdigit()] == ["3", "2", "3"], said
    assert trace.sentences(PRIZE, packed[name])[-1].measured == "drawn by lot as number 3, places left: 2, seed 3"
    assert [
        one.clause for one in counterfactual.find(whole, frames, verdicts, name)
    ] == []  # no points would have helped
    head = columnar.head(whole, verdicts)
    kept = columnar.columns(whole, verdicts).filter(pl.col("application_id") == name).row(0, named=True)
    assert columnar.entries(whole, kept, json.loads(head["laurea"]))[-1]["seed"] == "3"


def test_a_sentence_of_the_rule_set_may_name_the_seed():
    book = cases.read(library.worked(HERE / "fund.cases.yaml"))
    made = cases.prepare(FUND, book, book.cases[0])
    packed = trace.pack(made.plan, decide(made.plan, made.frames, made.points), made.frames)
    assert trace.sentences(FUND, packed["c"])[-1].measured == "number 2 of the lot, 1 place left, drawn with 42"


SHEETS = {"a": (30, 31), "b": (28, 26), "c": (22, 24), "d": (23, 22), "e": (21, 22), "f": (14, 15), "g": (9, 9)}
FIRST = [("ann", "ben"), ("ben", "cyd"), ("ann", "cyd"), ("ben", "cyd"), ("ann", "ben"), ("ann", "cyd"), ("ben", "cyd")]


def marked(*more: tuple[str, str, int]) -> list[tuple[str, str, dict[str, str]]]:
    """The sheets, and some further ones."""
    given = [
        (name, juror, total)
        for (name, totals), jurors in zip(SHEETS.items(), FIRST, strict=True)
        for juror, total in zip(jurors, totals, strict=True)
    ]
    halves = [(name, juror, total // 2, total - total // 2) for name, juror, total in [*given, *more]]
    return [(name, juror, {"idea": str(idea), "work": str(work)}) for name, juror, idea, work in halves]


def fund(*more: tuple[str, str, int]) -> tuple[Plan, Frames, pl.DataFrame | None]:
    """The fund's plan, frames and points, with some further sheets."""
    whole = compile_plan(FUND, {"at_line": "third_review", "drawn_number": "1"})
    return whole, *taken(whole, to_frames(FUND, [{"application_id": name} for name in SHEETS]), marked(*more))


def test_third_reviews_are_asked_at_the_line_until_they_are_in():
    assert asked_at_line(*fund(), seed=1) == {"c", "d"}
    assert asked_at_line(*fund(("c", "ben", 30)), seed=1) == {"d"}
    assert asked_at_line(*fund(("c", "ben", 30), ("d", "ann", 3)), seed=1) == set()
    assert set(waits(*fund()).values()) == {Waits.NOTHING}  # the sheets themselves ask for nothing


def test_no_review_is_asked_while_somebody_has_too_few_sheets():
    whole, frames, _ = fund()
    fewer = frames.children["sheets"].filter(~((pl.col("_row") == 5) & (pl.col("item.place") == 2)))
    short = Frames(frames.applications, {**frames.children, "sheets": fewer}, frames.problems)
    assert asked_at_line(whole, short, None, seed=1) == set()


def test_scores_that_cannot_say_how_sure_they_are_are_told():
    def told(whole: Plan, frames: Frames, points: pl.DataFrame | None) -> str | None:
        return unsure(whole, frames, points, decide(whole, frames, points))

    whole, frames, points = fund()
    assert told(whole, frames, points) is None
    bare = to_frames(FUND, [{"application_id": name} for name in SHEETS])
    assert "no sheets" in (told(whole, bare, None) or "")
    assert "no sheets" in (told(whole, *taken(whole, bare, [])) or "")
    few = to_frames(FUND, [{"application_id": name} for name in "abc"])
    assert told(whole, *taken(whole, few, [])) is None  # a place for everybody: there is no line


def test_how_many_may_be_asked_is_said_of_all_groups_together():
    grouped = FUND.text.replace("{anything:", "{region: {type: code, meaning: x, supplied_by: officer}, anything:")
    ruleset = load_text(grouped.replace("  having: gates\n", "  having: gates\n  group: region\n"), "fund.yaml")
    whole = compile_plan(ruleset, {"at_line": "third_review", "drawn_number": "1"})
    mine = [{"application_id": name, "facts": {"region": "x"}} for name in SHEETS]
    others = [{"application_id": f"y{number}", "facts": {"region": "y"}} for number in range(4)]
    frames, points = taken(whole, to_frames(ruleset, [*mine, *others]), marked())
    assert asked_at_line(whole, frames, points, seed=1) == set()  # nobody of the other region has a sheet yet
    competing = pl.col("outcome").is_null()
    assert decide(whole, frames, points).filter(competing)["status"].unique().to_list() == ["awaiting_scores"]
    assert asked_at_line(whole, *taken(whole, to_frames(ruleset, mine), marked()), seed=1) == {"c", "d"}


def test_rules_whose_reviews_are_not_decided_yet_decide_nobody():
    asked = "  many: {type: int, asks: How many?, cite: call, minimum: 2}\n  at_line:"
    rules = FUND.text.replace("  at_line:", asked, 1).replace(
        "reviews: 2, consolidation", "reviews: policy.many, consolidation"
    )
    whole = compile_plan(load_text(rules, "fund.yaml"), {"at_line": "lot", "drawn_number": "1"})
    frames = to_frames(whole.ruleset, [{"application_id": name} for name in SHEETS])
    points = pl.DataFrame({"application_id": [*SHEETS], "idea": [12 * whole.point_unit] * 7, "work": [3] * 7})
    assert decide(whole, frames, points)["outcome"].null_count() == len(SHEETS)


def test_one_juror_alone_cannot_show_how_sure_the_scores_are():
    rules = FUND.text.replace("reviews: 2, consolidation", "reviews: 1, consolidation")
    whole = compile_plan(load_text(rules, "fund.yaml"), {"at_line": "lot", "drawn_number": "1"})
    bare = to_frames(whole.ruleset, [{"application_id": name} for name in SHEETS])
    frames, points = taken(whole, bare, [(name, "ann", {"idea": "10", "work": "5"}) for name in SHEETS])
    verdicts = decide(whole, frames, points)
    assert verdicts["status"].unique().to_list() == ["awaiting_scores"]
    assert "Nobody can say how sure these scores are" in (unsure(whole, frames, points, verdicts) or "")


@pytest.mark.parametrize(
    ("text", "answers", "says"),
    [
        ("sure: policy.p", {"p": "0.5"}, "Nobody is sure"),
        ("within: policy.p", {"p": "-1"}, "Nothing is within"),
    ],
)
def test_an_answer_that_settles_no_band_is_refused(text, answers, says):
    asked = "  p: {type: decimal, scale: 2, asks: How far?, cite: call}\n  at_line:"
    rules = FUND.text.replace("sure: 0.9", text).replace("  at_line:", asked, 1)
    rules = rules.replace("third_review: One more juror is asked for at most two of them., ", "").replace(
        "    reviews: 2\n", ""
    )
    with pytest.raises(RuleSetError, match=says):
        compile_plan(load_text(rules, "fund.yaml"), {"at_line": "lot", "drawn_number": "1", **answers})


def test_a_band_of_probabilities_goes_with_no_other_consolidation_than_the_mean():
    asked = "  how: {type: choice, asks: How?, cite: call, options: {mean: x, median: x}}\n  at_line:"
    rules = FUND.text.replace("  at_line:", asked, 1).replace("consolidation: mean", "consolidation: policy.how")
    ruleset = load_text(rules, "fund.yaml")
    answers = {"at_line": "lot", "drawn_number": "1"}
    assert compile_plan(ruleset, answers | {"how": "mean"}).selections[0].band is not None
    with pytest.raises(RuleSetError, match="known of means"):
        compile_plan(ruleset, answers | {"how": "median"})


AROUND = """\
award: fund
edition: "1"
title: A fund
sources: {call: {title: The call, mark: F}}
facts: {fits: {type: bool, meaning: It fits, supplied_by: applicant}}
eligibility: [{id: fitting, says: It fits., cite: call, require: fits}]
rubric:
  cite: call
  criteria: [{id: idea, title: Idea, maximum: 40}]
  gates: [{id: enough, says: At least 12 points., cite: call, require: total >= 12}]
jury: {cite: call, reviews: 2, consolidation: mean}
outcomes:
  - {id: out, title: Out, when: "!(admission && eligibility && gates)"}
  - {id: funded_project, title: Funded, when: selected, grants: true}
  - {id: not_funded, title: Not funded, otherwise: true}
"""


def test_the_example_of_the_handbook_draws_as_it_says():
    page = (Path(__file__).parents[2] / "docs" / "rule-language.md").read_text(encoding="utf-8")
    (shown,) = [block for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "  band:" in block]
    ruleset = load_text(AROUND + shown.replace("quota: {count: 20}", "quota: {count: 3}"), "fund.yaml")
    assert check.findings(ruleset) == []
    whole = compile_plan(ruleset)
    frames = to_frames(ruleset, [{"application_id": name, "facts": {"fits": True}} for name in SHEETS])
    given = [(name, juror, {"idea": str(int(one["idea"]) + int(one["work"]))}) for name, juror, one in marked()]
    frames, points = taken(whole, frames, given)
    verdicts = decide(whole, frames, points, seed=42)
    (drawn,) = lots.drawn(whole, verdicts)
    lines = {name: hashlib.sha256(f"42\nat_the_line\n{name}".encode()).hexdigest() for name in drawn["drawn"]}
    assert drawn["drawn"] == sorted(lines, key=lambda name: lines[name])
    assert {"c", "d"} <= set(lines)
    said = trace.sentences(ruleset, trace.pack(whole, verdicts, frames)[drawn["drawn"][0]])[-1].measured
    places = drawn["places"]
    assert said == f"number 1 of the lot, {places} {'place' if places == 1 else 'places'} left, seed 42"
