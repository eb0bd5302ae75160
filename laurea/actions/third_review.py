"""Ask for one more review where first sheets differ more than the rules allow, or at a cut line where they are too few.

The juror is chosen by the same optimiser as all others; standing pairs are kept, and whoever is asked is told once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine

from evaluators import assignment
from laurea import deliberation, ledger, routing
from laurea.settings import Settings
from laurea.standing import look
from laurea.store import juries, rounds
from laurea.store.engine import reading, writing


@dataclass(frozen=True)
class Asked:
    """What came of it: further reviews given out, and the applications nobody can give one, each with its reason."""

    pairs: int
    gaps: tuple[assignment.Gap, ...]


def third_review(engine: Engine, round_id: int, *, settings: Settings, now: datetime) -> Asked:
    """Give out the third reviews that are due now. Calling it again changes nothing that was done.

    Nothing is written where nobody can take one: the gap stays until the jury changes, and is found again then.
    """
    with reading(engine) as connection:
        here = look(connection, round_id, settings, now)
        owed = deliberation.waiting(connection, round_id, here.plan)
    due = {number: ref for number, (ref, what) in owed.items() if what in deliberation.FURTHER and number in here.refs}
    record, jury = here.record, here.plan.jury
    if jury is None or not due or record.proposed_at:
        return Asked(0, ())
    only = jury.third_by == "experienced"
    papers = here.papers(dict.fromkeys(due, 1))
    bench = [replace(one, min_load=0) for one in here.bench() if one.experienced or not only]
    terms = {**here.terms(papers, bench), "experienced": 0}
    known, refs = {one.ref for one in bench}, set(due.values())
    terms["pins"] = {pair: pin for pair, pin in terms["pins"].items() if pair[0] in refs and pair[1] in known}
    proposal = assignment.plan(papers, bench, existing=here.pairs(here.kept), **terms)
    gaps = tuple(replace(gap, reason=_reason(gap.reason, only)) for gap in proposal.gaps)
    if not proposal.pairs:
        return Asked(0, gaps)
    deadline = deliberation.until(record, settings.review_days, now)
    add = [(here.ids[one.application], here.juror_ids[one.juror], one.quality) for one in proposal.pairs]
    post = routing.told_of(here, add, "third", deadline)
    with writing(engine) as connection:
        current = rounds.round_by_id(connection, round_id)
        if current.version != record.version or current.proposed_at:
            return Asked(0, ())
        juries.add_assignments(connection, routing.new_reviews(record, add, now, deadline))
        ledger.post(connection, post, authority_id=record.authority_id, round_id=round_id, now=now)
        rounds.change_round(connection, current)
        ledger.record_of(
            connection,
            record,
            actor=ledger.CLOCK,
            event=ledger.Event.THIRD_REVIEWS_ASKED,
            now=now,
            details={
                "pairs": len(add),
                "objective": proposal.objective,
                "gaps": [vars(gap) for gap in gaps],
            },
        )
    return Asked(len(add), gaps)


def _reason(reason: str, experienced: bool) -> str:
    return f"Of the experienced jurors, who alone may give a third review: {reason}" if experienced else reason
