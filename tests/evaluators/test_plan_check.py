"""A plan written by hand: each breach is named, with its row; what is begun is never questioned."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evaluators.conflicts import Candidate, Juror
from evaluators.plan_check import Terms, check

PAPERS = [Candidate("A", needed=2, language="az"), Candidate("B", needed=2, language="ka")]
BENCH = [
    Juror("X", institution="School 1", languages=("az", "ka"), max_load=2),
    Juror("Y", institution="SCHOOL no 1", languages=("az", "ka"), max_load=1),
    Juror("Z", institution="School 1", languages=("az",), max_load=2),
    Juror("W", languages=("az", "ka"), max_load=2),
]
FREE = Terms({}, {}, languages=True, per_institution=None, begun=frozenset())


def said(rows: list[tuple[str, str]], terms: Terms = FREE) -> list[tuple[int | None, str, str]]:
    return [(one.row, one.field, one.problem) for one in check(rows, PAPERS, BENCH, terms)]


def test_a_plan_that_keeps_everything() -> None:
    assert said([("A", "X"), ("A", "Y"), ("B", "X"), ("B", "W")]) == []
    assert said([]) == []


@pytest.mark.parametrize(
    ("rows", "terms", "problem"),
    [
        ([("A", "X"), ("A", "X")], FREE, (1, "juror_id", "A and X already stand together in another row.")),
        ([("B", "Z")], FREE, (0, "juror_id", "Z does not read Georgian, the language of B.")),
        (
            [("A", "X"), ("A", "Y"), ("A", "W")], FREE,
            (2, "application_id", "A would have more than its 2 reviews."),
        ),
        (
            [("A", "Y"), ("B", "Y")], FREE,
            (1, "juror_id", "Y would hold more than 1 application, the most this juror may."),
        ),
        (
            [("A", "X")], replace(FREE, conflicts={("A", "X"): "own_school"}),
            (0, "juror_id", "X has a conflict with A. The juror works at the applicant's school or institution."),
        ),
        (
            [("A", "X")], replace(FREE, conflicts={("A", "X"): "family"}),
            (0, "juror_id", "X has a conflict with A. The conflict is kept as “family”."),
        ),
        ([("A", "X")], replace(FREE, pins={("A", "X"): "never"}), (0, "juror_id", "X is pinned never to review A.")),
        ([("A", "X")], replace(FREE, left=frozenset({"X"})), (0, "juror_id", "X has left the round.")),
        (
            [("A", "X"), ("A", "Z")], replace(FREE, per_institution=1),
            (1, "juror_id", "A would have more than 1 of School 1 among its jurors."),
        ),
        (
            [("A", "W")], replace(FREE, begun={("A", "X")}),
            (None, "juror_id", "X has begun the review of A; it cannot be taken away."),
        ),
        (
            [("A", "W")], replace(FREE, pins={("B", "X"): "must"}),
            (None, "juror_id", "X is pinned to review B, and the row is missing."),
        ),
    ],
)  # fmt: skip
def test_each_breach_by_its_row(
    rows: list[tuple[str, str]], terms: Terms, problem: tuple[int | None, str, str]
) -> None:
    assert said(rows, terms) == [problem]


def test_every_breach_has_a_way_out() -> None:
    terms = replace(FREE, conflicts={("A", "X"): "self"}, begun={("B", "W")}, pins={("B", "X"): "must"})
    found = check([("A", "X"), ("A", "X"), ("B", "Z")], PAPERS, BENCH, terms)
    assert len(found) == 5
    assert all(one.remedy.endswith(".") for one in found)


def test_what_is_begun_is_counted_and_not_questioned() -> None:
    begun = {("A", "X"), ("A", "Y"), ("B", "Y"), ("B", "Z")}
    terms = replace(FREE, begun=begun, conflicts={("A", "X"): "self"}, left=frozenset({"Y"}), per_institution=1)
    rows = sorted(begun)
    assert said(rows, terms) == []
    assert [problem for _, _, problem in said([("A", "W"), *rows], terms)] == ["A would have more than its 2 reviews."]
