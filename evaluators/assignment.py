"""The assignment plan: which juror reviews which application, with reasons where nobody can.

A plan is a proposal; the house saves it. The plan is optimal (see `flow`) and depends on nothing but its
arguments: applications and jurors are put in an order drawn from their ids and the seed, so the order in which
they arrive changes nothing, and the seed alone settles ties.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

import numpy as np

from evaluators.conflicts import Candidate, Juror, name_key
from evaluators.flow import Booleans, Instance, Ints, solve
from evaluators.gaps import Gap, Standing, explain

__all__ = ["AssignmentPlan", "Candidate", "Gap", "Juror", "Pair", "Weights", "plan", "quality"]

Ref = TypeVar("Ref", Candidate, Juror)


@dataclass(frozen=True, order=True)
class Pair:
    """One review to be given out. `quality` is 0 (worst) to 1000 (best)."""

    application: str
    juror: str
    quality: int


@dataclass(frozen=True)
class Weights:
    """What makes a juror suit an application. The best pair earns the sum, 1000.

    `first_language` when the application is in the first language the juror names, `other_language` when in
    another of them; `other_region` and `other_institution` when juror and applicant do not share them. Where one
    side does not say, half is earned: not knowing is neither far nor near.
    """

    first_language: int = 500
    other_language: int = 400
    other_region: int = 250
    other_institution: int = 250


@dataclass(frozen=True)
class AssignmentPlan:
    """`pairs` are the new reviews, sorted; `objective` their total quality; `loads` count existing ones too."""

    pairs: list[Pair]
    objective: int
    gaps: list[Gap]
    loads: dict[str, int] = field(default_factory=dict)


def plan(
    applications: Sequence[Candidate],
    jurors: Sequence[Juror],
    *,
    conflicts: AbstractSet[tuple[str, str]],
    existing: AbstractSet[tuple[str, str]] = frozenset(),
    languages: bool,
    seed: int,
    weights: Weights = Weights(),
) -> AssignmentPlan:
    """The best assignment of `needed` further jurors to each application.

    `conflicts` and `existing` are pairs (application, juror): the first are never given, the second are never
    given again and count in the juror's load. With `languages`, only a juror who reads the application's
    language may have it. Hard: conflicts, languages, max_load, one review a pair. A review nobody can give
    becomes a `Gap` with its reason; min_load is met wherever that costs no review.
    Raises ValueError when an id occurs twice or a load or need is negative.
    """
    candidates = _ordered(applications, seed, "application")
    panel = _ordered(jurors, seed, "juror")
    rows = {candidate.ref: index for index, candidate in enumerate(candidates)}
    columns = {juror.ref: index for index, juror in enumerate(panel)}

    reads = _reads(candidates, panel)
    allowed = reads.copy() if languages else np.ones(reads.shape, dtype=np.bool_)
    conflicted = _mark(conflicts, rows, columns, reads.shape)
    has_already = _mark(existing, rows, columns, reads.shape)
    allowed &= ~conflicted & ~has_already
    held = np.zeros(len(panel), dtype=np.int64)
    for _, ref in existing:
        if ref in columns:
            held[columns[ref]] += 1

    needed = np.array([candidate.needed for candidate in candidates], dtype=np.int64)
    smallest = np.array([juror.min_load for juror in panel], dtype=np.int64)
    largest = np.array([juror.max_load for juror in panel], dtype=np.int64)
    if (needed < 0).any() or (smallest < 0).any() or (largest < 0).any():
        raise ValueError("reviews needed and loads are numbers of applications, 0 or more")
    open_rows = np.flatnonzero(needed > 0)
    row, column = np.nonzero(allowed[open_rows])
    row = open_rows[row]
    worth = quality(candidates, panel, reads, weights)[row, column]
    instance = Instance(
        row.astype(np.int64),
        column.astype(np.int64),
        worth,
        needed,
        np.maximum(smallest - held, 0),
        np.maximum(largest - held, 0),
    )
    solved = solve(instance)

    taken = np.flatnonzero(solved.chosen)
    pairs = [
        Pair(candidates[r].ref, panel[c].ref, int(q))
        for r, c, q in zip(row[taken], column[taken], worth[taken], strict=True)
    ]
    pairs.sort(key=lambda pair: (pair.application, pair.juror))
    loads = held + np.bincount(column[taken], minlength=len(panel)).astype(np.int64)
    given = np.zeros(reads.shape, dtype=np.bool_)
    given[row[taken], column[taken]] = True
    standing = Standing(
        candidates, panel, reads if languages else None, conflicted, has_already, given, allowed, solved.missing, loads
    )
    return AssignmentPlan(
        pairs,
        solved.quality,
        explain(standing),
        {juror.ref: int(loads[columns[juror.ref]]) for juror in sorted(panel, key=lambda juror: juror.ref)},
    )


def quality(
    applications: Sequence[Candidate], jurors: Sequence[Juror], reads: Booleans, weights: Weights = Weights()
) -> Ints:
    """The quality of every pair, applications by jurors. `reads` says who reads which application's language."""
    codes = {language: number for number, language in enumerate(sorted({one.language for one in applications}))}
    spoken = np.array([codes[candidate.language] for candidate in applications], dtype=np.int64)
    first = np.array([codes.get(juror.languages[0], -1) if juror.languages else -1 for juror in jurors], dtype=np.int64)
    is_first = (spoken[:, None] == first[None, :]) & reads
    language = np.where(is_first, weights.first_language, np.where(reads, weights.other_language, 0))
    region = _apart(
        [_place(candidate.country, candidate.region) for candidate in applications],
        [_place(juror.country, juror.region) for juror in jurors],
        weights.other_region,
    )
    institution = _apart(
        [name_key(candidate.institution) for candidate in applications],
        [name_key(juror.institution) for juror in jurors],
        weights.other_institution,
    )
    return (language + region + institution).astype(np.int64)


