"""After the result: an appeal, a word to the office about the round, and whether the gallery names the holder.

An appeal is taken down with what the rules say of it on that day, acknowledged, and left to the office: nothing is
decided here. Each deed is one transaction; what is not the person's does not exist for them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from evaluators.appeals import weigh
from evaluators.permissions import Deed, Role, may
from evaluators.precheck import Precheck
from evaluators.replay import contestable
from laurea import letters
from laurea.errors import BadInput, Conflict, NotFound, NotNow
from laurea.ledger import Actor, Event, post, record
from laurea.settings import Settings
from laurea.statute import plan_for
from laurea.store import applying, pages_applicant, rounds
from laurea.store.engine import writing
from laurea.store.pages_applicant import Own
from rules.plan import Plan

LONGEST_APPEAL = 10_000
LONGEST_REPLY = 2_000
FILED, PUBLISHED = "filed_on", "published_on"  # facts of an appeal that the portal knows by itself


@dataclass(frozen=True)
class Weighed:
    """What the rules say of an appeal. `facts` are all that went into it, `outcome` is None while it is open."""

    facts: dict[str, Any]
    outcome: str | None
    check: Precheck


def weighed(plan: Plan, own: Own, given: Mapping[str, str], now: datetime, language: str = "en") -> Weighed:
    """Weigh an appeal filed now, by the rules of the round; `given` is what the applicant says."""
    assert plan.ruleset.appeals is not None
    zone, facts = ZoneInfo(own.call.timezone), dict(given)
    known = {FILED: now, PUBLISHED: own.call.released_at}
    for name, when in known.items():
        if when is not None and name in plan.ruleset.appeals.facts:
            facts[name] = when.astimezone(zone).date().isoformat()
    row = {
        "submitted_at": own.submitted_at, "country": own.call.country, "applicant_id": own.applicant_ref,
        "unit_id": own.unit_ref, "facts": {**own.facts, **facts}, "children": own.children,
    }  # fmt: skip
    outcome, check = weigh(plan, row, language)
    return Weighed(facts, outcome, check)


def appeal(
    engine: Engine,
    *,
    person_id: int,
    key: str,
    given: Mapping[str, str],
    words: str,
    contested: Collection[str] = (),
    now: datetime,
    settings: Settings,
) -> None:
    """File an appeal: once an application, after the release, in one's own words; `contested` are the clauses or
    criteria it names, of those that the rules let an appeal repeat.
    """
    words = words.strip()
    if not words or len(words) > LONGEST_APPEAL:
        raise BadInput("An appeal needs its reasons.", remedy="Write them down, in at most 10,000 characters.")
    with writing(engine) as connection:
        own = _own(connection, person_id, key, Deed.APPEAL, now)
        plan = plan_for(connection, own.call.rule_set, own.call.policies, own.call.parameters)
        if plan.appeal is None:
            raise NotFound("There is no such page.")
        if pages_applicant.appeal(connection, own.id) is not None:
            raise Conflict("There is an appeal about this application already.", "The office answers that one.")
        clauses, criteria = contestable(plan)
        named = [one for one in (*clauses, *criteria) if one in contested]
        if len(named) < len(set(contested)):
            raise BadInput("The rules let no appeal repeat this.", remedy="Choose a clause or criterion of the list.")
        found = weighed(plan, own, given, now)
        if found.check.problems:
            raise BadInput(found.check.problems[0].problem, remedy=found.check.problems[0].remedy)
        applying.add_appeal(
            connection,
            own,
            person_id=person_id,
            facts=found.facts,
            words=words,
            finding=found.outcome,
            contested=named,
            now=now,
        )
        desk = letters.Desk.of(connection, rounds.round_by_id(connection, own.call.id), settings, now)
        letter = letters.appeal_received(
            desk, pages_applicant.recipient(connection, person_id), own.id, own.ref, own.unit_name, own.key
        )
        post(connection, [letter], authority_id=own.authority_id, round_id=own.call.id, now=now)
        _line(connection, own, person_id, Event.APPEAL_FILED, now)


def reply(engine: Engine, *, person_id: int, key: str, words: str, now: datetime) -> None:
    """Tell the office what one thinks of the round, after the result."""
    words = words.strip()
    if not words or len(words) > LONGEST_REPLY:
        raise BadInput("Nothing was said.", remedy="Write a few words, at most 2,000 characters.")
    with writing(engine) as connection:
        own = _own(connection, person_id, key, Deed.REPLY, now)
        applying.add_statements(
            connection,
            [
                {
                    "authority_id": own.authority_id, "application_id": own.id, "person_id": person_id, "fact": "",
                    "kind": "feedback", "before": None, "after": None, "words": words, "said_at": now,
                }
            ],
        )  # fmt: skip
        _line(connection, own, person_id, Event.FEEDBACK_GIVEN, now)


def show(engine: Engine, *, person_id: int, key: str, public: bool, now: datetime) -> None:
    """Say whether the public results and gallery name this label; only its holder can."""
    with writing(engine) as connection:
        own = _own(connection, person_id, key, Deed.SHOW, now)
        if not applying.show_grant(connection, own.id, person_id, public):
            raise NotFound("There is no such page.")
        _line(connection, own, person_id, Event.HOLDER_SHOWN if public else Event.HOLDER_HIDDEN, now)


def _own(connection: Connection, person_id: int, key: str, deed: Deed, now: datetime) -> Own:
    own = pages_applicant.own(connection, person_id, key)
    if own is None:
        raise NotFound("There is no such page.")
    if not may(Role.APPLICANT, deed, own.call.timetable, now):
        raise NotNow("The results of this round are not released.", "You get a letter when they are.")
    return own


def _line(connection: Connection, own: Own, person_id: int, event: Event, now: datetime) -> None:
    record(
        connection, authority_id=own.authority_id, actor=Actor.person(person_id), event=event,
        subject=f"application:{own.id}", now=now, round_id=own.call.id,
    )  # fmt: skip
