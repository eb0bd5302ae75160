"""Scores of a round as one table: each method's figures, the line between places, and what is refused."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from evaluators import centres, scores, scoring
from evaluators.cutline import Cut


def panel(seed=1, applications=60, jurors=8, severity=1.0, noise=0.5):
    rng = np.random.default_rng(seed)
    value, offset = rng.normal(5, 1.5, applications), rng.normal(0, severity, jurors)
    rows = [
        (f"a{place:03d}", f"j{juror}", float(value[place] - offset[juror] + rng.normal(0, noise)))
        for place in range(applications)
        for juror in rng.choice(jurors, 3, replace=False)
    ]
    return pl.DataFrame(rows, schema=["application_id", "juror_id", "score"], orient="row")


@given(st.lists(st.lists(st.integers(0, 20), min_size=1, max_size=9), min_size=1, max_size=12))
def test_median_and_trimmed_mean_are_those_of_each_application(marks):
    rows = [
        (f"a{place:02d}", f"j{seat}", float(mark)) for place, some in enumerate(marks) for seat, mark in enumerate(some)
    ]
    given_scores = scores.read(pl.DataFrame(rows, schema=["application_id", "juror_id", "score"], orient="row"))
    assert centres.centres(given_scores, "median").tolist() == pytest.approx([np.median(some) for some in marks])
    trimmed = [np.mean(sorted(some)[1:-1] if len(some) > 2 else some) for some in marks]
    assert centres.centres(given_scores, "trimmed").tolist() == pytest.approx(trimmed)


def test_a_median_is_less_sure_than_a_mean_by_what_the_tables_say():
    # Variances of the median of 3, 5 and 9 normal values: 0.4487, 0.2868, 0.1661 (tables of order statistics).
    found = centres.inflation(np.array([1, 2, 3, 5, 9, 500]), "median")
    assert found.tolist() == pytest.approx([1, 1, 3 * 0.4487, 5 * 0.2868, 9 * 0.1661, np.pi / 2], rel=0.02)
    trimmed = centres.inflation(np.array([3, 4, 20]), "trimmed")
    assert trimmed.tolist() == pytest.approx([3 * 0.4487, 4 * 0.2982, 1.02], rel=0.02)
    with pytest.raises(ValueError, match="median or trimmed"):
        centres.centres(scores.read(panel()), "mean")


def test_advised_takes_the_adjusted_scores_where_severity_differs_and_the_mean_where_not():
    strict = scoring.score(panel(severity=1.5))
    assert (strict.method, strict.used) == ("advised", "adjusted")
    assert strict.applications["score"].to_list() == strict.applications["adjusted"].to_list()
    alike = scoring.score(panel(severity=0.0))
    assert alike.used == "mean"
    assert alike.applications["score"].to_list() == alike.applications["raw"].to_list()


@pytest.mark.parametrize("method", scoring.METHODS)
def test_each_method_ranks_by_its_own_score_and_fills_the_places(method):
    found = scoring.score(panel(), method=method, cut=Cut(share=Fraction(1, 4)), seed=3)
    table = found.applications
    assert found.used == ("adjusted" if method in ("advised", "weighted") else method)  # these jurors are alike
    by_score = table.sort("score", descending=True)["rank"].to_list()
    assert by_score == sorted(by_score)
    assert table["p_above"].sum() == pytest.approx(15, abs=1e-6)
    assert table.filter(pl.col("score") >= found.line.at).height == found.line.places == 15
    assert table.filter(pl.col("band") == "above")["rank"].max() <= 15


def test_a_median_leaves_more_open_than_a_mean():
    sizes = {}
    for method in ("mean", "median"):
        found = scoring.score(panel(), method=method, cut=Cut(places=15), seed=3)
        sizes[method] = found.applications["se"].mean()
    assert sizes["median"] > 1.1 * sizes["mean"]


def test_tied_at_the_line_are_named():
    rows = [
        (ref, juror, mark) for ref, mark in (("a", 9.0), ("b", 7.0), ("c", 7.0), ("d", 1.0)) for juror in ("j", "k")
    ]
    table = pl.DataFrame(rows, schema=["application_id", "juror_id", "score"], orient="row")
    line = scoring.score(table, method="mean", cut=Cut(places=2)).line
    assert (line.places, line.at, line.tied) == (2, 7.0, ("b", "c"))
    line = scoring.score(table, method="mean", cut=Cut(places=3)).line
    assert (line.at, line.tied) == (4.0, ())
    for places in (0, 4, 9):
        assert scoring.score(table, method="mean", cut=Cut(places=places)).line.at is None


def test_scores_without_noise_known_are_ranked_and_say_so():
    table = pl.DataFrame({"application_id": ["a", "b"], "juror_id": ["j", "k"], "score": [1.0, 2.0]})
    found = scoring.score(table, cut=Cut(places=1))
    assert found.applications["rank"].to_list() == [2, 1]
    assert found.applications["p_above"].null_count() == 2
    assert "Nobody can say how sure these scores are" in found.unsure
    with pytest.raises(scoring.NotAdjusted) as refused:
        scoring.score(table, method="adjusted")
    assert refused.value.refusal.pairs == [("k", "j")]
    with pytest.raises(ValueError, match="A method is one of"):
        scoring.score(table, method="best")


def test_names_change_nothing_but_names():
    table = panel()
    names = {name: f"x{999 - place}" for place, name in enumerate(table["application_id"].unique().sort())}
    seats = {name: f"y{99 - place}" for place, name in enumerate(table["juror_id"].unique().sort())}
    renamed = table.with_columns(pl.col("application_id").replace(names), pl.col("juror_id").replace(seats))
    one, two = (scoring.score(some, cut=Cut(places=15), seed=3) for some in (table, renamed))
    first = one.applications.with_columns(pl.col("application_id").replace(names)).sort("application_id")
    assert_frame_equal(first, two.applications, check_exact=False, abs_tol=1e-9)
    assert {names[name]: round(gain, 9) for name, gain in one.third} == {
        name: round(gain, 9) for name, gain in two.third
    }
