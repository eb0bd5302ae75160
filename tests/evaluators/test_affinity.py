"""Affinity from words both sides gave: a plain share, for any size, whatever the order of jurors."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from evaluators import affinity
from evaluators.assignment import Weights, plan
from evaluators.conflicts import Candidate, Juror, name_key

WORDS = ["rivers", "science", "music", "history", "robots", "theatre", "languages", "mathematics"]


def paper(ref: str, *topics: str) -> Candidate:
    return Candidate(ref, topics=topics)


def juror(ref: str, *expertise: str) -> Juror:
    return Juror(ref, expertise=expertise)


def scores(papers: list[Candidate], jurors: list[Juror], **more: int) -> dict[tuple[str, str], float]:
    found = affinity.from_topics(papers, jurors, **more)
    if found is None:
        return {}
    pairs = zip(found.application.tolist(), found.juror.tolist(), found.score.tolist(), strict=True)
    return {(papers[a].ref, jurors[j].ref): score for a, j, score in pairs}


def test_share_of_the_topics_a_juror_knows() -> None:
    papers = [paper("A", "Rivers", "science ", "music"), paper("B"), paper("C", "chess")]
    jurors = [juror("X", "RIVERS", "Music", "history"), juror("Y", "science"), juror("Z")]
    assert scores(papers, jurors) == {("A", "X"): pytest.approx(2 / 3), ("A", "Y"): pytest.approx(1 / 3)}


def test_a_word_named_twice_counts_once_and_the_dotless_i_is_no_other_word() -> None:
    assert scores([paper("A", "BAKI", "Bakı", "robots")], [juror("X", "baki")]) == {("A", "X"): 0.5}


def test_nothing_in_common_is_no_affinity_at_all() -> None:
    assert affinity.from_topics([paper("A", "music")], [juror("X", "chess")]) is None
    assert affinity.from_topics([], []) is None


def test_against_counting_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(affinity, "CHUNK", 7)  # several chunks
    draw = np.random.default_rng(4)

    def some(most: int) -> list[str]:
        return list(draw.choice(WORDS, size=int(draw.integers(0, most)), replace=False))

    papers = [paper(f"A{n}", *some(5)) for n in range(30)]
    jurors = [juror(f"J{n}", *some(4)) for n in range(9)]
    expected = {}
    for one in papers:
        topics = {name_key(word) for word in one.topics}
        for other in jurors:
            shared = len(topics & {name_key(word) for word in other.expertise})
            if shared:
                expected[one.ref, other.ref] = float(Fraction(shared, len(topics)))
    assert expected
    assert scores(papers, jurors) == pytest.approx(expected)


def test_only_the_best_of_each_whatever_the_order_of_the_jurors() -> None:
    papers = [paper("A", "rivers", "music"), paper("B", "music")]
    jurors = [juror("J3", "music"), juror("J1", "music"), juror("J2", "music", "rivers"), juror("J4", "rivers")]
    best = scores(papers, jurors, most=2)
    assert best == {("A", "J2"): 1.0, ("A", "J1"): 0.5, ("B", "J1"): 1.0, ("B", "J2"): 1.0}
    assert scores(papers, jurors[::-1], most=2) == best


def test_a_juror_without_affinity_may_review_however_much_affinity_weighs() -> None:
    papers = [Candidate(f"A{n}", region="north", language="en", topics=("music",), needed=2) for n in range(4)]
    jurors = [
        Juror("known", region="south", languages=("en",), expertise=("music",), max_load=9),
        Juror("new", region="south", languages=("en",), experienced=True, max_load=9),
    ]
    weights = Weights(first_language=300, other_language=200, other_region=100, other_institution=0, affinity=600)
    made = plan(
        papers, jurors, conflicts=set(), languages=True, seed=1, weights=weights, experienced=1,
        affinity=affinity.from_topics(papers, jurors),
    )  # fmt: skip
    assert not made.gaps
    assert not made.unmet_seats
    assert {(pair.juror, pair.quality) for pair in made.pairs} == {("known", 1000), ("new", 400)}


def test_a_shuffle_counts_affinity_where_nothing_else_weighs() -> None:
    papers = [Candidate(f"A{n}", topics=("music",), needed=1) for n in range(12)]
    jurors = [Juror(f"J{n}", expertise=("music",), max_load=6) for n in range(4)]
    known = affinity.from_topics(papers, jurors)
    weights = Weights(first_language=0, other_language=0, other_region=0, other_institution=0, affinity=1000)
    terms = {"conflicts": set(), "languages": False, "weights": weights, "affinity": known}
    plain, drawn = (plan(papers, jurors, seed=1, shuffle=share, **terms).pairs for share in (0.0, 0.5))
    assert plain != drawn
