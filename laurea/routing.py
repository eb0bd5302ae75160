"""Routing in the house: what a round's jury stands at, what is missing, and how it is filled; shared by actions.

The records are looked at anew each time. A plan is made outside the transaction and saved only if the round did not
change meanwhile; letters go out with it, so that whoever is told is told once.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from evaluators import assignment
from evaluators.assignment import AssignmentPlan
from laurea import deliberation, ledger, letters
from laurea.errors import Conflict, NotFound, NotNow
from laurea.settings import Settings
from laurea.sources.tables import near
from laurea.standing import Pair, Standing, look
from laurea.store import applications, juries, plans, rounds
from laurea.store.engine import reading, writing
from laurea.store.plans import Review
from notifications.compose import Letter
from notifications.filled import Filled

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


@dataclass(frozen=True)
class Routed:
    """What routing did: pairs saved, and what nobody can give, each with its reason; reviews freed and moved."""

    pairs: int
    gaps: tuple[assignment.Gap, ...]
    seats: tuple[assignment.UnmetSeat, ...] = ()
    freed: int = 0
    moved: int = 0
    least_moved: int | None = None


@dataclass(frozen=True)
class Changes:
    """What a plan changes: reviews freed for good (id: why), taken back before they were begun, and added."""

    add: list[tuple[int, int, int]] = field(default_factory=list)  # application, juror, quality
    free: dict[int, str] = field(default_factory=dict)
    take: list[Review] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.add or self.free or self.take)


def fill(
    engine: Engine, round_id: int, *, settings: Settings, now: datetime, actor: ledger.Actor = ledger.CLOCK
) -> Routed:
    """Free what may not stand, and give out every missing review, as far as the jury allows.

    What stands is kept. Only where somebody left may reviews that nobody has begun move to others, as few as possible.
    Calling it again changes nothing that was done.
    """
    with reading(engine) as connection:
        standing = look(connection, round_id, settings, now)
    if standing.plan.jury is None or standing.record.proposed_at:
        return Routed(0, ())
    repairs = "left" in standing.freed.values()
    proposal = repaired(standing) if repairs else filled(standing)
    changes = changes_to(standing, proposal, whole=repairs)
    routed = Routed(
        len(changes.add), tuple(proposal.gaps), tuple(proposal.unmet_seats), len(changes.free),
        proposal.changed or 0, proposal.least_changed,
    )  # fmt: skip
    gaps = {gap.application for gap in proposal.gaps}
    full = complete(standing, gaps)
    if not changes and not full and standing.record.routed_at:
        return replace(routed, pairs=0)
    told = {
        "objective": proposal.objective,
        "gaps": [gap.as_data() for gap in proposal.gaps],
        "seats": [seat.as_data() for seat in proposal.unmet_seats],
    }
    try:
        saved = save(engine, standing, changes, complete=full, actor=actor, now=now, settings=settings, told=told)
    except Conflict:  # a juror was quicker; the next call starts from what stands then
        saved = False
    return routed if saved else Routed(0, ())


def filled(standing: Standing) -> AssignmentPlan:
    """A plan for what is missing; what stands is kept."""
    assert standing.plan.jury is not None
    counts = Counter(one.application_id for one in standing.kept)
    asked = standing.plan.jury.reviews
    papers = standing.papers({one.id: max(0, asked - counts[one.id]) for one in standing.everyone})
    bench = standing.bench()
    held = standing.pairs(standing.kept)
    return assignment.plan(papers, bench, existing=held, **standing.terms(papers, bench, held), **_drawn(standing))


def repaired(standing: Standing) -> AssignmentPlan:
    """A plan of all reviews that moves as few of those that stand as possible; what is begun stays."""
    assert standing.plan.jury is not None
    counts = Counter(one.application_id for one in standing.kept)
    asked = standing.plan.jury.reviews
    papers = standing.papers({one.id: max(asked, counts[one.id]) for one in standing.everyone})
    bench = standing.bench()
    held = standing.pairs(standing.kept)
    fixed = standing.pairs(one for one in standing.kept if one.begun)
    made = assignment.repair(
        held, set(), papers, bench, fixed=fixed, **standing.terms(papers, bench, fixed, whole=True)
    )
    return _with(made, fixed)


def afresh(standing: Standing) -> AssignmentPlan:
    """The best plan of all reviews; what is begun stays, everything else may move."""
    assert standing.plan.jury is not None
    begun = [one for one in standing.kept if one.begun]
    counts = Counter(one.application_id for one in begun)
    total = Counter(one.application_id for one in standing.kept)
    asked = standing.plan.jury.reviews
    needed = {one.id: max(asked, total[one.id]) - counts[one.id] for one in standing.everyone}
    papers, bench = standing.papers(needed), standing.bench()
    held = standing.pairs(begun)
    made = assignment.plan(papers, bench, existing=held, **standing.terms(papers, bench, held), **_drawn(standing))
    return _with(made, held)


def _drawn(standing: Standing) -> dict[str, Any]:
    """How a plan that is not a repair is chosen among the good ones."""
    assert standing.plan.jury is not None
    return {"fairness": standing.plan.jury.fair, "shuffle": standing.plan.jury.shuffle}


def _with(made: AssignmentPlan, held: set[Pair]) -> AssignmentPlan:
    """A plan together with what it started from."""
    return replace(made, pairs=sorted([*made.pairs, *(assignment.Pair(*pair, 0) for pair in held)]))


def changes_to(standing: Standing, proposal: AssignmentPlan, *, whole: bool) -> Changes:
    """What a plan changes; `whole`: its pairs are all reviews, otherwise those to be added."""
    held = standing.pairs(standing.kept)
    planned = {(pair.application, pair.juror): pair.quality for pair in proposal.pairs}
    add = [
        (standing.ids[a], standing.juror_ids[j], quality) for (a, j), quality in planned.items() if (a, j) not in held
    ]
    take = []
    if whole:
        pairs = {one: (standing.refs[one.application_id], standing.juror_refs[one.juror_id]) for one in standing.kept}
        take = [one for one, pair in pairs.items() if pair not in planned and not one.begun]
    return Changes(sorted(add), dict(standing.freed), take)


def becomes(standing: Standing, pairs: Sequence[Pair]) -> tuple[Changes, dict[str, int]]:
    """What makes these pairs what stands, and by application the reviews that are then still missing."""
    assert standing.plan.jury is not None
    held = {(standing.refs[one.application_id], standing.juror_refs[one.juror_id]): one for one in standing.kept}
    new, wanted = [pair for pair in pairs if pair not in held], set(pairs)
    add = [
        (standing.ids[a], standing.juror_ids[j], worth) for (a, j), worth in zip(new, standing.worth(new), strict=True)
    ]
    changes = Changes(add, dict(standing.freed), [one for pair, one in held.items() if pair not in wanted])
    counts = Counter(application for application, _ in pairs)
    lacking = {one.ref: standing.plan.jury.reviews - counts[one.ref] for one in standing.everyone}
    return changes, {ref: number for ref, number in sorted(lacking.items()) if number > 0}


def complete(standing: Standing, missing: Container[str]) -> set[int]:
    """The applications whose reviews are all given out from now on; `missing`: the references of those that lack some.

    What was given out before is not among them.
    """
    return {one.id for one in standing.everyone if one.state == "eligible" and one.ref not in missing}


def save(
    engine: Engine,
    standing: Standing,
    changes: Changes,
    *,
    complete: set[int],
    actor: ledger.Actor,
    now: datetime,
    settings: Settings,
    told: dict[str, Any],
    by_hand: bool | None = None,
    event: ledger.Event = ledger.Event.JURORS_ASSIGNED,
) -> bool:
    """Write the changes, their letters and their audit line in one transaction; false when the round has changed.

    `by_hand`, where it is said: whether the clock leaves routing to the officer from now on. `event` is what the audit
    calls it. Raises Conflict, with nothing written, when a juror began or submitted one of the reviews it takes away.
    """
    record = standing.record
    until = deliberation.until(record, settings.review_days, now)
    post = _letters(standing, changes, until)
    with writing(engine) as connection:
        current = rounds.held(connection, record.id)
        same = current.version == record.version and not current.proposed_at
        hand = current.routed_by_hand if by_hand is None else by_hand
        if not same:
            return False
        rounds.change_round(connection, current, routed_at=now, routed_by_hand=hand)
        found = [(standing.ids[f.application], standing.juror_ids[f.juror], f.kind) for f in standing.found]
        juries.add_conflicts(connection, record.authority_id, record.id, found, "found", now)
        freed = {one: why for one, why in changes.free.items() if why != "never"}
        gone = [*(changes.free.keys() - freed.keys()), *(one.id for one in changes.take)]
        if not plans.hand_back(connection, freed, now) or not plans.take_back(connection, gone, now):
            raise Conflict("A review of this plan was begun a moment ago; nothing was changed.", "Make the plan again.")
        juries.add_assignments(connection, new_reviews(record, changes.add, now, until))
        applications.set_states(connection, dict.fromkeys(sorted(complete), "assigned"))
        ledger.post(connection, post, authority_id=record.authority_id, round_id=record.id, now=now)
        ledger.record_of(
            connection,
            record,
            actor=actor,
            event=event,
            now=now,
            details={"pairs": len(changes.add), "freed": len(changes.free), "taken": len(changes.take), **told},
        )
    return True


def new_reviews(
    record: rounds.RoundRecord, add: Iterable[tuple[int, int, int]], now: datetime, until: datetime | None = None
) -> list[dict[str, Any]]:
    """Reviews as they begin in the records; `add`: application, juror and how well they fit."""
    return [
        {
            "authority_id": record.authority_id,
            "round_id": record.id,
            "application_id": application,
            "juror_id": juror,
            "quality": quality,
            "state": "open",
            "assigned_at": now,
            "until": until,
        }
        for application, juror, quality in add
    ]


def told_of(
    standing: Standing, add: Iterable[tuple[int, int, int]], occasion: str, until: datetime | None
) -> list[Letter]:
    """One letter a juror about new reviews; the occasion and the reviews name it, so that each set is told once."""
    new: dict[int, list[int]] = defaultdict(list)
    for application, juror_id, _ in add:
        new[juror_id].append(application)
    post = []
    for juror in standing.jury:
        if juror.id in new:
            mark = hashlib.sha256(",".join(map(str, sorted(new[juror.id]))).encode()).hexdigest()[:12]
            post.append(letters.assignment(standing.desk, juror, new[juror.id], f"{occasion}-{mark}", until=until))
    return post


def _letters(standing: Standing, changes: Changes, until: datetime | None) -> list[Letter]:
    """Who is told what: new reviews, and reviews that are no longer theirs. Who left is told nothing."""
    names = {one.id: one.unit_name or one.ref for one in standing.everyone}
    lost: dict[int, list[str]] = defaultdict(list)
    free = {one for one, why in changes.free.items() if why != "left"} | {one.id for one in changes.take}
    for review in standing.reviews:
        if review.id in free and review.application_id in names:
            lost[review.juror_id].append(names[review.application_id])
    version = str(standing.record.version)  # a save raises it, so that no two letters share a key
    withdrawn = [
        letters.reviews_withdrawn(standing.desk, juror, sorted(lost[juror.id]), version)
        for juror in standing.jury
        if juror.id in lost
    ]
    return told_of(standing, changes.add, version, until) + withdrawn


def juror_of(connection: Connection, record: rounds.RoundRecord, ref: str) -> juries.JurorRecord:
    """A juror of a round whose jury may still change.

    Raises NotNow once decisions are proposed, and NotFound for an unknown juror.
    """
    if record.proposed_at:
        raise NotNow(Filled("Decisions of the round {code} have been proposed; its jury is closed.", code=record.code))
    jury = {one.ref: one for one in juries.jurors(connection, record.id)}
    if ref not in jury:
        raise NotFound(f"The round {record.code} has no juror {ref!r}.", f"{near(ref, jury)}Mend the id.")
    return jury[ref]
