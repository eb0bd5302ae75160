"""Progress of a round and searches of its lists, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from evaluators.permissions import Field
from evaluators.search import FIELDS, LETTERS, ROWS, parse
from laurea.store import failures, pages_lists, pages_progress, searching_lists
from laurea.store.engine import reading, writing
from tests.web import seeding
from tests.web.seeding import Place

ALL = frozenset(Field)


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Iterator[Place]:
    found = seeding.seed(tmp_path, database_url=database_url)
    seeding.fill(found, 0.5)
    yield found
    found.engine.dispose()


def test_sheets_and_applications_are_counted(place: Place) -> None:
    with reading(place.engine) as connection:
        came = pages_progress.submissions(connection, place.round_id)
        found = pages_progress.coverage(connection, place.round_id, 2)
        nothing = pages_progress.coverage(connection, place.round_id + 1, 2)
    assert len(came) == 12
    assert {at for _, at in came} == {place.now}
    assert found.none + found.some + found.all == 12
    assert found.some + 2 * found.all == 12
    assert (nothing.none, nothing.some, nothing.all) == (0, 0, 0)


@pytest.mark.parametrize("words", ["", "market", "-market", 'to:"Aygün" kind:decision -sent:none', "sent:<2026-01-01"])
def test_every_field_of_a_letter_can_be_asked(place: Place, words: str) -> None:
    own = searching_lists.letters(parse(words, ALL, {**LETTERS, **FIELDS}), reviews=2, zone=ZoneInfo("UTC"))
    every = " ".join(f"{name}:none" for name, one in FIELDS.items() if one.kind != "day")
    more = searching_lists.letters(parse(every, ALL), reviews=2, zone=ZoneInfo("UTC"))
    with reading(place.engine) as connection:
        assert pages_lists.letters(connection, place.round_id, where=[*own, *more]).total == 0


@pytest.mark.parametrize(("words", "number"), [("", 2), ("row:>14", 1), ("file:applications -problem:twice", 1)])
def test_refused_rows_are_found(place: Place, words: str, number: int) -> None:
    where = searching_lists.rows(parse(words, ALL, ROWS))
    with reading(place.engine) as connection:
        assert pages_lists.refused(connection, place.round_id, where=where).total == number


def test_a_failure_is_counted_and_goes(place: Place) -> None:
    told = {"error": "E", "says": "x" * 600, "remedy": "", "now": place.now}
    with writing(place.engine) as connection:
        first = failures.note(connection, 1, place.round_id, "route", **told)  # type: ignore[arg-type]
        again = failures.note(connection, 1, place.round_id, "route", **told)  # type: ignore[arg-type]
        other = failures.note(connection, 1, place.round_id, "settle", **told)  # type: ignore[arg-type]
    assert (first, again, other) == (True, False, True)
    with writing(place.engine) as connection:
        assert [one.tries for one in failures.of_round(connection, place.round_id)] == [2, 1]
        failures.mended(connection, place.round_id, ["route"])
        assert [one.step for one in failures.of_round(connection, place.round_id)] == ["settle"]
