"""Which third review helps, for benchmarks/scoring.py: the third-review table, and how near the reference it comes.

Two jurors first, then a fifth of the applications gets a third: those are the reference's terms, and what it says of
them is followed to the letter. What it leaves open is read so: a third juror is any other of the application's own
panel; the discrepant pairs are those furthest apart, as many as the budget; around the line are those whose figure (the
mean, or the adjusted one) stands nearest to that of the last place; of three scores with equal gaps the lower two are
the closest; the adjusted figure is our default's. No reading was chosen for its outcome.

The same table at half that budget is there because it is what the reference's figures fit: a third for a fifth of all
saves about twice what the reference says, in a bare simulation with none of our code as well.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
from _common import Options
from _panels import DESIGNS, Design, Floats, Ints, Round, best, draw, mean, wrong

from evaluators.calibration import Calibration, calibrate
from evaluators.cutline import Cut
from evaluators.third_review import most_useful

CUT = Fraction(1, 4)
BUDGET, HALF = Fraction(1, 5), Fraction(1, 10)  # shares of the applications that get a third review
NEAR = 0.015  # a cell agrees within this; the chance error of a difference is about 0.006

# Share of wrong decisions at the cut; reference for random assignment, unequal jurors, 5 % outliers, panels.
REFERENCE = {
    "none, mean": (0.274, 0.290, 0.303, 0.281),
    "none, adjusted": (0.241, 0.258, 0.276, 0.246),
    "discrepant, closest two": (0.288, 0.297, 0.303, 0.291),
    "discrepant, mean of three": (0.272, 0.282, 0.294, 0.278),
    "random, adjusted": (0.238, 0.253, 0.270, 0.241),
    "cut line, mean": (0.256, 0.271, 0.281, 0.263),
    "cut line, adjusted": (0.224, 0.239, 0.252, 0.227),
}
OURS = "where it helps most, adjusted"  # what the product does; the reference has no such row
Table = dict[str, dict[str, float]]


def scored(drawn: Round) -> Calibration:
    """The default: parts that never meet are taken to be equally severe, as every other method here takes them."""
    return calibrate(drawn.sheets(), across="assume_equal")


def designs() -> tuple[Design, ...]:
    """The four juries of the third-review table: two scores each."""
    by_name = {design.name: replace(design, reviews=2) for design in DESIGNS}
    base = by_name["random assignment"]
    outliers = replace(base, name="outliers 5 %", outliers=0.05)
    return base, by_name["unequal jurors"], outliers, by_name["panels, 15 % bridges"]


def closest_two(drawn: Round, some: Ints) -> Floats:
    """The mean, and for `some`, which have three scores, the mean of the two nearest (the lower pair where equal)."""
    figure = mean(drawn)
    order = np.lexsort((drawn.score, drawn.application))
    application, score = drawn.application[order], drawn.score[order]
    start = np.searchsorted(application, some)
    low, middle, high = score[start], score[start + 1], score[start + 2]
    figure[some] = np.where(middle - low <= high - middle, (low + middle) / 2, (middle + high) / 2)
    return figure


def nearest(figure: Floats, places: int, budget: int) -> Ints:
    """The applications whose figure stands nearest to that of the last place."""
    return best(-np.abs(figure - np.sort(figure)[len(figure) - places]), budget)


def adjusted(drawn: Round) -> Floats:
    """The default's figure of each application."""
    return scored(drawn).applications["adjusted"].to_numpy()


def policies(design: Design, seed: int, shares: tuple[Fraction, ...]) -> list[dict[str, float]]:
    """Share of wrong decisions under each policy, for each budget."""
    drawn = draw(design, seed)
    count = design.applications
    places = int(CUT * count)
    found = scored(drawn)
    plain, corrected = mean(drawn), found.applications["adjusted"].to_numpy()
    pair = drawn.score[np.lexsort((drawn.score, drawn.application))].reshape(count, 2)
    useful = most_useful(found, Cut(share=CUT), int(max(shares) * count), seed, use="adjusted", draws=400)
    helpful = np.array([int(name[1:]) for name, _ in useful])
    shuffled = np.random.default_rng([seed, 3]).permutation(count)
    told = []
    for share in shares:
        budget = int(share * count)
        discrepant = best(pair[:, 1] - pair[:, 0], budget)
        three = drawn.with_more(discrepant)
        figures = {
            "none, mean": plain,
            "none, adjusted": corrected,
            "discrepant, closest two": closest_two(three, discrepant),
            "discrepant, mean of three": mean(three),
            "random, adjusted": adjusted(drawn.with_more(shuffled[:budget])),
            "cut line, mean": mean(drawn.with_more(nearest(plain, places, budget))),
            "cut line, adjusted": adjusted(drawn.with_more(nearest(corrected, places, budget))),
            OURS: adjusted(drawn.with_more(np.sort(helpful[:budget]))),
        }
        told.append({name: wrong(figure, drawn.value, places) for name, figure in figures.items()})
    return told


def tables(options: Options, rounds: int) -> tuple[Table, Table]:
    """The third-review table (policy to design to share of wrong decisions) at the reference's budget and at half."""
    found: tuple[Table, Table] = ({}, {})
    for design in designs():
        drawn = [policies(design, seed, (BUDGET, HALF)) for seed in range(rounds)]
        for place, table in enumerate(found):
            for name in drawn[0][0]:
                table.setdefault(name, {})[design.name] = round(float(np.mean([one[place][name] for one in drawn])), 4)
    for share, table in zip((BUDGET, HALF), found, strict=True):
        options.say(f"  third review for {float(share):.0%} of all, wrong decisions at the cut: ours (less reference)")
        for name, cells in table.items():
            was = REFERENCE.get(name, (None,) * len(cells))
            told = (
                f"{ours:.3f} " + (" " * 8 if one is None else f"({ours - one:+.3f})")
                for ours, one in zip(cells.values(), was, strict=True)
            )
            options.say(f"  {name:<29} " + "  ".join(told))
    return found


def beside_reference(found: tuple[Table, Table]) -> dict[str, Any]:
    """How near the reference a run came, and what our own policy saves beside asking nobody."""
    at_fifth, at_half = found
    none, ours = at_fifth["none, adjusted"], at_fifth[OURS]
    return {
        f"third review: share of cells within {NEAR} of the reference": agreeing(at_fifth),
        "third review: pairs of policies in the reference's order, share": in_order(at_fifth),
        f"third review at half the budget: share of cells within {NEAR}": agreeing(at_half),
        "third review at half the budget: pairs of policies in order, share": in_order(at_half),
        "third review where it helps most, beside none: wrong decisions saved, lowest": min(
            none[one] - ours[one] for one in none
        ),
    }


def agreeing(table: Table) -> float:
    """The share of cells that agree."""
    cells = [
        abs(ours - was) <= NEAR
        for name, reference in REFERENCE.items()
        for ours, was in zip(table[name].values(), reference, strict=True)
    ]
    return sum(cells) / len(cells)


def in_order(table: Table) -> float:
    """The share of pairs of policies, over all designs, that stand as in the reference; where it has a tie, either."""
    same = [
        (table[left][design] - table[right][design]) * (REFERENCE[left][place] - REFERENCE[right][place]) >= 0
        for place, design in enumerate(table["none, mean"])
        for left, right in combinations(REFERENCE, 2)
    ]
    return sum(same) / len(same)
