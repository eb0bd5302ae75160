"""Jurors of unequal reliability: their scores weighted, where the sheets themselves show that it helps."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from evaluators import additive, calibration, scoring
from evaluators.calibration import calibrate
from evaluators.cutline import Cut


def jury(unequal: float, seed: int = 0, applications: int = 300, jurors: int = 30) -> tuple[pl.DataFrame, np.ndarray]:
    """Sheets of jurors whose noise has this standard deviation of its logarithm, and the true values."""
    chance = np.random.default_rng(seed)
    value, severity = chance.standard_normal(applications), 0.5 * chance.standard_normal(jurors)
    noise = 0.7 * np.exp(unequal * chance.standard_normal(jurors))
    rows = [
        (f"A{one:03d}", f"J{seat:02d}", value[one] + severity[seat] + noise[seat] * chance.standard_normal())
        for one in range(applications)
        for seat in chance.choice(jurors, 3, replace=False)
    ]
    return pl.DataFrame(rows, schema=["application_id", "juror_id", "score"], orient="row"), value


def error(figure: pl.Series, value: np.ndarray) -> float:
    return float(np.sqrt((((figure - figure.mean()).to_numpy() - value + value.mean()) ** 2).mean()))


def test_unequal_jurors_are_weighted_and_the_truth_is_nearer():
    sheets, value = jury(0.5)
    found = calibrate(sheets)
    assert found.advice.best == "weighted"
    assert found.advice.error_weighted < found.advice.error_adjusted < found.advice.error_mean
    assert "weighted by how reliable" in found.advice.reason
    table = found.applications
    assert table["advised"].equals(table["weighted"])
    assert error(table["weighted"], value) < 0.95 * error(table["adjusted"], value)
    inside = (table["weighted"].to_numpy() - value).__abs__() < 1.6449 * table["weighted_se"].to_numpy()
    assert 0.84 < inside.mean() < 0.95
    heavy = found.jurors.sort("weight")
    assert heavy["fit"][:5].mean() > 1.3
    assert heavy["fit"][-5:].mean() < 0.8
    assert (found.jurors["weight"] * found.jurors["sheets"]).sum() == pytest.approx(len(sheets))


@pytest.mark.parametrize("seed", range(4))
def test_equal_jurors_all_weigh_the_same(seed):
    found = calibrate(jury(0.0, seed)[0])
    assert found.jurors["weight"].null_count() == 30
    assert found.applications["weighted"].null_count() == 300
    assert (found.advice.error_weighted, found.advice.best) == (None, "adjusted")


def test_names_and_order_change_no_weight():
    sheets, _ = jury(0.5, 1)
    mixed = sheets.sample(fraction=1, shuffle=True, seed=3).with_columns(
        juror_id="Z" + (99 - pl.col("juror_id").str.slice(1).cast(pl.Int64)).cast(pl.String)
    )
    one, two = calibrate(sheets).jurors, calibrate(mixed).jurors.reverse()
    assert one["weight"].to_list() == pytest.approx(two["weight"].to_list())


def test_a_score_that_counts_twice_is_two_scores():
    """Weights of whole numbers are repeated sheets: offsets, values, errors, and the equations both ways."""
    chance = np.random.default_rng(4)
    application = np.repeat(np.arange(20), 3)
    juror = np.concatenate([chance.choice(6, 3, replace=False) for _ in range(20)])
    score, weight = chance.standard_normal(60), chance.integers(1, 4, 60)
    part = additive.block(np.arange(60), application, juror, score).weighed(weight.astype(float))
    again = np.repeat(np.arange(60), weight)
    many = additive.block(np.arange(len(again)), application[again], juror[again], score[again])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(additive, "_wide", lambda _: False)  # a table of applications by jurors holds no sheet twice
        one, two = additive.fit(part, 2.0), additive.fit(many, 2.0)
        patch.setattr(additive, "_wide", lambda _: True)
        by_table = additive.fit(part, 2.0)
    for name in ("offset", "value", "offset_variance", "value_variance"):
        assert getattr(one, name) == pytest.approx(getattr(two, name))
        assert getattr(one, name) == pytest.approx(getattr(by_table, name))
    assert one.leverage == pytest.approx(np.bincount(again, two.leverage, minlength=60))
    assert one.leverage == pytest.approx(by_table.leverage)
    assert additive.offsets(part, 2.0) == pytest.approx(one.offset)


def test_the_nearly_right_leverage_is_near():
    sheets, _ = jury(0.5, 2)
    given = calibration.scores.read(sheets)
    (part,) = calibration._blocks(given, np.zeros(30, dtype=np.int64))
    exact = additive.fit(part, 2.0).leverage
    assert np.abs(calibration.reliability._leverage(part, 2.0) - exact).max() < 0.02


def test_a_weighted_round_is_ranked_by_weighted_scores():
    sheets, _ = jury(0.5)
    found = scoring.score(sheets, cut=Cut(places=50), seed=1)
    assert found.used == "weighted"
    assert found.applications["score"].equals(found.calibration.applications["weighted"].alias("score"))
    assert found.applications["adjusted"].equals(found.calibration.applications["weighted"].alias("adjusted"))
    assert found.applications["p_above"].sum() == pytest.approx(50, abs=0.5)
    assert len(found.third) == 10
