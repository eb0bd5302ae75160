"""`laurea score` on real ratings: the reference values, and what the round's own check says about an adjustment."""

from __future__ import annotations

import json

import polars as pl
import pytest


def grants(folder):
    """72 grant proposals by 26 reviewers; 1 is best, so points are turned round: 6 minus the score, 1.0 to 5.0."""
    table = pl.read_csv(folder / "aibs-grant-scores.csv", infer_schema_length=None)
    points = (6 - pl.col("Score").cast(pl.Float64)).round(1)
    return table.select(application_id="ID", juror_id="RevID", points=points).drop_nulls(), "1:5:0.1"


def essays(folder, name, student, criteria):
    """Each row a rater's criteria on a student; the total is the mean of the criteria."""
    table = pl.read_csv(folder / name, infer_schema_length=None)
    return table.select(
        application_id=pl.col(student).cast(pl.String),
        juror_id=pl.col("rater").cast(pl.String),
        points=pl.mean_horizontal(criteria),
    ), None


SETS = {
    "aibs": grants,
    "ratings1": lambda folder: essays(folder, "sirt-data.ratings1.csv", "idstud", ["k1", "k2", "k3", "k4", "k5"]),
    "ratings3": lambda folder: essays(folder, "sirt-data.ratings3.csv", "idstud", ["crit2", "crit3", "crit4", "crit6"]),
}
# alpha, standard deviations of application, juror and noise, intraclass correlation of one score and of the mean
REFERENCE = {
    "aibs": (0.3690, 0.489, 0.323, 0.629, 0.323, 0.589),
    "ratings1": (0.7941, 0.606, 0.192, 0.303, 0.740, 0.853),
    "ratings3": (0.7590, 0.556, 0.113, 0.334, 0.714, 0.934),
}


@pytest.fixture(params=SETS)
def real(request, shared_data, tmp_path):
    table, scale = SETS[request.param](shared_data / "ratings")
    path = tmp_path / f"{request.param}.csv"
    table.write_csv(path)
    return request.param, path, scale, table


def test_agreement_and_components_are_the_reference_values(laurea, tmp_path, real):
    name, path, scale, table = real
    more = ("--scale", scale) if scale else ()
    report = tmp_path / "report.html"
    code, out, err = laurea(
        "score", path, *more, "--cut", "25%", "--json", "--report", report, "-o", tmp_path / "o.csv"
    )
    assert (code, err) == (0, "")
    told = json.loads(out)
    alpha, application, juror, noise, single, mean = REFERENCE[name]
    found = told["components"]
    assert told["agreement"]["alpha"] == pytest.approx(alpha, abs=5e-5)
    assert (found["application"], found["juror"], found["noise"]) == pytest.approx(
        (application, juror, noise), abs=6e-3
    )
    assert (told["agreement"]["icc_single"], told["agreement"]["icc_mean"]) == pytest.approx((single, mean), abs=6e-3)
    assert told["sheets"] == table.height
    assert told["cut"]["places"] == table["application_id"].n_unique() // 4
    scored = pl.read_csv(tmp_path / "o.csv")
    assert scored["p_above"].sum() == pytest.approx(told["cut"]["places"], abs=1e-2)
    assert sum(told["cut"]["bands"].values()) == scored.height
    page = report.read_text("utf-8")
    assert page.count("<svg") == 4
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")


def test_grants_do_not_support_an_adjustment_and_the_mean_is_kept(laurea, tmp_path, shared_data):
    table, scale = grants(shared_data / "ratings")
    path = tmp_path / "grants.csv"
    table.write_csv(path)
    code, out, _ = laurea("score", path, "--scale", scale, "--cut", "25%", "-o", tmp_path / "o.csv")
    assert code == 0
    assert "these scores do not support an adjustment, and the mean is kept" in out
    assert "Each application has the mean of its scores." in out
    assert "jurors agree little" in out
    found = pl.read_csv(tmp_path / "o.csv")
    means = table.with_columns(pl.col("application_id")).group_by("application_id").agg(pl.col("points").mean())
    joined = found.join(means, on="application_id")
    assert (joined["raw"] - joined["points"]).abs().max() < 1e-6
    assert found["raw"].to_list() == sorted(found["raw"], reverse=True)
    code, out, _ = laurea("score", path, "--method", "adjusted", "-o", tmp_path / "o.csv")
    assert "used all the same, because --method adjusted prescribes them" in out
    adjusted = pl.read_csv(tmp_path / "o.csv")["adjusted"].to_list()
    assert adjusted == sorted(adjusted, reverse=True)


def test_points_off_the_real_scale_are_found(laurea, tmp_path, shared_data):
    table, _ = grants(shared_data / "ratings")
    path = tmp_path / "grants.csv"
    table.write_csv(path)
    code, _, err = laurea("score", path, "--scale", "1:4:0.1", "-o", tmp_path / "o.csv")
    high = table.filter(pl.col("points") > 4).height
    assert code == 1
    assert high > 0
    assert err.count("is not on the scale, which is 1 to 4 in steps of 0.1") == min(high, 20)
    assert not (tmp_path / "o.csv").exists()
