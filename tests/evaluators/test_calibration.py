"""Severity of jurors and adjusted scores: against dense algebra, real ratings, and what must not matter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators import additive, linear
from evaluators.calibration import calibrate


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


def dense(sheets: pl.DataFrame, penalty: float):
    """The penalised least squares of algorithms.md B.2 as one dense system: values, offsets and the inverse."""
    applications = sheets["application_id"].unique().sort().to_list()
    jurors = sheets["juror_id"].unique().sort().to_list()
    table = np.zeros((sheets.height, len(applications) + len(jurors)))
    for row, (application, juror, _) in enumerate(sheets.iter_rows()):
        table[row, applications.index(application)] = 1
        table[row, len(applications) + jurors.index(juror)] = 1
    left = table.T @ table
    ends = np.arange(len(applications), left.shape[0])
    left[ends, ends] += penalty
    inverse = np.linalg.inv(left)
    found = inverse @ table.T @ sheets["score"].to_numpy()
    return found[: len(applications)], found[len(applications) :], inverse, table


def test_adjusted_scores_errors_and_severities_solve_the_stated_least_squares():
    sheets = made_up(seed=3).filter(pl.int_range(pl.len()) % 11 != 4)  # not every application has three
    made = calibrate(sheets)
    penalty = (made.components.noise / made.components.juror) ** 2
    values, offsets, inverse, _ = dense(sheets, penalty)
    count = len(values)
    assert made.applications["adjusted"].to_numpy() == pytest.approx(values, abs=1e-9)
    assert made.jurors["severity"].to_numpy() == pytest.approx(-offsets, abs=1e-9)
    errors = made.components.noise * np.sqrt(np.diag(inverse))
    assert made.applications["se"].to_numpy() == pytest.approx(errors[:count], rel=1e-9)
    assert made.jurors["se"].to_numpy() == pytest.approx(errors[count:], rel=1e-9)
    one = made.components.noise**2 + made.components.juror**2  # the mean leaves severity in
    sizes = made.applications["sheets"].to_numpy()
    assert set(sizes) == {2, 3}
    assert made.applications["raw_se"].to_numpy() == pytest.approx(np.sqrt(one / sizes))


def test_leaving_a_score_out_needs_no_second_fit():
    sheets = made_up(applications=12, jurors=5, seed=5)
    made = calibrate(sheets)
    penalty = (made.components.noise / made.components.juror) ** 2
    plain, freed = [], []
    for row in range(sheets.height):
        rest = sheets.filter(pl.int_range(pl.len()) != row)
        application, juror, score = sheets.row(row)
        values, offsets, _, _ = dense(rest, penalty)
        at = rest["application_id"].unique().sort().to_list().index(application)
        seat = rest["juror_id"].unique().sort().to_list().index(juror)
        freed.append((score - values[at] - offsets[seat]) ** 2)
        plain.append((score - rest.filter(pl.col("application_id") == application)["score"].mean()) ** 2)
    assert made.advice.error_mean == pytest.approx(np.sqrt(np.mean(plain)), rel=1e-9)
    assert made.advice.error_adjusted == pytest.approx(np.sqrt(np.mean(freed)), rel=1e-9)
    assert made.advice.sheets == sheets.height


def test_the_ways_through_large_juries_give_the_same_figures(monkeypatch):
    sheets = made_up(applications=300, jurors=60, seed=7)
    usual = calibrate(sheets)
    monkeypatch.setattr(additive, "LARGE", 10)
    monkeypatch.setattr(linear, "LEAF", 8)
    large = calibrate(sheets)
    assert large.components.noise == pytest.approx(usual.components.noise, rel=1e-7)
    assert large.components.juror == pytest.approx(usual.components.juror, rel=0.01)  # its trace comes from probes
    assert large.components.application == pytest.approx(usual.components.application, rel=0.01)
    again = additive.LARGE == 10 and calibrate(sheets)
    assert again.applications.equals(large.applications)
    assert large.applications["se"].to_numpy() == pytest.approx(usual.applications["se"].to_numpy(), rel=2e-3)
    assert large.applications["adjusted"].to_numpy() == pytest.approx(
        usual.applications["adjusted"].to_numpy(), abs=5e-3
    )


def test_both_ways_of_building_the_equations_agree(monkeypatch):
    sheets = made_up(applications=30, jurors=6, each=4, seed=1)
    made = []
    for wide in (True, False):
        monkeypatch.setattr(additive, "_wide", lambda *_, wide=wide: wide)
        made.append(calibrate(sheets))
    one, other = made
    assert one.applications["se"].to_numpy() == pytest.approx(other.applications["se"].to_numpy(), rel=1e-12)
    assert one.applications["adjusted"].to_numpy() == pytest.approx(
        other.applications["adjusted"].to_numpy(), abs=1e-12
    )


def real(folder: Path, name: str) -> pl.DataFrame:
    table = pl.read_csv(folder / "ratings" / name, null_values=["NA"])
    if name.startswith("aibs"):
        return table.select(application_id="ID", juror_id="RevID", score=-pl.col("Score"))
    return table.select(application_id="idstud", juror_id="rater", score=pl.mean_horizontal(table.columns[2:]))


@pytest.mark.parametrize(
    ("name", "components", "supported"),
    [
        ("aibs-grant-scores.csv", (0.489, 0.323, 0.629), False),
        ("sirt-data.ratings1.csv", (0.606, 0.192, 0.303), True),
        ("sirt-data.ratings3.csv", (0.556, 0.113, 0.334), True),
    ],
)
def test_real_ratings_have_the_reference_components_and_their_own_advice(shared_data, name, components, supported):
    made = calibrate(real(shared_data, name))
    found = made.components
    assert tuple(round(one, 3) for one in (found.application, found.juror, found.noise)) == components
    assert made.advice.adjust is supported
    assert (made.advice.error_adjusted < made.advice.error_mean) is supported
    follows = "adjusted" if supported else "raw"
    assert made.applications["advised"].equals(made.applications[follows].rename("advised"))
    assert ("the mean is kept" in made.advice.reason) is not supported


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_other_names_and_another_order_change_nothing(seed):
    chance = np.random.default_rng(seed)
    sheets = made_up(applications=15, jurors=6, seed=seed)
    renamed = {}
    for name in ("application_id", "juror_id"):
        old = sheets[name].unique().sort().to_list()
        renamed[name] = dict(zip(old, [f"x{n}" for n in chance.permutation(len(old))], strict=True))
    shuffled = sheets.with_columns(pl.col(name).replace_strict(renamed[name]) for name in renamed)
    shuffled = shuffled.sample(fraction=1.0, shuffle=True, seed=seed)
    one, other = calibrate(sheets), calibrate(shuffled)
    for frame, name in (("applications", "application_id"), ("jurors", "juror_id")):
        before = getattr(one, frame).with_columns(pl.col(name).replace_strict(renamed[name])).sort(name)
        after = getattr(other, frame).sort(name)
        for column in before.columns:
            if column == name:
                assert before[name].equals(after[name])
            else:
                want, have = before[column].cast(pl.Float64).to_list(), after[column].cast(pl.Float64).to_list()
                assert have == pytest.approx(want, abs=1e-8, nan_ok=True)
    assert other.advice.adjust == one.advice.adjust


@given(seed=st.integers(0, 10_000), constant=st.sampled_from([-2.0, 0.5, 3.0]))
@settings(max_examples=25, deadline=None)
def test_a_constant_on_one_jurors_scores_leaves_the_open_order_alone_and_moves_the_shrunk_less(seed, constant):
    sheets = made_up(applications=20, jurors=6, seed=seed)
    moved = sheets.with_columns(
        score=pl.when(pl.col("juror_id") == "J00").then(pl.col("score") + constant).otherwise(pl.col("score"))
    )
    before, after = calibrate(sheets, shrink=False), calibrate(moved, shrink=False)
    order = before.applications["adjusted"].arg_sort().to_list()
    assert after.applications["adjusted"].arg_sort().to_list() == order
    # Severities as they are: the juror is found that much less severe than the others, who all are alike.
    shift = (after.jurors["severity"] - before.jurors["severity"]).to_numpy()
    assert shift[1:] - shift[0] == pytest.approx(constant, abs=1e-9)

    def step(column, one, other):
        change = (other.applications[column] - one.applications[column]).to_numpy()
        return float(np.abs(change - change.mean()).sum())

    one, other = calibrate(sheets), calibrate(moved)
    assert step("adjusted", one, other) < step("raw", one, other)


def test_severity_is_positive_for_who_gives_less():
    sheets = made_up(severity=0.0, seed=2).with_columns(
        score=pl.when(pl.col("juror_id") == "J03").then(pl.col("score") - 2).otherwise(pl.col("score"))
    )
    made = calibrate(sheets)
    strict = made.jurors.filter(pl.col("juror_id") == "J03")["severity"].item()
    assert strict == pytest.approx(2 * 7 / 8, abs=0.35)  # beside the mean of all eight
    assert strict == made.jurors["severity"].max()


def test_a_juror_who_answers_at_random_or_uses_half_the_scale_stands_out():
    chance = np.random.default_rng(4)
    rows = []
    for one in range(60):
        value = chance.standard_normal()
        for juror in range(4):
            said = value + 0.3 * chance.standard_normal()
            if juror == 0:
                said = chance.standard_normal()
            if juror == 1:
                said = said / 2
            rows.append((f"A{one}", f"J{juror}", said))
    jurors = calibrate(sheets_of(rows)).jurors
    assert jurors["fit"].arg_max() == 0
    assert jurors["fit"][0] > 1.5
    assert jurors["spread"].arg_min() == 1
    assert jurors["spread"][1] == pytest.approx(0.6, abs=0.15)


def test_without_differences_in_severity_the_mean_stays():
    kept = 0
    for seed in range(20):
        made = calibrate(made_up(severity=0.0, seed=seed))
        kept += not made.advice.adjust
        if made.components.juror == 0:
            assert made.applications["adjusted"].to_numpy() == pytest.approx(made.applications["raw"].to_numpy())
    assert kept >= 15  # a gain above its standard error comes up by chance now and then
