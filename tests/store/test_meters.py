"""Counting how often something is asked for, on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from laurea.store import meters
from laurea.store import tables as t
from laurea.store.engine import reading, writing

NOW = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)


def ask(engine: Engine, key: str = "a", at: datetime = NOW, most: int = 3) -> bool:
    with writing(engine) as connection:
        return meters.count(connection, key, meters.window(at, 60), most)


def test_so_many_in_a_window_and_for_each_key(engine: Engine) -> None:
    assert [ask(engine) for _ in range(5)] == [True, True, True, False, False]
    assert ask(engine, "b")
    assert ask(engine, at=NOW + timedelta(seconds=29)) is False
    assert ask(engine, at=NOW + timedelta(seconds=30))


def test_rows_of_the_day_before_go(engine: Engine) -> None:
    ask(engine)
    ask(engine, at=NOW + timedelta(days=2))
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(t.meters)).scalar_one() == 1


def test_many_at_once_are_counted_once_each(engine: Engine) -> None:
    found: list[bool] = []
    threads = [threading.Thread(target=lambda: found.append(ask(engine, most=5))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False] * 7 + [True] * 5


@given(st.integers(0, 4_000_000_000), st.integers(1, 3600))
def test_windows_lie_end_to_end(moment: int, seconds: int) -> None:
    at = datetime.fromtimestamp(moment, UTC)
    since = meters.window(at, seconds)
    assert since <= at < since + timedelta(seconds=seconds)
    assert meters.window(since, seconds) == since
