"""What applicants say of an application that is handed in: a fact is right, wrong, or needs a word.

What the rules let the applicant supply is corrected at once; anything else is for the office to change. Either way
it stands in the records with who said it and when, beside what stood before.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from evaluators.facts import read_value
from evaluators.permissions import Deed, Role, may
from laurea.errors import BadInput, Conflict, NotFound, NotNow
from laurea.ledger import Actor, Event, record
from laurea.statute import plan_for
from laurea.store import applying, pages_applicant
from laurea.store.applications import WAITING
from laurea.store.engine import writing
from laurea.store.pages_applicant import Own

LONGEST_WORDS = 2_000
KINDS = ("corrected", "confirmed", "comment")


def say(
    engine: Engine, *, person_id: int, key: str, fact: str, kind: str, value: Any = None, words: str = "", now: datetime
) -> str:
    """Say something of a fact (or with an empty `fact`, of the whole); gives the kind it became.

    `kind` is corrected (to `value`: text, or rows of a list), confirmed, or comment. A correction of what the
    applicant does not supply becomes `asked`: the office decides.
    """
    words = words.strip()
    if kind not in KINDS or len(words) > LONGEST_WORDS or (kind == "comment" and not words):
        raise BadInput("Nothing was said.", remedy="Write a few words, at most 2,000 characters.")
    with writing(engine) as connection:
        own = pages_applicant.own(connection, person_id, key)
        if own is None:
            raise NotFound("There is no such page.")
        if not may(Role.APPLICANT, Deed.CORRECT, own.call.timetable, now) or own.state not in WAITING:
            raise NotNow("The collection of applications is over.", "Write to the office that runs the round.")
        before, after = own.facts.get(fact, own.children.get(fact)), None
        if kind == "corrected":
            kind, after = _correct(connection, own, fact, value), value
        applying.add_statements(
            connection,
            [
                {
                    "authority_id": own.authority_id, "application_id": own.id, "person_id": person_id, "fact": fact,
                    "kind": kind, "before": before, "after": after, "words": words, "said_at": now,
                }
            ],
        )  # fmt: skip
        record(
            connection, authority_id=own.authority_id, actor=Actor.person(person_id), event=Event.FACT_SPOKEN_OF,
            subject=f"application:{own.id}", now=now, round_id=own.call.id, details={"fact": fact, "kind": kind},
        )  # fmt: skip
    return kind


def _correct(connection: Connection, own: Own, name: str, value: Any) -> str:
    ruleset = plan_for(connection, own.call.rule_set, own.call.policies, own.call.parameters).ruleset
    fact = ruleset.facts.get(name)
    if fact is None:
        raise BadInput("The rules know no such fact.", remedy="Choose one of the list.")
    items = [(fact.fields[key], text) for row in value for key, text in row.items()] if fact.fields else [(fact, value)]
    try:
        for one, text in items:
            read_value(one, text)
    except ValueError as wrong:
        raise BadInput(str(wrong.args[0]), remedy=str(wrong.args[1])) from None
    if fact.supplied_by != "applicant":
        return "asked"
    facts, children = dict(own.facts), dict(own.children)
    (children if fact.fields else facts)[name] = value
    if not applying.change_facts(connection, own.id, own.version, facts, children, WAITING):
        raise Conflict("The application was changed meanwhile.", "Look at it again, then repeat it.")
    return "corrected"
