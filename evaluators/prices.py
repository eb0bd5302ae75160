"""Prices of jurors: what makes a round of any size small, and what proves a plan.

A price on a juror's load turns routing into a choice of each application for itself: its best reviewers, quality less
price. Any prices give an upper bound on every plan (weak duality): the sum of those choices, plus what the loads are
worth at these prices. Good prices, found on a part of the applications by steps against over- and underload, show which
few edges can matter; the exact flow on those gives optimal prices, and they price out all other edges.

An application's choice keeps the side constraints. Greedy is exact where they are nested (others, and within
them one institution); where an institution has experienced jurors and others, `best_choice` splits its limit between
the two sides and tries every split.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluators.flow import Booleans, Instance, Ints

Floats = NDArray[np.float32]

NOWHERE = -(2**40)
SAMPLE = 400_000  # cells of the grid weighed in each early step of the prices


class Grid:
    """The edges of an instance, a row for each application: numbers of edges, -1 where a row is shorter."""

    def __init__(self, instance: Instance, worth: Ints) -> None:
        rows, count = len(instance.needed), len(instance.application)
        order = np.argsort(instance.application, kind="stable")
        many = np.bincount(instance.application, minlength=rows)
        first = np.cumsum(many) - many
        self.instance = instance
        self.edge = np.full((rows, max(1, int(many.max(initial=0)))), -1, dtype=np.int32)
        self.edge[instance.application[order], np.arange(count) - np.repeat(first, many)] = order
        jurors = np.append(instance.juror, len(instance.maximum))
        self.juror = jurors.astype(np.int32)[self.edge]
        self.worth = np.append(worth, NOWHERE)[self.edge]

    def values(self, prices: Ints) -> Ints:
        """Quality less price of every edge."""
        return np.asarray(self.worth - np.append(prices, 0)[self.juror])


@dataclass(frozen=True)
class Choice:
    """Each application's best reviewers at given prices: edges (-1 where none) and their values, best first."""

    edges: Ints
    values: Ints


def choose(
    grid: Grid,
    values: NDArray[Any],
    rows: Ints,
    *,
    across: bool,
    extra_others: int = 0,
    whole: bool = False,
) -> Choice:
    """The best needed edges of each of `rows`, whose values stand in `values`, row by row.

    Greedy by value. With `across` the limit of an institution counts over both sides, else on each side by itself
    (a relaxation, and exact as such). `extra_others` seats may stay without an experienced juror.
    """
    instance = grid.instance
    needed = instance.needed[rows]
    most = int(needed.max(initial=0))
    bound = instance.seats is not None or instance.limit is not None
    width = values.shape[1] if whole else min(values.shape[1], most + 9 if bound else most)
    if width == 0:
        return Choice(np.full((len(rows), 0), -1), np.zeros((len(rows), 0), np.int64))
    top = np.argpartition(-values, width - 1, axis=1)[:, :width]
    found = np.take_along_axis(values, top, 1)
    order = np.argsort(-found, axis=1, kind="stable")
    top, found = np.take_along_axis(top, order, 1), np.take_along_axis(found, order, 1)
    edges = np.take_along_axis(grid.edge[rows] if len(rows) < len(grid.edge) else grid.edge, top, 1).astype(np.int64)
    if not bound:
        taken = (np.arange(width) < needed[:, None]) & (edges >= 0)
        return Choice(np.where(taken, edges, -1), found)
    taken = _greedy(instance, edges, rows, needed, across, extra_others)
    short = np.flatnonzero((taken.sum(axis=1) < needed) & (edges[:, -1] >= 0))
    if len(short) and not whole:  # the few best did not suffice: look at all edges of these rows
        rest = choose(
            grid,
            values[short],
            rows[short],
            across=across,
            extra_others=extra_others,
            whole=True,
        )
        wide = rest.edges.shape[1]
        edges = np.pad(np.where(taken, edges, -1), ((0, 0), (0, wide - width)), constant_values=-1)
        found = np.pad(found, ((0, 0), (0, wide - width)))
        edges[short], found[short] = rest.edges, rest.values
        return Choice(edges, found)
    return Choice(np.where(taken, edges, -1), found)


