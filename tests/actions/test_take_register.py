"""Exports taken into the evidence desk: looked at, taken in, left; watched by the clock; asked for by a round."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from laurea import ledger, steps
from laurea.actions import gather, participation, take_register
from laurea.errors import BadInput, Conflict, NotFound
from laurea.store import applications, applying, registers
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from tests.web import seeding
from tests.web.seeding import Place

ONE = "unit_id,school,country,joined_on,partner_id\nP0,Ausma,LV,2025-10-01,a\nP0,Manzoni,IT,2025-10-02,b\n"
TWO = "unit_id,school,country,joined_on,partner_id\nP0,Ausma,LV,2025-11-01,a\nP1,Ausma,LV,soon,a\n,x,LV,,c\n"


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Iterator[Place]:
    found = seeding.seed(tmp_path, applications=4, database_url=database_url)
    found.settings = found.settings.model_copy(update={"sources": {"project-register": "desk:"}})
    with writing(found.engine) as connection:
        connection.execute(update(t.applications).values(state="needs_evidence"))
        connection.execute(update(t.rounds).values(routed_at=None))
    yield found
    found.engine.dispose()


def send(place: Place, text: str, kind: str = "partners", name: str = "export.csv") -> int:
    return take_register.preview(
        place.engine, authority_id=1, kind=kind, name=name, content=text.encode(), settings=place.settings,
        person_id=place.officers[0], now=place.now,
    )  # fmt: skip


def take(place: Place, number: int) -> None:
    take_register.take(
        place.engine, authority_id=1, number=number, settings=place.settings, person_id=place.officers[0],
        now=place.now,
    )  # fmt: skip


def import_of(place: Place, number: int) -> registers.Import:
    with reading(place.engine) as connection:
        return registers.imports(connection, 1, number=number)[0]


def held(place: Place, kind: str = "partners") -> dict[tuple[str, str], dict[str, str]]:
    with reading(place.engine) as connection:
        return registers.rows_of(connection, 1, kind)


def kept(place: Place) -> int:
    with reading(place.engine) as connection:
        return len(connection.execute(select(t.kept_bytes)).all())


def test_a_file_is_looked_at_first_and_changes_nothing_until_it_is_taken_in(place: Place) -> None:
    number = send(place, ONE)
    assert import_of(place, number).counts["new"] == 2
    assert (held(place), kept(place)) == ({}, 1)
    take(place, number)
    assert held(place)["P0", "a"] == {"school": "Ausma", "country": "LV", "joined_on": "2025-10-01", "partner_id": "a"}
    assert kept(place) == 0  # the file itself is not needed any more
    with pytest.raises(Conflict):
        take(place, number)


def test_differences_since_the_last_file_and_wrong_rows_are_told_with_their_way_out(place: Place) -> None:
    take(place, send(place, ONE))
    found = import_of(place, send(place, TWO))
    assert found.counts == {"new": 1, "changed": 1, "gone": 1, "same": 0, "refused": 2}
    changed = next(one for one in found.changes if one["what"] == "changed")
    assert changed["fields"] == [["joined_on", "2025-10-01", "2025-11-01"]]
    assert [(one["row"], one["field"]) for one in found.refusals] == [(3, "joined_on"), (4, "unit_id")]
    assert "Until then the value is unknown." in found.refusals[0]["remedy"]


def test_columns_are_read_as_the_rules_of_the_round_read_them(place: Place) -> None:
    found = import_of(place, send(place, "unit_id,partner_id,joined_on\nP0,a,1.10.2025\n"))
    assert found.refusals[0]["problem"] == "“1.10.2025” is not a date."


def test_a_file_that_is_overtaken_by_another_is_not_taken_in_unseen(place: Place) -> None:
    first = send(place, ONE)
    second = send(place, TWO)
    assert import_of(place, first).state == "discarded"
    with writing(place.engine) as connection:  # somebody else's came in between
        connection.execute(update(t.register_imports).where(t.register_imports.c.id == first).values(state="taken"))
    with pytest.raises(Conflict, match="taken in meanwhile"):
        take(place, second)


def test_a_file_that_cannot_be_read_at_all_leaves_nothing_behind(place: Place) -> None:
    for text, kind in (("unit_id;x\n1;2", "partners"), ("", "schools"), (ONE, "pupils")):
        with pytest.raises(BadInput):
            send(place, text, kind)
    assert kept(place) == 0
    with reading(place.engine) as connection:
        assert registers.imports(connection, 1) == []


def test_another_office_neither_sees_nor_takes_a_file(place: Place) -> None:
    number = send(place, ONE)
    with pytest.raises(NotFound):
        take_register.take(
            place.engine, authority_id=2, number=number, settings=place.settings, person_id=place.officers[2],
            now=place.now,
        )  # fmt: skip
    take(place, number)
    found = gather.on_desk(place.engine, 2, ["P0"], take_register.pure.Asked())
    assert found == {}


def test_a_round_takes_its_evidence_from_the_desk_with_its_provenance(place: Place) -> None:
    take(place, send(place, ONE))
    take(place, send(place, "unit_id,founder_one,founder_two,budget\nP0,AZ,LV,9\n", "projects"))
    with reading(place.engine) as connection:
        rows = connection.execute(select(t.applications.c.gathered_at, t.applications.c.state)).all()
    assert {(row.gathered_at, row.state) for row in rows} == {(None, "submitted")}  # they are asked about again
    chunks = [one for one in steps.due(place.engine, 1, settings=place.settings, now=place.now) if one.ids]
    assert chunks
    gather.gather(place.engine, 1, chunks[0].ids, addresses=place.settings.sources, now=place.now)
    with reading(place.engine) as connection:
        query = select(t.applications.c.facts, t.applications.c.children).where(t.applications.c.unit_ref == "P0")
        row = connection.execute(query).one()
        piece = connection.execute(
            select(t.evidence.c.content).where(t.evidence.c.observed_at == place.now)
        ).scalars().one()  # fmt: skip
    assert (row.facts["founder_one"], row.facts["founder_two"]) == ("AZ", "LV")
    assert [one["school"] for one in row.children["partners"]] == ["Ausma", "Manzoni"]
    assert piece == {
        "facts": {"founder_one": "AZ", "founder_two": "LV"},
        "children": {"partners": [
            {"school": "Ausma", "country": "LV", "joined_on": "2025-10-01"},
            {"school": "Manzoni", "country": "IT", "joined_on": "2025-10-02"},
        ]},
    }  # fmt: skip


def test_the_clock_takes_a_watched_export_when_it_changes_and_leaves_a_suspicious_one(
    place: Place, tmp_path: Path
) -> None:
    path = tmp_path / "teachers.csv"
    settings = place.settings.model_copy(update={"watched": {"AZ/teachers": path.as_uri(), "XX/teachers": "file:///"}})
    now = place.now

    def look() -> list[str]:
        found = take_register.due(place.engine, settings=settings, now=now)
        return [take_register.look(place.engine, one, settings=settings, now=now) for one in found]

    assert look() == ["trouble"]  # there is no file yet, and nobody is called XX
    assert look() == []  # not again so soon
    path.write_text("unit_id,teacher_id\n" + "".join(f"P0,T{n}\n" for n in range(20)))
    now += timedelta(hours=1)
    assert look() == ["taken"]
    assert len(held(place, "teachers")) == 20
    now += timedelta(hours=1)
    assert look() == ["same"]
    path.write_text("unit_id,teacher_id\nP0,T1\n")
    now += timedelta(hours=1)
    assert look() == ["waiting"]
    assert len(held(place, "teachers")) == 20
    with reading(place.engine) as connection:
        newest = registers.imports(connection, 1)[0]
        lines = connection.execute(select(t.audit.c.event, t.audit.c.actor).order_by(t.audit.c.id)).all()
    assert (newest.doubt, newest.counts["gone"]) == ("many_gone", 19)
    assert lines == [("register_taken_in", "clock"), ("register_looked_at", "clock")]
    take(place, newest.id)
    assert len(held(place, "teachers")) == 1


def test_a_participation_is_written_down_once_and_counts_as_a_row_of_its_register(place: Place) -> None:
    typed = {"unit_id": "P0", "person": "A. B.", "what": "Course", "held_on": "2025-03-01", "hours": "3.5"}
    common = {"authority_id": 1, "person_id": place.officers[0], "now": place.now}
    number = participation.enter(place.engine, typed=typed, **common)
    with pytest.raises(BadInput, match="already"):
        participation.enter(place.engine, typed=typed, **common)
    with pytest.raises(BadInput) as wrong:
        participation.enter(place.engine, typed={"unit_id": "P0", "person": "", "hours": "many"}, **common)
    assert [one.field for one in wrong.value.refusals] == ["person", "what", "held_on", "hours"]
    take(place, send(place, "unit_id,person,what,held_on\nP1,C. D.,Talk,2025-05-05\n", "participations"))
    assert set(held(place, "participations")) == {
        ("P0", "A. B. · Course · 2025-03-01"), ("P1", "C. D. · Talk · 2025-05-05"),
    }  # fmt: skip  # a file takes nothing away that was entered by hand
    participation.withdraw(place.engine, number=number, **common)
    with pytest.raises(NotFound):
        participation.withdraw(place.engine, number=number, **common)
    participation.enter(place.engine, typed=typed, **common)
    with reading(place.engine) as connection:
        events = connection.execute(select(t.audit.c.event).order_by(t.audit.c.id)).scalars().all()
    assert [e for e in events if "participation" in e] == [
        ledger.Event.PARTICIPATION_ENTERED, ledger.Event.PARTICIPATION_WITHDRAWN, ledger.Event.PARTICIPATION_ENTERED,
    ]  # fmt: skip


def test_a_register_taken_in_while_sources_are_asked_is_asked_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(place.engine) as connection:
        connection.execute(update(t.applications).values(gathered_at=None, state="submitted"))
    number = send(place, "unit_id,founder_one,founder_two,budget\nP0,GE,EE,9\n", "projects")
    asked = gather.on_desk

    def meanwhile(*args: Any) -> Any:
        monkeypatch.setattr(gather, "on_desk", asked)
        answers = asked(*args)
        take(place, number)
        return answers

    monkeypatch.setattr(gather, "on_desk", meanwhile)
    (step,) = steps.due(place.engine, place.round_id, settings=place.settings, now=place.now)
    gather.gather(place.engine, place.round_id, step.ids, addresses=place.settings.sources, now=place.now)
    (again,) = steps.due(place.engine, place.round_id, settings=place.settings, now=place.now)
    assert again.kind == steps.GATHER
    gather.gather(place.engine, place.round_id, again.ids, addresses=place.settings.sources, now=place.now)
    with reading(place.engine) as connection:
        one = next(one for one in applications.load(connection, place.round_id) if one.unit_ref == "P0")
    assert one.facts["founder_one"] == "GE"
    assert one.gathered_at is not None


def test_what_is_said_while_sources_are_written_down_is_not_written_over(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(place.engine) as connection:
        connection.execute(update(t.applications).values(gathered_at=None, state="submitted"))
    with reading(place.engine) as connection:
        one = applications.load(connection, place.round_id)[0]
        version = applications.versions(connection, [one.id])[one.id]
    written = applications.add_evidence

    def answer() -> bool:
        with writing(place.engine) as connection:
            facts = one.facts | {"extra": "by link"}
            return applying.change_facts(connection, one.id, version, facts, one.children, applications.WAITING)

    with ThreadPoolExecutor(1) as pool:
        said: list[Future[bool]] = []

        def meanwhile(connection: Connection, *args: Any) -> int:
            monkeypatch.setattr(applications, "add_evidence", written)
            said.append(pool.submit(answer))
            if connection.dialect.name == "postgresql":  # on SQLite there is one writer
                assert said[0].result(30)
            return written(connection, *args)

        monkeypatch.setattr(applications, "add_evidence", meanwhile)
        gather.gather(place.engine, place.round_id, [one.id], addresses=place.settings.sources, now=place.now)
        counts = said[0].result(30)  # else whoever said it was told that something changed meanwhile
    with reading(place.engine) as connection:
        found = applications.load(connection, place.round_id, ids=[one.id])[0]
        again = applications.ids_to_gather(connection, place.round_id, [one.id])
    assert (found.facts.get("extra"), again) == (("by link", [one.id]) if counts else (None, []))
