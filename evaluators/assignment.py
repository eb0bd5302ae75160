"""The assignment plan: which juror reviews which application, with reasons where nobody can.

A plan is a proposal; the house saves it. It comes with a proof: the most that any plan could reach (see `routing`).
It depends on nothing but its arguments: applications and jurors are put in an order drawn from their ids and the seed,
so the order in which they arrive changes nothing, and the seed alone settles ties.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

import numpy as np

from evaluators.certificate import Routed
from evaluators.conflicts import Candidate, Juror
from evaluators.fair_proof import lifted
from evaluators.fairness import lift_worst
from evaluators.flow import Ints
from evaluators.gaps import Gap, UnmetSeat, explain, explain_seats
from evaluators.planning import Desk, Terms, percentile
from evaluators.suitability import USUAL, PairScores, Weights

__all__ = [
    "AssignmentPlan", "Candidate", "Gap", "Juror", "Pair", "PairScores", "UnmetSeat", "Weights", "plan",
    "repair", "worth",
]  # fmt: skip


@dataclass(frozen=True, order=True)
class Pair:
    """One review to be given out. `quality` is 0 (worst) to 1000 (best)."""

    application: str
    juror: str
    quality: int


@dataclass(frozen=True)
class AssignmentPlan:
    """A proposal: `pairs` are the new reviews, sorted, `objective` their total quality; `loads` count old ones too.

    `bound` is the proven most that any plan with as many reviews (and seats and minimum loads) could reach, `gap` how
    far `objective` stays below it as a share of it (0: optimal). `worst` and `fifth_percentile` are an application's
    total quality over its reviews, old and new. `histogram` says how many jurors hold each load. `fairness_cost` is
    what lifting the worst-off took from the total; `random_loss` the most that a shuffle took: how far the plan stayed
    below the bound of the same round without one, before fairness.

    Of a fair plan, `worst_bound` is the proven most that any plan (with as many reviews, seats and minimum loads) could
    give its worst-off, `fair_bound` the most total of any whose worst-off has as much as here; of others both are 0.

    After a repair `pairs` is the whole assignment but for fixed ones, `changed` counts standing pairs taken from
    jurors who are still there and `least_changed` the proven least with as many reviews and seats; `added` and
    `removed` are the differences, the pairs of those who left not among them.
    """

    pairs: list[Pair]
    objective: int
    gaps: list[Gap]
    loads: dict[str, int] = field(default_factory=dict)
    bound: int = 0
    gap: float = 0.0
    worst: int = 0
    worst_bound: int = 0
    fair_bound: int = 0
    fifth_percentile: int = 0
    histogram: dict[int, int] = field(default_factory=dict)
    fairness_cost: int = 0
    random_loss: int = 0
    unmet_seats: list[UnmetSeat] = field(default_factory=list)
    changed: int | None = None
    least_changed: int | None = None
    added: list[tuple[str, str]] = field(default_factory=list)
    removed: list[tuple[str, str]] = field(default_factory=list)


def plan(
    applications: Sequence[Candidate],
    jurors: Sequence[Juror],
    *,
    conflicts: AbstractSet[tuple[str, str]],
    existing: AbstractSet[tuple[str, str]] = frozenset(),
    languages: bool,
    seed: int,
    weights: Weights = USUAL,
    affinity: Mapping[tuple[str, str], float] | PairScores | None = None,
    pins: Mapping[tuple[str, str], str] | None = None,
    experienced: int = 0,
    per_institution: int | None = None,
    fairness: bool = False,
    shuffle: float = 0.0,
    candidates: int | None = None,
    apart: Collection[str] = (),
) -> AssignmentPlan:
    """The best assignment of `needed` further jurors to each application.

    `conflicts` and `existing` are pairs (application, juror): the first are never given, the second are never
    given again and count in the juror's load. With `languages`, only a juror who reads the application's
    language may have it. `affinity` (0 to 1) mixes into the quality by its weight; a pair without one scores 0.
    `pins`: a "must" pair is given, a "never" pair is not; pins of somebody not at hand are left out. `experienced`
    seats of each application go to experienced jurors, and at most `per_institution` reviews of an application to
    jurors of one institution; existing reviews count for both. `fairness` lifts the worst-off application first.
    `shuffle` (0 to 1) is the largest quality, as a share of the best, that chance may take from a pair. `candidates` is
    how many jurors to weigh for each application before all others are priced out; None leaves that to the size.
    `apart` (own_region, own_country) keeps juror and applicant of one place apart without a list of their pairs,
    which in a large round would be tens of millions.

    Hard: conflicts, languages, pins, max_load, one review a pair, the limit of an institution. A review nobody can
    give becomes a `Gap` with its reason, a seat no experienced juror can take an `UnmetSeat`; min_load is met wherever
    that costs neither. Raises ValueError when an id occurs twice, a load or need is negative, an affinity is no
    number from 0 to 1, or a "must" breaks a rule.
    """
    terms = Terms(
        conflicts, existing, languages, seed, weights, affinity, pins or {}, experienced, per_institution, shuffle,
        candidates, apart=apart,
    )  # fmt: skip
    desk = Desk(applications, jurors, terms)
    routed = desk.solve()
    fair = lift_worst(routed, desk.totals(*_pairs(desk, routed))) if fairness else routed
    plain = Desk(applications, jurors, replace(terms, shuffle=0.0)).solve().bound if desk.lift else routed.bound
    most = min(plain, routed.bound)
    made = _told(desk, routed, fair, most)
    if not fairness:
        return made
    worst, total = lifted(desk, fair, desk.totals(*_pairs(desk, fair)), most)
    return replace(made, worst_bound=worst, fair_bound=made.bound - most + total)


def repair(
    current: AssignmentPlan | AbstractSet[tuple[str, str]],
    dropped: AbstractSet[str],
    applications: Sequence[Candidate],
    jurors: Sequence[Juror],
    *,
    conflicts: AbstractSet[tuple[str, str]],
    fixed: AbstractSet[tuple[str, str]] = frozenset(),
    languages: bool,
    seed: int,
    weights: Weights = USUAL,
    affinity: Mapping[tuple[str, str], float] | None = None,
    pins: Mapping[tuple[str, str], str] | None = None,
    experienced: int = 0,
    per_institution: int | None = None,
    candidates: int | None = None,
    apart: Collection[str] = (),
) -> AssignmentPlan:
    """The assignment after jurors `dropped` left, with as few standing pairs taken from those who stay as possible.

    `current` holds the standing pairs, those of the dropped included. `applications` say in `needed` how many reviews
    each is to have in all; `jurors` may still hold those who left. `fixed` are standing pairs that may not be taken
    away (a sheet is begun or done); all others may move. Aims in strict order: reviews, seats, standing pairs kept,
    minimum loads, quality. Arguments are otherwise those of `plan`, and so are the errors.
    """
    pairs = {(p.application, p.juror) for p in current.pairs} if isinstance(current, AssignmentPlan) else set(current)
    there = [juror for juror in jurors if juror.ref not in dropped]
    known = {juror.ref for juror in there} & {juror for _, juror in pairs}
    standing = {pair for pair in pairs if pair[1] in known}
    firm = standing & fixed
    done = Counter(application for application, _ in firm)
    papers = [replace(paper, needed=max(0, paper.needed - done[paper.ref])) for paper in applications]
    terms = Terms(
        conflicts, firm, languages, seed, weights, affinity, pins or {}, experienced, per_institution, 0.0, candidates,
        standing - firm, apart,
    )  # fmt: skip
    desk = Desk(papers, there, terms)
    routed = desk.solve()
    made = _told(desk, routed, routed, routed.bound)
    now = {(pair.application, pair.juror) for pair in made.pairs}
    removed, added = sorted(standing - firm - now), sorted(now - standing)
    beyond = len(standing - firm) - (0 if routed.instance.kept is None else int(routed.instance.kept.sum()))
    pinned = sum(1 for row, column in desk.must if (desk.papers[row].ref, desk.panel[column].ref) in standing)
    least = (routed.least_unkept or 0) + beyond - pinned
    return replace(made, changed=len(removed), least_changed=least, added=added, removed=removed)


def _pairs(desk: Desk, routed: Routed) -> tuple[Ints, Ints]:
    """Rows and columns of all reviews given: the pinned ones, then the chosen ones."""
    pinned = np.array([*desk.must], dtype=np.int64).reshape(-1, 2)
    row, column = (
        routed.instance.application[routed.chosen],
        routed.instance.juror[routed.chosen],
    )
    return np.concatenate([pinned[:, 0], row]), np.concatenate([pinned[:, 1], column])


def _told(desk: Desk, best: Routed, final: Routed, most: int) -> AssignmentPlan:
    """A solved round as a plan: with names, figures and reasons. `best` is the solution before fairness, `most` the
    proven most total quality, that of pins not counted and nothing drawn.
    """
    row, column = _pairs(desk, final)
    worth = desk.worth(row, column)
    pairs = [
        Pair(desk.papers[r].ref, desk.panel[c].ref, q)
        for r, c, q in zip(row.tolist(), column.tolist(), worth.tolist(), strict=True)
    ]
    pairs.sort(key=lambda pair: (pair.application, pair.juror))
    objective, before = int(worth.sum()), int(desk.worth(*_pairs(desk, best)).sum())
    pinned = before - int(desk.worth(best.instance.application[best.chosen], best.instance.juror[best.chosen]).sum())
    bound = pinned + most
    loads = desk.held + np.bincount(column, minlength=len(desk.panel))
    given = final.chosen[desk.experienced[final.instance.juror[final.chosen]]]
    seated = np.bincount(final.instance.application[given], minlength=len(desk.papers))
    unmet = np.maximum(desk.wanted - seated - final.missing, 0)  # a review that is missing is a gap already
    standing = desk.standing_at_end(row, column, final.missing, unmet, loads)
    whole = desk.totals(row, column)
    totals = whole[desk.needed > 0]
    return AssignmentPlan(
        pairs,
        objective,
        explain(standing),
        {juror.ref: int(loads[desk.columns[juror.ref]]) for juror in sorted(desk.panel, key=lambda one: one.ref)},
        bound=bound,
        gap=(bound - objective) / bound if bound else 0.0,
        worst=int(totals.min()) if len(totals) else 0,
        fifth_percentile=percentile(totals, 0.05),
        histogram=dict(sorted(Counter(loads.tolist()).items())),
        fairness_cost=before - objective,
        random_loss=bound - before if desk.lift else 0,
        unmet_seats=explain_seats(standing),
    )


def worth(
    pairs: Sequence[tuple[str, str]],
    applications: Sequence[Candidate],
    jurors: Sequence[Juror],
    *,
    weights: Weights = USUAL,
    affinity: Mapping[tuple[str, str], float] | PairScores | None = None,
) -> list[int]:
    """The quality of some pairs, as a plan would score them, whether or not anything stands against them."""
    if not pairs:
        return []
    none: frozenset[tuple[str, str]] = frozenset()
    desk = Desk(applications, jurors, Terms(none, none, languages=False, seed=0, weights=weights, affinity=affinity))
    rows = np.array([desk.rows[application] for application, _ in pairs], dtype=np.int64)
    columns = np.array([desk.columns[juror] for _, juror in pairs], dtype=np.int64)
    found: list[int] = desk.worth(rows, columns).tolist()
    return found