def _ordered(people: Sequence[Ref], seed: int, what: str) -> list[Ref]:
    """By id, then shuffled by the seed. The solver settles ties by this order and by nothing else."""
    known = sorted(people, key=lambda one: one.ref)
    for before, after in pairwise(known):
        if before.ref == after.ref:
            raise ValueError(f"the {what} {after.ref} is given twice")
    shuffled = np.random.default_rng(seed % 2**64).permutation(len(known))
    return [known[index] for index in shuffled]


def _reads(applications: Sequence[Candidate], jurors: Sequence[Juror]) -> Booleans:
    """Who reads which application's language. An application that names none can be read by everybody."""
    spoken = sorted({candidate.language for candidate in applications})
    table = np.array(
        [[not language or language in juror.languages for juror in jurors] for language in spoken], dtype=np.bool_
    ).reshape(len(spoken), len(jurors))
    place = {language: index for index, language in enumerate(spoken)}
    return table[[place[candidate.language] for candidate in applications]].reshape(len(applications), len(jurors))


def _mark(
    pairs: AbstractSet[tuple[str, str]], rows: dict[str, int], columns: dict[str, int], shape: tuple[int, ...]
) -> Booleans:
    """A table with the given pairs marked; pairs of somebody not at hand are left out."""
    table = np.zeros(shape, dtype=np.bool_)
    known = [(rows[a], columns[j]) for a, j in pairs if a in rows and j in columns]
    if known:
        row, column = zip(*known, strict=True)
        table[list(row), list(column)] = True
    return table


def _place(country: str, region: str) -> str:
    return f"{name_key(country)}/{name_key(region)}" if region else ""


def _apart(ours: Sequence[str], theirs: Sequence[str], weight: int) -> Ints:
    """`weight` where two names differ, 0 where they are the same, half where one is empty."""
    numbers = {name: index for index, name in enumerate(sorted({*ours, *theirs}))}
    left = np.array([numbers[name] for name in ours], dtype=np.int64)
    right = np.array([numbers[name] for name in theirs], dtype=np.int64)
    worth = np.where(left[:, None] == right[None, :], 0, weight)
    silent = numbers.get("", -1)
    worth[(left == silent)[:, None] | (right == silent)[None, :]] = weight // 2
    return worth.astype(np.int64)
