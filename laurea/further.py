"""Plans of a few more reviews beside those that stand: third reviews, and what reserves take over from the silent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from evaluators import assignment
from evaluators.assignment import AssignmentPlan
from evaluators.conflicts import Juror
from evaluators.reasons import Clause, Why
from laurea import deliberation
from laurea.routing import Changes
from laurea.standing import Standing
from laurea.store.plans import Review

if TYPE_CHECKING:
    from sqlalchemy import Connection


def further(standing: Standing, due: Mapping[int, str]) -> AssignmentPlan:
    """A plan of one more review for each application that is due one; `due` are their references by id.

    What stands is kept. Reasons for what nobody can give say where only experienced jurors may.
    """
    jury = standing.plan.jury
    assert jury is not None
    only = jury.third_by == "experienced"
    bench = [one for one in standing.bench() if one.experienced or not only]
    made = _beside(standing, dict.fromkeys(due, 1), bench, standing.kept)
    if not only:
        return made
    nobody = (Clause(Why.NO_EXPERIENCED), Clause(Why.NAME_EXPERIENCED))
    start = Clause(Why.THIRD_BY_EXPERIENCED)
    return replace(made, gaps=[replace(one, why=(start, *(one.why if bench else nobody))) for one in made.gaps])


def due_further(connection: Connection, standing: Standing) -> dict[int, str]:
    """The applications that are due one more review now, by id with their references."""
    owed = deliberation.waiting(connection, standing.record.id, standing.plan)
    return {
        number: ref for number, (ref, what) in owed.items() if what in deliberation.FURTHER and number in standing.refs
    }


def relief(standing: Standing, silent: set[int]) -> Changes:
    """What reserves take over of these reviews (by id), which their jurors left unbegun; what none can take stays."""
    theirs = [one for one in standing.kept if one.id in silent and not one.begun]
    given = {one.id for one in theirs}
    others = [one for one in standing.kept if one.id not in given]
    called = {one.ref for one in standing.jury if one.reserve and not one.left_at}
    bench = [one for one in standing.bench(reserves=True) if one.ref in called]
    made = _beside(standing, Counter(one.application_id for one in theirs), bench, others)
    changes = Changes(
        [(standing.ids[one.application], standing.juror_ids[one.juror], one.quality) for one in made.pairs]
    )
    taken = Counter(application for application, _, _ in changes.add)
    for one in theirs:
        if taken[one.application_id]:
            taken[one.application_id] -= 1
            changes.free[one.id] = "silent"
    return changes


def _beside(
    standing: Standing, needed: Mapping[int, int], bench: Sequence[Juror], standing_reviews: Sequence[Review]
) -> AssignmentPlan:
    """A plan of what is needed, by application, from these jurors alone and beside these reviews."""
    papers = standing.papers(needed)
    some = [replace(one, min_load=0) for one in bench]
    terms = {**standing.terms(papers, some), "experienced": 0}
    known, refs = {one.ref for one in some}, {standing.refs[one] for one in needed}
    terms["pins"] = {pair: pin for pair, pin in terms["pins"].items() if pair[0] in refs and pair[1] in known}
    return assignment.plan(papers, some, existing=standing.pairs(standing_reviews), **terms)
