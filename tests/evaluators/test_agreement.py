"""Agreement of jurors: alpha by its definition, the reference values on real ratings, and its sentence."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.agreement import agreement
from evaluators.calibration import UnusableSheets, calibrate


def sheets_of(table) -> pl.DataFrame:
    """Sheets from rows of applications and columns of jurors; None is a juror who did not judge."""
    rows = [
        (f"A{row:03d}", f"J{column}", float(score))
        for row, scores in enumerate(table)
        for column, score in enumerate(scores)
        if score is not None
    ]
    return pl.DataFrame(rows, schema={"application_id": str, "juror_id": str, "score": pl.Float64}, orient="row")


def by_definition(table) -> float | None:
    """Krippendorff's alpha over every pair of scores, one after another."""
    units = [[one for one in row if one is not None] for row in table]
    units = [row for row in units if len(row) > 1]
    pool = [one for row in units for one in row]
    observed = sum((a - b) ** 2 / (len(row) - 1) for row in units for a, b in itertools.permutations(row, 2)) / max(
        1, len(pool)
    )
    pairs = [(a - b) ** 2 for a, b in itertools.permutations(pool, 2)]
    expected = sum(pairs) / max(1, len(pairs))
    return None if not expected else 1 - observed / expected


@pytest.mark.slow
@given(
    st.lists(st.lists(st.one_of(st.none(), st.integers(0, 5)), min_size=4, max_size=4), min_size=1, max_size=6).filter(
        lambda table: any(one is not None for row in table for one in row)
    )
)
@settings(max_examples=100, deadline=None)
def test_alpha_is_what_its_definition_says(table):
    found = agreement(sheets_of(table)).alpha
    wanted = by_definition(table)
    assert found == (None if wanted is None else pytest.approx(wanted, abs=1e-12))


@pytest.mark.parametrize(
    ("name", "alpha", "single", "mean"),
    [
        ("aibs-grant-scores.csv", 0.3690, 0.323, 0.589),
        ("sirt-data.ratings1.csv", 0.7941, 0.740, 0.853),
        ("sirt-data.ratings3.csv", 0.7590, 0.714, 0.934),
    ],
)
def test_real_ratings_have_the_reference_agreement(shared_data: Path, name, alpha, single, mean):
    table = pl.read_csv(shared_data / "ratings" / name, null_values=["NA"])
    if name.startswith("aibs"):
        sheets = table.select(application_id="ID", juror_id="RevID", score=-pl.col("Score"))
    else:
        sheets = table.select(application_id="idstud", juror_id="rater", score=pl.mean_horizontal(table.columns[2:]))
    found = agreement(sheets, calibration=calibrate(sheets))
    assert round(found.alpha, 4) == alpha
    assert (round(found.icc_single, 3), round(found.icc_mean, 3)) == (single, mean)
    assert found == agreement(sheets)


def test_textbook_anxiety_ratings(shared_data: Path):
    table = pl.read_csv(shared_data / "ratings" / "irr-anxiety.csv")
    found = agreement(sheets_of(table.rows()))
    assert found.alpha == pytest.approx(by_definition(table.rows()), abs=1e-12)
    assert found.n == 60
    assert found.k == 3


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ([[1, 1], [2, 2], [3, 3]], "jurors agree well"),
        ([[1, 5], [5, 1], [3, 3]], "no better than by chance"),
        ([[1], [2], [3]], "nothing can be said"),
        ([[2, 2], [2, 2]], "nothing can be said"),
        ([[1, 2], [3, 3], [5, 3], [4, 5], [1, 1]], "tentative"),
        ([[1, 3], [3, 3], [5, 3], [2, 5], [1, 1]], "agree little"),
    ],
)
def test_agreement_is_said_in_words(table, said):
    assert said in agreement(sheets_of(table)).words


def test_full_agreement_is_one_and_a_shift_of_the_scale_changes_nothing():
    assert agreement(sheets_of([[1, 1], [2, 2], [4, 4]])).alpha == 1
    chance = np.random.default_rng(1)
    table = (chance.standard_normal((20, 1)) + chance.standard_normal((20, 3))).tolist()
    moved = [[1e6 + 10 * one for one in row] for row in table]
    one, other = agreement(sheets_of(table)), agreement(sheets_of(moved))
    assert other.alpha == pytest.approx(one.alpha, abs=1e-8)
    assert other.icc_single == pytest.approx(one.icc_single, abs=1e-6)


def test_unusable_sheets_are_refused():
    with pytest.raises(UnusableSheets, match="not a number"):
        agreement(sheets_of([[1, float("nan")]]))
