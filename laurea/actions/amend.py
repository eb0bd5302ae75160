"""The office changes a fact as an applicant asked: to what, by whom, when and why stands beside what was there before.

An application nobody reviews is checked again by the round's next step. Where it is with jurors the changed fact counts
when decisions are proposed; decisions that are proposed already are taken back and proposed anew.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from evaluators.facts import read_value
from evaluators.permissions import Deed, Role, may
from laurea import statute
from laurea.errors import BadInput, Conflict, NotFound, NotNow
from laurea.ledger import Actor, Event, record_of
from laurea.store import applying, pages_heard, rounds
from laurea.store.engine import writing

LONGEST_WORDS = 2_000


def amend(
    engine: Engine, *, authority_id: int, round_id: int, statement: int, value: Any, why: str, person_id: int,
    now: datetime,
) -> bool:  # fmt: skip
    """Accept a change somebody asked for, with the value the office gives (text, or rows of a list); tells whether
    proposed decisions were taken back.

    Raises BadInput when the value does not fit the rule set's declaration or no reason is given, NotNow after the
    release, Conflict when it was dealt with or the application changed meanwhile.
    """
    why = why.strip()
    if not why or len(why) > LONGEST_WORDS:
        raise BadInput("It is not said why the fact is changed.", remedy="Write a few words, at most 2,000 characters.")
    with writing(engine) as connection:
        record = rounds.held(connection, round_id)
        if record.authority_id != authority_id or not may(Role.OFFICER, Deed.AMEND, record.timetable, now):
            raise NotNow("Facts are changed before the release alone.", "Deal with an appeal instead.")
        asked = pages_heard.asked(connection, authority_id, round_id, statement)
        if asked is None:
            raise NotFound("There is no such page.")
        if asked.settled_at is not None:
            raise Conflict("Somebody has dealt with this meanwhile.", "Look at it again; nothing was changed.")
        fact = statute.plan_of(connection, record).ruleset.facts.get(asked.fact)
        if fact is None:
            raise BadInput("The rules know no such fact.", remedy="Nothing can be changed.")
        if value == "":
            raise BadInput("No value is given.", remedy="Write the value, or leave the fact as it is.")
        items = (
            [(fact.fields[key], text) for row in value for key, text in row.items()] if fact.fields else [(fact, value)]
        )
        try:
            for one, text in items:
                read_value(one, text)
        except ValueError as wrong:
            raise BadInput(str(wrong.args[0]), remedy=str(wrong.args[1])) from None
        facts, children = dict(asked.facts), dict(asked.children)
        part = children if fact.fields else facts
        before, part[asked.fact] = part.get(asked.fact), value
        state = asked.state if asked.reviewed else "submitted"
        if not applying.amend_facts(connection, asked.application_id, asked.version, facts, children, state):
            raise Conflict("The application was changed meanwhile.", "Look at it again, then repeat it.")
        applying.add_statements(
            connection,
            [
                {
                    "authority_id": authority_id, "application_id": asked.application_id, "person_id": person_id,
                    "fact": asked.fact, "kind": "amended", "before": before, "after": value, "words": why,
                    "said_at": now, "settled_at": now, "settled_by": person_id,
                }
            ],
        )  # fmt: skip
        pages_heard.settle(connection, "statement", statement, "", person_id, now)
        taken_back = record.proposed_at is not None
        if taken_back:
            rounds.change_round(connection, record, proposed_at=None, digest=None)
        record_of(
            connection, record, actor=Actor.person(person_id), event=Event.FACT_AMENDED, now=now,
            subject=f"application:{asked.application_id}",
            details={"fact": asked.fact, "statement": statement, "taken_back": taken_back},
        )  # fmt: skip
    return taken_back
