"""Facts from columns are the facts from rows: the same values, the same problems, whatever the type of the column."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from evaluators import fact_columns
from evaluators.facts import to_frames
from rules.library import load_text

RULES = load_text(
    """\
award: prize
edition: "1"
title: A prize
sources: {call: {title: The call, mark: F}}
facts:
  yes: {type: bool, meaning: x, supplied_by: applicant}
  age: {type: int, meaning: x, supplied_by: applicant}
  score: {type: decimal, scale: 2, meaning: x, supplied_by: applicant}
  kind: {type: code, meaning: x, supplied_by: applicant}
  born: {type: date, meaning: x, supplied_by: applicant}
  at: {type: moment, meaning: x, supplied_by: applicant}
  people: {type: list, meaning: x, supplied_by: applicant, fields: {n: {type: int, meaning: x}}}
outcomes: [{id: out, title: Out, otherwise: true}]
""",
    "prize.yaml",
)
HOUSE = ("application_id", "applicant_id", "unit_id", "country", "submitted_at")
NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
POOLS = {
    "yes": [[True, False, None], ["yes", "1", "No", "0", None, "x", ""]],
    "age": [[1, None, -5], [10**9 - 1, 1 - 10**9], [10**9, 3], ["12", "a", " 7 ", None], [1.5, 2.0]],
    "score": [
        [1, None],
        [Decimal("1.25"), Decimal("-3.10"), None],
        [Decimal("1.255"), Decimal("2.000")],
        ["1.2", "x"],
        [1.5],
        [Decimal("999999999.99")],
        [Decimal("1000000000.00")],
    ],
    "kind": [["a", " b ", "", "\t", None], ["a\x1f", "é"], ["x" * 5001, "a"], [1, 2], ["\u00a0z"], ["a\0"]],
    "born": [[date(2024, 1, 1), None], ["2024-01-01", "2024-02-30"], [datetime(2024, 1, 1)]],  # noqa: DTZ001
    "at": [[NOON, None], [datetime(2024, 1, 1)], ["2024-01-01T00:00:00+04:00", "x"]],  # noqa: DTZ001
    "submitted_at": [[NOON, None], ["2024-01-01T00:00:00Z", "2024-01-01"]],
    "country": [["LV", "", None], ["EE"]],
}


def table(draw: random.Random) -> pl.DataFrame:
    height = draw.randrange(6)
    columns = {"application_id": [f"a{number}" for number in range(height)]}
    for name, pools in POOLS.items():
        pool = draw.choice(pools)
        if draw.random() < 0.8:
            columns[name] = [draw.choice(pool) for _ in range(height)]
    found = pl.DataFrame(columns, strict=False)
    if "at" in columns and found.schema["at"] == pl.Datetime("us", "UTC") and draw.random() < 0.5:
        found = found.with_columns(pl.col("at").dt.convert_time_zone("Asia/Baku").cast(pl.Datetime("ms", "Asia/Baku")))
    return found


def test_columns_give_the_frames_that_rows_give():
    draw = random.Random(4)
    for _ in range(500):
        found = table(draw)
        rows = []
        for record in found.iter_rows(named=True):
            plain = {name: str(one) if isinstance(one, Decimal) else one for name, one in record.items()}
            house = {name: plain.pop(name, None) for name in HOUSE}
            rows.append({**house, "facts": plain})
        wanted, got = to_frames(RULES, rows), fact_columns.from_table(RULES, found)
        assert got.applications.schema == wanted.applications.schema
        assert got.applications.equals(wanted.applications), found
        assert got.problems == wanted.problems
        assert got.children["people"].equals(wanted.children["people"])


def whole():
    rows = [
        {"application_id": f"a{number}", "facts": {"age": number}, "children": {"people": [{"n": number}] * number}}
        for number in range(5)
    ]
    return rows, to_frames(RULES, rows)


@pytest.mark.parametrize("wrong", [set(), {0}, {1, 4}, set(range(5))])
def test_frames_without_some_rows_are_the_frames_of_the_others(wrong):
    rows, frames = whole()
    wanted = to_frames(RULES, [row for number, row in enumerate(rows) if number not in wrong])
    got = fact_columns.without(frames, wrong)
    assert got.applications.equals(wanted.applications)
    assert got.children["people"].equals(wanted.children["people"])


def test_joined_frames_are_the_frames_of_all_rows():
    rows, wanted = whole()
    got = fact_columns.joined([to_frames(RULES, rows[:2]), to_frames(RULES, rows[2:2]), to_frames(RULES, rows[2:])])
    assert got.applications.equals(wanted.applications)
    assert got.children["people"].equals(wanted.children["people"])


def test_a_portion_of_frames_holds_its_rows_and_their_items_alone():
    rows, frames = whole()
    some = fact_columns.portion(frames, 2, 2)
    assert some.applications.drop("_row").equals(to_frames(RULES, rows[2:4]).applications.drop("_row"))
    assert some.children["people"]["_row"].to_list() == [2, 2, 3, 3, 3]
    assert fact_columns.joined([fact_columns.portion(frames, 4, 9)]).applications["application_id"].to_list() == ["a4"]
