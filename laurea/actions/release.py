"""Release the decisions of a round: all or none, with grants and letters, in one transaction."""

from __future__ import annotations

import secrets
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from evaluators import renewal, validity
from evaluators.facts import to_frames
from laurea import ledger, letters, statute
from laurea.errors import Conflict, NotNow
from laurea.settings import Settings
from laurea.store import applications, feedback, outcomes, rounds, terms
from laurea.store.engine import reading, writing
from notifications.filled import Filled
from rules.plan import Plan
from rules.ruleset import say

NUMBER_BYTES = 16  # 128 bits: nothing to enumerate


@dataclass(frozen=True)
class Released:
    """What a release brought about."""

    decisions: int
    grants: int
    letters: int
    left: int  # applications without a decision: nothing more happens to them in this round


def release(
    engine: Engine, round_id: int, *, actor: ledger.Actor, expected_digest: str, settings: Settings, now: datetime
) -> Released:
    """Release exactly the decisions the officer saw, named by their digest.

    Raises NotNow when nothing is proposed or a second officer has yet to confirm, Conflict when somebody else released
    or changed them first; nothing is kept of the deed then.
    """
    with reading(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        plan = statute.plan_of(connection, record)
        desk = letters.Desk.of(connection, record, settings, now)
        found = outcomes.decisions(connection, round_id)
        by_id = {a.id: a for a in applications.load(connection, round_id)}
        said = feedback.told(connection, round_id)
    _check(record, expected_digest, actor)
    left = sum(1 for a in by_id.values() if a.state not in ("decided", "withdrawn"))
    grants, schedules = _grants(record, plan, found, by_id, now.astimezone(ZoneInfo(desk.authority.timezone)).date())
    certificates = {
        row["decision_id"]: letters.Certificate(row["number"], row["valid_from"], row["valid_until"]) for row in grants
    }
    interim = {outcome.id for outcome in plan.ruleset.outcomes if outcome.interim}
    post = [
        letters.decision(desk, application, d, plan.ruleset, certificates.get(d.id), said.get(application.id, ()))
        for d in found
        if (application := by_id[d.application_id]).role == "applicant" and d.outcome not in interim
    ]
    handed: dict[int, list[tuple[applications.ApplicationRecord, outcomes.DecisionRecord]]] = defaultdict(list)
    for d in found:
        if by_id[d.application_id].role == "authority":
            handed[by_id[d.application_id].applicant_id].append((by_id[d.application_id], d))
    post += [letters.nominations(desk, decided) for decided in handed.values()]
    with writing(engine) as connection:
        changed = rounds.change_round(connection, record, released_at=now, released_by=actor.person_id)
        if not changed:
            current = rounds.round_by_id(connection, round_id)
            _check(current, expected_digest, actor)
            raise Conflict("The round was changed while you released it.", "Look at it again; nothing was released.")
        count = outcomes.release_decisions(connection, round_id, now)
        outcomes.add_grants(connection, grants)
        known = terms.granted(connection, round_id)
        terms.add_steps(
            connection, record.authority_id, {known[decision]: steps for decision, steps in schedules.items()}
        )
        window = settings.undo_minutes if record.undo_minutes is None else record.undo_minutes
        queued = ledger.post(
            connection, post, authority_id=record.authority_id, round_id=round_id, now=now,
            not_before=now + timedelta(minutes=window),
        )  # fmt: skip
        ledger.record_of(
            connection,
            record,
            actor=actor,
            event=ledger.Event.DECISIONS_RELEASED,
            now=now,
            details={
                "decisions": count,
                "grants": len(grants),
                "letters": queued,
                "left": left,
                "digest": expected_digest,
            }
            | ({"confirmed_by": record.confirmed_by} if record.second_person else {}),
        )
    return Released(count, len(grants), queued, left)


def _check(record: rounds.RoundRecord, expected_digest: str, actor: ledger.Actor) -> None:
    if record.released_at:
        who = f" by person {record.released_by}" if record.released_by else ""
        raise Conflict(
            f"The round {record.code} was already released on {record.released_at:%d %B %Y at %H:%M} UTC{who}.",
            "Nothing was done a second time.",
        )
    if not record.proposed_at:
        raise NotNow(
            Filled("The round {code} has no proposed decisions yet.", code=record.code),
            "Wait until all reviews are in.",
        )
    if record.digest != expected_digest:
        raise Conflict(
            "The decisions have changed since you looked at them.", "Look at them again, then release what you see."
        )
    if record.second_person and record.confirmed_digest != expected_digest:
        raise NotNow("Nobody has confirmed these decisions yet.", "Ask another officer to look at them and confirm.")
    if record.second_person and actor.person_id in (None, record.confirmed_by):
        raise NotNow(
            "Whoever confirmed the decisions cannot release them too.", "Ask another officer to look and release."
        )


def _grants(
    record: rounds.RoundRecord,
    plan: Plan,
    found: list[outcomes.DecisionRecord],
    by_id: dict[int, applications.ApplicationRecord],
    today: date,
) -> tuple[list[dict[str, Any]], dict[int, tuple[renewal.Step, ...]]]:
    """The rows of what is granted, and the schedule of each term by its decision.

    Raises NotNow where the rules name an end that a missing fact hides: no certificate may say that there is none.
    """
    won = [one for one in found if one.granted]
    papers = [by_id[one.application_id] for one in won]
    frames = to_frames(plan.ruleset, [one.row() for one in papers])
    days = validity.each(plan, frames, [record.award_on] * len(won))
    lacking = [(one.ref, validity.undated(plan, term)) for one, term in zip(papers, days, strict=True)]
    short = [(ref, facts) for ref, facts in lacking if facts]
    if short:
        raise NotNow(
            Filled(
                "Nobody can say until when {n} of the labels hold, {ref} for one: it depends on {facts}.",
                n=len(short), ref=short[0][0], facts=", ".join(short[0][1]),
            ),
            "Add what is missing to the applications, then release.",
        )  # fmt: skip
    titles = {outcome.id: outcome.title for outcome in plan.ruleset.outcomes}
    for_office = {one.id for one in plan.milestones if one.model.tells == "office"}
    rows = [
        {
            "authority_id": record.authority_id,
            "round_id": record.id,
            "decision_id": decision.id,
            "application_id": application.id,
            "person_id": application.applicant_id,
            "number": secrets.token_urlsafe(NUMBER_BYTES),
            "award": plan.ruleset.award,
            "title": say(titles[decision.outcome], record.languages[0]),
            "holder": application.unit_name or application.institution,
            "country": application.country,
            "valid_from": term.valid_from,
            "valid_until": term.valid_until,
            "renewal_opens": term.renewal_opens,
            "renewal_closes": term.renewal_closes,
            "grace_until": term.grace_until,
            "told_on": today,
        }
        for decision, application, term in zip(won, papers, days, strict=True)
    ]
    schedules = {decision.id: renewal.schedule(term, for_office) for decision, term in zip(won, days, strict=True)}
    return rows, schedules
