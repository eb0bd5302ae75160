"""A draft that can be worked on: who asks works on it, it is not handed in, and its round takes applications."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from evaluators.permissions import takes_applications
from laurea.errors import NotFound, NotNow
from laurea.ledger import Actor, Event, record
from laurea.statute import plan_for
from laurea.store import attached, pages_applicant
from laurea.store.pages_applicant import Draft
from laurea.store.pages_calls import Call
from rules.plan import Plan


def open_draft(
    connection: Connection, person_id: int, key: str, now: datetime, *, held: bool = False
) -> tuple[Draft, Plan]:
    """Such a draft, and the rules of its round; `held`: nobody else adds to it or hands it in meanwhile.

    Raises NotFound for one of others, NotNow for one that is done.
    """
    draft = pages_applicant.draft(connection, person_id, key)
    if draft is None:
        raise NotFound("There is no such page.")
    if draft.application is not None or (held and not attached.hold(connection, draft.id)):
        raise NotNow("This application is handed in.", "What is known of it stands on its own page.")
    plan = plan_for(connection, draft.call.rule_set, draft.call.policies, draft.call.parameters)
    must_take(draft.call, plan, now)
    return draft, plan


def must_take(call: Call, plan: Plan, now: datetime) -> None:
    """Raises NotNow where a round takes no applications."""
    windows = any(clause.window for clause in plan.ruleset.admission)
    if not takes_applications(call.opens_at, call.timetable, now, own_window=windows):
        raise NotNow("This round no longer takes applications.", "Your draft stays readable on your page.")


def line(
    connection: Connection, draft: Draft, person_id: int, event: Event, subject: str, now: datetime,
    details: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """One audit line of somebody who works on a draft."""
    record(
        connection, authority_id=draft.authority_id, actor=Actor.person(person_id), event=event, subject=subject,
        now=now, round_id=draft.call.id, details=details,
    )  # fmt: skip
