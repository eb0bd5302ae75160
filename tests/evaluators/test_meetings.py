"""The order of a jury's meeting: nobody is forgotten, and fewer people get up than in the order given."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from evaluators import meetings

ABSENT = st.frozensets(st.integers(1, 5), max_size=3)
ROOMS = st.dictionaries(st.integers(1, 40), ABSENT, max_size=12)


def test_people_leave_once_where_the_order_given_calls_them_out_three_times() -> None:
    out = {1: frozenset({7}), 3: frozenset({7}), 5: frozenset({7})}
    given_order = [1, 2, 3, 4, 5]
    assert meetings.movements(given_order, out) == 6
    found = meetings.agenda(given_order, out)
    assert meetings.movements(found, out) == 2
    assert found == [2, 4, 1, 3, 5]


def test_who_is_out_learns_when_to_come_back_or_that_the_meeting_ends_before() -> None:
    out = {1: frozenset({7}), 2: frozenset({7}), 4: frozenset({7})}
    assert meetings.back_at([1, 2, 3, 4], out, 0, 7) == 2
    assert meetings.back_at([1, 2, 3, 4], out, 3, 7) is None


@given(ROOMS)
def test_every_application_is_taken_once_and_never_with_more_movement_than_as_given(
    rooms: dict[int, frozenset[int]],
) -> None:
    order = list(rooms)
    found = meetings.agenda(order, rooms)
    assert sorted(found) == sorted(order)
    assert meetings.movements(found, rooms) <= meetings.movements(order, rooms)
    assert meetings.agenda(order, rooms) == found


@given(st.dictionaries(st.integers(1, 40), st.frozensets(st.integers(1, 3), max_size=2), max_size=6))
def test_small_meetings_are_near_the_best_order_there_is(rooms: dict[int, frozenset[int]]) -> None:
    best = min(meetings.movements(order, rooms) for order in permutations(rooms)) if rooms else 0
    assert meetings.movements(meetings.agenda(list(rooms), rooms), rooms) <= best + 2


@given(ROOMS)
def test_other_names_for_the_jurors_change_nothing(rooms: dict[int, frozenset[int]]) -> None:
    renamed = {one: frozenset(person + 100 for person in absent) for one, absent in rooms.items()}
    assert meetings.agenda(list(rooms), rooms) == meetings.agenda(list(rooms), renamed)
