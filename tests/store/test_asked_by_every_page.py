"""What every page asks: found by an index however many people there are, and put together once."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import event

from laurea.store import migrate, pages_jury, pages_people
from laurea.store.engine import open_engine, reading


def test_who_reads_a_page_is_found_without_looking_through_all_people(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'laurea.db'}")
    migrate.upgrade(engine)
    asked: list[tuple[str, Any]] = []

    @event.listens_for(engine, "before_cursor_execute")
    def _note(_c: object, _cursor: object, statement: str, parameters: Any, *_more: object) -> None:
        asked.append((statement, parameters))

    with reading(engine) as connection:
        assert pages_people.session(connection, "unknown", datetime(2026, 1, 1, tzinfo=UTC)) is None
        statement, parameters = asked[-1]
        steps = [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    engine.dispose()
    assert any("ix_people_address" in step for step in steps), steps
    assert not [step for step in steps if step.startswith("SCAN") and "VIRTUAL TABLE" not in step], (
        steps
    )  # what is asked


def test_questions_of_every_page_are_put_together_once() -> None:
    sessions = partial(pages_people._sessions, on_postgresql=False)
    for question in (sessions, pages_jury._seats, partial(pages_jury._queues, on_postgresql=False), pages_jury._desk):
        assert question() is question()
