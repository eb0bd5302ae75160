"""Thresholds and the cases that try them just below, exactly at and just above."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from evaluators import boundary_cases, cases
from evaluators.boundaries import Threshold, thresholds
from rules import library
from rules.library import load, load_text

pytestmark = pytest.mark.slow

RIGHT = load(Path(__file__).parents[1] / "rules" / "right.yaml")
BASE = """
policies: {reviews: 2, pass_mark: 6.5, ties: both_out}
base:
  submitted_at: "2030-01-15T10:00:00+02:00"
  facts: {registered_on: 2027-06-01, plants: 20, light: "8", is_new: false, kind: primary, earlier: 0}
  children:
    teachers: [{last_active: 2029-01-01, school: a}, {last_active: 2029-01-01, school: b}]
  points: {care: "4", learning: "4"}
cases:
  - {id: good, says: All in order., expect: {screening: eligible}}
"""


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "right.cases.yaml"
    path.write_text(BASE, encoding="utf-8")
    return cases.read(library.worked(path))


def test_every_ordered_comparison_of_a_clause_is_a_threshold_also_inside_lists():
    found = [(one.clause, one.name) for one in thresholds(RIGHT)]
    assert found == [
        ("in_time", "submitted_at against opens 2029-11-01"),
        ("in_time", "submitted_at against closes 2030-01-31T23:59"),
        ("registered", "registered_on against registered_by"),
        ("enough_plants", "plants against fewest_plants"),
        ("enough_plants", "plants against most_plants"),
        ("bright", "light against 13/2"),
        ("teachers_active", "teachers.filter(t, (t.last_active >= registered_on)).size() against 2"),
        ("teachers_active", "t.last_active against registered_on"),
        ("two_schools", "teachers.map(t, t.school).distinct().size() against 2"),
        ("care_enough", "points.care against 2"),
        ("passed", "total against policy.pass_mark"),
    ]


def test_the_step_is_the_smallest_difference_of_what_is_measured():
    steps = {one.name: str(one.step) for one in thresholds(RIGHT) if isinstance(one, Threshold)}
    assert steps["light against 13/2"] == "1/10"
    assert steps["plants against most_plants"] == "1"
    assert steps["total against policy.pass_mark"] == "1/2"


def test_near_is_not_at_and_far_is_not_near(book):
    reached = {one.threshold.name: one.sides for one in boundary_cases.coverage(RIGHT, book)}
    assert reached["teachers.filter(t, (t.last_active >= registered_on)).size() against 2"] == {"at"}
    assert reached["plants against fewest_plants"] == set()  # twenty plants are not near five


def test_the_missing_cases_are_made_and_then_nothing_is_missing(book, tmp_path):
    made, without = boundary_cases.missing(RIGHT, book)
    assert without == []
    whole = yaml.safe_load(BASE)
    whole["cases"] += made
    path = tmp_path / "whole.cases.yaml"
    path.write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")
    results = cases.run(RIGHT, library.worked(path))
    assert [one.differences for one in results if not one.passed] == []
    assert [
        boundary_cases.words(one)
        for one in boundary_cases.coverage(RIGHT, cases.read(library.worked(path)))
        if one.missing
    ] == []


def test_a_made_case_says_on_which_side_the_threshold_itself_falls(book):
    made, _ = boundary_cases.missing(RIGHT, book)
    expected = {one["id"]: one["expect"]["clauses"] for one in made}
    assert expected["registered-at"] == {"registered": True}
    assert expected["registered-above"] == {"registered": False}
    assert expected["care-enough-below"] == {"care_enough": False}


def test_a_rule_set_without_thresholds_has_no_boundaries():
    other = "plants == fewest_plants + most_plants"
    text = RIGHT.text.replace("plants >= fewest_plants && plants <= most_plants", other)
    names = {one.clause for one in thresholds(load_text(text, "a.yaml"))}
    assert "enough_plants" not in names


def test_an_end_of_a_window_is_as_wide_as_it_is_written(book, tmp_path):
    made, _ = boundary_cases.missing(RIGHT, book)
    moments = {
        one["id"]: (one["submitted_at"], one["expect"]["clauses"]["in_time"]) for one in made if "in-time" in one["id"]
    }
    assert moments == {
        "in-time-below": ("2029-10-31T23:59:59+02:00", False),  # before it opens
        "in-time-at": ("2029-11-01T00:00:00+02:00", True),
        "in-time-above": ("2029-11-02T00:00:00+02:00", True),
        "in-time-below-2": ("2030-01-31T23:58:59+02:00", True),  # before the last minute
        "in-time-at-2": ("2030-01-31T23:59:59+02:00", True),
        "in-time-above-2": ("2030-02-01T00:00:00+02:00", False),
    }


JURY = """
award: a
edition: b
title: Two sheets
sources: {own: {title: Ours, mark: OWN}}
facts: {known: {type: bool, meaning: Known., supplied_by: applicant}}
eligibility: [{id: known, says: Known., cite: own, require: known}]
rubric:
  cite: own
  criteria: [{id: quality, title: Quality, maximum: 100, step: 0.5}]
