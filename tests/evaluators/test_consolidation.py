"""Several sheets into one figure, exactly."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from statistics import median
from types import SimpleNamespace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.consolidation import consolidate
from rules import library
from rules.errors import RuleSetError
from rules.plan import compile_plan

DATA = Path(os.environ.get("LAUREA_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
COLUMNS = ["application_id", "juror_id", "criterion", "points"]


def plan_of(criteria=("a", "b"), reviews=2, method="mean", unit=12):
    return SimpleNamespace(
        rubric=SimpleNamespace(criteria=[SimpleNamespace(id=name) for name in criteria]),
        jury=SimpleNamespace(reviews=reviews, consolidation=method),
        point_unit=unit,
    )


def sheets_of(*rows):
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


def test_consolidate_mean_is_exact_where_floats_are_not():
    plan = plan_of(("a",), reviews=3, unit=30)
    sheets = sheets_of(("x", "1", "a", "0.1"), ("x", "2", "a", "0.2"), ("x", "3", "a", "0.2"))
    assert consolidate(plan, sheets).rows() == [("x", 5)]  # 5/30 = 0.5/3


def test_consolidate_waits_for_all_reviews():
    sheets = sheets_of(("x", "1", "a", "3"), ("x", "1", "b", "4"))
    assert consolidate(plan_of(), sheets).rows() == [("x", None, None)]


def test_consolidate_a_criterion_left_out_on_one_sheet_is_not_marked():
    sheets = sheets_of(("x", "1", "a", "3"), ("x", "1", "b", "4"), ("x", "2", "a", "5"))
    assert consolidate(plan_of(), sheets).rows() == [("x", 48, None)]


def test_consolidate_median_of_even_and_odd():
    sheets = sheets_of(
        *[("x", str(n), "a", p) for n, p in enumerate(["1", "4", "2.5"])],
        *[("y", str(n), "a", p) for n, p in enumerate(["1", "4"])],
    )
    assert consolidate(plan_of(("a",), method="median"), sheets).rows() == [("x", 30), ("y", 30)]


def test_consolidate_sum():
    sheets = sheets_of(("x", "1", "a", "1"), ("x", "2", "a", "4"))
    assert consolidate(plan_of(("a",), method="sum"), sheets).rows() == [("x", 60)]


def test_consolidate_nothing_keeps_the_columns():
    empty = consolidate(plan_of(), sheets_of())
    assert empty.schema == {"application_id": pl.String, "a": pl.Int64, "b": pl.Int64}
    assert empty.is_empty()


@pytest.mark.parametrize(
    ("sheets", "plan", "says"),
    [
        ([("x", "1", "a", "1"), ("x", "1", "a", "2")], plan_of(), "1 marked a of x more than once"),
        ([("x", "1", "a", "nan")], plan_of(), "'nan' is not a number"),
        ([("x", "1", "z", "1")], plan_of(), "no criterion z"),
        ([("x", "1", "a", "1")], plan_of(method="guess"), "cannot consolidate by guess"),
        ([("x", "1", "a", "0.01")], plan_of(), "not a whole number of 1/12 points"),
        ([("x", str(n), "a", "1" if n else "2") for n in range(5)], plan_of(reviews=3), "mean of 5 marks of x for a"),
    ],
)
def test_consolidate_refuses_rather_than_rounds(sheets, plan, says):
    with pytest.raises(ValueError, match=says):
        consolidate(plan, sheets_of(*sheets))


def test_consolidate_waits_for_a_policy_that_is_open():
    plan = compile_plan(library.named("etwinning-nql/nql-e"), {})
    with pytest.raises(RuleSetError, match="has not been decided"):
        consolidate(plan, sheets_of(("x", "1", "technology", "3")))


@given(
    st.dictionaries(st.text("xyz", min_size=1, max_size=3), st.lists(st.integers(0, 10), min_size=3, max_size=3)),
    st.sampled_from(["mean", "median", "sum"]),
    st.randoms(),
)
@settings(max_examples=80, deadline=None)
def test_consolidate_equals_fractions_in_any_order(halves, method, shuffler):
    rows = [(ref, str(n), "a", str(half / 2)) for ref, marks in halves.items() for n, half in enumerate(marks)]
    shuffler.shuffle(rows)
    found = dict(consolidate(plan_of(("a",), reviews=3, method=method), sheets_of(*rows)).rows())
    figure = {"mean": lambda m: Fraction(sum(m), 3), "median": median, "sum": sum}[method]
    assert found == {ref: figure([Fraction(half, 2) for half in marks]) * 12 for ref, marks in halves.items()}


def test_consolidate_real_panel_of_72_grants():
    path = DATA / "ratings" / "aibs-grant-scores.csv"
    if not path.is_file():
        pytest.skip("the public data set aibs-grant-scores.csv is not here (set LAUREA_DATA)")
    with path.open(newline="") as stream:
        marks = list(csv.DictReader(stream))
    sheets = sheets_of(*[(row["ID"], row["RevID"], "score", row["Score"]) for row in marks])
    found = dict(consolidate(plan_of(("score",), reviews=3, unit=30), sheets).rows())
    totals = defaultdict(list)
    for row in marks:
        totals[row["ID"]].append(Fraction(row["Score"]))
    assert len(found) == 72
    assert found == {ref: sum(scores) * 10 for ref, scores in totals.items()}


def test_consolidate_without_a_jury_takes_the_one_sheet_as_the_points():
    plan = plan_of()
    plan.jury = None
    one = sheets_of(("x", "1", "a", "3"), ("x", "1", "b", "4"))
    assert consolidate(plan, one).rows() == [("x", 36, 48)]
    with pytest.raises(ValueError, match="x has 2 sheets, but the rule set has no jury"):
        consolidate(plan, pl.concat([one, sheets_of(("x", "2", "a", "5"))]))


def test_consolidate_without_a_jury_says_what_does_not_apply():
    plan = plan_of()
    plan.jury = None
    given = sheets_of(("x", "1", "a", "n/a"), ("x", "1", "b", "4"), ("y", "1", "a", "3"), ("y", "1", "b", "4"))
    assert consolidate(plan, given).rows(named=True) == [
        {"application_id": "x", "a": None, "b": 48, "a.na": True},
        {"application_id": "y", "a": 36, "b": 48, "a.na": False},
    ]
