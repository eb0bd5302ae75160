"""A jury's meeting: in which order to take its applications, so that people leave and return as seldom as can be."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)
Absent = frozenset[int]
NOBODY: Absent = frozenset()
LARGEST = 300
"""Different sets of people who step out, beyond which the order found first is not improved upon."""


def agenda(applications: Sequence[Item], steps_out: Mapping[Item, Absent]) -> list[Item]:
    """The applications in the order with the fewest goings through the door that was found.

    `steps_out` names the people with a conflict for each application (nobody where it says nothing). Applications with
    the same people out stay together, in the order given. Everybody is in the room before the first and after the last.
    The order is the nearest neighbour's, improved by turning stretches round until none is better; never worse than the
    order given.
    """
    groups: dict[Absent, list[Item]] = {}
    for one in applications:
        groups.setdefault(steps_out.get(one, NOBODY), []).append(one)
    route = _nearest(list(groups))
    if len(route) <= LARGEST:
        route = _turned(route)
    found = [one for absent in route for one in groups[absent]]
    given = list(applications)
    return given if movements(given, steps_out) <= movements(found, steps_out) else found


def movements(order: Sequence[Item], steps_out: Mapping[Item, Absent]) -> int:
    """How often somebody goes through the door when the applications are taken in this order."""
    return _cost([steps_out.get(one, NOBODY) for one in order])


def back_at(order: Sequence[Item], steps_out: Mapping[Item, Absent], place: int, person: int) -> int | None:
    """The next place in the order at which somebody who is out may come back in; None: the meeting ends before."""
    for later in range(place + 1, len(order)):
        if person not in steps_out.get(order[later], NOBODY):
            return later
    return None


def _cost(route: Sequence[Absent]) -> int:
    return sum(len(one ^ other) for one, other in pairwise([NOBODY, *route, NOBODY]))


def _nearest(absents: list[Absent]) -> list[Absent]:
    route, here = [], NOBODY
    while absents:
        here = min(absents, key=lambda one: len(one ^ here))
        absents.remove(here)
        route.append(here)
    return route


def _turned(route: list[Absent]) -> list[Absent]:
    path = [NOBODY, *route, NOBODY]
    better = True
    while better:
        better = False
        for first in range(1, len(path) - 2):
            for last in range(first + 1, len(path) - 1):
                now = len(path[first - 1] ^ path[first]) + len(path[last] ^ path[last + 1])
                then = len(path[first - 1] ^ path[last]) + len(path[first] ^ path[last + 1])
                if then < now:
                    path[first : last + 1] = reversed(path[first : last + 1])
                    better = True
    return path[1:-1]
