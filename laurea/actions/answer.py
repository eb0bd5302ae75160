"""The office deals with what applicants said: an appeal is answered, a word is laid aside."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from laurea.errors import BadInput, NotFound
from laurea.ledger import Actor, Event, record
from laurea.store import pages_heard, replays
from laurea.store.engine import writing

LONGEST_ANSWER = 10_000


def answer(
    engine: Engine,
    *,
    authority_id: int,
    round_id: int,
    kind: str,
    number: int,
    words: str,
    person_id: int,
    now: datetime,
) -> None:
    """Settle an appeal (with an answer the applicant reads on their page) or a statement. Twice changes nothing."""
    words = words.strip()
    if kind == "appeal" and not words:
        raise BadInput("An appeal needs an answer.", remedy="Write what was decided, and why.")
    if len(words) > LONGEST_ANSWER:
        raise BadInput("The answer is too long.", remedy="Shorten it to 10,000 characters.")
    with writing(engine) as connection:
        found = pages_heard.find(connection, authority_id, round_id, kind, number)
        if found is None:
            raise NotFound("There is no such page.")
        if found.settled_at is not None:
            return
        pages_heard.settle(connection, kind, number, words, person_id, now)
        if kind == "appeal":
            replays.leave(connection, number)
        record(
            connection, authority_id=authority_id, actor=Actor.person(person_id), event=Event.APPLICANT_ANSWERED,
            subject=f"{kind}:{number}", now=now, round_id=round_id,
        )  # fmt: skip
