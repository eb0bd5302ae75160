"""The office deals with what applicants said: an appeal is answered, a word is laid aside."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from laurea import appeal_letters
from laurea.errors import BadInput, NotFound
from laurea.ledger import Actor, Event, post, record
from laurea.letters import Desk
from laurea.settings import Settings
from laurea.store import pages_heard, replays, rounds
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
    settings: Settings,
    now: datetime,
) -> None:
    """Settle an appeal, with an answer the applicant gets by letter and reads on their page, or a statement.

    Twice changes nothing, and writes no second letter. Raises BadInput for an appeal without an answer, or too long a
    one, and NotFound for what this authority was not told.
    """
    words = words.strip()
    if kind == "appeal" and not appeal_letters.paragraphs(words):
        raise BadInput("An appeal needs an answer.", remedy="Write what was decided, and why.")
    if len(words) > LONGEST_ANSWER:
        raise BadInput("The answer is too long.", remedy="Shorten it to 10,000 characters.")
    with writing(engine) as connection:
        found = pages_heard.find(connection, authority_id, round_id, kind, number)
        if found is None:
            raise NotFound("There is no such page.")
        if found.settled_at is not None or not pages_heard.settle(connection, kind, number, words, person_id, now):
            return
        if kind == "appeal":
            replays.leave(connection, number)
            desk = Desk.of(connection, rounds.round_by_id(connection, round_id), settings, now)
            letter = appeal_letters.answered(connection, desk, number, words)
            post(connection, [letter], authority_id=authority_id, round_id=round_id, now=now)
        record(
            connection, authority_id=authority_id, actor=Actor.person(person_id), event=Event.APPLICANT_ANSWERED,
            subject=f"{kind}:{number}", now=now, round_id=round_id,
        )  # fmt: skip
