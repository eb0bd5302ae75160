"""How well a juror knows what an application is about, computed from words both sides gave.

The affinity of a pair is the share of the application's topics that stand among the juror's fields of expertise:
two of three topics known is 2/3. Words are compared without regard to case, spacing and punctuation; nothing is
guessed from similar words. An application without topics has no affinity to anybody.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluators.assignment import PairScores
from evaluators.conflicts import Candidate, Juror, name_key

Words = NDArray[np.float32]
CHUNK = 1_000  # applications whose pairs are looked at together


def from_topics(
    applications: Sequence[Candidate], jurors: Sequence[Juror], *, most: int | None = None
) -> PairScores | None:
    """The affinity (0 to 1) of every pair that shares a word; None where no pair does.

    With `most`, only so many jurors of each application are kept, the best ones, equals by their ids: the form for
    a hundred thousand applications.
    """
    wanted = [sorted({key for one in application.topics if (key := name_key(one))}) for application in applications]
    known = [sorted({key for one in juror.expertise if (key := name_key(one))}) for juror in jurors]
    offered_words = {word for words in known for word in words}
    shared_words = sorted({word for words in wanted for word in words} & offered_words)
    places = {word: place for place, word in enumerate(shared_words)}
    offered = _table(known, places).T
    rank = np.empty(len(jurors), dtype=np.int64)
    rank[sorted(range(len(jurors)), key=lambda place: jurors[place].ref)] = np.arange(len(jurors))
    counts = np.array([max(1, len(words)) for words in wanted], dtype=np.float64)
    rows, columns, scores = [], [], []
    for start in range(0, len(applications), CHUNK):
        shared = _table(wanted[start : start + CHUNK], places) @ offered
        row, column = np.nonzero(shared) if most is None else _best(shared, rank, most)
        number = shared[row, column]
        rows.append(row + start)
        columns.append(column)
        scores.append(number / counts[row + start])
    if not any(len(one) for one in rows):
        return None
    return PairScores(np.concatenate(rows), np.concatenate(columns), np.concatenate(scores).astype(np.float64))


def _table(lists: Sequence[Sequence[str]], places: dict[str, int]) -> Words:
    """Who names which word: one row a list, a 1 for each word of it that has a place."""
    table = np.zeros((len(lists), len(places)), dtype=np.float32)
    for row, words in enumerate(lists):
        table[row, [places[word] for word in words if word in places]] = 1
    return table


def _best(shared: Words, rank: NDArray[np.int64], most: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the `most` highest numbers above 0 of each row, equals by rank; in order."""
    jurors = shared.shape[1]
    if jurors > most:
        # one whole number a pair, no two alike in a row, so that what is taken is settled
        order = -(shared.astype(np.int64) * jurors + (jurors - 1 - rank))
        taken = np.zeros(shared.shape, dtype=np.bool_)
        np.put_along_axis(taken, np.argpartition(order, most - 1, axis=1)[:, :most], True, axis=1)
        shared = np.where(taken, shared, 0)
    row, column = np.nonzero(shared)
    return row.astype(np.int64), column.astype(np.int64)
