"""Give one juror more time than the review period."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from evaluators.permissions import Deed, Role, may
from laurea.errors import BadInput, NotFound, NotNow
from laurea.ledger import Actor, Event, record
from laurea.store import juries, panels, rounds
from laurea.store.engine import writing


def extend(engine: Engine, round_id: int, juror_ref: str, *, until: datetime, actor: Actor, now: datetime) -> int:
    """Keep the juror's reviews open until `until`; how many that changed. The audit keeps who granted it.

    A later moment than the one granted before counts, an earlier one changes nothing.
    """
    with writing(engine) as connection:
        held = rounds.held(connection, round_id)
        if not may(Role.OFFICER, Deed.EXTEND, held.timetable, now):
            raise NotNow("There is no review going on.", "Time can be given until decisions are proposed.")
        juror = next((one for one in juries.jurors(connection, round_id) if one.ref == juror_ref), None)
        if juror is None:
            raise NotFound(f"The round has no juror {juror_ref!r}.", "Look at the list of its jurors.")
        if until <= now or until <= held.review_until:
            raise BadInput(
                "This is no longer than the juror has anyway.", remedy="Give a day after the end of the review period."
            )
        changed = panels.extend(connection, juror.id, until)
        if changed:
            rounds.change_round(connection, held)  # a plan made before may take these reviews away
            record(
                connection,
                authority_id=held.authority_id,
                actor=actor,
                event=Event.TIME_EXTENDED,
                subject=f"juror:{juror.id}",
                now=now,
                round_id=round_id,
                details={"until": until.isoformat(), "reviews": changed},
            )
    return changed
