"""Ask for one more review where first sheets differ more than the rules allow, or at a cut line where they are too few.

The juror is chosen by the same optimiser as all others; standing pairs are kept, and whoever is asked is told once.
The clock does this where it routes; where the officer does, a plan of third reviews waits for them (`plan_draft`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from evaluators import assignment
from laurea import deliberation, further, ledger, routing
from laurea.settings import Settings
from laurea.standing import look
from laurea.store import juries, panels, rounds
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
        due = further.due_further(connection, here)
    record = here.record
    if here.plan.jury is None or not due or record.proposed_at:
        return Asked(0, ())
    proposal = further.further(here, due)
    gaps = tuple(proposal.gaps)
    if not proposal.pairs:
        return Asked(0, gaps)
    deadline = deliberation.until(record, settings.review_days, now)
    add = [(here.ids[one.application], here.juror_ids[one.juror], one.quality) for one in proposal.pairs]
    post = routing.told_of(here, add, "third", deadline)
    with writing(engine) as connection:
        current = rounds.held(connection, round_id)
        whole = panels.complete(connection, round_id, here.plan.jury.reviews)  # a sheet may be open again
        if current.version != record.version or current.proposed_at or not due.keys() <= {*whole}:
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
                "gaps": [gap.as_data() for gap in gaps],
            },
        )
    return Asked(len(add), gaps)
