"""Rounds made up from a seed, for `assignment.py`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evaluators.assignment import Candidate, Juror
from evaluators.flow import Instance

REVIEWS = 3
PUBLISHED_FROM, PUBLISHED_SCALE = -48.74, 636.97


def languages(applications: int, jurors: int, seed: int) -> tuple[list[Candidate], list[Juror], set[tuple[str, str]]]:
    """A round with regions, schools, three languages, unequal loads and one conflict in a hundred pairs."""
    draw = np.random.default_rng(seed)
    tongues = [("az",), ("az", "en"), ("en", "az"), ("az", "en", "ka"), ("en", "ka", "az")]
    mean = REVIEWS * applications / jurors
    papers = [
        Candidate(
            f"A{n:06d}", f"P{n}", f"school {draw.integers(1_100)}", "AZ", f"region {draw.integers(14)}",
            str(draw.choice(["az", "en", "ka"], p=[0.8, 0.15, 0.05])), f"t{n}@example.org", REVIEWS,
        )
        for n in range(applications)
    ]  # fmt: skip
    bench = [
        Juror(
            f"J{n:04d}", "AZ", f"region {draw.integers(14)}", f"school {draw.integers(1_100)}",
            tongues[n % len(tongues)], min_load=int(mean * 0.5), max_load=int(mean * draw.choice([1.25, 1.5])) + 1,
        )
        for n in range(jurors)
    ]  # fmt: skip
    many = applications * jurors // 100
    pairs = zip(draw.integers(applications, size=many), draw.integers(jurors, size=many), strict=True)
    return papers, bench, {(papers[a].ref, bench[j].ref) for a, j in pairs}


def topics(applications: int, jurors: int, candidates: int, seed: int = 0) -> Instance:
    """Edges of a round by topics: its best jurors for each application."""
    draw = np.random.default_rng(seed)
    theirs, ours = (draw.dirichlet(np.full(8, 0.5), many).astype(np.float32) for many in (applications, jurors))
    theirs /= np.linalg.norm(theirs, axis=1, keepdims=True)
    ours /= np.linalg.norm(ours, axis=1, keepdims=True)
    columns, worth = [], []
    for first in range(0, applications, 1_000):
        near = theirs[first : first + 1_000] @ ours.T
        near += 0.15 * draw.standard_normal(near.shape, dtype=np.float32)
        best = np.sort(np.argpartition(-near, candidates - 1, axis=1)[:, :candidates], axis=1)
        columns.append(best.astype(np.int32))
        worth.append(np.clip(np.rint(np.take_along_axis(near, best, 1) * 700), 0, 1000).astype(np.int16))
    mean = REVIEWS * applications / jurors
    return Instance(
        np.repeat(np.arange(applications), candidates), np.concatenate(columns).ravel().astype(np.int64),
        np.concatenate(worth).ravel().astype(np.int64), np.full(applications, REVIEWS),
        np.full(jurors, int(mean * 0.5)), np.full(jurors, int(np.ceil(mean * 1.25))),
    )  # fmt: skip


def ruled(instance: Instance) -> Instance:
    """The same round with one experienced juror and one juror of an institution for each application."""
    jurors, draw = len(instance.maximum), np.random.default_rng(2)
    return replace(
        instance, experienced=np.arange(jurors) % 3 == 0, seats=np.ones(len(instance.needed), dtype=np.int64),
        group=draw.integers(0, max(2, jurors // 6), jurors), limit=1,
    )  # fmt: skip


def published() -> Instance:
    """A round like the 1,000 × 100 one of the published comparison (seed 0; loads 0.5 to 1.25 of the mean).

    That comparison names no generator, but an optimum: total 1,766,188, worst-off 1,036. So: topics, jurors that differ
    in how well they suit anybody, pairs without a common language or with a conflict taken out; and then a scale (an
    affine map changes no optimum) on which the best plan has that total and that worst-off, but for rounding.
    """
    applications, jurors, draw = 1_000, 100, np.random.default_rng(0)
    theirs, ours = (draw.dirichlet(np.ones(8), many) for many in (applications, jurors))
    theirs /= np.linalg.norm(theirs, axis=1, keepdims=True)
    ours /= np.linalg.norm(ours, axis=1, keepdims=True)
    near = theirs @ ours.T + 0.1 * draw.standard_normal((applications, jurors)) + 0.2 * draw.standard_normal(jurors)
    reads = draw.random((jurors, 3)) < [0.5, 0.3, 0.15]
    reads[np.arange(jurors), draw.choice(3, jurors, p=[0.7, 0.2, 0.1])] = True
    free = draw.random((applications, jurors)) >= 0.02
    row, column = np.nonzero(free & reads[:, draw.choice(3, applications, p=[0.7, 0.2, 0.1])].T)
    worth = np.clip(np.rint(PUBLISHED_FROM + PUBLISHED_SCALE * near[row, column]), 0, 1000).astype(np.int64)
    return Instance(
        row, column, worth, np.full(applications, REVIEWS), np.full(jurors, 15), np.full(jurors, 38)
    )  # fmt: skip


def tied(applications: int, jurors: int) -> tuple[list[Candidate], list[Juror], set[tuple[str, str]]]:
    """The round by languages, with a third of the jurors experienced and six of them in each of its offices."""
    papers, bench, conflicts = languages(applications, jurors, seed=applications)
    draw = np.random.default_rng(5)
    bench = [
        replace(one, experienced=n % 3 == 0, institution=f"office {draw.integers(jurors // 6)}")
        for n, one in enumerate(bench)
    ]
    return papers, bench, conflicts
