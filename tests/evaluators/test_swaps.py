"""The worst-off application is lifted by chains of swaps, and no load, seat or limit is touched by it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.certificate import Routed
from evaluators.flow import Instance, Mode
from evaluators.routing import solve
from evaluators.swaps import lift_by_swaps


def instance(quality, needed, maximum, minimum=None, **more):
    """Every pair is an edge; a row of `quality` is an application."""
    rows, jurors = len(quality), len(quality[0])
    return Instance(
        np.repeat(np.arange(rows), jurors), np.tile(np.arange(jurors), rows), np.array(quality).ravel(),
        np.array(needed), np.array(minimum or [0] * jurors), np.array(maximum), **more,
    )  # fmt: skip


def routed(made, *chosen):
    """A plan of these edges, (application, juror), at no prices."""
    jurors = len(made.maximum)
    edges = np.array(sorted(row * jurors + juror for row, juror in chosen), dtype=np.int64)
    nothing = np.zeros(len(made.needed), dtype=np.int64)
    whole = np.arange(len(made.application))
    return Routed(made, edges, nothing, nothing, 0, whole, np.zeros(jurors, dtype=np.int64), Mode())


def lifted(plan):
    """The pairs of the plan once it is lifted, and each application's quality in all."""
    totals = np.zeros(len(plan.instance.needed), dtype=np.int64)
    np.add.at(totals, plan.instance.application[plan.chosen], plan.instance.quality[plan.chosen])
    made = lift_by_swaps(plan, totals)
    jurors = len(plan.instance.maximum)
    pairs = [(int(edge) // jurors, int(edge) % jurors) for edge in made.chosen]
    worth = [sum(int(plan.instance.quality[row * jurors + juror]) for row, juror in pairs if row == one)
             for one in range(len(plan.instance.needed))]  # fmt: skip
    return pairs, worth


def test_two_exchange_their_jurors_where_that_lifts_the_worse_off():
    made = instance([[10, 5], [5, 1]], [1, 1], [1, 1], [1, 1])
    assert lifted(routed(made, (0, 0), (1, 1))) == ([(0, 1), (1, 0)], [5, 5])


def test_a_juror_with_room_is_simply_taken():
    made = instance([[4, 9], [4, 9]], [1, 1], [2, 2])
    assert lifted(routed(made, (0, 0), (1, 1))) == ([(0, 1), (1, 1)], [9, 9])


def test_nothing_moves_where_nobody_can_be_lifted_or_nothing_is_asked():
    made = instance([[1, 1], [9, 2]], [1, 1], [1, 1])
    assert lifted(routed(made, (0, 1), (1, 0))) == ([(0, 1), (1, 0)], [1, 9])
    nobody = instance([[1, 1]], [0], [1, 1])
    assert lifted(routed(nobody)) == ([], [0])


@pytest.mark.parametrize(
    ("rules", "pairs"),
    [
        ({}, [(0, 1), (0, 2)]),
        ({"seats": np.array([1]), "experienced": np.array([True, False, False])}, [(0, 0), (0, 2)]),
        ({"group": np.array([-1, 0, 0]), "limit": 1}, [(0, 0), (0, 2)]),
    ],
)
def test_an_experienced_seat_and_the_limit_of_an_institution_are_kept(rules, pairs):
    made = instance([[2, 5, 9]], [2], [1, 1, 1], **rules)
    assert lifted(routed(made, (0, 0), (0, 1)))[0] == pairs


@st.composite
def plans(draw):
    """Plans of every shape in which all reviews are given and all loads kept."""
    rows, jurors = draw(st.integers(1, 5)), draw(st.integers(2, 5))
    quality = draw(
        st.lists(st.lists(st.integers(0, 9), min_size=jurors, max_size=jurors), min_size=rows, max_size=rows)
    )
    held = [draw(st.lists(st.integers(0, jurors - 1), min_size=1, max_size=2, unique=True)) for _ in range(rows)]
    chosen = [(row, juror) for row, some in enumerate(held) for juror in some]
    loads = np.bincount([juror for _, juror in chosen], minlength=jurors)
    room, less = (draw(st.lists(st.integers(0, 1), min_size=jurors, max_size=jurors)) for _ in range(2))
    made = instance(quality, [len(some) for some in held], loads + room, list(np.maximum(loads - less, 0)))
    if draw(st.booleans()):
        experienced = np.array(draw(st.lists(st.booleans(), min_size=jurors, max_size=jurors)))
        seats = [min(1, sum(bool(experienced[juror]) for juror in some)) for some in held]
        made = replace(made, experienced=experienced, seats=np.array(seats))
    if draw(st.booleans()):
        made = replace(made, group=np.arange(jurors) // 2, limit=2)
    return routed(made, *chosen)


@settings(max_examples=150)
@given(plans())
def test_the_worst_off_never_falls_and_every_rule_stands(plan):
    made = plan.instance
    before = [0] * len(made.needed)
    for edge in plan.chosen:
        before[made.application[edge]] += int(made.quality[edge])
    pairs, after = lifted(plan)
    assert min(after) >= min(before)
    assert [sum(row == one for row, _ in pairs) for one in range(len(made.needed))] == made.needed.tolist()
    loads = np.bincount([juror for _, juror in pairs], minlength=len(made.maximum))
    assert (loads <= made.maximum).all()
    assert (loads >= made.minimum).all()
    for one in range(len(made.needed)):
        mine = [juror for row, juror in pairs if row == one]
        if made.seats is not None and made.experienced is not None:
            assert sum(bool(made.experienced[juror]) for juror in mine) >= made.seats[one]
        if made.group is not None:
            assert max(np.bincount(made.group[mine])) <= made.limit


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"quality": np.array([1])}, "different lengths"),
        ({"minimum": np.array([0])}, "different lengths"),
        ({"quality": np.array([1, -1])}, "may not be negative"),
    ],
)
def test_a_problem_that_cannot_be_one_is_refused(changed, says):
    with pytest.raises(ValueError, match=says):
        solve(replace(instance([[1, 2]], [1], [1, 1]), **changed))
