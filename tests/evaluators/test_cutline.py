"""The cut line: probabilities against closed forms and sums, ranks, bands, groups, seeds, names."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators import cutline
from evaluators.calibration import Calibration, Components, calibrate
from evaluators.cutline import CannotTell, Cut, believe, cut_line, outlook
from evaluators.predictive import without
from evaluators.third_review import most_useful

NO = pl.lit(None, dtype=pl.Float64)


def known(scores: list[float], errors: list[float] | float, between: float = 1.0, ids=None) -> Calibration:
    """A calibration with these scores and standard errors, as if a jury had given them."""
    wide = [errors] * len(scores) if isinstance(errors, float) else errors
    frame = pl.DataFrame(
        {
            "application_id": ids or [f"A{one:03d}" for one in range(len(scores))],
            "sheets": [3] * len(scores),
            "raw": scores,
            "raw_se": wide,
            "adjusted": scores,
            "se": wide,
            "advised": scores,
            "advised_se": wide,
        },
        schema_overrides=dict.fromkeys(["raw", "raw_se", "adjusted", "se", "advised", "advised_se"], pl.Float64),
    ).sort("application_id")
    return Calibration(
        frame, pl.DataFrame(), pl.DataFrame(), Components(between, 0.0, 1.0), (), None, without("not compared")
    )


def test_a_threshold_asks_for_the_normal_tail():
    made = known([3.0, 4.0, 6.0, 7.0], 0.5, between=2.0)
    found = cut_line(made, Cut(threshold=5.5), seed=0)["p_above"].to_list()
    kept = 4 / 4.25
    for score, chance in zip([3.0, 4.0, 6.0, 7.0], found, strict=True):
        centre, wide = 5 + kept * (score - 5), math.sqrt(kept) * 0.5
        assert chance == pytest.approx(0.5 * math.erfc((5.5 - centre) / wide / math.sqrt(2)), abs=1e-12)


def test_two_competitors_for_one_place_have_the_closed_form():
    found = cut_line(known([0.0, 1.0], 1.0, between=1.0), Cut(places=1), seed=3, draws=40_000)
    wanted = 0.5 * math.erfc(-(0.5 / math.sqrt(2 * 0.5)) / math.sqrt(2))  # means 0.25 and 0.75, both variances 0.5
    assert found["p_above"].to_list() == pytest.approx([1 - wanted, wanted], abs=0.01)


@given(
    scores=st.lists(st.integers(0, 6), min_size=1, max_size=12),
    places=st.integers(0, 14),
    error=st.sampled_from([0.0, 0.3, 1.5]),
    seed=st.integers(0, 99),
)
@settings(max_examples=80, deadline=None)
def test_probabilities_add_up_to_the_places_and_equals_are_equal(scores, places, error, seed):
    made = known([float(one) for one in scores], error)
    found = cut_line(made, Cut(places=places), seed=seed, draws=200)
    chances = dict(zip(found["application_id"], found["p_above"], strict=True))
    assert sum(chances.values()) == pytest.approx(min(places, len(scores)), abs=1e-9)
    for one, score in enumerate(scores):
        for other in range(one):
            if scores[other] == score:
                assert chances[f"A{one:03d}"] == chances[f"A{other:03d}"]
    assert found["rank"].to_list() == [1 + sum(other > one for other in scores) for one in scores]


@given(st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_names_change_nothing_and_seeds_reproduce(seed):
    chance = np.random.default_rng(seed)
    scores = chance.integers(0, 8, 15).astype(float).tolist()
    errors = chance.choice([0.4, 0.7], 15).tolist()
    names = [f"B{one:02d}" for one in chance.permutation(15)]
    one = cut_line(known(scores, errors), Cut(places=5), seed=seed, draws=300)
    other = cut_line(known(scores, errors, ids=names), Cut(places=5), seed=seed, draws=300)
    new = dict(zip((f"A{n:03d}" for n in range(15)), names, strict=True))
    renamed = one.with_columns(pl.col("application_id").replace_strict(new)).sort("application_id")
    assert renamed.equals(other)
    assert cut_line(known(scores, errors), Cut(places=5), seed=seed, draws=300).equals(one)
    if one["p_above"].is_between(0.05, 0.95).any():
        assert not cut_line(known(scores, errors), Cut(places=5), seed=seed + 1, draws=301)["p_above"].equals(
            one["p_above"]
        )


def test_the_band_is_what_cannot_be_told_apart():
    made = known([0.0, 4.9, 5.0, 5.1, 10.0], 0.5, between=4.0)
    found = cut_line(made, Cut(places=2), seed=1)
    assert found["band"].to_list() == ["below", "open", "open", "open", "above"]
    certain = cut_line(known([0.0, 4.9, 5.0, 5.1, 10.0], 0.0), Cut(places=2), seed=1)
    assert certain["band"].to_list() == ["below", "below", "below", "above", "above"]


def test_a_large_field_has_the_same_figures_by_its_shorter_way(monkeypatch):
    chance = np.random.default_rng(5)
    made = known(chance.standard_normal(600).tolist(), chance.choice([0.3, 0.6], 600).tolist())
    usual = cut_line(made, Cut(places=150), seed=1, draws=4000)
    monkeypatch.setattr(cutline, "FIELD", 100)
    large = cut_line(made, Cut(places=150), seed=1)
    assert large["p_above"].to_numpy() == pytest.approx(usual["p_above"].to_numpy(), abs=0.03)
    assert large["p_above"].sum() == pytest.approx(150, rel=0.01)


def test_each_group_has_its_own_places_and_ranks():
    made = known([1.0, 2.0, 3.0, 10.0, 11.0, 12.0], 0.1, between=5.0)
    groups = {f"A{one:03d}": "AZ" if one < 3 else "LV" for one in range(6)}
    found = cut_line(made, Cut(share=Fraction(1, 3)), seed=1, groups=groups)
    assert found["group"].to_list() == ["AZ"] * 3 + ["LV"] * 3
    assert found["rank"].to_list() == [3, 2, 1, 3, 2, 1]
    assert found["band"].to_list() == ["below", "below", "above"] * 2
    with pytest.raises(ValueError, match="A005 is in no group"):
        cut_line(made, Cut(places=1), seed=1, groups={name: "x" for name in groups if name != "A005"})


@pytest.mark.parametrize(("rounding", "places"), [("up_to", 1), ("nearest", 2), ("at_least", 2)])
def test_a_share_is_rounded_as_the_rule_says(rounding, places):
    assert Cut(share=Fraction(1, 4), rounding=rounding).of(7) == places
    assert Cut(share=Fraction(1, 10), rounding=rounding).of(30) == 3  # exactly, not by floats


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({}, "A cut is one of"),
        ({"places": 1, "threshold": 2.0}, "A cut is one of"),
        ({"places": -1}, "-1 places"),
        ({"share": Fraction(3, 2)}, "between 0 and 1"),
        ({"share": Fraction(1, 2), "rounding": "down"}, "Rounding is one of"),
        ({"threshold": float("nan")}, "number of points"),
    ],
)
def test_a_cut_that_cannot_be_is_refused(terms, said):
    with pytest.raises(ValueError, match=said):
        Cut(**terms)


def test_what_cannot_be_reckoned_is_refused():
    made = known([1.0, 2.0], 0.5)
    for terms, said in (
        ({"draws": 0}, "draws say nothing"),
        ({"sure": 0.5}, "To be sure"),
        ({"use": "median"}, "advised, weighted, adjusted or raw"),
    ):
        with pytest.raises(ValueError, match=said):
            cut_line(made, Cut(places=1), seed=0, **terms)
    lone = calibrate(pl.DataFrame({"application_id": ["A", "B"], "juror_id": ["J", "J"], "score": [1.0, 2.0]}))
    with pytest.raises(CannotTell, match="J gave all scores"):
        cut_line(lone, Cut(places=1), seed=0)


def test_the_mean_of_a_jury_in_parts_still_has_a_cut_line():
    chance = np.random.default_rng(2)
    rows = [
        (f"A{one:02d}", f"J{one % 2}{juror}", float(one % 10 + chance.standard_normal()))
        for one in range(40)
        for juror in range(2)
    ]
    made = calibrate(
        pl.DataFrame(rows, schema={"application_id": str, "juror_id": str, "score": pl.Float64}, orient="row")
    )
    assert made.refused.code == "not_connected"
    found = cut_line(made, Cut(places=10), seed=0)
    assert found["p_above"].sum() == pytest.approx(10)
    with pytest.raises(ValueError, match="falls into 2 parts"):
        cut_line(made, Cut(places=10), seed=0, use="adjusted")


def test_what_is_believed_is_drawn_to_the_mean_the_more_the_less_certain_it_is():
    belief = believe(known([0.0, 0.0, 4.0, 4.0], [0.5, 2.0, 0.5, 2.0]))
    assert belief.mean[0] < belief.mean[1] < 2 < belief.mean[3] < belief.mean[2]


def test_applications_that_differ_by_chance_alone_are_equally_probable_and_open():
    components = replace(known([1.0, 4.0, 2.0], 1.0), components=Components(0.0, 0.0, 1.0))
    in_parts = replace(known([1.0, 2.0, 1.5], 2.0), components=None)
    for alike in (components, in_parts):
        found = cut_line(alike, Cut(places=1), seed=0)
        assert found["p_above"].to_list() == [1 / 3] * 3
        assert found["band"].to_list() == ["open"] * 3
        assert most_useful(alike, Cut(places=1), 3, 0) == []
    many = replace(known([float(one) for one in range(100)], 50.0), components=Components(0.0, 0.0, 50.0))
    assert set(cut_line(many, Cut(places=99), seed=0)["band"]) == {"open"}
    assert set(cut_line(many, Cut(places=100), seed=0)["band"]) == {"above"}


def test_a_threshold_asks_for_the_common_value_of_those_who_are_alike():
    alike = replace(known([1.0, 4.0, 1.0, 2.0], 1.0), components=Components(0.0, 0.0, 1.0))
    for threshold, wanted in ((2.0, 0.5), (2.5, 0.1587), (0.0, 1.0)):
        found = cut_line(alike, Cut(threshold=threshold), seed=0)["p_above"].to_list()
        assert found == pytest.approx([wanted] * 4, abs=1e-4)


def test_equal_scores_without_noise_share_the_places():
    sure = replace(known([1.0, 1.0, 1.0], 0.0), components=Components(0.0, 0.0, 0.0))
    assert cut_line(sure, Cut(places=1), seed=0)["band"].to_list() == ["open"] * 3


def test_the_line_of_an_outlook_is_where_the_drawn_places_end():
    made = known([0.0, 1.0, 2.0, 3.0], 0.0)
    assert outlook(made, Cut(places=1), seed=0).lines == {"": 2.5}
    assert outlook(made, Cut(places=4), seed=0).lines == {"": None}
    groups = {"A000": "x", "A001": "x", "A002": "y", "A003": "y"}
    assert outlook(made, Cut(places=1), seed=0, groups=groups).lines == {"x": 0.5, "y": 2.5}
