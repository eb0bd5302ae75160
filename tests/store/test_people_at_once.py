"""Two transactions that add the same people: each has them all, once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event

from sqlalchemy import func, insert, select

from laurea.store import applications
from laurea.store import tables as t
from laurea.store.engine import Engine, reading, writing

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PEOPLE = [(f"Teacher {number}", f"t{number}@school.example", "en") for number in range(20)]


def test_people_added_by_two_at_once_are_added_once(engine: Engine) -> None:
    with writing(engine) as connection:
        office = {"code": "AZ", "name": "An office", "country": "AZ", "timezone": "Asia/Baku"}
        authority = int(
            connection.execute(insert(t.authorities).values(office).returning(t.authorities.c.id)).scalar_one()
        )
    added = Event()

    def first() -> dict[str, int]:
        with writing(engine) as connection:
            found = applications.ensure_people(connection, authority, "applicant", PEOPLE, NOW)
            added.set()
            time.sleep(0.5)  # the other looks, does not see them, and adds them too
        return found

    def second() -> dict[str, int]:
        added.wait(10)
        with writing(engine) as connection:
            return applications.ensure_people(connection, authority, "applicant", PEOPLE[::-1], NOW)

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.submit(first), pool.submit(second)
        assert one.result(30) == other.result(30)
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(t.people)).scalar_one() == len(PEOPLE)