def _greedy(instance: Instance, edges: Ints, rows: Ints, needed: Ints, across: bool, extra: int) -> Booleans:
    """Which of the edges (best first in each row) the greedy choice takes."""
    many, width = edges.shape
    jurors = instance.juror[edges]
    groups = instance.group[jurors] if instance.group is not None else np.full_like(edges, -1)
    if instance.seats is not None and instance.experienced is not None:
        side = instance.experienced[jurors] & (instance.seats[rows] > 0)[:, None]
        others = needed - np.maximum(instance.seats[rows] - extra, 0)
    else:
        side, others = np.zeros(edges.shape, dtype=np.bool_), needed
    room = np.full(edges.shape, instance.limit if instance.limit is not None else width)
    for (row, group), standing in instance.standing.items():
        at = np.flatnonzero(rows == row)
        if len(at):
            room[at[0]][groups[at[0]] == group] -= standing
    taken = np.zeros(edges.shape, dtype=np.bool_)
    count, other = np.zeros(many, np.int64), np.zeros(many, np.int64)
    for place in range(width):
        fits = (edges[:, place] >= 0) & (count < needed) & (side[:, place] | (other < others))
        if instance.limit is not None and place:
            same = taken[:, :place] & (groups[:, :place] == groups[:, place : place + 1])
            if not across:
                same &= side[:, :place] == side[:, place : place + 1]
            fits &= (groups[:, place] < 0) | (same.sum(axis=1) < room[:, place])
        elif instance.limit is not None:
            fits &= (groups[:, place] < 0) | (room[:, place] > 0)
        if not fits.any() and (count >= needed).all():
            break
        taken[:, place] = fits
        count += fits
        other += fits & ~side[:, place]
    return taken


def start_prices(grid: Grid, noise: Floats, steps: int = 24) -> Ints:
    """Prices near the optimum, by steps against over- and underload: on a sample of the applications, then on all.

    `noise`, 0 to 1 for each cell, keeps jurors of nearly equal worth from being wanted by all or by none; it counts
    for less as the steps become smaller.
    """
    instance, worth = grid.instance, grid.worth.astype(np.float32)
    rows = len(instance.needed)
    stride = max(1, worth.size // SAMPLE if worth.size > SAMPLE else min(8, rows // 100))
    prices = np.zeros(len(instance.maximum) + 1, dtype=np.float32)
    stages = [(stride, steps, 60.0)] + ([(1, 2, 5.0)] if stride > 1 else [])
    for every, many, first in stages:
        sample = np.arange(0, rows, every)
        part, jurors, ties, step = worth[sample], grid.juror[sample], noise[sample], first
        share = instance.needed[sample].sum() / max(1, instance.needed.sum())
        most, least = (
            instance.maximum * share,
            np.minimum(instance.minimum, instance.maximum) * share,
        )
        scale = np.maximum(most, 1)
        for _ in range(many):
            chosen = choose(grid, part - prices[jurors] + ties * (1 + step), sample, across=True).edges
            loads = np.bincount(instance.juror[chosen[chosen >= 0]], minlength=len(most))
            now = prices[:-1]
            push = np.where((loads > most) | (now > 0), np.clip((loads - most) / scale, -1, 1), 0)
            push += np.where((loads < least) | (now < 0), np.clip((loads - least) / scale, -1, 1), 0)
            moved = now + step * push
            prices[:-1] = np.where(now * moved < 0, 0, moved)
            step *= 0.87
    return np.rint(prices[:-1]).astype(np.int64)


def best_choice(
    grid: Grid, values: Ints, row: int, others: int, caps: dict[tuple[int, bool], int]
) -> tuple[int, dict[tuple[int, bool], int]]:
    """The exact best value of one application's choice, and the splits of institutions' limits it took.

    Branches on the first institution over its limit: so many of its places for experienced jurors, the rest for others.
    """
    instance = grid.instance
    total, taken = 0, Counter[tuple[int, bool]]()
    count = other = 0
    for place in np.argsort(-values, kind="stable").tolist():
        edge = int(grid.edge[row, place])
        if edge < 0 or count == instance.needed[row]:
            break
        juror = int(instance.juror[edge])
        group = int(instance.group[juror]) if instance.group is not None else -1
        side = bool(instance.sides(np.array([row]), np.array([juror]))[0])
        room = caps.get((group, side), instance.room(row, group)) if group >= 0 else count + 1
        if (not side and other >= others) or taken[group, side] >= room:
            continue
        taken[group, side] += 1
        total, count, other = total + int(values[place]), count + 1, other + (not side)
    if count < instance.needed[row]:
        return NOWHERE, caps
    crossed = sorted(
        g for g, side in taken if g >= 0 and side and taken[g, True] + taken[g, False] > instance.room(row, g)
    )
    if not crossed:
        return total, caps
    group, room = crossed[0], instance.room(row, crossed[0])
    splits = ({**caps, (group, True): part, (group, False): room - part} for part in range(room + 1))
    return max(
        (best_choice(grid, values, row, others, split) for split in splits),
        key=lambda best: best[0],
    )
