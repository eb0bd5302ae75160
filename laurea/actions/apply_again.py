"""Apply for the renewal of an award: a draft in the next round, filled with what was told the last time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from evaluators.permissions import Deed, Role, may
from laurea import renewing
from laurea.errors import NotFound, NotNow
from laurea.ledger import Actor, Event, record
from laurea.statute import plan_for
from laurea.store import applying, pages_applicant, pages_calls, terms
from laurea.store.engine import writing
from laurea.store.pages_applicant import Own, Statement
from rules.plan import Plan

SAID = ("typed", "corrected", "carried")


def again(engine: Engine, *, person_id: int, key: str, now: datetime) -> str:
    """Begin a draft in the round that takes applications for an award again, or go on with the one begun; its key.

    What the applicant supplied last time and the new rules still ask is filled in, with who said it and when.
    Raises NotFound where there is no award of this person's, NotNow while no round takes applications.
    """
    with writing(engine) as connection:
        own = pages_applicant.own(connection, person_id, key)
        held = terms.of_application(connection, own.id) if own is not None else None
        if own is None or held is None or not may(Role.APPLICANT, Deed.RENEW, own.call.timetable, now):
            raise NotFound("There is no such page.")
        found = renewing.ahead(connection, [held], now)[held.id]
        if found.call is None or not found.open or found.plan is None:
            raise NotNow("No round takes applications for it now.", "You get a letter when you can apply.")
        call = next(one for one in pages_calls.calls(connection, now, found.call.code))
        begun = pages_applicant.begun(connection, person_id, call.id)
        if begun is not None:
            return begun
        before = plan_for(connection, own.call.rule_set, own.call.policies, own.call.parameters)
        heading = {
            "unit_name": own.unit_name,
            "unit_ref": own.unit_ref,
            "institution": own.institution,
            "region": own.region,
        }
        made = applying.add_draft(
            connection, authority_id=own.authority_id, round_id=call.id, person_id=person_id, heading=heading, now=now
        )
        draft = pages_applicant.draft(connection, person_id, made)
        assert draft is not None
        content = _carried(own, before, found.plan)
        typed = _typed(own, content, pages_applicant.statements(connection, own.id))
        applying.change_draft(connection, draft, {"heading": heading, **content}, typed, person_id, now)
        record(
            connection, authority_id=own.authority_id, actor=Actor.person(person_id), event=Event.RENEWAL_BEGUN,
            subject=f"grant:{held.id}", now=now, round_id=call.id,
        )  # fmt: skip
    return made


def _carried(own: Own, before: Plan, after: Plan) -> dict[str, Any]:
    """What the applicant supplied and is asked again under the same name and of the same sort, as it would be typed."""
    facts: dict[str, str] = {}
    children: dict[str, list[dict[str, str]]] = {}
    for name, fact in after.ruleset.facts.items():
        old = before.ruleset.facts.get(name)
        if old is None or {fact.supplied_by, old.supplied_by} != {"applicant"} or old.type != fact.type:
            continue
        if fact.type == "list":
            rows = own.children.get(name)
            if rows:
                children[name] = [
                    {field: _text(row[field]) for field in fact.fields if row.get(field) is not None} for row in rows
                ]
        elif own.facts.get(name) not in (None, ""):
            facts[name] = _text(own.facts[name])
    return {"facts": facts, "children": children}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _typed(own: Own, content: dict[str, Any], statements: Sequence[Statement]) -> dict[str, Any]:
    """Who said each answer last, when, and in which application."""
    said = {one.fact: [one.person_id, one.said_at.isoformat(), own.ref] for one in statements if one.kind in SAID}
    first = [own.applicant_id, own.submitted_at.isoformat(), own.ref]
    return {name: said.get(name, first) for part in content.values() for name in part}