jury:
  cite: own
  reviews: 2
  consolidation: mean
  third: mean_of_all
  discrepancy:
    - id: apart
      says: Far apart.
      cite: own
      when: sheets.map(s, s.total).spread() >= 30
      unless: sheets.all(s, s.total < 60)
outcomes:
  - {id: third, title: Third, when: discrepancy && !settled, interim: true}
  - {id: done, title: Done, otherwise: true}
"""


def test_rules_of_the_jury_have_boundaries_and_only_the_first_sheets_count(tmp_path):
    ruleset = load_text(JURY, "jury.yaml")
    path = tmp_path / "jury.cases.yaml"
    text = """
base: {facts: {known: true}}
cases:
  - {id: apart, says: Thirty., sheets: [{quality: 80}, {quality: 50}, {quality: 59.5}], expect: {outcome: done}}
  - {id: one, says: One sheet., sheets: [{quality: 60}], expect: {clauses: {apart: unknown}}}
"""
    path.write_text(text, encoding="utf-8")
    book = cases.read(library.worked(path))
    reached = {one.threshold.name: one.sides for one in boundary_cases.coverage(ruleset, book)}
    assert reached == {"sheets.map(s, s.total).spread() against 30": {"at"}, "s.total against 60": set()}
    made, without = boundary_cases.missing(ruleset, book)
    assert without == []
    spreads = [(one["sheets"], one["expect"]["clauses"]["apart"]) for one in made[:2]]
    assert spreads == [
        ([{"quality": "79.5"}, {"quality": 50}, {"quality": "59.5"}], False),
        ([{"quality": "80.5"}, {"quality": 50}, {"quality": "59.5"}], True),
    ]
    whole = yaml.safe_load(text)
    whole["cases"] += made
    path.write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")
    assert [one.differences for one in cases.run(ruleset, library.worked(path)) if not one.passed] == []
    assert [
        boundary_cases.words(one)
        for one in boundary_cases.coverage(ruleset, cases.read(library.worked(path)))
        if one.missing
    ] == []


MARKED = """
award: a
edition: b
title: Marks and lists
sources: {own: {title: Ours, mark: OWN}}
facts:
  seen_on: {type: date, meaning: The day., supplied_by: applicant}
  closed_at: {type: moment, meaning: The moment., supplied_by: applicant}
  people: {type: list, meaning: Who., supplied_by: applicant, fields: {n: {type: int, meaning: How many.}}}
parameters: {last: {type: date, value: 2030-05-01, cite: own}}
eligibility:
  - {id: early, says: Early., cite: own, require: seen_on <= last}
  - {id: in_time, says: In time., cite: own, window: {of: closed_at, closes: "2030-06-01T12:00", zone: Europe/Riga}}
  - {id: busy, says: Somebody busy., cite: own, require: "people.exists(p, p.n >= 3)"}
rubric:
  cite: own
  criteria:
    - {id: idea, title: Idea, maximum: 10, step: 1}
    - {id: work, title: Work, maximum: 10, step: 1, weight: 2}
  gates:
    - {id: all_half, says: Half of each., cite: own, require: "criteria.all(c, 2 * c.points >= c.maximum)"}
    - {id: enough, says: Fifteen., cite: own, require: total >= 15}
    - {id: beyond, says: Thirty., cite: own, require: total >= 30}
outcomes:
  - {id: won, title: Won, when: gates && eligibility, grants: true}
  - {id: lost, title: Lost, otherwise: true}
"""


def test_marks_are_moved_within_their_scale_and_what_nothing_reaches_is_said(tmp_path):
    ruleset = load_text(MARKED, "marked.yaml")
    path = tmp_path / "marked.cases.yaml"
    text = """
cases:
  - {id: empty, says: Nothing is known., expect: {status: needs_evidence}}
  - id: whole
    says: All is known.
    facts: {seen_on: 2030-04-01, closed_at: "2030-05-01T10:00:00+03:00"}
    children: {people: [{n: 1}, {n: null}, {n: 2}]}
    points: {idea: "6", work: "6"}
    expect: {outcome: lost}
"""
    path.write_text(text, encoding="utf-8")
    made, without = boundary_cases.missing(ruleset, cases.read(library.worked(path)))
    assert without == [f"beyond: {side}, total against 30" for side in ("below", "at", "above")]  # by one mark alone
    points = {one["id"]: one["points"] for one in made if one["id"].startswith(("all", "enough"))}
    assert points == {
        "all-half-below": {"idea": 4, "work": "6"},  # half of the maximum is asked for as twice the points
        "all-half-at": {"idea": 5, "work": "6"},
        "enough-below": {"idea": 2, "work": "6"},
        "enough-at": {"idea": 3, "work": "6"},
        "enough-above": {"idea": 4, "work": "6"},
    }
    whole = yaml.safe_load(text)
    whole["cases"] += made
    path.write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")
    assert [one.differences for one in cases.run(ruleset, library.worked(path)) if not one.passed] == []
