"""What a plan claims to be proven, checked against a solver that knows nothing of the planner (SCIP)."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from ortools.linear_solver import pywraplp

from evaluators import conflicts as conflict_rules
from evaluators.affinity import from_topics
from evaluators.assignment import Candidate, Juror, Weights, plan, repair

pytestmark = pytest.mark.slow

ONLY_AFFINITY = Weights(affinity=1000)


def round_with_languages(seed, count=150, panel=25, **more):
    draw = np.random.default_rng(seed)
    tongues = [("az",), ("az", "en"), ("en",), ("ka", "az"), ("en", "ka")]
    spoken = draw.choice(["az", "en", "ka"], count, p=[0.6, 0.3, 0.1])
    papers = [Candidate(f"A{n:03}", language=str(spoken[n]), needed=2, **more) for n in range(count)]
    mean = 2 * count / panel
    jurors = [
        Juror(
            f"J{n:02}", languages=tongues[n % 5], max_load=int(mean * draw.uniform(1.0, 1.25)) + 1,
            experienced=n % 3 == 0, institution=f"office {draw.integers(8)}",
        )
        for n in range(panel)
    ]  # fmt: skip
    pairs = [(p.ref, j.ref) for p in papers for j in jurors]
    return papers, jurors, {pairs[at] for at in draw.choice(len(pairs), len(pairs) // 10, replace=False)}


def best_of_all(papers, jurors, conflicts, *, standing=frozenset(), seats=0, limit=None) -> tuple[int, int, int]:
    """(most reviews, then most experienced seats, then most standing pairs), by integer programming."""
    solver = pywraplp.Solver.CreateSolver("SCIP")
    edge = {
        (p.ref, j.ref): solver.BoolVar("")
        for p in papers for j in jurors
        if (p.ref, j.ref) not in conflicts and p.language in j.languages
    }  # fmt: skip
    seat = {p.ref: solver.IntVar(0, seats, "") for p in papers}
    for p in papers:
        own = [edge[p.ref, j.ref] for j in jurors if (p.ref, j.ref) in edge]
        solver.Add(sum(own) <= p.needed)
        old = [edge[p.ref, j.ref] for j in jurors if j.experienced and (p.ref, j.ref) in edge]
        solver.Add(sum(old) >= seat[p.ref]) if old else solver.Add(seat[p.ref] == 0)
        for office in {j.institution for j in jurors} if limit else ():
            same = [edge[p.ref, j.ref] for j in jurors if j.institution == office and (p.ref, j.ref) in edge]
            if len(same) > limit:
                solver.Add(sum(same) <= limit)
    for j in jurors:
        solver.Add(sum(edge[p.ref, j.ref] for p in papers if (p.ref, j.ref) in edge) <= j.max_load)
    reviews, seated = sum(edge.values()), sum(seat.values())
    kept = sum(one for pair, one in edge.items() if pair in standing)
    kept_at_most, seats_at_most = len(standing) + 1, seats * len(papers) + 1
    solver.Maximize(kept_at_most * (seats_at_most * reviews + seated) + kept)
    exactly = pywraplp.MPSolverParameters()
    exactly.SetDoubleParam(exactly.RELATIVE_MIP_GAP, 0.0)
    assert solver.Solve(exactly) == solver.OPTIMAL
    found = {pair for pair, one in edge.items() if one.solution_value() > 0.5}
    return len(found), round(sum(one.solution_value() for one in seat.values())), len(found & set(standing))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("rules", [{}, {"experienced": 1}, {"experienced": 1, "per_institution": 1}])
def test_repair_of_a_larger_round_changes_the_fewest_pairs_and_its_proof_is_right(seed, rules):
    papers, jurors, conflicts = round_with_languages(seed)
    before = plan(papers, jurors, conflicts=conflicts, languages=True, seed=seed, **rules)
    gone = {"J03", "J04"} if seed % 2 else {"J00"}
    made = repair(before, gone, papers, jurors, conflicts=conflicts, languages=True, seed=seed, **rules)
    there = [juror for juror in jurors if juror.ref not in gone]
    standing = {(p.application, p.juror) for p in before.pairs if p.juror not in gone}
    reviews, _, kept = best_of_all(
        papers, there, conflicts, standing=standing,
        seats=rules.get("experienced", 0), limit=rules.get("per_institution"),
    )  # fmt: skip
    now = {(pair.application, pair.juror) for pair in made.pairs}
    assert len(now) == reviews
    assert made.changed == len(standing - now)
    assert made.least_changed <= len(standing) - kept <= made.changed
    assert made.changed == made.least_changed


def test_these_rounds_do_force_changes():
    papers, jurors, conflicts = round_with_languages(3)
    before = plan(papers, jurors, conflicts=conflicts, languages=True, seed=3)
    made = repair(before, {"J03", "J04"}, papers, jurors, conflicts=conflicts, languages=True, seed=3)
    assert made.changed > 0


@pytest.mark.parametrize("seed", range(4))
def test_the_bound_of_the_worst_off_is_never_surpassed_and_is_met_where_jurors_have_room(seed):
    draw = np.random.default_rng(seed)
    papers = [Candidate(f"A{n:03}", needed=2) for n in range(60)]
    tight = [Juror(f"J{n:02}", max_load=12) for n in range(12)]
    scores = {(p.ref, j.ref): float(draw.beta(2, 4)) for p in papers for j in tight}
    terms = {"conflicts": set(), "languages": False, "seed": seed, "affinity": scores, "weights": ONLY_AFFINITY}
    plain, fair = (plan(papers, tight, **terms, fairness=fairness) for fairness in (False, True))
    assert plain.worst <= fair.worst <= fair.worst_bound
    own = {p.ref: sorted((round(1000 * scores[p.ref, j.ref]) for j in tight), reverse=True) for p in papers}
    assert fair.worst_bound >= min(sum(best[:2]) for best in own.values())
    roomy = [Juror(juror.ref, max_load=60) for juror in tight]
    easy = plan(papers, roomy, **terms, fairness=True)
    assert easy.worst == easy.worst_bound == min(sum(best[:2]) for best in own.values())


def fair_by_trying(papers, jurors, scores, seats, limit, level) -> tuple[int, int]:
    """The most of any plan's worst-off, and the most total where that is `level`: by an independent integer program."""
    solver = pywraplp.Solver.CreateSolver("SCIP")
    taken = {(a.ref, j.ref): solver.BoolVar("") for a in papers for j in jurors}
    for juror in jurors:
        solver.Add(sum(taken[a.ref, juror.ref] for a in papers) <= juror.max_load)
    least = solver.NumVar(0, 10**6, "")
    worth = {pair: round(1000 * score) for pair, score in scores.items()}
    for a in papers:
        solver.Add(sum(taken[a.ref, j.ref] for j in jurors) == a.needed)
        solver.Add(sum(taken[a.ref, j.ref] for j in jurors if j.experienced) >= seats)
        for office in {j.institution for j in jurors}:
            solver.Add(sum(taken[a.ref, j.ref] for j in jurors if j.institution == office) <= limit)
        solver.Add(sum(worth[a.ref, j.ref] * taken[a.ref, j.ref] for j in jurors) >= least)
    exactly = pywraplp.MPSolverParameters()
    exactly.SetDoubleParam(exactly.RELATIVE_MIP_GAP, 0.0)
    solver.Maximize(1 * least)
    assert solver.Solve(exactly) == solver.OPTIMAL
    worst = round(solver.Objective().Value())
    least.SetLb(level)
    solver.Maximize(sum(worth[pair] * one for pair, one in taken.items()))
    assert solver.Solve(exactly) == solver.OPTIMAL
    return worst, round(solver.Objective().Value())


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("rules", [(0, 9), (1, 1)])
def test_what_fairness_is_told_to_reach_at_most_is_never_surpassed_and_close(seed, rules):
    draw = np.random.default_rng(seed)
    papers = [Candidate(f"A{n:02}", needed=2) for n in range(24)]
    jurors = [Juror(f"J{n:02}", institution=f"office {n % 5}", experienced=n % 2 == 0, max_load=6) for n in range(9)]
    scores = {(p.ref, j.ref): float(draw.beta(2, 4)) for p in papers for j in jurors}
    terms = {"conflicts": set(), "languages": False, "seed": seed, "affinity": scores, "weights": ONLY_AFFINITY}
    made = plan(papers, jurors, **terms, fairness=True, experienced=rules[0], per_institution=rules[1])
    assert not made.gaps
    assert not made.unmet_seats
    worst, total = fair_by_trying(papers, jurors, scores, *rules, made.worst)
    assert made.worst <= worst <= made.worst_bound <= worst + max(5, worst // 50)
    assert made.objective <= total <= made.fair_bound <= made.bound
    assert made.fair_bound <= 1.005 * total


def test_a_round_in_which_nobody_may_review_anything_has_a_worst_off_of_nothing():
    made = plan([Candidate("A", needed=1)], [Juror("J", max_load=1)], conflicts={("A", "J")}, languages=False, seed=0,
                fairness=True, per_institution=1)  # fmt: skip
    assert (made.worst, made.worst_bound, made.fair_bound) == (0, 0, 0)


def test_the_bound_of_a_large_rounds_worst_off_minds_seats_and_offices():
    # the two best jurors of each application are of one office, and only one of them may review it
    draw = np.random.default_rng(4)
    papers = [Candidate(f"A{n:03}", needed=2) for n in range(120)]
    jurors = [Juror(f"J{n:02}", institution="same" if n < 2 else f"other {n}", max_load=120) for n in range(50)]
    scores = {
        (p.ref, j.ref): 0.9 if n < 2 else float(draw.uniform(0.2, 0.3)) for p in papers for n, j in enumerate(jurors)
    }
    terms = {"conflicts": set(), "languages": False, "seed": 1, "affinity": scores, "weights": ONLY_AFFINITY}
    made = plan(papers, jurors, **terms, fairness=True, per_institution=1)
    assert 1100 < made.worst == made.worst_bound < 1300


def test_kinds_that_hold_for_a_whole_place_do_what_their_pairs_would():
    draw = np.random.default_rng(8)
    papers = [
        Candidate(f"A{n}", country=f"C{draw.integers(3)}", region=str(draw.choice(["", "North", "SOUTH"])), needed=2)
        for n in range(40)
    ]
    jurors = [
        Juror(f"J{n}", country=f"c{draw.integers(4)}", region=str(draw.choice(["", "north", "South"])), max_load=9)
        for n in range(12)
    ]
    for kinds in (["own_region"], ["own_country"], ["own_region", "own_country"]):
        found = {(one.application, one.juror) for one in conflict_rules.find(kinds, papers, jurors)}
        listed = plan(papers, jurors, conflicts=found, languages=False, seed=2)
        apart = plan(papers, jurors, conflicts=set(), languages=False, seed=2, apart=kinds)
        assert (apart.objective, apart.bound, apart.gaps) == (listed.objective, listed.bound, listed.gaps)
        assert not found & {(pair.application, pair.juror) for pair in apart.pairs}
        counted = Counter(one.kind for one in conflict_rules.find(kinds, papers, jurors))
        assert counted == {kind: conflict_rules.count_broad(kind, papers, jurors) for kind in kinds}
    pair = min(found)
    with pytest.raises(ValueError, match="has a conflict with it"):
        plan(papers, jurors, conflicts=set(), languages=False, seed=2, apart=kinds, pins={pair: "must"})


def test_offices_of_experienced_and_others_in_a_round_of_ties_are_kept_apart_at_no_cost():
    # every pair is worth the same, so a flow breaks limits over both sides of an office by the hundred
    papers = [Candidate(f"A{n:04}", needed=3) for n in range(700)]
    jurors = [
        Juror(f"J{n:03}", institution=f"office {n % 24}", experienced=n % 3 == 0, max_load=23) for n in range(100)
    ]
    made = plan(papers, jurors, conflicts=set(), languages=False, seed=3, experienced=1, per_institution=1)
    assert (made.gap, made.gaps, made.unmet_seats) == (0, [], [])
    office = {juror.ref: juror.institution for juror in jurors}
    assert max(Counter((pair.application, office[pair.juror]) for pair in made.pairs).values()) == 1


def test_a_tiny_round_where_both_rules_meet_leaves_no_gap_at_all():
    tongues = [("en", "az"), ("en", "lv"), ("en", "ka", "az"), ("en", "ka")]
    jurors = [
        Juror(f"K{n}", "GE", f"R{n % 4}", "School 0" if n == 1 else f"Univ {'ABC'[n % 3]}", tongues[(n - 1) % 4],
              experienced=n % 2 == 1, min_load=2, max_load=8, expertise=("math", "art") if n % 2 else ("music",))
        for n in range(1, 9)
    ]  # fmt: skip
    spoken = ["en", "en", "ka", "az", "lv", "en"]
    papers = [
        Candidate(f"W{n:02}", f"T{n}", f"School {n % 6}", "GE", f"R{n % 4}", spoken[n % 6],
                  needed=2, topics=("math", "art") if n % 2 else ("music",))
        for n in range(1, 21) if n != 7
    ]  # fmt: skip
    terms = {"languages": True, "experienced": 1, "per_institution": 1, "affinity": from_topics(papers, jurors)}
    made = [plan(papers, jurors, conflicts=set(), seed=seed, **terms) for seed in range(3)]
    assert [one.gap for one in made] == [0, 0, 0]
    assert len({one.objective for one in made}) == 1
