"""A second officer for a release: one confirms the proposed decisions, another releases them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from laurea import ledger
from laurea.errors import BadInput, Conflict, NotNow
from laurea.store import rounds
from laurea.store.engine import writing
from notifications.filled import Filled


def confirm(engine: Engine, round_id: int, *, actor: ledger.Actor, expected_digest: str, now: datetime) -> None:
    """Confirm exactly the decisions the officer saw, named by their digest. Confirming them again changes nothing.

    Raises NotNow when nothing is proposed or the round asks for no second person, Conflict when the decisions are
    released or others by now.
    """
    with writing(engine) as connection:
        record = rounds.held(connection, round_id)
        if record.released_at:
            raise Conflict("The decisions have been released.", "Nothing was done a second time.")
        if not record.proposed_at:
            raise NotNow("There are no proposed decisions yet.", "Wait until all reviews are in.")
        if not record.second_person or actor.person_id is None:
            raise NotNow("This round is released by one officer alone.", "Release it.")
        if record.digest != expected_digest:
            raise Conflict(
                "The decisions have changed since you looked at them.", "Look at them again, then confirm what you see."
            )
        if record.confirmed_digest == expected_digest:
            return
        rounds.change_round(
            connection, record, confirmed_by=actor.person_id, confirmed_at=now, confirmed_digest=expected_digest
        )
        ledger.record_of(
            connection, record, actor=actor, event=ledger.Event.DECISIONS_CONFIRMED, now=now,
            details={"digest": expected_digest},
        )  # fmt: skip


def ask_second_person(
    engine: Engine, round_id: int, *, asked: bool, why: str = "", actor: ledger.Actor, now: datetime
) -> bool:
    """Say whether a round's release needs two officers; tells whether that changed.

    Letting it go needs a reason. It is kept with the round: nothing is ever erased from the audit, so that no words
    stand there. Raises NotNow once the decisions are released.
    """
    with writing(engine) as connection:
        record = rounds.held(connection, round_id)
        if record.released_at:
            raise NotNow(Filled("The round {code} has been released.", code=record.code))
        if record.second_person is asked:
            return False
        if not asked and not why.strip():
            raise BadInput("It is not said why one officer is enough.", remedy="Give the reason with --why.")
        reason = "" if asked else why.strip()[:300]
        rounds.change_round(connection, record, second_person=asked, second_person_why=reason)
        ledger.record_of(
            connection, record, actor=actor, event=ledger.Event.SECOND_PERSON_ASKED, now=now,
            details={"asked": asked},
        )  # fmt: skip
    return True
