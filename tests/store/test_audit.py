"""The audit in the records: lines are added and sealed, never changed, on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from evaluators import seals
from laurea import anchors, ledger
from laurea.store import audit
from laurea.store import tables as t
from laurea.store.engine import reading, writing

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def line(engine: Engine, subject: str) -> None:
    with writing(engine) as connection:
        ledger.record(
            connection, authority_id=1, actor=ledger.CLOCK, event=ledger.Event.OFFICE_SET, subject=subject, now=NOW,
            details={"by": {3: "ə"}},
        )  # fmt: skip


@pytest.fixture
def kept(engine: Engine) -> Engine:
    """Records with one authority."""
    with writing(engine) as connection:
        connection.execute(insert(t.authorities).values(id=1, code="N", name="North", timezone="UTC"))
    return engine


def test_the_records_refuse_to_change_or_lose_a_line(kept: Engine) -> None:
    line(kept, "first")
    for statement in (update(t.audit).values(actor="nobody"), delete(t.audit)):
        with pytest.raises(DBAPIError, match="only ever added"), writing(kept) as connection:
            connection.execute(statement)
    with reading(kept) as connection:
        assert connection.execute(select(t.audit.c.actor)).scalars().all() == ["clock"]


def test_lines_written_at_once_make_one_chain(kept: Engine) -> None:
    def work(name: int) -> None:
        for number in range(10):
            line(kept, f"{name}:{number}")

    workers = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with reading(kept) as connection:
        lines = list(audit.chained(connection, seals.chain_of(1, None)))
        assert [one["number"] for one in lines] == list(range(1, 41))
        assert anchors.faults(connection) == []


def test_deeds_that_write_to_the_same_chains_in_another_order_do_not_stop_each_other(kept: Engine) -> None:
    with writing(kept) as connection:
        connection.execute(insert(t.authorities).values(id=2, code="S", name="South", timezone="UTC"))
    went: list[int] = []

    def work(order: tuple[int, ...]) -> None:
        for number in range(15):
            with writing(kept) as connection:
                ledger.hold(connection, [(one, None) for one in order])
                for one in order:
                    ledger.record(
                        connection, authority_id=one, actor=ledger.CLOCK, event=ledger.Event.OFFICE_SET,
                        subject=f"{order}:{number}", now=NOW,
                    )  # fmt: skip
            went.append(number)

    workers = [threading.Thread(target=work, args=(order,)) for order in ((1, 2), (2, 1), (1, 2), (2, 1))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(went) == 60
    with reading(kept) as connection:
        assert anchors.faults(connection) == []


def test_a_deed_that_is_taken_back_leaves_no_gap(kept: Engine) -> None:
    line(kept, "first")
    with kept.connect() as connection:
        ledger.record(
            connection, authority_id=1, actor=ledger.CLOCK, event=ledger.Event.OFFICE_SET, subject="lost", now=NOW
        )
        connection.rollback()
    line(kept, "second")
    with reading(kept) as connection:
        assert [one["subject"] for one in audit.chained(connection, "authority:1")] == ["first", "second"]
        assert anchors.faults(connection) == []
