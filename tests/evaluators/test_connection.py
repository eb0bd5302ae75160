"""Juries that cannot be compared: why, which reviews would change it, and what still holds."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators import calibration
from evaluators.calibration import calibrate
from evaluators.cutline import Cut, cut_line


def sheets_of(rows) -> pl.DataFrame:
    return pl.DataFrame(
        rows, schema={"application_id": pl.String, "juror_id": pl.String, "score": pl.Float64}, orient="row"
    )


def made_up(applications=40, jurors=8, each=3, *, severity=0.5, seed=0, panels=1) -> pl.DataFrame:
    """A jury with known severities; juror J00 … of panel n judge the applications of panel n."""
    chance = np.random.default_rng(seed)
    offset = severity * chance.standard_normal(jurors)
    rows = []
    for one in range(applications):
        bench = [juror for juror in range(jurors) if juror % panels == one % panels]
        value = chance.standard_normal()
        rows += [
            (f"A{one:03d}", f"J{juror:02d}", value + offset[juror] + 0.5 * chance.standard_normal())
            for juror in chance.permutation(bench)[:each].tolist()
        ]
    return sheets_of(rows)


def test_a_jury_in_parts_is_refused_with_the_fewest_reviews_that_join_it():
    sheets = made_up(applications=30, jurors=9, panels=3, each=2, seed=9)
    made = calibrate(sheets)
    assert made.refused.code == "not_connected"
    assert len(made.parts) == 3
    assert len(made.refused.bridges) == 2
    assert made.applications["adjusted"].null_count() == made.applications.height
    assert made.applications["advised"].to_list() == made.applications["raw"].to_list()
    for bridge in made.refused.bridges:
        assert f"{bridge.juror} also judges {bridge.application}, beside {bridge.beside}" in made.refused.reason
        judged = sheets.filter(pl.col("application_id") == bridge.application)["juror_id"].to_list()
        assert bridge.beside in judged
        assert bridge.juror not in judged
    assert made.refused.pairs == [(bridge.juror, bridge.beside) for bridge in made.refused.bridges]
    more = sheets_of([(bridge.application, bridge.juror, 1.0) for bridge in made.refused.bridges])
    assert calibrate(pl.concat([sheets, more])).refused is None
    assert calibrate(pl.concat([sheets, more[:1]])).refused.code == "not_connected"


def test_parts_taken_as_equal_are_each_adjusted_as_if_alone():
    sheets = made_up(applications=30, jurors=9, panels=3, seed=9)
    made = calibrate(sheets, across="assume_equal")
    assert made.refused is None
    severity = made.jurors.group_by("part").agg(pl.col("severity").sum())
    assert severity["severity"].to_numpy() == pytest.approx(0, abs=1e-9)


def test_one_juror_for_all_is_refused_by_name():
    made = calibrate(sheets_of([("A1", "J1", 3.0), ("A2", "J1", 4.0)]))
    assert made.refused.code == "one_juror"
    assert "J1 gave all scores" in made.refused.reason
    assert made.applications["raw_se"].null_count() == 2
    assert not made.advice.adjust


def test_too_few_scores_to_tell_severity_from_chance():
    made = calibrate(sheets_of([("A1", "J1", 3.0), ("A1", "J2", 4.0), ("A2", "J2", 5.0)]))
    assert made.refused.code == "too_few"
    assert made.components is None


def test_a_jury_beyond_what_can_be_compared_keeps_the_mean(monkeypatch):
    monkeypatch.setattr(calibration, "MOST", 7)
    made = calibrate(made_up(jurors=8))
    assert made.refused.code == "too_large"
    assert made.applications["advised_se"].null_count() == 0


def test_jurors_who_never_meet_are_refused_and_the_mean_has_no_error():
    made = calibrate(sheets_of([("A1", "J1", 3.0), ("A2", "J2", 4.0), ("A3", "J3", 5.0)]))
    assert made.refused.code == "not_connected"
    assert len(made.refused.bridges) == 2
    assert made.applications["advised_se"].null_count() == 3


def test_a_jury_in_full_agreement_has_no_noise_and_no_severity():
    rows = [(f"A{one}", f"J{juror}", float(one)) for one in range(5) for juror in range(3)]
    made = calibrate(sheets_of(rows))
    assert (made.components.juror, made.components.noise) == (0.0, 0.0)
    assert made.applications["adjusted"].to_list() == [0.0, 1.0, 2.0, 3.0, 4.0]


@given(
    pairs=st.dictionaries(st.tuples(st.integers(0, 5), st.integers(0, 4)), st.integers(0, 3), min_size=1, max_size=20),
    across=st.sampled_from(["refuse", "assume_equal"]),
    shrink=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_whatever_a_small_jury_gives_there_are_figures_or_a_reason(pairs, across, shrink):
    sheets = sheets_of([(f"A{one}", f"J{juror}", float(score)) for (one, juror), score in pairs.items()])
    made = calibrate(sheets, across=across, shrink=shrink)
    for frame in (made.applications, made.jurors):
        for column in frame.iter_columns():
            if column.dtype == pl.Float64:
                assert column.is_nan().sum() == 0
                assert column.is_infinite().sum() == 0
    if made.refused is None:
        assert made.applications["adjusted"].null_count() == 0
        assert made.applications["se"].min() >= 0
        line = cut_line(made, Cut(places=2), seed=1, draws=50)
        assert line["p_above"].sum() == pytest.approx(min(2, made.applications.height))
    else:
        assert made.refused.reason
        assert made.applications["adjusted"].null_count() == made.applications.height
    if across == "refuse" and made.refused is not None and made.refused.code == "not_connected":
        more = sheets_of([(bridge.application, bridge.juror, 1.0) for bridge in made.refused.bridges])
        joined = calibrate(pl.concat([sheets, more]))
        assert len(joined.parts) == 1
        assert len(made.refused.bridges) == len(made.parts) - 1
