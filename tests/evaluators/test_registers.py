"""Registers by file: what differs, when an officer should look first, what a rule set reads of them."""

from __future__ import annotations

import pytest

from evaluators.registers import KINDS, Asked, Change, Doubt, asked, compare, doubt, entry, key_of, types
from rules.library import load_text
from tests.web import seeding

BEFORE = {
    ("S1", "T1"): {"teacher_id": "T1", "last_active": "2024-01-01"},
    ("S1", "T2"): {"teacher_id": "T2", "email": "a@b.example"},
    ("S2", "T3"): {"teacher_id": "T3"},
}


def test_differences_are_told_row_by_row_and_field_by_field() -> None:
    after = {
        ("S1", "T1"): {"teacher_id": "T1", "last_active": "2024-02-29", "hours": "3"},
        ("S1", "T2"): {"teacher_id": "T2"},
        ("S3", "T4"): {"teacher_id": "T4"},
    }
    found = compare(BEFORE, after)
    assert found.changes == (
        Change("changed", "S1", "T1", (("last_active", "2024-01-01", "2024-02-29"), ("hours", None, "3"))),
        Change("changed", "S1", "T2", (("email", "a@b.example", None),)),
        Change("gone", "S2", "T3"),
        Change("new", "S3", "T4"),
    )
    assert found.counts(2) == {"new": 1, "changed": 2, "gone": 1, "same": 0, "refused": 2}
    assert compare(BEFORE, BEFORE).changes == ()
    assert compare(BEFORE, BEFORE).same == 3


@pytest.mark.parametrize(
    ("known", "gone", "same", "refused", "expected"),
    [
        (100, 10, 90, 0, None),
        (100, 11, 89, 0, Doubt.MANY_GONE),
        (20, 5, 15, 0, None),  # a handful may always go
        (20, 6, 14, 0, Doubt.MANY_GONE),
        (20, 0, 20, 20, None),
        (20, 0, 20, 21, Doubt.MANY_REFUSED),
    ],
)
def test_a_file_that_takes_much_away_or_cannot_be_read_waits_for_a_look(
    known: int, gone: int, same: int, refused: int, expected: Doubt | None
) -> None:
    assert doubt(known, {"new": 0, "changed": 0, "gone": gone, "same": same, "refused": refused}) == expected


def test_a_unit_gets_facts_of_its_own_row_and_lists_of_its_rows() -> None:
    rows = {"schools": [{"country": "AZ"}], "teachers": [{"teacher_id": "T1"}, {"teacher_id": "T2"}]}
    found = entry(rows, {"schools", "teachers", "events"}, Asked())
    assert found["facts"] == {"country": "AZ"}
    assert found["children"] == {"teachers": [{"teacher_id": "T1"}, {"teacher_id": "T2"}], "events": []}
    assert "partners" not in found["children"]  # no such file ever came: unknown, and not known to be empty


def test_a_source_names_its_kinds_and_their_lists_in_the_rules() -> None:
    wanted = asked("teachers, trainings=participations")
    assert dict(wanted.names) == {"teachers": "teachers", "participations": "trainings"}
    rows = {"participations": [{"person": "A", "hours": "3"}], "schools": [{"country": "AZ"}]}
    assert entry(rows, set(), wanted) == {"facts": {}, "children": {"trainings": rows["participations"]}}
    assert set(asked("").names) == set(KINDS)
    with pytest.raises(ValueError, match="pupils"):
        asked("pupils")


def test_columns_are_read_as_the_rules_in_use_read_them_and_not_where_two_differ() -> None:
    text = seeding.LABEL.read_text("utf-8")
    one, other = (load_text(text.replace("joined_on: {type: date", f"joined_on: {{type: {kind}"), f"{kind}.yaml")
                  for kind in ("date", "int"))  # fmt: skip
    found = {name: item.type for name, item in types("partners", "partners", [one]).items()}
    assert found == {"school": "text", "country": "code", "joined_on": "date"}
    assert set(types("partners", "partners", [one, other])) == {"school", "country"}
    assert "consent" in types("schools", "schools", [one])
    assert "partners" not in types("schools", "schools", [one])
    assert types("teachers", "teachers", [one]) == {}


def test_rows_of_one_unit_are_told_apart_by_the_columns_of_their_kind() -> None:
    cells = {"person": "A. B.", "what": "Course", "held_on": "2025-03-01", "hours": "3"}
    assert key_of("participations", cells) == "A. B. · Course · 2025-03-01"
    assert key_of("schools", cells) == ""
