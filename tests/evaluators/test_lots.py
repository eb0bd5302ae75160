"""Lots that anybody can repeat."""

from __future__ import annotations

import hashlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.lots import lot

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
