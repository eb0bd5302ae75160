"""Where a third review helps most: the gain against plain simulation, and where it goes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import polars as pl
import pytest

from evaluators.calibration import Calibration, calibrate
from evaluators.cutline import Cut, believe, outlook
from evaluators.third_review import gain, most_useful


def jury(seed: int = 0, applications: int = 80, each: int = 2) -> pl.DataFrame:
    chance = np.random.default_rng(seed)
    severity = 0.5 * chance.standard_normal(10)
    rows = []
    for one in range(applications):
        value = chance.standard_normal()
        rows += [
            (f"A{one:03d}", f"J{juror}", value + severity[juror] + 0.6 * chance.standard_normal())
            for juror in chance.permutation(10)[:each].tolist()
        ]
    return pl.DataFrame(rows, schema={"application_id": str, "juror_id": str, "score": pl.Float64}, orient="row")


@pytest.mark.parametrize(("away", "sd", "noise"), [(0.0, 0.6, 0.5), (0.3, 0.6, 0.5), (-0.5, 0.4, 1.0), (1.0, 0.5, 0.1)])
def test_the_gain_is_what_simulated_reviews_give(away, sd, noise):
    chance = np.random.default_rng(1)
    value = away + sd * chance.standard_normal(400_000)
    score = value + np.sqrt(noise) * chance.standard_normal(400_000)
    weight = sd**2 / (sd**2 + noise)
    after = away + weight * (score - away)
    before = np.mean((value > 0) != (away > 0)) if away else 0.5
    wanted = before - np.mean((value > 0) != (after > 0))
    found = gain(np.array([away]), np.array([sd]), noise)[0]
    assert found == pytest.approx(wanted, abs=0.003)


def test_reviews_go_to_the_line_and_not_to_whoever_is_discrepant():
    made = calibrate(jury())
    belief = believe(made)
    found = most_useful(made, Cut(share=Fraction(1, 4)), 10, 1)
    assert len(found) == 10
    gains = [one for _, one in found]
    assert gains == sorted(gains, reverse=True)
    assert 0 < gains[-1] < gains[0] < 0.5
    line = np.sort(belief.mean)[-20]
    away = {name: abs(mean - line) for name, mean in zip(belief.ids, belief.mean, strict=True)}
    chosen = {name for name, _ in found}
    assert max(away[name] for name in chosen) < np.median(list(away.values()))


def test_a_threshold_needs_no_draws_and_a_less_certain_application_comes_first():
    sheets = pl.concat([jury(each=3), jury(seed=1, applications=1, each=2).with_columns(application_id=pl.lit("Z"))])
    made = calibrate(sheets)
    belief = believe(made)
    at = belief.ids.index("Z")
    found = most_useful(made, Cut(threshold=float(belief.mean[at])), 3, 0)
    assert found[0][0] == "Z"
    assert found == most_useful(made, Cut(threshold=float(belief.mean[at])), 3, 99)


def test_the_same_seed_gives_the_same_list_and_a_small_budget_its_beginning():
    made = calibrate(jury(3))
    whole = most_useful(made, Cut(places=20), 80, 5)
    assert most_useful(made, Cut(places=20), 80, 5) == whole
    assert most_useful(made, Cut(places=20), 4, 5) == whole[:4]
    assert most_useful(made, Cut(places=20), 0, 5) == []


def test_nothing_helps_where_everybody_or_nobody_has_a_place():
    made = calibrate(jury(4))
    for places in (0, 80, 100):
        assert most_useful(made, Cut(places=places), 10, 1) == []


def test_each_group_has_its_own_line():
    made = calibrate(jury(5))
    groups = {name: "near" if place % 2 else "far" for place, name in enumerate(made.applications["application_id"])}
    alone = {name for name, _ in most_useful(made, Cut(places=10), 12, 1, groups=groups)}
    assert {groups[name] for name in alone} == {"near", "far"}


def test_a_mean_that_is_kept_is_less_certain_than_the_adjusted():
    made: Calibration = calibrate(jury(6))
    raw = dict(most_useful(made, Cut(places=20), 80, 1, use="raw"))
    adjusted = dict(most_useful(made, Cut(places=20), 80, 1, use="adjusted"))
    assert sum(raw.values()) != pytest.approx(sum(adjusted.values()), rel=1e-3)


def test_a_budget_below_nothing_is_refused():
    with pytest.raises(ValueError, match="cannot be spent"):
        most_useful(calibrate(jury()), Cut(places=3), -1, 0)


def test_what_the_cut_line_drew_serves_the_third_reviews():
    made = calibrate(jury())
    for groups in (None, {one: one[-1] for one in made.applications["application_id"]}):
        seen = outlook(made, Cut(places=3), seed=7, draws=300, groups=groups)
        found = most_useful(made, Cut(places=3), 20, 7, draws=300, groups=groups)
        assert found
        assert most_useful(made, Cut(places=3), 20, 7, draws=300, groups=groups, seen=seen) == found
