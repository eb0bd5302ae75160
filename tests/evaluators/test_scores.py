"""Score sheets as calibration reads them: criteria and their weights, and sheets that cannot be used."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from evaluators.calibration import UnusableSheets, calibrate


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


def by_criterion(sheets: pl.DataFrame, effects: dict[str, float]) -> pl.DataFrame:
    return pl.concat(
        sheets.with_columns(criterion=pl.lit(name), score=pl.col("score") + effect) for name, effect in effects.items()
    ).select("application_id", "juror_id", "criterion", "score")


def test_criteria_have_effects_and_a_mark_left_out_harms_nobody():
    sheets = made_up(seed=6)
    marks = by_criterion(sheets, {"impact": 1.0, "method": -0.4, "team": -0.6})
    plain, whole = calibrate(sheets), calibrate(marks)
    assert whole.criteria.rows() == [
        ("impact", sheets.height, pytest.approx(1.0)),
        ("method", sheets.height, pytest.approx(-0.4)),
        ("team", sheets.height, pytest.approx(-0.6)),
    ]
    gaps = calibrate(marks.filter(~((pl.col("criterion") == "team") & (pl.int_range(pl.len()) % 3 == 0))))
    for one in (whole, gaps):
        assert one.applications["adjusted"].to_numpy() == pytest.approx(plain.applications["adjusted"].to_numpy())


def test_weights_of_criteria_enter_the_score_of_a_sheet():
    sheets = made_up(seed=8)
    other = made_up(seed=8).with_columns(score=pl.col("score").reverse() + 2)
    marks = pl.concat([sheets.with_columns(criterion=pl.lit("a")), other.with_columns(criterion=pl.lit("b"))])
    mixed = sheets.with_columns(score=(3 * sheets["score"] + other["score"]) / 4)
    weighted = calibrate(marks, weights={"a": 3.0, "b": 1.0})
    assert weighted.applications["raw"].to_numpy() == pytest.approx(calibrate(mixed).applications["raw"].to_numpy())


GOOD = [("A1", "J1", 3.0), ("A1", "J2", 4.0), ("A2", "J1", 2.0), ("A2", "J2", 2.5)]


@pytest.mark.parametrize(
    ("sheets", "code", "row", "said"),
    [
        (sheets_of([*GOOD, ("A3", "J1", float("nan"))]), "not_a_number", 4, "J1 gave A3 “nan”"),
        (sheets_of([*GOOD, ("A3", "J1", float("inf"))]), "not_a_number", 4, "J1 gave A3 “inf”"),
        (sheets_of([*GOOD, ("A3", "J1", None)]), "not_a_number", 4, "J1 gave A3 nothing"),
        (sheets_of([*GOOD, ("A1", "J1", 5.0)]), "twice", 4, "J1 has more than one score for A1."),
        (sheets_of([*GOOD, (None, "J1", 5.0)]), "no_id", 4, "A score has no application_id."),
        (sheets_of([*GOOD, ("A3", " ", 5.0)]), "no_id", 4, "A score has no juror_id."),
        (sheets_of([]), "no_sheets", None, "There are no sheets."),
        (sheets_of(GOOD).drop("score"), "no_column", None, "The sheets have no column score."),
        (sheets_of(GOOD).with_columns(score=pl.lit("3,5")), "not_a_number", 0, "J1 gave A1 “3,5”"),
        (
            sheets_of(GOOD).with_columns(criterion=pl.Series(["a", None, "a", "a"])),
            "mixed",
            1,
            "A score names no criterion, while others do.",
        ),
        (
            pl.concat([sheets_of(GOOD), sheets_of(GOOD[:1])]).with_columns(criterion=pl.lit("a")),
            "twice",
            4,
            "J1 has more than one score for A1 for a.",
        ),
    ],
)
def test_unusable_sheets_are_named_by_their_first_row(sheets, code, row, said):
    with pytest.raises(UnusableSheets) as caught:
        calibrate(sheets)
    assert (caught.value.code, caught.value.row) == (code, row)
    assert said in str(caught.value)
    assert caught.value.remedy


def test_strange_weights_and_words_are_refused():
    marks = by_criterion(sheets_of(GOOD), {"a": 0.0, "b": 0.0})
    for weights in ({"c": 1.0}, {"a": 0.0}, {"a": float("nan")}):
        with pytest.raises(UnusableSheets) as caught:
            calibrate(marks, weights=weights)
        assert caught.value.code == "strange_weight"
    with pytest.raises(ValueError, match="across is"):
        calibrate(sheets_of(GOOD), across="perhaps")
