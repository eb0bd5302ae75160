"""A round's applications, jurors and rules, brought into the form the solver takes, and its answer read back."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from evaluators.certificate import Routed
from evaluators.conflicts import Candidate, Juror, name_key, shared_place
from evaluators.edges import DENSE, Edges, Table, scramble
from evaluators.flow import Booleans, Instance, Ints
from evaluators.gaps import Standing
from evaluators.prices import Floats, Grid
from evaluators.routing import route
from evaluators.suitability import USUAL, PairScores, Weights

Ref = TypeVar("Ref", Candidate, Juror)
Pairs = AbstractSet[tuple[str, str]]


@dataclass(frozen=True)
class Terms:
    """What a plan must keep and may prefer, as `plan` in `assignment` explains it."""

    conflicts: Pairs
    existing: Pairs
    languages: bool
    seed: int
    weights: Weights = USUAL
    affinity: Mapping[tuple[str, str], float] | PairScores | None = None
    pins: Mapping[tuple[str, str], str] = field(default_factory=dict)
    experienced: int = 0
    per_institution: int | None = None
    shuffle: float = 0.0
    candidates: int | None = None
    kept: Pairs | None = None
    apart: Collection[str] = ()


class Desk:
    """Everything of a round in its solver's order: by id, then shuffled by the seed, which settles ties."""

    def __init__(self, applications: Sequence[Candidate], jurors: Sequence[Juror], terms: Terms) -> None:
        self.terms = terms
        self.papers, self.row_at = _ordered(applications, terms.seed, "application")
        self.panel, self.column_at = _ordered(jurors, terms.seed, "juror")
        self.rows = {paper.ref: row for row, paper in enumerate(self.papers)}
        self.columns = {juror.ref: column for column, juror in enumerate(self.panel)}
        self.needed = np.array([paper.needed for paper in self.papers], dtype=np.int64)
        self.smallest = np.array([juror.min_load for juror in self.panel], dtype=np.int64)
        self.largest = np.array([juror.max_load for juror in self.panel], dtype=np.int64)
        if (self.needed < 0).any() or (self.smallest < 0).any() or (self.largest < 0).any():
            raise ValueError("reviews needed and loads are numbers of applications, 0 or more")
        if terms.experienced < 0 or (terms.per_institution is not None and terms.per_institution < 1):
            raise ValueError("experienced seats are 0 or more, reviews by one institution at least 1")
        if not 0 <= terms.shuffle <= 1:
            raise ValueError(f"a shuffle is a share of the best quality, 0 to 1, not {terms.shuffle:g}")
        if terms.candidates is not None and terms.candidates < 1:
            raise ValueError("at least one candidate must be weighed for each application")
        self.experienced = np.array([juror.experienced for juror in self.panel], dtype=np.bool_)
        names = [name_key(juror.institution) for juror in self.panel]
        numbers = {name: index for index, name in enumerate(sorted({*names} - {""}))}
        self.group = np.array([numbers.get(name, -1) for name in names], dtype=np.int64)
        self._place_pairs()

    def _place_pairs(self) -> None:
        """Conflicts, standing reviews and pins, by row and column; the limits that follow from those given."""
        terms = self.terms
        self.barred = self._located(terms.conflicts)
        self.existing = self._located(terms.existing)
        pins = {pair: pin for pair, pin in terms.pins.items() if pair[0] in self.rows and pair[1] in self.columns}
        if wrong := sorted({pin for pin in pins.values() if pin not in {"must", "never"}}):
            raise ValueError(f"a pin is must or never, not {wrong[0]}")
        self.never = self._located({pair for pair, pin in pins.items() if pin == "never"})
        must = self._located({pair for pair, pin in pins.items() if pin == "must"})
        self.must = [pair for pair in must if pair not in set(self.existing)]
        held = Counter(self.columns[juror] for _, juror in terms.existing if juror in self.columns)
        self.held = np.array([held[column] for column in range(len(self.panel))], dtype=np.int64)
        self._check_pins()
        given = [*self.existing, *self.must]
        limit = terms.per_institution
        groups = Counter((row, int(self.group[column])) for row, column in given if self.group[column] >= 0)
        self.full = {key for key, many in groups.items() if limit is not None and many >= limit}
        self.standing = {key: many for key, many in groups.items() if limit is not None and many < limit}
        members: dict[int, list[int]] = defaultdict(list)
        for column, group in enumerate(self.group.tolist()):
            members[group].append(column)
        closed = [(row, column) for row, group in sorted(self.full) for column in members[group]]
        shut = np.array([*self.barred, *given, *self.never, *closed], dtype=np.int64).reshape(-1, 2)
        self.lift = round(terms.shuffle * terms.weights.most(affinities=terms.affinity is not None))
        self.table = Table(
            self.papers, self.panel, terms.weights, languages=terms.languages, barred=(shut[:, 0], shut[:, 1]),
            scores=self._scores(), lift=self.lift, seed=terms.seed, apart=terms.apart,
        )  # fmt: skip
        bare = np.array([*self.must], dtype=np.int64).reshape(-1, 2)
        self.open = self.needed - np.bincount(bare[:, 0], minlength=len(self.papers))
        self.load = self.held + np.bincount(bare[:, 1], minlength=len(self.panel))
        seated = Counter(row for row, column in given if self.experienced[column])
        self.wanted = np.array(
            [max(0, terms.experienced - seated[row]) if paper.needed else 0 for row, paper in enumerate(self.papers)],
            dtype=np.int64,
        )

    def _located(self, pairs: Pairs) -> list[tuple[int, int]]:
        """Rows and columns of pairs, in order; pairs of somebody not at hand are left out."""
        return sorted((self.rows[a], self.columns[j]) for a, j in pairs if a in self.rows and j in self.columns)

    def _check_pins(self) -> None:
        """A pin that a rule forbids is refused with the rule, never kept and never dropped in silence."""
        terms, closed = self.terms, {*self.barred}
        reviews, loads = (
            Counter(row for row, _ in self.must),
            Counter(column for _, column in self.must),
        )
        offices: Counter[tuple[int, int]] = Counter()
        for row, column in [*self.existing, *self.must]:
            offices[row, int(self.group[column])] += 1
        for row, column in self.must:
            paper, juror = self.papers[row], self.panel[column]
            wrong = ""
            if (row, column) in closed or shared_place(terms.apart, paper, juror):
                wrong = "has a conflict with it"
            elif terms.languages and paper.language and paper.language not in juror.languages:
                wrong = f"does not read {paper.language}"
            elif reviews[row] > paper.needed:
                wrong = f"is pinned to it, but it needs {paper.needed} more reviews and has {reviews[row]} pins"
            elif loads[column] + self.held[column] > juror.max_load:
                wrong = f"may hold {juror.max_load} reviews and would hold {loads[column] + self.held[column]}"
            elif (
                terms.per_institution
                and self.group[column] >= 0
                and offices[row, int(self.group[column])] > terms.per_institution
            ):
                wrong = f"would be one more from {juror.institution} than the {terms.per_institution} allowed"
            if wrong:
                raise ValueError(f"the pin of {juror.ref} to {paper.ref} cannot be kept: {juror.ref} {wrong}")

    def _scores(self) -> tuple[Ints, Ints, NDArray[np.float64]] | None:
        """Affinities by row and column, checked: 0 to 1, each pair once."""
        given = self.terms.affinity
        if given is None:
            return None
        if isinstance(given, PairScores):
            row, column = self.row_at[given.application], self.column_at[given.juror]
            score = np.asarray(given.score, dtype=np.float64)
        else:
            known = [
                (self.rows[a], self.columns[j], s)
                for (a, j), s in given.items()
                if a in self.rows and j in self.columns
            ]
            row, column = (np.array([one[part] for one in known], dtype=np.int64) for part in (0, 1))
            score = np.array([one[2] for one in known], dtype=np.float64)
        off = np.flatnonzero(~((score >= 0) & (score <= 1)))
        if len(off):
            pair = self.papers[row[off[0]]].ref, self.panel[column[off[0]]].ref
            raise ValueError(f"the affinity of {pair[0]} and {pair[1]} is {score[off[0]]:g}; it must be 0 to 1")
        codes = np.sort(row * len(self.panel) + column)
        twice = np.flatnonzero(np.diff(codes) == 0)
        if len(twice):
            row_twice, column_twice = divmod(int(codes[twice[0]]), len(self.panel))
            raise ValueError(f"{self.papers[row_twice].ref} and {self.panel[column_twice].ref} have two affinities")
        return row, column, score

    def solve(self) -> Routed:
        """The best plan for what is open."""
        terms = self.terms
        rows = np.flatnonzero(self.open > 0)
        seats = np.minimum(self.wanted, self.open)
        seeking = self.experienced if seats.any() else np.zeros(len(self.panel), dtype=np.bool_)
        edges = self.table.candidates(rows, seeking, terms.candidates)
        kept = None
        if terms.kept is not None:
            edges, kept = self._with_kept(edges)
        if seats.any():
            seats = np.minimum(seats, self._experienced_at_hand(rows))
        self.seats = seats
        instance = Instance(
            edges.application, edges.juror, edges.quality, self.open, np.maximum(self.smallest - self.load, 0),
            np.maximum(self.largest - self.load, 0), self.experienced if seats.any() else None,
            seats if seats.any() else None, self.group if terms.per_institution is not None else None,
            terms.per_institution, self.standing, kept,
        )  # fmt: skip
        self.whole = terms.candidates is None and len(rows) * len(self.panel) <= DENSE

        def draw_in(known: Instance, least: Ints, other: Ints, prices: Ints) -> Edges | None:
            codes = np.sort(known.application * len(self.panel) + known.juror)
            found = self.table.draw_in(rows, codes, prices, least, other, seeking)
            return found if len(found.juror) else None

        return route(instance, self._noise, None if self.whole else draw_in)

    def _experienced_at_hand(self, rows: Ints) -> Ints:
        """How many experienced jurors may review each of some applications, loads aside."""
        table, count = self.table, np.zeros(len(self.papers), dtype=np.int64)
        able = (table.base >= 0) & self.experienced
        count[rows] = able.sum(axis=1)[table.kind[rows]]
        row, column = table.codes // len(self.panel), table.codes % len(self.panel)
        lost = (table.special < 0) & able[table.kind[row], column]
        return count - np.bincount(row[lost], minlength=len(count))

    def _with_kept(self, edges: Edges) -> tuple[Edges, Booleans]:
        pairs = np.array(self._located(self.terms.kept or frozenset()), dtype=np.int64).reshape(-1, 2)
        worth = self.table.quality(pairs[:, 0], pairs[:, 1])
        fit = (worth >= 0) & (self.open[pairs[:, 0]] > 0)
        codes = pairs[fit, 0] * len(self.panel) + pairs[fit, 1]
        own = edges.application * len(self.panel) + edges.juror
        new = ~np.isin(codes, own)
        row, column = pairs[fit][new].T
        edges = Edges(
            np.concatenate([edges.application, row]), np.concatenate([edges.juror, column]),
            np.concatenate([edges.quality, worth[fit][new] + self.table.drawn(row, column)]),
        )  # fmt: skip
        return edges, np.isin(edges.application * len(self.panel) + edges.juror, codes)

    def _noise(self, grid: Grid) -> Floats:
        drawn = scramble(grid.edge.astype(np.int64) + 1, self.terms.seed) >> np.uint64(40)
        return np.asarray(drawn.astype(np.float32) / np.float32(2**24))

    def totals(self, row: Ints, column: Ints) -> Ints:
        """Each application's quality over its reviews, standing and given."""
        total = np.zeros(len(self.papers), dtype=np.int64)
        np.add.at(total, row, self.worth(row, column))
        old = np.array([*self.existing], dtype=np.int64).reshape(-1, 2)
        np.add.at(total, old[:, 0], self.worth(old[:, 0], old[:, 1]))
        return total

    def worth(self, row: Ints, column: Ints) -> Ints:
        """Quality of pairs that are given, whether or not they are open to be given again."""
        return self.table.plain(row, column)

    def standing_at_end(self, row: Ints, column: Ints, missing: Ints, unmet: Ints, loads: Ints) -> Standing:
        """What the reasons for gaps are read from."""
        barred: dict[int, list[int]] = defaultdict(list)
        held: dict[int, list[int]] = defaultdict(list)
        for a, j in [*self.barred, *self.never]:
            barred[a].append(j)
        for a, j in [*self.existing, *zip(row.tolist(), column.tolist(), strict=True)]:
            held[a].append(j)
        return Standing(
            self.papers, self.panel, self.terms.languages, lambda rows: self.table.block(rows) >= 0, barred, held,
            (row, column), missing, unmet, loads, self.terms.per_institution,
            lambda row: self.table.closed[self.table.kind[row]],
        )  # fmt: skip


def percentile(totals: Ints, share: float) -> int:
    """The least total that at least `share` of all do not exceed (nearest rank)."""
    return int(np.sort(totals)[max(0, math.ceil(share * len(totals)) - 1)]) if len(totals) else 0


def _ordered(people: Sequence[Ref], seed: int, what: str) -> tuple[list[Ref], Ints]:
    """By id, then shuffled by the seed; and where each of the given ones went."""
    known = sorted(range(len(people)), key=lambda at: people[at].ref)
    for before, after in pairwise(known):
        if people[before].ref == people[after].ref:
            raise ValueError(f"the {what} {people[after].ref} is given twice")
    order = [known[index] for index in np.random.default_rng(seed % 2**64).permutation(len(known))]
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return [people[index] for index in order], place
