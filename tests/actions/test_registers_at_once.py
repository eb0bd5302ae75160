"""A file of the evidence desk taken in and left in the same moment: what came first stands, and the other is told."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import pytest

from laurea.actions import take_register
from laurea.errors import Conflict
from laurea.store import keeping
from tests.actions.test_take_register import ONE, held, import_of, place, send, take  # noqa: F401 (a fixture)
from tests.web.seeding import Place


def leave(place: Place, number: int) -> None:  # noqa: F811
    take_register.discard(place.engine, authority_id=1, number=number, person_id=place.officers[0], now=place.now)


@pytest.mark.parametrize(
    ("first", "second", "state", "rows"), [(take, leave, "taken", 2), (leave, take, "discarded", 0)]
)
def test_a_file_is_either_taken_in_or_left(
    place: Place, first: Any, second: Any, state: str, rows: int, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    number, drop = send(place, ONE), keeping.drop_unused
    begun: list[Future[None]] = []
    with ThreadPoolExecutor(1) as pool:

        def meanwhile(*args: Any) -> None:
            monkeypatch.setattr(keeping, "drop_unused", drop)
            begun.append(pool.submit(second, place, number))
            wait(begun, 0.5)
            drop(*args)

        monkeypatch.setattr(keeping, "drop_unused", meanwhile)
        first(place, number)
        with pytest.raises(Conflict):
            begun[0].result(30)
    assert import_of(place, number).state == state
    assert len(held(place)) == rows
