"""Queues of many jurors asked for at once: one question, and each gets their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from laurea.store import pages_jury
from laurea.store.engine import reading
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place

CODE = "example-2026"


@pytest.fixture
def place(tmp_path: Path, engine: Engine) -> Iterator[Place]:
    url = engine.url.render_as_string(hide_password=False)
    found = seeding.seed(tmp_path, applications=9, jurors=4, reviews=2, database_url=url)
    yield found
    found.engine.dispose()


def test_each_juror_gets_their_own_queue(place: Place) -> None:
    asked = [(person, CODE) for person in place.jurors]
    statements: list[str] = []
    with reading(place.engine) as connection:
        event.listen(connection, "before_cursor_execute", lambda *seen: statements.append(seen[2]))
        together = pages_jury.queues(connection, [*asked, *asked, (place.officers[0], CODE), (asked[0][0], "other")])
        assert len(statements) == 1
        alone = {pair: pages_jury.queue(connection, *pair) for pair in asked}
    assert together == alone
    for person, _ in asked:
        _, tasks = together[person, CODE]
        assert {task.assignment_id for task in tasks} == set(place.assignments(person))
        assert tasks
    assert len({seat.juror_id for seat, _ in together.values()}) == len(place.jurors)


@pytest.mark.parametrize("code", ["other", "a%00b", "%ed%a0%80", "%ff", "'", "%22%5D", "%5C", "A" * 5000])
def test_no_address_spoils_the_queue_of_others(browsers: Callable[[], Browser], place: Place, code: str) -> None:
    people = [browsers().sign_in(place, person, f"/juror/{CODE}") for person in place.jurors]
    with ThreadPoolExecutor(len(people)) as pool:
        for _ in range(8):
            paths = [f"/juror/{code}", *[f"/juror/{CODE}"] * (len(people) - 1)]
            pages = list(pool.map(lambda one, path: one.get(path), people, paths))
            assert [page.status for page in pages] == [404, *[200] * (len(people) - 1)]
