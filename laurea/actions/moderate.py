"""An officer chooses what of the jury's words an applicant reads, and edits it; what the jury wrote is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine

from evaluators.feedback import goes_to, names
from evaluators.permissions import Deed, Role, may
from laurea import statute
from laurea.errors import BadInput, Conflict, NotFound, NotNow
from laurea.ledger import Actor, Event, record_of
from laurea.store import feedback, outcomes, rounds
from laurea.store.engine import writing
from notifications.filled import Filled
from notifications.wording import tidy

LONGEST = 5000  # characters of one comment in a letter


@dataclass(frozen=True)
class Choice:
    """What an officer makes of one comment."""

    words: str
    sent: bool


def moderate(
    engine: Engine, round_id: int, application_id: int, choices: Mapping[str, Choice], *, seen: int, person_id: int,
    now: datetime,
) -> int:  # fmt: skip
    """Keep what becomes of each comment about an application, by its source; gives how many go to the applicant.

    `seen` is the sum of the versions the officer saw. Raises BadInput where the words would name somebody of the jury,
    Conflict where another officer was quicker, NotNow outside the weeks between proposal and release.
    """
    with writing(engine) as connection:
        record = rounds.held(connection, round_id)
        if not may(Role.OFFICER, Deed.MODERATE, record.timetable, now):
            raise NotNow("What the jury says is chosen while decisions are proposed.")
        decision = outcomes.decision_of(connection, application_id, round_id)
        if decision is None:
            raise NotFound("There is no such page.")
        if not goes_to(statute.plan_of(connection, record).ruleset, granted=decision.granted):
            raise NotNow("By the rules, the jury’s words do not go to this applicant.")
        every = feedback.of_application(connection, application_id)
        if sum(one.version for one in every) != seen:
            raise Conflict("Somebody else changed this meanwhile.", "Look at it again; nothing of yours was kept.")
        if set(choices) - {one.source for one in every}:
            raise NotFound("There is no such page.")
        jury = feedback.jury(connection, round_id, application_id)
        sent = 0
        for one in every:
            choice = choices.get(one.source)
            if choice is None:
                continue
            chosen = replace(one, words=tidy(choice.words), sent=choice.sent and bool(choice.words.strip()))
            if len(chosen.words) > LONGEST:
                raise BadInput("A comment is too long for a letter.", remedy="Shorten it to 5,000 characters.")
            if chosen.sent and (who := names(chosen.words, jury)):
                raise BadInput(
                    Filled("These words name somebody of the jury: {name}.", name=who),
                    remedy="Say it without the name; nothing was kept.",
                )
            sent += chosen.sent
            if not one.version and one.source == feedback.OFFICE and not chosen.words:
                continue
            feedback.keep(
                connection, authority_id=record.authority_id, round_id=round_id, application_id=application_id,
                one=chosen, person_id=person_id, now=now,
            )  # fmt: skip
        rounds.change_round(connection, record)  # a release that is under way must read it again
        record_of(
            connection, record, actor=Actor.person(person_id), event=Event.FEEDBACK_MODERATED, now=now,
            subject=f"application:{application_id}", details={"sent": sent},
        )  # fmt: skip
    return sent
