"""The assignment plan: optimal, hard rules kept, the same for the same seed, gaps explained."""

from __future__ import annotations

import gzip
import itertools
import math
import os
import random
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.assignment import AssignmentPlan, Candidate, Juror, Weights, plan
from evaluators.assignment import worth as quality
from evaluators.flow import Instance
from evaluators.routing import solve

DATA = Path(os.environ.get("LAUREA_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))


def broken_rules(made: AssignmentPlan, applications, jurors, conflicts, existing, languages) -> list[str]:
    """An independent check of everything a plan must keep; written without the planner's tables."""
    wrong = []
    papers = {one.ref: one for one in applications}
    bench = {one.ref: one for one in jurors}
    pairs = [(pair.application, pair.juror) for pair in made.pairs]
    if len(set(pairs)) != len(pairs):
        wrong.append("a pair is given twice")
    for application, juror in pairs:
        if (application, juror) in conflicts:
            wrong.append(f"{juror} has a conflict with {application}")
        if (application, juror) in existing:
            wrong.append(f"{juror} reviews {application} already")
        language = papers[application].language
        if languages and language and language not in bench[juror].languages:
            wrong.append(f"{juror} does not read {language}")
    held = Counter(juror for _, juror in {*pairs, *existing})
    for ref, juror in bench.items():
        if made.loads[ref] != held[ref]:
            wrong.append(f"the load of {ref} is misreported")
        if sum(1 for _, one in pairs if one == ref) > max(0, juror.max_load - sum(1 for _, j in existing if j == ref)):
            wrong.append(f"{ref} has too much")
    given_to = Counter(application for application, _ in pairs)
    missing = {gap.application: gap.missing for gap in made.gaps}
    for ref, paper in papers.items():
        if given_to[ref] + missing.get(ref, 0) != paper.needed:
            wrong.append(f"{ref} needs {paper.needed}, has {given_to[ref]} and reports {missing.get(ref, 0)} missing")
    return wrong


def best_by_trying(applications, jurors, conflicts, existing, languages, worth) -> tuple[int, int, int]:
    """(reviews given, minimum loads met, total quality) of the best plan, found by trying all of them."""
    held = Counter(juror for _, juror in existing)
    choices = []
    for paper in applications:
        able = [
            juror.ref
            for juror in jurors
            if (paper.ref, juror.ref) not in conflicts | existing
            and (not languages or not paper.language or paper.language in juror.languages)
        ]
        choices.append(
            [some for size in range(min(paper.needed, len(able)) + 1) for some in itertools.combinations(able, size)]
        )
    best = (-1, -1, -1)
    for taken in itertools.product(*choices):
        loads = Counter(juror for some in taken for juror in some)
        if any(loads[one.ref] > max(0, one.max_load - held[one.ref]) for one in jurors if loads[one.ref]):
            continue
        met = sum(min(loads[one.ref], max(0, min(one.min_load, one.max_load) - held[one.ref])) for one in jurors)
        total = sum(worth[paper.ref, juror] for paper, some in zip(applications, taken, strict=True) for juror in some)
        best = max(best, (sum(loads.values()), met, total))
    return best


def worth_of(applications, jurors) -> dict[tuple[str, str], int]:
    every = [(application.ref, juror.ref) for application in applications for juror in jurors]
    return dict(zip(every, quality(every, applications, jurors), strict=True))


@st.composite
def small_rounds(draw):
    """A handful of applications and jurors with everything that can stand in the way."""
    tongue = st.sampled_from(["az", "ka", "en"])
    place = st.sampled_from(["", "north", "south"])
    applications = [
        Candidate(f"A{n}", f"P{n}", draw(place), "AZ", draw(place), draw(tongue), needed=draw(st.integers(0, 2)))
        for n in range(draw(st.integers(1, 4)))
    ]
    jurors = []
    for n in range(draw(st.integers(1, 3))):
        most = draw(st.integers(0, 4))
        tongues = tuple(draw(st.lists(tongue, min_size=1, max_size=3, unique=True)))
        least = draw(st.integers(0, most))
        jurors.append(Juror(f"J{n}", "AZ", draw(place), draw(place), tongues, min_load=least, max_load=most))
    pairs = [(a.ref, j.ref) for a in applications for j in jurors]
    conflicts = draw(st.sets(st.sampled_from(pairs), max_size=3))
    existing = draw(st.sets(st.sampled_from(pairs), max_size=2)) - conflicts
    return applications, jurors, conflicts, existing, draw(st.booleans())


@pytest.mark.slow
@given(small_rounds(), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_plan_is_the_best_there_is_and_keeps_every_rule(problem, seed):
    applications, jurors, conflicts, existing, languages = problem
    made = plan(applications, jurors, conflicts=conflicts, existing=existing, languages=languages, seed=seed)
    assert broken_rules(made, applications, jurors, conflicts, existing, languages) == []
    worth = worth_of(applications, jurors)
    held, given_to = Counter(juror for _, juror in existing), Counter(pair.juror for pair in made.pairs)
    met = sum(min(given_to[j.ref], max(0, j.min_load - held[j.ref])) for j in jurors)
    best = best_by_trying(applications, jurors, conflicts, existing, languages, worth)
    assert (len(made.pairs), met, made.objective) == best
    assert made.objective == sum(pair.quality for pair in made.pairs)
    assert all(pair.quality == worth[pair.application, pair.juror] for pair in made.pairs)


@given(small_rounds(), st.randoms())
@settings(max_examples=60, deadline=None)
def test_plan_does_not_depend_on_the_order_of_its_input(problem, shuffler: random.Random):
    applications, jurors, conflicts, existing, languages = problem
    terms = {"conflicts": conflicts, "existing": existing, "languages": languages, "seed": 5}
    first = plan(applications, jurors, **terms)
    shuffled, bench = list(applications), list(jurors)
    shuffler.shuffle(shuffled)
    shuffler.shuffle(bench)
    assert plan(shuffled, bench, **terms) == first


def panel(count: int, load: int, **more) -> list[Juror]:
    return [Juror(f"J{n:02d}", languages=("en",), max_load=load, **more) for n in range(count)]


def papers(count: int, needed: int = 2, language: str = "en") -> list[Candidate]:
    return [Candidate(f"A{n:02d}", language=language, needed=needed) for n in range(count)]


def test_plan_seed_settles_ties_and_nothing_else():
    plans = [plan(papers(12), panel(8, 6), conflicts=set(), languages=True, seed=seed) for seed in range(4)]
    assert len({tuple(one.pairs) for one in plans}) > 1
    assert len({one.objective for one in plans}) == 1


def test_plan_spreads_load_evenly_where_quality_does_not_decide():
    made = plan(papers(40), panel(10, 24), conflicts=set(), languages=True, seed=1)
    assert max(made.loads.values()) - min(made.loads.values()) <= 3


def test_plan_quality_comes_before_even_loads():
    near = [Juror(f"J{n}", "AZ", "north", languages=("en",), max_load=9) for n in range(2)]
    far = Juror("J9", "AZ", "south", languages=("en",), max_load=9)
    applications = [Candidate(f"A{n}", country="AZ", region="north", language="en", needed=1) for n in range(9)]
    made = plan(applications, [*near, far], conflicts=set(), languages=True, seed=3)
    assert made.loads == {"J0": 0, "J1": 0, "J9": 9}


def test_plan_prefers_first_language_other_region_and_other_school():
    weights = Weights()
    paper = Candidate("A", "P", "Gymnasium 1", "AZ", "Bakı", "az", needed=1)
    jurors = [
        Juror("near", "AZ", "Bakı", "Gymnasium 1", ("az",), max_load=1),
        Juror("school", "AZ", "Bakı", "Lyceum 2", ("az",), max_load=1),
        Juror("second", "AZ", "Şəki", "Lyceum 3", ("en", "az"), max_load=1),
        Juror("best", "AZ", "Şəki", "Lyceum 3", ("az", "en"), max_load=1),
    ]
    worth = worth_of([paper], jurors)
    assert [worth["A", juror.ref] for juror in jurors] == [500, 750, 900, 1000]
    assert sum((weights.first_language, weights.other_region, weights.other_institution)) == 1000
    made = plan([paper], jurors, conflicts=set(), languages=True, seed=0)
    assert [pair.juror for pair in made.pairs] == ["best"]


def test_plan_keeps_minimum_loads_before_quality():
    good = Juror("good", languages=("en",), max_load=4)
    owed = Juror("owed", languages=("ka", "en"), min_load=3, max_load=4)
    made = plan(papers(4, needed=1), [good, owed], conflicts=set(), languages=True, seed=0)
    assert made.loads == {"good": 1, "owed": 3}


def test_plan_gap_no_juror_reads_the_language():
    made = plan(papers(1, 2, "ka"), panel(3, 5), conflicts=set(), languages=True, seed=0)
    assert [(gap.missing, gap.reason) for gap in made.gaps] == [(2, "No juror reads Georgian. Add a juror who does.")]


def test_plan_gap_counts_what_keeps_each_juror_away():
    jurors = [*panel(3, 5), Juror("K", languages=("ka",), max_load=5)]
    made = plan(papers(1, 3), jurors, conflicts={("A00", "J00")}, existing={("A00", "J01")}, languages=True, seed=0)
    assert [pair.juror for pair in made.pairs] == ["J02"]
    assert made.gaps[0].missing == 2
    assert made.gaps[0].reason == (
        "Nobody else may review it. Of 4 jurors: 1 does not read English; 1 has a conflict; 2 review it already. "
        "Add a juror."
    )


def test_plan_gap_names_the_full_jurors_and_the_applications_that_share_them():
    readers = [Juror(f"K{n}", languages=("ka", "en"), max_load=3) for n in range(3)]
    made = plan(
        [*papers(5, 2, "ka"), Candidate("B", language="en", needed=1)],
        [*readers, *panel(2, 9)],
        conflicts=set(),
        languages=True,
        seed=0,
    )
    assert sum(gap.missing for gap in made.gaps) == 1
    reason = made.gaps[0].reason
    assert reason.startswith("No juror reads Georgian with free capacity. 3 read it: ")
    assert "are full" in reason
    assert "K0, K1, K2 may hold 9 reviews in all. 5 applications depend on them." in reason


def test_plan_gap_circle_holds_the_jurors_who_could_take_over():
    both = Juror("both", languages=("az", "en"), max_load=1)
    only = Juror("only", languages=("en",), max_load=1)
    applications = [
        Candidate("A", language="az", needed=1),
        Candidate("B", language="en", needed=1),
        Candidate("C", language="en", needed=1),
    ]
    made = plan(applications, [both, only], conflicts=set(), languages=True, seed=0)
    assert len(made.gaps) == 1
    assert "both, only may hold 2 reviews in all. 3 applications depend on them." in made.gaps[0].reason


def test_plan_gap_counts_those_who_could_take_over_beside_those_who_may_review_it():
    jurors = [
        Juror("az", region="C", languages=("az",), max_load=1),
        Juror("both", region="C", languages=("az", "en"), max_load=1),
        Juror("en", languages=("en",), max_load=1),
    ]
    applications = [Candidate(name, region=name, language="az", needed=1) for name in ("A", "B", "C")]
    made = plan(applications, jurors, conflicts={("C", "az")}, languages=True, seed=0)
    assert [gap.application for gap in made.gaps] == ["C"]
    assert made.gaps[0].reason == (
        "No juror reads Azerbaijani with free capacity. 2 read it: 1 is full; 1 has a conflict. "
        "1 other who could take over from them is full too. az, both may hold 2 reviews in all. "
        "3 applications depend on them. Raise their load or add a juror."
    )


def test_plan_without_jurors_says_so():
    assert plan(papers(1), [], conflicts=set(), languages=True, seed=0).gaps[0].reason == "The round has no jurors."


def test_plan_of_nothing_is_empty():
    made = plan([], panel(2, 3), conflicts=set(), languages=True, seed=0)
    assert (made.pairs, made.gaps, made.objective, made.loads) == ([], [], 0, {"J00": 0, "J01": 0})


@pytest.mark.parametrize(
    ("applications", "jurors", "says"),
    [
        ([Candidate("A"), Candidate("A")], [], "A is given twice"),
        ([Candidate("A", needed=-1)], [], "0 or more"),
        ([], [Juror("J", max_load=-1)], "0 or more"),
    ],
)
def test_plan_refuses_input_that_makes_no_sense(applications, jurors, says):
    with pytest.raises(ValueError, match=says):
        plan(applications, jurors, conflicts=set(), languages=True, seed=0)


def bids(path: Path) -> tuple[int, int, list[tuple[int, int, int]]]:
    """Papers, reviewers and (paper, reviewer, quality) of a PrefLib file: yes, maybe, no answer, no."""
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    count = int(lines[0])
    place = {line.split(",")[0]: index for index, line in enumerate(lines[1 : count + 1])}
    edges, reviewers = [], 0
    for line in filter(None, lines[count + 2 :]):
        copies, _, order = line.partition(",")
        for _ in range(int(copies)):
            for worth, (group, single) in zip(
                (1000, 600, 200, 20), re.findall(r"\{([^}]*)\}|(\d+)", order), strict=False
            ):
                edges += [(place[paper], reviewers, worth) for paper in (group or single).split(",") if paper]
            reviewers += 1
    return count, reviewers, edges


@pytest.mark.parametrize(
    ("name", "optimum"),
    [
        ("preflib-csconf-MD-00002-00000001.toi.gz", 125_600),
        ("preflib-csconf-MD-00002-00000002.toi.gz", 143_200),
        ("preflib-csconf-MD-00002-00000003.toi.gz", 458_000),
        ("preflib-aamas-MD-00004-00000001.toi.gz", 1_401_800),
    ],
)
def test_solve_reaches_the_known_optimum_of_real_conferences(name, optimum):
    path = DATA / "assign" / name
    if not path.is_file():
        pytest.skip(f"the public data set {name} is not here (set LAUREA_DATA)")
    count, reviewers, edges = bids(path)
    application, juror, worth = (np.array(column, dtype=np.int64) for column in zip(*edges, strict=True))
    most = max(6, math.ceil(1.5 * 3 * count / reviewers))
    solved = solve(
        Instance(application, juror, worth, np.full(count, 3), np.zeros(reviewers, np.int64), np.full(reviewers, most))
    )
    assert solved.quality == optimum
    assert not solved.missing.any()
    assert np.bincount(juror[solved.chosen], minlength=reviewers).max() <= most
    assert set(np.bincount(application[solved.chosen], minlength=count)) == {3}
