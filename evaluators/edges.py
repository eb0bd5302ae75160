"""Who could review what, and how well: every admissible pair, without a table of applications by jurors.

Applications that share language, place and whether they name an institution are worth the same to a juror, but for a
few pairs: the same institution, an affinity, a conflict. So a round is a small table of classes by jurors and a sorted
list of exceptions. From it come all pairs where they are few, else the most promising of each application; and, once
jurors have prices, every pair that would still be drawn in (`Table.draw_in`): the certificate speaks of all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluators.conflicts import Candidate, Juror
from evaluators.flow import Booleans, Ints
from evaluators.suitability import Weights, classes, shared

DENSE = 3_000_000  # pairs up to which all are listed
FEW = 50  # candidates of an application beyond that, unless asked otherwise
PEEK = 64  # how far down a class is looked for pairs drawn in, before looking at all


@dataclass(frozen=True)
class Edges:
    """Pairs side by side: row of the application, column of the juror, quality."""

    application: Ints
    juror: Ints
    quality: Ints


class Table:
    """All pairs of a round. `barred` and `scores` are rows and columns (and scores) of some of them.

    `languages`: only who reads an application's language may have it. `lift` points at most are added to a pair's
    quality by a draw that `seed`, row and column decide. `apart`: see `classes`.
    """

    def __init__(
        self,
        papers: Sequence[Candidate],
        panel: Sequence[Juror],
        weights: Weights,
        *,
        languages: bool,
        barred: tuple[Ints, Ints],
        scores: tuple[Ints, Ints, NDArray[np.float64]] | None,
        lift: int = 0,
        seed: int = 0,
        apart: Collection[str] = (),
    ) -> None:
        self.rows, self.columns = len(papers), len(panel)
        self.weights, self.lift, self.seed, self.mixed = (
            weights,
            lift,
            seed,
            scores is not None,
        )
        self.kind, traits, self.reads, self.closed = classes(papers, panel, weights, apart)
        able = (self.reads if languages else np.ones_like(self.reads)) & ~self.closed
        self.base = np.where(able, self._mix(traits), -1).astype(np.int32)
        same = shared(papers, panel)
        codes = [self._codes(*same), self._codes(*barred)]
        if scores is not None:
            codes.append(self._codes(scores[0], scores[1]))
        self.codes = np.sort(np.concatenate(codes))
        self.codes = self.codes[np.flatnonzero(np.diff(self.codes, prepend=-1))]
        row, column = (
            self.codes // max(1, self.columns),
            self.codes % max(1, self.columns),
        )
        worth = traits[self.kind[row], column].astype(np.int64)
        worth[np.searchsorted(self.codes, codes[0])] -= weights.other_institution
        worth = self._mix(worth)
        if scores is not None:
            worth[np.searchsorted(self.codes, codes[2])] += np.rint(weights.affinity * scores[2]).astype(np.int64)
        self.traits, self.all = self._mix(traits), worth.copy()
        worth[~able[self.kind[row], column]] = -1
        worth[np.searchsorted(self.codes, codes[1])] = -1
        self.special = worth
        self.first = np.searchsorted(self.codes, np.arange(self.rows + 1) * self.columns)

    def _mix(self, traits: Ints) -> Ints:
        whole = self.weights.whole
        return traits * self.weights.rest // whole if self.mixed and whole else traits

    def _codes(self, row: Ints, column: Ints) -> Ints:
        return np.asarray(row, dtype=np.int64) * self.columns + np.asarray(column, dtype=np.int64)

    def quality(self, row: Ints, column: Ints) -> Ints:
        """Quality of pairs, -1 where a pair is not admissible."""
        return self._looked_up(row, column, self.special, self.base)

    def plain(self, row: Ints, column: Ints) -> Ints:
        """Quality of pairs as if nothing stood against them."""
        return self._looked_up(row, column, self.all, self.traits)

    def _looked_up(self, row: Ints, column: Ints, special: Ints, base: NDArray[np.integer]) -> Ints:
        if not len(self.codes):
            return base[self.kind[row], column].astype(np.int64)
        codes = self._codes(row, column)
        place = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        known = self.codes[place] == codes
        return np.where(known, special[place], base[self.kind[row], column])

    def drawn(self, row: Ints, column: Ints) -> Ints:
        """What chance adds to pairs: 0 to `lift`, by a mixing of seed, row and column that has no memory."""
        if not self.lift:
            return np.zeros(len(row), dtype=np.int64)
        return np.asarray(scramble(self._codes(row, column), self.seed) % np.uint64(self.lift + 1)).astype(np.int64)

    def block(self, rows: Ints) -> Ints:
        """Quality of all pairs of some applications, rows by jurors, -1 where not admissible."""
        full = self.base[self.kind[rows]].astype(np.int64)
        many = self.first[rows + 1] - self.first[rows]
        at = np.repeat(self.first[rows], many) + _count_up(many)
        full[np.repeat(np.arange(len(rows)), many), self.codes[at] % max(1, self.columns)] = self.special[at]
        return full

    def candidates(self, rows: Ints, experienced: Booleans, most: int | None) -> Edges:
        """The pairs to weigh first of some applications: all where they are few, else about `most` of each."""
        if len(rows) * self.columns <= DENSE and (most is None or most >= self.columns):
            full = self.block(rows)
            row, column = np.nonzero(full >= 0)
            return self._edges(rows[row], column, full[row, column])
        most = FEW if most is None else most
        special = self._best_special(rows, most)
        few = max(4, most // 8) if self.mixed else most
        picks = [special]
        for kind in np.unique(self.kind[rows]).tolist():
            own = rows[self.kind[rows] == kind]
            picks.append(self._spread(own, self.base[kind], few))
            if experienced.any():
                picks.append(
                    self._spread(
                        own,
                        np.where(experienced, self.base[kind], -1),
                        max(3, few // 3),
                    )
                )
        codes = np.sort(np.concatenate(picks))
        codes = codes[np.flatnonzero(np.diff(codes, prepend=-1))]
        row, column = codes // self.columns, codes % self.columns
        worth = self.quality(row, column)
        fit = worth >= 0
        return self._edges(row[fit], column[fit], worth[fit])

    def _edges(self, row: Ints, column: Ints, worth: Ints) -> Edges:
        return Edges(
            row.astype(np.int64),
            column.astype(np.int64),
            worth + self.drawn(row, column),
        )

    def _best_special(self, rows: Ints, most: int) -> Ints:
        """Codes of the best `most` admissible exceptions of each application."""
        wanted = np.zeros(self.rows, dtype=np.bool_)
        wanted[rows] = True
        row = np.repeat(np.arange(self.rows), np.diff(self.first))
        at = np.flatnonzero((self.special >= 0) & wanted[row])
        many = np.bincount(row[at], minlength=self.rows)
        if many.max(initial=0) > most:
            order = np.lexsort((-self.special[at], row[at]))
            at = at[order][_count_up(many) < most]
        return self.codes[at]

    def _spread(self, rows: Ints, worth: NDArray[np.integer], few: int) -> Ints:
        """Codes of some good jurors for each application of a class: half the very best, half spread over the good."""
        order = np.argsort(-worth, kind="stable")
        order = order[worth[order] >= 0]
        if not len(order):
            return np.empty(0, dtype=np.int64)
        few = min(few, len(order))
        pool = max(4 * few, int((worth >= worth[order[few - 1]]).sum()))
        pool = min(pool, len(order))
        offset = (scramble(rows, self.seed) % np.uint64(pool)).astype(np.int64)
        spread = (offset[:, None] + np.arange(few) * max(1, pool // few)) % pool
        best = np.broadcast_to(np.arange(few // 2), (len(rows), few // 2))
        places = order[np.concatenate([best, spread], axis=1)]
        return np.asarray((rows[:, None] * self.columns + places).ravel())

    def draw_in(
        self,
        rows: Ints,
        known: Ints,
        prices: Ints,
        least: Ints,
        other: Ints,
        experienced: Booleans,
    ) -> Edges:
        """Pairs worth more, less price, than their application's threshold, that are not `known` (sorted codes).

        `least` is each application's threshold for experienced jurors, `other` for all others (both for all rows).
        """
        wanted = np.zeros(self.rows, dtype=np.bool_)
        wanted[rows] = True
        row, column = (
            np.repeat(np.arange(self.rows), np.diff(self.first)),
            self.codes % max(1, self.columns),
        )
        limit = np.where(experienced[column], least[row], other[row])
        better = (self.special >= 0) & wanted[row] & (self.special + self.lift - prices[column] > limit)
        found = [self.codes[better]]
        for peek in (PEEK, self.columns):
            long = False
            for kind in np.unique(self.kind[rows]).tolist():
                own = rows[self.kind[rows] == kind]
                for side, bar in ((True, least[own]), (False, other[own])):
                    fit = np.flatnonzero((experienced == side) & (self.base[kind] >= 0))
                    values = self.base[kind][fit] + self.lift - prices[fit]
                    order = np.argsort(-values, kind="stable")
                    many = np.searchsorted(-values[order], -bar, side="left")
                    long |= bool((many > peek).any())
                    many = np.minimum(many, peek)
                    places = fit[order[_count_up(many)]]
                    found.append(np.repeat(own, many) * self.columns + places)
            codes = np.concatenate(found)
            place = np.minimum(np.searchsorted(known, codes), len(known) - 1)
            codes = np.sort(codes[known[place] != codes]) if len(known) else np.sort(codes)
            codes = codes[np.flatnonzero(np.diff(codes, prepend=-1))]
            row, column = codes // self.columns, codes % self.columns
            edges = self._edges(row, column, self.quality(row, column))
            limit = np.where(experienced[column], least[row], other[row])
            real = (edges.quality - prices[column] > limit) & (self.quality(row, column) >= 0)
            if real.any() or not long:
                break
        return Edges(row[real], column[real], edges.quality[real])


def scramble(numbers: NDArray[Any], seed: int) -> NDArray[np.uint64]:
    """64 bits for each number, the same for the same seed (SplitMix64)."""
    with np.errstate(over="ignore"):
        mixed = np.asarray(numbers).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        mixed += np.uint64((seed * 0xD1342543DE82EF95 + 0x9E3779B97F4A7C15) % 2**64)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def _count_up(many: Ints) -> Ints:
    """0, 1, 2, … for each number of `many`, one run behind the other."""
    ends = np.cumsum(many)
    return np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - many, many)
