"""The band at the cut line: lots that anybody can repeat, tie-breaks, and who waits."""

from __future__ import annotations

import hashlib
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.lots import BandOutcome, lot, settle_band, tie_break

NAMES = [f"A{one:02d}" for one in range(8)]


@given(st.permutations(NAMES), st.integers())
def test_a_lot_is_a_function_of_seed_and_ids_alone(names, seed):
    drawn = lot(names, seed)
    assert drawn == lot(NAMES, seed)
    assert sorted(drawn) == NAMES
    first = min(NAMES, key=lambda name: hashlib.sha256(f"{seed}\n{name}".encode()).hexdigest())
    assert drawn[0] == first


def test_a_lot_favours_nobody():
    firsts = Counter(lot(NAMES, seed)[0] for seed in range(4000))
    assert all(400 < firsts[name] < 600 for name in NAMES)


def test_who_stands_twice_is_refused():
    with pytest.raises(ValueError, match="stands twice"):
        lot(["A", "B", "A"], 1)


def test_a_tie_break_asks_the_lot_only_among_equals():
    keys = {name: (Fraction(int(name[1:]) // 4), 1) for name in NAMES}
    order = tie_break(NAMES, keys, 3)
    assert set(order[:4]) == set(NAMES[4:])
    assert order[:4] == lot(NAMES[4:], 3)
    assert order != tie_break(NAMES, keys, 4)


def test_a_band_by_lot_fills_the_places_that_are_left():
    found = settle_band(["X", "W"], NAMES, 5, "lot", 11)
    assert found.placed == ("W", "X", *lot(NAMES, 11)[:3])
    assert found.left_out == tuple(lot(NAMES, 11)[3:])
    assert "seed 11" in found.words


def test_a_band_for_a_third_review_waits():
    found = settle_band(["X"], NAMES, 4, "third_review", 0)
    assert found == BandOutcome(("X",), (), tuple(NAMES), found.words)
    assert "8 applications compete for 3 places" in found.words


def test_a_band_by_tie_break_goes_by_its_keys():
    keys = {name: (int(name[1:]),) for name in NAMES}
    found = settle_band([], NAMES, 2, "tie_break", 0, keys=keys)
    assert found.placed == ("A07", "A06")


@pytest.mark.parametrize("policy", ["third_review", "tie_break", "lot"])
def test_nothing_is_drawn_where_the_places_settle_the_band(policy):
    everybody = settle_band(["X"], NAMES, 9, policy, 0)
    assert everybody.placed == ("X", *NAMES)
    nobody = settle_band(["X"], NAMES, 1, policy, 0)
    assert (nobody.placed, nobody.left_out) == (("X",), tuple(NAMES))
    assert settle_band([], [], 0, policy, 0).left_out == ()


@pytest.mark.parametrize(
    ("above", "band", "places", "policy", "said"),
    [
        (["X"], NAMES, 3, "coin", "goes to one of"),
        (["X", "Y"], NAMES, 1, "lot", "only 1 places"),
        (["A01"], NAMES, 3, "lot", "A01 is both"),
        (["X"], NAMES, 3, "tie_break", "needs the keys"),
    ],
)
def test_a_band_that_cannot_be_settled_is_refused(above, band, places, policy, said):
    with pytest.raises(ValueError, match=said):
        settle_band(above, band, places, policy, 0)
