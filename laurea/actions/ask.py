"""Ask somebody for one fact of an application, by a link of their own, and take their answer.

The link works as one to sign in does: opening it changes nothing, the button answers once, and it expires. An answer is
kept as evidence with who said what and when; it becomes the fact where the office asked, or where the rules leave the
fact to the applicant.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from evaluators.permissions import Deed, Field, Role, may, phase, sees
from evaluators.witness import CAPACITIES, Answer, WrongAnswer, effect
from laurea import ledger, letters, statute
from laurea.errors import BadInput, Conflict, NotFound, NotNow
from laurea.ledger import Actor, Event
from laurea.settings import Settings
from laurea.store import applications, applying, pages_applicant, requests, rounds
from laurea.store.applications import WAITING, ApplicationRecord
from laurea.store.engine import reading, writing
from laurea.store.keeping import token_digest
from laurea.store.requests import Asked
from notifications.compose import Recipient
from rules.ruleset import say

LINK_DAYS = 14
MOST_OPEN = 20  # questions about one application that wait for an answer
LONGEST = 2_000


@dataclass(frozen=True)
class Whom:
    """Who is asked, in which capacity, in which language. Without an address: the applicant."""

    capacity: str
    name: str = ""
    address: str = ""
    language: str = "en"


def ask(
    engine: Engine,
    round_id: int,
    ids: Sequence[int],
    *,
    fact: str,
    whom: Whom,
    words: str,
    person_id: int,
    role: Role,
    settings: Settings,
    now: datetime,
) -> list[str]:
    """Ask for a fact of each of these applications; the links, for the trial mode alone.

    Raises NotNow once decisions are proposed or the application waits for nothing, BadInput for what cannot be asked.
    """
    words = words.strip()
    if whom.capacity not in CAPACITIES or len(words) > LONGEST:
        raise BadInput("This cannot be asked.", remedy="Say who is asked, and at most 2,000 characters.")
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        if not may(role, Deed.ASK, record.timetable, now):
            raise NotNow("Nothing can be asked in this phase.")
        desk = letters.Desk.of(connection, record, settings, now)
        chosen = applications.load(connection, round_id, ids=ids)
        return [_ask(connection, desk, one, fact, whom, words, person_id, role) for one in chosen]


def _ask(
    connection: Connection,
    desk: letters.Desk,
    one: ApplicationRecord,
    name: str,
    whom: Whom,
    words: str,
    person_id: int,
    role: Role,
) -> str:
    record, now = desk.record, desk.now
    ruleset = statute.rule_set_of(connection, record)
    fact = ruleset.facts.get(name)
    if fact is None:
        raise BadInput("The rules know no such fact.", remedy="Choose one of the list.")
    if one.state not in WAITING:
        raise NotNow("This application waits for no fact any more.", "What is known of it stays as it is.")
    if requests.open_of(connection, one.id, now) >= MOST_OPEN:
        raise BadInput("Too much is asked about this application already.", remedy="Wait for the answers.")
    recipient = _recipient(connection, desk, one, whom)
    token = secrets.token_urlsafe(32)
    link = f"{desk.settings.public_url.rstrip('/')}/confirm/{token}?lang={recipient.language}"
    until = now + timedelta(days=LINK_DAYS)
    stated = one.children.get(name) if fact.fields else one.facts.get(name)
    number = requests.add(
        connection,
        authority_id=record.authority_id,
        round_id=record.id,
        application_id=one.id,
        fact=name,
        stated=None if stated == "" else stated,
        capacity=whom.capacity,
        words=words,
        person_id=recipient.person_id,
        name=recipient.name,
        asked_by=person_id,
        asked_at=now,
        counts=role is Role.OFFICER or fact.supplied_by == "applicant",
        token_digest=token_digest(token),
        expires_at=until,
    )
    letter = desk.letter(
        "fact_asked",
        f"fact_asked:{number}:{recipient.person_id}",
        recipient,
        {
            "round": record.title,
            "application": one.ref,
            "unit": one.unit_name,
            "host": desk.authority.name
            if role is Role.OFFICER
            else pages_applicant.recipient(connection, person_id).name,
            "fact": say(fact.meaning, recipient.language),
            "words": words,
            "until": until.isoformat(),
            "link": link,
        },
    )
    ledger.post(connection, [letter], authority_id=record.authority_id, round_id=record.id, now=now)
    ledger.record_of(
        connection, record, actor=Actor.person(person_id), event=Event.FACT_ASKED_FOR,
        subject=f"application:{one.id}", now=now, details={"fact": name, "request": number, "capacity": whom.capacity},
    )  # fmt: skip
    return link


def _recipient(connection: Connection, desk: letters.Desk, one: ApplicationRecord, whom: Whom) -> Recipient:
    if not whom.address:
        return Recipient(one.applicant_id, one.name, one.email, desk.language(one.reads))
    address, name = whom.address.strip(), " ".join(whom.name.split())[:200]
    usable = "@" in address[1:-1] and len(address) <= 320 and address.isprintable() and " " not in address
    if not usable or not name or not name.isprintable():
        raise BadInput("Nobody can be written to there.", remedy="Write a name and one e-mail address.")
    people = applications.ensure_people(
        connection, desk.record.authority_id, Role.WITNESS.value, [(name, address, whom.language)], desk.now
    )
    return Recipient(people[address], name, address, desk.language(whom.language))


def opened(engine: Engine, token: str, now: datetime) -> Asked | None:
    """What a link asks; None when there is no such link, it is too old, answered, or not to be seen any more."""
    with reading(engine) as connection:
        return _open(connection, token, now)


def _open(connection: Connection, token: str, now: datetime) -> Asked | None:
    found = requests.by_token(connection, token_digest(token))
    if found is None or found.answer is not None or now >= found.expires_at:
        return None
    return found if Field.ASKED in sees(Role.WITNESS, phase(found.timetable, now)) else None


def answer(
    engine: Engine, token: str, *, said: str, value: Any, words: str, now: datetime
) -> None:  # fmt: skip
    """Answer what a link asks, once.

    `said` is confirmed, supplied (with `value`: text, or rows of a list) or refused. Raises NotFound when the link
    does not work any more, BadInput when the answer does not fit.
    """
    words = words.strip()
    with writing(engine) as connection:
        found = _open(connection, token, now)
        if (
            found is None
            or not may(Role.WITNESS, Deed.VOUCH, found.timetable, now)
            or not rounds.undecided(connection, found.round_id)
        ):
            raise NotFound("This link does not work any more.")
        ruleset = statute.plan_for(connection, found.rule_set, found.policies, found.parameters).ruleset
        fact = ruleset.facts[found.fact]
        try:
            given = Answer(said)
            done = effect(fact, found.stated, given, value, counts=found.counts and found.state in WAITING)
        except WrongAnswer as wrong:
            raise BadInput(str(wrong.args[0]), remedy=str(wrong.args[1]) if len(wrong.args) > 1 else "") from None
        except ValueError:
            raise BadInput("This is no answer.", remedy="Choose one of the buttons.") from None
        if len(words) > LONGEST:
            raise BadInput("Your words are too long.", remedy="At most 2,000 characters.")
        kept = done.value if given is not Answer.REFUSED or done.sets else None
        if not requests.answer(connection, found.id, given.value, kept, words, now):
            raise Conflict("This was answered already.", "Nothing was changed.")
        part = "children" if fact.fields else "facts"
        content: dict[str, Any] = {"facts": {}, "children": {}}
        if done.sets:
            content[part][found.fact] = done.value
        said_of = {"request": found.id, "fact": found.fact, "as": found.capacity, "answer": given.value, "words": words}
        applications.add_evidence(
            connection, found.authority_id, found.name[:80], {found.application_id: content | {"said": said_of}}, now
        )
        if done.sets and done.value != (found.children if fact.fields else found.facts).get(found.fact):
            facts, children = dict(found.facts), dict(found.children)
            (children if fact.fields else facts)[found.fact] = done.value
            if not applying.change_facts(
                connection, found.application_id, found.version, facts, children, WAITING
            ):  # fmt: skip
                raise Conflict("The application was changed meanwhile.", "Answer once more.")
        ledger.record(
            connection, authority_id=found.authority_id, actor=Actor.person(found.person_id),
            event=Event.FACT_ANSWERED, subject=f"application:{found.application_id}", now=now,
            round_id=found.round_id, details={"fact": found.fact, "request": found.id, "answer": given.value},
        )  # fmt: skip
