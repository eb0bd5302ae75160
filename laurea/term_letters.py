"""Letters to holders of awards with a term: what the clock tells them, and what an office decided."""

from __future__ import annotations

from datetime import date
from typing import Any

from evaluators.renewal import Kind, Step
from evaluators.trace import with_parameters
from laurea.letters import Desk
from laurea.renewing import Ahead
from laurea.store.terms import Held
from notifications.compose import Letter, Recipient
from rules.plan import Plan
from rules.ruleset import say

KINDS = {
    Kind.RENEWAL: "renewal",
    Kind.REMINDER: "renewal_reminder",
    Kind.GRACE: "grace",
    Kind.MILESTONE: "milestone",
    Kind.LAPSE: "lapsed",
}


def of_step(desk: Desk, one: Held, step: Step, today: date, plan: Plan | None, ahead: Ahead | None) -> Letter:
    """The letter of a step of a schedule; `plan` is that of the round it was granted in."""
    recipient = _holder(one, desk)
    data: dict[str, Any] = {"title": one.title, "holder": one.holder}
    if step.kind is Kind.MILESTONE:
        says = {each.id: each.model.says for each in plan.milestones} if plan is not None else {}
        text = says.get(step.name)
        words = (
            with_parameters(plan.ruleset, say(text, recipient.language), recipient.language) if plan and text else ""
        )
        data |= {"says": words or step.name, "on": step.day.isoformat(), "link": _page(one, desk)}
    else:
        assert one.valid_until is not None
        data["valid_until"] = one.valid_until.isoformat()
    if step.kind in (Kind.RENEWAL, Kind.REMINDER, Kind.GRACE):
        data |= _ahead(ahead, recipient.language) | {"link": _page(one, desk)}
    if step.kind is Kind.RENEWAL:
        data["opens"] = step.day.isoformat()
    if step.kind is Kind.REMINDER and one.valid_until is not None:
        data["days"] = (one.valid_until - today).days
    if step.kind is Kind.GRACE:
        data["grace_until"] = step.day.isoformat()
    key = f"{KINDS[step.kind]}:{one.id}:{step.name}:{step.day.isoformat()}"
    return desk.letter(KINDS[step.kind], key, recipient, data)


def extended(desk: Desk, one: Held, was: date | None, reason: str, act: str) -> Letter:
    """Tell a holder that their award has another term; `one` is as it stands now."""
    assert one.valid_until is not None
    return desk.letter(
        "extended",
        f"extended:{one.id}:{act}",
        _holder(one, desk),
        {
            "title": one.title,
            "holder": one.holder,
            "was_until": _day(was),
            "valid_until": one.valid_until.isoformat(),
            "grace_until": _day(one.grace_until),
            "opens": _day(one.renewal_opens),
            "reason": reason,
            "link": _page(one, desk),
        },
    )


def withdrawn(desk: Desk, one: Held, today: date, reason: str) -> Letter:
    """Tell a holder that their award was withdrawn."""
    return desk.letter(
        "withdrawn",
        f"withdrawn:{one.id}",
        _holder(one, desk),
        {
            "title": one.title,
            "holder": one.holder,
            "withdrawn_on": today.isoformat(),
            "reason": reason,
            "contact": desk.authority.email,
        },
    )


def _ahead(found: Ahead | None, language: str) -> dict[str, Any]:
    """What can be done for the renewal."""
    if found is None:
        return {}
    data: dict[str, Any] = {"finding": found.outlook.finding, "missing": found.missing(language)}
    if found.call is not None:
        data |= {"round": found.call.title}
        data |= {"round_until" if found.open else "round_from":
                 (found.call.closes_at if found.open else found.call.opens_at).isoformat()}  # fmt: skip
    return data


def _page(one: Held, desk: Desk) -> str:
    """Where a holder sees the award: their own page; whoever handed labels over has none, and sees the public one."""
    return desk.address("my", one.key) if one.role == "applicant" else desk.address("certificates", one.number)


def _holder(one: Held, desk: Desk) -> Recipient:
    return Recipient(one.person_id, one.name, one.email, desk.language(one.reads))


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
