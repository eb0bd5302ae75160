"""What a plan would change, in figures and in sentences."""

from __future__ import annotations

from evaluators.plan_diff import LoadChange, diff, say

BEFORE = [("A", "X"), ("A", "Y"), ("B", "X")]


def test_added_removed_kept_and_loads() -> None:
    found = diff(BEFORE, [("A", "X"), ("A", "Z"), ("B", "Z")])
    assert found.added == (("A", "Z"), ("B", "Z"))
    assert found.removed == (("A", "Y"), ("B", "X"))
    assert found.kept == (("A", "X"),)
    assert found.loads == (LoadChange("X", 2, 1), LoadChange("Y", 1, 0), LoadChange("Z", 0, 2))


def test_in_words_the_greatest_change_of_load_first() -> None:
    assert say(diff(BEFORE, [("A", "X"), ("A", "Z"), ("B", "Z")])) == [
        "2 reviews added, 2 removed, 1 kept.",
        "Added: A to Z, B to Z.",
        "Removed: A from Y, B from X.",
        "Loads that change: Z 0 → 2, X 2 → 1, Y 1 → 0.",
    ]


def test_nothing_changes() -> None:
    assert say(diff(BEFORE, BEFORE)) == ["Nothing changes: 3 reviews stand as they are."]


def test_long_lists_are_cut_and_counted() -> None:
    lines = say(diff([], [(f"A{n:03d}", "X") for n in range(1200)]))
    assert lines[0] == "1,200 reviews added, 0 removed, 0 kept."
    assert lines[1].endswith("A007 to X and 1,192 more.")
