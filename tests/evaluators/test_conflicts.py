"""Conflicts that follow from the papers."""

from __future__ import annotations

import pytest

from evaluators.conflicts import KINDS, Candidate, ConflictFound, Juror, find

APPLICATION = Candidate(
    "A1",
    unit_ref="P1",
    institution="Bakı şəhəri №55",
    country="AZ",
    region="Bakı",
    applicant_email="aygun@az.example.org",
)


def test_find_own_school_ignores_case_spacing_and_punctuation():
    juror = Juror("J1", institution="BAKI  şəhəri, № 55")
    assert find(["own_school"], [APPLICATION], [juror]) == [ConflictFound("A1", "J1", "own_school")]


def test_find_own_school_keeps_two_schools_apart():
    assert find(["own_school"], [APPLICATION], [Juror("J1", institution="Bakı şəhəri №5")]) == []


def test_find_own_school_sees_a_school_that_is_itself_the_unit():
    school = Candidate("A1", unit_ref="SCH-7", institution="Gori School")
    assert find(["own_school"], [school], [Juror("J1", institution="sch 7")])[0].juror == "J1"


def test_find_empty_fields_conflict_with_nothing():
    nobody, paper = Juror("J1"), Candidate("A1")
    assert find(list(KINDS), [paper], [nobody]) == []


def test_find_self_compares_addresses_without_case():
    juror = Juror("J1", email="Aygun@AZ.example.org")
    assert find(["self"], [APPLICATION], [juror]) == [ConflictFound("A1", "J1", "self")]


def test_find_own_project_reaches_every_application_of_the_project():
    mine = Candidate("A2", unit_ref="P1", applicant_email="juror@az.example.org")
    other = Candidate("A3", unit_ref="P2", applicant_email="third@az.example.org")
    found = find(["own_project"], [APPLICATION, mine, other], [Juror("J1", email="juror@az.example.org")])
    assert [(one.application, one.juror) for one in found] == [("A1", "J1"), ("A2", "J1")]


def test_find_own_region_needs_the_same_country_too():
    here, elsewhere = Juror("J1", country="AZ", region="BAKI"), Juror("J2", country="TR", region="Bakı")
    application = Candidate("A1", country="AZ", region="baki")
    assert [one.juror for one in find(["own_region"], [application], [here, elsewhere])] == ["J1"]


def test_find_own_country():
    jurors = [Juror("J1", country="AZ"), Juror("J2", country="GE")]
    assert [one.juror for one in find(["own_country"], [APPLICATION], jurors)] == ["J1"]


def test_find_unknown_kind_is_an_error_and_never_overlooked():
    with pytest.raises(ValueError, match="own_cousin"):
        find(["own_school", "own_cousin"], [APPLICATION], [])


@pytest.mark.parametrize("mentored", ["T-7", "prj-1", "Bakı şəhəri № 55"])
def test_find_past_mentor_by_applicant_project_or_school(mentored):
    paper = Candidate("A1", unit_ref="PRJ-1", institution="BAKI şəhəri №55", applicant_ref="T-7")
    assert find(["past_mentor"], [paper], [Juror("J1", mentored=(mentored,))]) == [
        ConflictFound("A1", "J1", "past_mentor")
    ]
    assert find(["past_mentor"], [paper], [Juror("J1", mentored=("T-8", "PRJ-2"))]) == []
