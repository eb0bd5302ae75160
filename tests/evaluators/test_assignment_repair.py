"""Repair after a dropout: as few pairs disturbed as possible, proven; gaps and seats in words."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.assignment import Candidate, Juror, Weights, plan, repair


def panel(count: int, load: int, **more) -> list[Juror]:
    return [Juror(f"J{n}", languages=("en",), max_load=load, **more) for n in range(count)]


@st.composite
def dropouts(draw):
    papers = [Candidate(f"A{n}", needed=draw(st.integers(1, 2))) for n in range(draw(st.integers(2, 4)))]
    jurors = [Juror(f"J{n}", max_load=draw(st.integers(1, 3))) for n in range(draw(st.integers(2, 4)))]
    pairs = [(p.ref, j.ref) for p in papers for j in jurors]
    conflicts = draw(st.sets(st.sampled_from(pairs), max_size=4))
    gone = draw(st.sampled_from([j.ref for j in jurors]))
    return papers, jurors, conflicts, gone


def most_and_least(papers, jurors, conflicts, standing) -> tuple[int, int]:
    """(most reviews, then fewest standing pairs taken away), by trying everything."""
    choices = []
    for paper in papers:
        able = [j.ref for j in jurors if (paper.ref, j.ref) not in conflicts]
        some = [c for size in range(min(paper.needed, len(able)) + 1) for c in itertools.combinations(able, size)]
        choices.append(some)
    best = (-1, 0)
    for taken in itertools.product(*choices):
        loads = [sum(j.ref in some for some in taken) for j in jurors]
        if any(load > j.max_load for load, j in zip(loads, jurors, strict=True)):
            continue
        pairs = {(p.ref, ref) for p, some in zip(papers, taken, strict=True) for ref in some}
        best = max(best, (len(pairs), -len(standing - pairs)))
    return best[0], -best[1]


@given(dropouts())
@settings(max_examples=120, deadline=None)
def test_repair_disturbs_as_few_pairs_as_possible_and_proves_it(problem):
    papers, jurors, conflicts, gone = problem
    before = plan(papers, jurors, conflicts=conflicts, languages=False, seed=1)
    made = repair(before, {gone}, papers, jurors, conflicts=conflicts, languages=False, seed=1)
    standing = {(p.application, p.juror) for p in before.pairs if p.juror != gone}
    now = {(p.application, p.juror) for p in made.pairs}
    there = [juror for juror in jurors if juror.ref != gone]
    reviews, least = most_and_least(papers, there, conflicts, standing)
    assert gone not in {juror for _, juror in now}
    assert (len(now), made.changed, made.least_changed) == (reviews, least, least)
    assert set(made.removed) == standing - now
    assert set(made.added) == now - standing
    assert not now & conflicts


def test_repair_leaves_everybody_alone_where_others_have_room():
    papers = [Candidate(f"A{n}", language="en", needed=2) for n in range(12)]
    jurors = panel(6, 8, min_load=1)
    before = plan(papers, jurors, conflicts=set(), languages=True, seed=4)
    made = repair(before, {"J0"}, papers, jurors, conflicts=set(), languages=True, seed=4)
    assert (made.changed, made.least_changed, made.removed) == (0, 0, [])
    assert len(made.added) == before.loads["J0"]
    assert len(made.pairs) == 24


def test_repair_moves_a_pair_only_where_a_review_depends_on_it():
    # only K reads A; K is full with B, which J could take
    papers = [Candidate("A", language="ka", needed=1), Candidate("B", language="en", needed=1)]
    jurors = [
        Juror("K", languages=("ka", "en"), max_load=1),
        Juror("J", languages=("en",), max_load=1),
        Juror("L", languages=("ka",), max_load=1),
    ]
    made = repair({("A", "L"), ("B", "K")}, {"L"}, papers, jurors, conflicts=set(), languages=True, seed=0)
    assert [(p.application, p.juror) for p in made.pairs] == [("A", "K"), ("B", "J")]
    assert (made.changed, made.least_changed, made.removed) == (1, 1, [("B", "K")])


def test_repair_never_moves_a_pair_whose_sheet_is_begun():
    papers = [Candidate("A", language="ka", needed=1), Candidate("B", language="en", needed=1)]
    jurors = [
        Juror("K", languages=("ka", "en"), max_load=1),
        Juror("J", languages=("en",), max_load=1),
        Juror("L", languages=("ka",), max_load=1),
    ]
    standing = {("A", "L"), ("B", "K")}
    made = repair(standing, {"L"}, papers, jurors, conflicts=set(), fixed={("B", "K")}, languages=True, seed=0)
    assert (made.pairs, made.changed, made.least_changed) == ([], 0, 0)
    assert made.gaps[0].reason == (
        "No juror reads Georgian with free capacity. 1 reads it and is full. "
        "K may hold 1 review in all. 1 application depends on them. Raise their load or add a juror."
    )


def test_plan_unmet_seat_says_why_no_experienced_juror_is_free():
    jurors = [
        Juror("old", languages=("en",), experienced=True, max_load=1),
        Juror("far", languages=("ka",), experienced=True, max_load=9),
        *panel(3, 9),
    ]
    papers = [Candidate(f"A{n}", language="en", needed=2) for n in range(3)]
    made = plan(papers, jurors, conflicts=set(), languages=True, seed=0, experienced=1)
    assert made.gaps == []
    assert len(made.unmet_seats) == 2
    assert made.unmet_seats[0].reason == (
        "No experienced juror is free for it. Of 2 experienced jurors: 1 does not read English; 1 is full. "
        "Raise their load or name another."
    )


def test_plan_without_experienced_jurors_says_so():
    made = plan([Candidate("A", needed=2)], panel(2, 1), conflicts=set(), languages=False, seed=0, experienced=1)
    assert [(seat.missing, seat.reason) for seat in made.unmet_seats] == [
        (1, "No juror is experienced. Name experienced jurors.")
    ]


def test_plan_gap_says_when_the_limit_of_an_institution_keeps_the_last_juror_away():
    jurors = panel(3, 5, institution="Lyceum 1")
    made = plan(
        [Candidate("A", language="en", needed=2)], jurors, conflicts=set(), languages=True, seed=0, per_institution=1
    )
    assert len(made.pairs) == 1
    assert made.gaps[0].reason == (
        "Nobody else may review it. Of 3 jurors: 1 reviews it already; "
        "2 are of an institution that may give no more reviews of it (limit: 1). Add a juror."
    )


def test_plan_lifts_the_worst_off_before_the_total():
    # the best total gives A the poor juror twice over; fairness shares
    papers = [Candidate(name, needed=1) for name in "AB"]
    jurors = panel(2, 1)
    scores = {("A", "J0"): 1.0, ("A", "J1"): 0.5, ("B", "J0"): 0.55, ("B", "J1"): 0.1}
    plain, fair = (
        plan(
            papers,
            jurors,
            conflicts=set(),
            languages=False,
            seed=0,
            affinity=scores,
            weights=Weights(affinity=1000),
            fairness=f,
        )
        for f in (False, True)
    )
    assert (plain.objective, plain.worst) == (1100, 100)
    assert (fair.objective, fair.worst, fair.fairness_cost) == (1050, 500, 50)
