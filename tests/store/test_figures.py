"""The figures of a programme out of its records, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from laurea.store import figures, register_figures
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from laurea.store.figures import Asked
from tests.web import seeding
from tests.web.programme import add_year
from tests.web.seeding import Place

DAY = date(2026, 7, 1)


@pytest.fixture
def programme(tmp_path: Path, database_url: str) -> Iterator[Place]:
    """A round of 2026 with 12 applications, and two years before it; another office has its own."""
    place = seeding.seed(tmp_path, database_url=database_url)
    add_year(place, 2024, applications=8, granted=4)
    add_year(place, 2025, applications=10, granted=5)
    add_year(place, 2025, applications=40, granted=40, authority=2)
    yield place
    place.engine.dispose()


def asked(**more: object) -> Asked:
    return Asked(**{"authority_id": 1, "day": DAY, **more})  # type: ignore[arg-type]


def test_every_figure_counts_its_own_things(programme: Place) -> None:
    with reading(programme.engine) as connection:
        handed_in = figures.applications(connection, asked())
        assert (handed_in.total, handed_in.years) == (30, {2024: 8, 2025: 10, 2026: 12})
        assert handed_in.countries == {"AZ": 26, "GE": 4}
        assert handed_in.regions["AZ", ""] == 4
        assert handed_in.regions["GE", "Kaxeti"] == 4
        granted = figures.granted(connection, asked())
        assert (granted.total, granted.years) == (9, {2024: 4, 2025: 5})
        assert figures.applicants(connection, asked()).total == 12 + 2
        assert figures.projects(connection, asked(year=2025)).total == 5
        running = figures.in_force(connection, asked())
        assert (running.total, running.years) == (9, {2024: 4, 2025: 5})
        assert figures.in_force(connection, asked(day=date(2027, 6, 1))).total == 5
        assert figures.in_force(connection, asked(day=date(2024, 5, 31))).total == 0
        assert figures.expiring(connection, asked()).years == {2027: 4}
        assert figures.expiring(connection, asked(year=2028)).years == {2028: 5}


def test_what_was_granted_is_told_by_kind_award_and_outcome(programme: Place) -> None:
    with writing(programme.engine) as connection:
        first, second = connection.execute(select(t.grants.c.id).order_by(t.grants.c.id).limit(2)).scalars()
        connection.execute(update(t.grants).where(t.grants.c.id.in_([first, second])).values(valid_until=None))
        ranked = t.decisions.c.id == select(t.grants.c.decision_id).where(t.grants.c.id == first).scalar_subquery()
        connection.execute(update(t.decisions).where(ranked).values(rank=1))
    with reading(programme.engine) as connection:
        found = figures.by_award(connection, asked())
        assert [(one.kind, one.outcome, one.number) for one in found] == [
            ("status", "label", 7), ("label", "label", 1), ("prize", "label", 1),
        ]  # fmt: skip
        assert sum(one.number for one in found) == figures.granted(connection, asked()).total


def test_a_school_of_two_years_is_one_school(programme: Place) -> None:
    with reading(programme.engine) as connection:
        schools = figures.schools(connection, asked(country="GE"))
    assert schools.years == {2024: 2, 2025: 2}
    assert schools.total == 2


def test_parts_of_a_thing_counted_once_add_up(programme: Place) -> None:
    """Applications are each in one round and place, so that whatever is asked adds up."""
    with reading(programme.engine) as connection:
        for one in (
            asked(),
            asked(year=2025),
            asked(country="AZ"),
            asked(region="Bakı"),
            asked(year=2024, country="GE"),
        ):
            found = figures.applications(connection, one)
            assert found.total == sum(found.years.values()) == sum(found.countries.values())
            assert found.total == sum(found.regions.values())


def test_what_was_withdrawn_is_neither_granted_nor_in_force(programme: Place) -> None:
    with writing(programme.engine) as connection:
        first = select(t.grants.c.id).order_by(t.grants.c.id).limit(1).scalar_subquery()
        connection.execute(update(t.grants).where(t.grants.c.id == first).values(withdrawn_at=programme.now))
    after = programme.now.date() + timedelta(days=1)
    with reading(programme.engine) as connection:
        assert figures.granted(connection, asked()).total == 8
        assert figures.in_force(connection, asked(day=min(after, date(2027, 5, 31)))).total == 8
        assert figures.in_force(connection, asked(day=date(2025, 12, 31))).total == 9  # it was in force then


def test_labels_handed_over_count_by_where_they_come_from(programme: Place) -> None:
    with reading(programme.engine) as connection:
        assert figures.received(connection, asked()).total == 0
    with writing(programme.engine) as connection:
        connection.execute(
            insert(t.handovers).values(
                from_authority=2, to_authority=1, kind="labels_and_scores", label="x", rows=[{"a": 1}] * 7, digest="d",
                handed_at=programme.now,
            )
        )  # fmt: skip
    with reading(programme.engine) as connection:
        found = figures.received(connection, asked())
        assert (found.total, found.countries) == (7, {"LV": 7})
        assert figures.received(connection, asked(country="AZ")).total == 0
        assert figures.received(connection, asked(authority_id=2)).total == 0


def test_registers_count_what_stands_in_them_and_are_not_known_before(programme: Place) -> None:
    with reading(programme.engine) as connection:
        assert register_figures.teachers(connection, asked()) is None
    rows = [
        ("teachers", "P1", "T1", {"country": "AZ", "region": "Bakı"}, None),
        ("teachers", "P2", "T1", {"country": "AZ", "region": "Bakı"}, None),
        ("teachers", "P2", "T2", {"country": "GE"}, None),
        ("teachers", "P2", "T3", {"country": "GE"}, programme.now),  # gone
        ("participations", "P1", "a", {"person": "Aygün", "held_on": "2025-03-01"}, None),
        ("participations", "P1", "b", {"person": "Aygün", "held_on": "2026-03-01"}, None),
        ("participations", "P1", "c", {"person": "Rəşad", "held_on": "some day"}, None),
    ]
    with writing(programme.engine) as connection:
        for kind, unit, key, content, gone in rows:
            connection.execute(
                insert(t.register_rows).values(
                    authority_id=1, kind=kind, unit_ref=unit, key=key, content=content, since=programme.now,
                    gone_at=gone,
                )
            )  # fmt: skip
    with reading(programme.engine) as connection:
        found = register_figures.teachers(connection, asked())
        assert found is not None
        assert (found.total, found.countries, found.years) == (2, {"AZ": 1, "GE": 1}, {})
        assert found.regions == {("AZ", "Bakı"): 1, ("GE", ""): 1}
        elsewhere = register_figures.teachers(connection, asked(country="LV"))
        assert elsewhere is not None  # the register is there and holds nobody of that country
        assert (elsewhere.total, elsewhere.countries) == (0, {})
        assert register_figures.teachers(connection, asked(authority_id=2)) is None
        held = register_figures.participations(connection, asked())
        assert held is not None
        assert (held.total, held.years) == (3, {2025: 1, 2026: 1})
        trained = register_figures.trained(connection, asked(year=2025))
        assert trained is not None
        assert (trained.total, trained.years) == (1, {2025: 1})
        assert register_figures.schools(connection, asked()) is None
