"""Statements that go to the driver directly: the same rows, the same errors, inside the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, bindparam, event, func, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError

from laurea.actions import sheet as deeds
from laurea.actions.sign_in import session_of
from laurea.store import direct, frozen, listed, pages_jury, pages_people, pages_pieces, pages_sheet, sheet_states
from laurea.store import engine as engines
from laurea.store import tables as t
from laurea.store.engine import glancing, reading, writing
from laurea.store.keeping import token_digest
from tests.web import seeding
from tests.web.seeding import Place


@pytest.fixture
def place(tmp_path: Path, engine: Engine) -> Iterator[Place]:
    """A round on the database at hand: one sheet is open and marked, its earlier state kept; somebody is signed in."""
    url = engine.url.render_as_string(hide_password=False)
    found = seeding.seed(tmp_path, applications=3, jurors=2, reviews=2, database_url=url)
    who: dict[str, Any] = {
        "person_id": found.jurors[0],
        "assignment_id": found.assignments(found.jurors[0])[0],
        "now": found.now,
    }
    deeds.declare(found.engine, kind=None, **who)
    deeds.save_sheet(found.engine, marks={"teaching": "3"}, comment="“ა”", version=1, **who)
    with writing(found.engine) as connection:
        for number, person in enumerate((found.jurors[0], found.officers[0])):
            pages_people.add_session(
                connection, token_digest=token_digest(str(number)), person_id=person, csrf="c", now=found.now,
                expires_at=found.now.replace(year=found.now.year + 1),
            )  # fmt: skip
        pages_people.set_viewing(connection, token_digest("1"), found.jurors[1])
        connection.execute(
            insert(t.frozen_pages).values(
                authority_id=1, round_id=found.round_id, application_id=found.applications[0], fact="",
                address="https://example.org/", named_at=found.now,
            )
        )  # fmt: skip
    yield found
    found.engine.dispose()


Question = tuple[Callable[..., Any], Callable[[Place], dict[str, Any]]]
TWO = listed.written([(token_digest("0"),), (token_digest("1"),), ("unknown",)])
LISTED = ("sessions", "queues")  # questions that open a list as the database at hand does
QUESTIONS: dict[str, Question] = {
    "sessions": (pages_people._sessions, lambda p: {"digests": TWO, "now": p.now}),  # the second looks as somebody
    "seats": (pages_jury._seats, lambda p: {"person": p.jurors[0]}),
    "queues": (
        pages_jury._queues,
        lambda p: {"pairs": listed.written((person, "example-2026") for person in p.jurors)},
    ),
    "desk": (pages_jury._desk, lambda p: {"person": p.jurors[0], "assignment": p.assignments(p.jurors[0])[0]}),
    "pieces": (pages_pieces._of_one, lambda p: {"application": p.applications[0]}),
    "pages": (frozen._pages_of, lambda p: {"application": p.applications[0]}),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_driver_gives_the_rows_that_sqlalchemy_gives(place: Place, name: str) -> None:
    question, asked = QUESTIONS[name]
    values = asked(place)
    if name in LISTED:
        question = partial(question, place.engine.dialect.name == "postgresql")
    with reading(place.engine) as connection:
        plain = [tuple(row) for row in connection.execute(question(), values)]
        found = direct.ask(connection, question(), **values)
    assert plain
    assert [tuple(row) for row in found] == plain
    assert [type(cell) for row in found for cell in row] == [type(cell) for row in plain for cell in row]


def test_an_error_of_the_driver_is_said_as_sqlalchemy_says_it(place: Place) -> None:
    sheet = place.assignments(place.jurors[0])[0]
    with reading(place.engine) as connection:
        desk = sheet_states.state(connection, place.jurors[0], sheet)
    assert desk is not None
    kept = select(func.count()).select_from(t.sheet_versions)
    before = place.value(kept)

    def keep_twice() -> None:
        with writing(place.engine) as connection:
            pages_sheet.keep_versions(connection, [desk])
            pages_sheet.keep_versions(connection, [desk])

    with pytest.raises(IntegrityError):
        keep_twice()
    assert place.value(kept) == before


def test_who_listens_to_statements_hears_of_these_too(place: Place) -> None:
    heard: list[str] = []
    event.listen(place.engine, "before_cursor_execute", lambda *told: heard.append(told[2]))
    assert session_of(place.engine, "0", place.now) is not None
    assert len([statement for statement in heard if "sessions" in statement]) == 1


def test_a_list_of_values_is_left_to_sqlalchemy(place: Place) -> None:
    several = select(t.people.c.id).where(t.people.c.id.in_(bindparam("ids", expanding=True)))
    with reading(place.engine) as connection, pytest.raises(TypeError, match="left to SQLAlchemy"):
        direct.ask(connection, several, ids=[1])


def test_after_a_glance_a_deed_is_undone_as_a_whole(place: Place) -> None:
    count = select(func.count()).select_from(t.people)
    before = place.value(count)

    def begin_and_fail() -> None:
        with writing(place.engine) as connection:
            person = {"authority_id": 1, "name": "N", "email": "n@example.org", "language": "en", "role": "juror"}
            connection.execute(insert(t.people).values(**person, created_at=place.now))
            raise ZeroDivisionError

    for _ in range(3):  # whichever connection it was
        assert session_of(place.engine, "0", place.now) is not None
        with pytest.raises(ZeroDivisionError):
            begin_and_fail()
        assert place.value(count) == before


def test_a_glance_keeps_its_connection_for_the_next_unless_it_failed(place: Place) -> None:
    opened: list[int] = []
    event.listen(place.engine, "checkout", lambda *_: opened.append(1))
    for _ in range(3):
        assert session_of(place.engine, "0", place.now) is not None
    assert len(opened) == 1
    with pytest.raises(ZeroDivisionError), glancing(place.engine):
        raise ZeroDivisionError
    with glancing(place.engine), glancing(place.engine) as second:  # two at once have one each
        assert pages_people.sessions(second, ["unknown"], place.now) == {}
    assert len(opened) == 3
    place.engine.dispose()
    assert session_of(place.engine, "0", place.now) is not None
    assert len(opened) == 4


def test_a_connection_that_died_while_it_rested_is_replaced(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    if place.engine.dialect.name == "sqlite":
        return  # a file does not hang up
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    others += " AND datname = current_database()"

    def hang_up() -> None:
        with reading(place.engine), reading(place.engine) as second:  # two connections, both then at rest
            second.exec_driver_sql("SELECT 1")
        other = engines.open_engine(place.engine.url.render_as_string(hide_password=False))
        with other.connect() as connection:
            connection.exec_driver_sql(others)
        other.dispose()

    hang_up()
    with pytest.raises(OperationalError), glancing(place.engine) as connection:  # it was used a moment ago
        pages_people.sessions(connection, ["unknown"], place.now)
    assert session_of(place.engine, "0", place.now) is not None
    hang_up()
    monkeypatch.setattr(engines, "REST", 0.0)
    assert session_of(place.engine, "0", place.now) is not None
