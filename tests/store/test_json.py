"""What stands in columns of JSON is read back as it was given, whatever wrote it."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from sqlalchemy import JSON, Column, MetaData, Table, insert, select, text

from laurea.store.engine import open_engine, reading, writing

PAGES = Table("pages", MetaData(), Column("content", JSON))


@pytest.mark.parametrize(
    "value",
    [
        {"points": 12.5, "n": 3, "none": None, "unit": "Sākumskola “Ausma”", "nested": [{"a": [True, False]}]},
        [10**30, -(10**30), 2**63, 0.1, -0.0, 1e-7],
        {"half": "\ud800 of a pair", "nul": "a\u0000b"},
        "",
        {},
    ],
)
def test_json_comes_back_as_it_was_given(tmp_path: Path, value: object) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'one.db'}")
    PAGES.metadata.create_all(engine)
    with writing(engine) as connection:
        connection.execute(insert(PAGES).values(content=value))
    with reading(engine) as connection:
        found = connection.execute(select(PAGES.c.content)).scalar_one()
    engine.dispose()
    assert json.dumps(found) == json.dumps(value)


def test_json_that_others_wrote_loosely_is_still_read(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'one.db'}")
    PAGES.metadata.create_all(engine)
    with writing(engine) as connection:
        connection.execute(text("insert into pages values ('[NaN, 1e400, \"\\ud800\"]')"))
    with reading(engine) as connection:
        none, endless, half = connection.execute(select(PAGES.c.content)).scalar_one()
    engine.dispose()
    assert (math.isnan(none), endless, half) == (True, math.inf, "\ud800")
