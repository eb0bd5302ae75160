"""An officer's deeds about awards that are held: another term for a cohort by decision, and a withdrawal."""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from evaluators import renewal, validity
from evaluators.facts import to_frames
from evaluators.permissions import Deed, Role, may
from evaluators.renewal import Kind
from evaluators.validity import Term
from laurea import ledger, letters, statute, term_letters
from laurea.errors import BadInput, Conflict, NotFound, NotNow
from laurea.settings import Settings
from laurea.store import rounds, terms
from laurea.store.engine import reading, writing
from laurea.store.rounds import AuthorityRecord, RoundRecord
from laurea.store.terms import Held
from notifications.filled import Filled
from rules.plan import Plan

LONGEST = 2000  # characters of a reason


@dataclass(frozen=True)
class Redating:
    """What a decision would change: the awards, their terms as they would be, and a digest of what was looked at."""

    grants: tuple[Held, ...]
    terms: tuple[Term, ...]
    digest: str


def preview(engine: Engine, round_id: int, *, until: date, country: str = "", number: str = "") -> Redating:
    """What a decision that the labels of a round hold until another day would change. Nothing is written."""
    with reading(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        return _redating(connection, record, until, country, number)


def redate(
    engine: Engine,
    round_id: int,
    *,
    until: date,
    reason: str,
    actor: ledger.Actor,
    settings: Settings,
    now: datetime,
    country: str = "",
    number: str = "",
    expected: str = "",
) -> int:
    """Let the labels of a round (of a country, or one) hold until another day, by a decision with its reason.

    What the rules count from the end follows it; what a holder was told stays told where its day is the same, and a
    label that had lapsed stands again. Gives how many were changed. `expected` is the digest of what was looked at.
    Raises NotNow before the release, BadInput for a day in the past or without a reason, Conflict when something
    changed meanwhile: then nothing is kept.
    """
    said = _reason(reason)
    with writing(engine) as connection:
        record, office = _released(connection, round_id, Deed.DATE, now)
        today = now.astimezone(ZoneInfo(office.timezone)).date()
        if until < today:
            raise BadInput(
                "The new day has passed already.", remedy="Name today or a later day, or withdraw the label."
            )
        found = _redating(connection, record, until, country, number)
        if not found.grants:
            raise BadInput("No label would have another term.", remedy="Choose another day, or other labels.")
        if expected and expected != found.digest:
            raise Conflict("The labels have changed since you looked at them.", "Look at them again, then decide.")
        plan, act = statute.plan_of(connection, record), secrets.token_urlsafe(16)
        desk = letters.Desk.of(connection, record, settings, now)
        terms.standing(connection, [one.id for one in found.grants])  # the clock tells nothing of them meanwhile
        schedules = _schedules(connection, plan, found)
        post, acts = [], []
        for one, term in zip(found.grants, found.terms, strict=True):
            values = {
                "valid_until": term.valid_until,
                "renewal_opens": term.renewal_opens,
                "renewal_closes": term.renewal_closes,
                "grace_until": term.grace_until,
                "told_on": today,
                "lapsed_at": None,
            }
            if not terms.change(connection, one, **values):
                raise Conflict("A label was changed meanwhile.", "Look at them again, then decide.")
            told = replace(
                one, valid_until=term.valid_until, renewal_opens=term.renewal_opens, grace_until=term.grace_until
            )
            post.append(term_letters.extended(desk, told, one.valid_until, said, act))
            acts.append(_act(one, act, "term", said, actor, now, one.valid_until, term.valid_until))
        terms.put(connection, record.authority_id, schedules, now)
        terms.add_acts(connection, acts)
        ledger.post(connection, post, authority_id=record.authority_id, round_id=round_id, now=now)
        ledger.record_of(
            connection, record, actor=actor, event=ledger.Event.TERM_CHANGED, now=now,
            details={"until": until.isoformat(), "grants": len(acts), "act": act},
        )  # fmt: skip
    return len(acts)


def withdraw(
    engine: Engine, round_id: int, number: str, *, reason: str, actor: ledger.Actor, settings: Settings, now: datetime
) -> None:
    """Withdraw a label, for a reason its holder is told. The check page and the credential's status list follow.

    Raises NotFound for a number that is none of the round's or was withdrawn before, NotNow before the release.
    """
    said = _reason(reason)
    with writing(engine) as connection:
        record, office = _released(connection, round_id, Deed.WITHDRAW, now)
        today = now.astimezone(ZoneInfo(office.timezone)).date()
        found = terms.of_round(connection, round_id, number=number) if number else []
        if not found or not terms.change(connection, found[0], withdrawn_at=now, told_on=today):
            raise NotFound(f"This round has no label with the number {number} that holds.", "Copy it from the list.")
        one = found[0]
        act = secrets.token_urlsafe(16)
        terms.add_acts(connection, [_act(one, act, "withdrawn", said, actor, now, one.valid_until, None)])
        letter = term_letters.withdrawn(letters.Desk.of(connection, record, settings, now), one, today, said)
        ledger.post(connection, [letter], authority_id=record.authority_id, round_id=round_id, now=now)
        ledger.record_of(
            connection, record, actor=actor, event=ledger.Event.GRANT_WITHDRAWN, now=now, subject=f"grant:{one.id}",
            details={"act": act},
        )  # fmt: skip


def _reason(text: str) -> str:
    said = text.strip()
    if not said or len(said) > LONGEST:
        raise BadInput("Every decision about a term needs a reason.", remedy="Write it as the holders should read it.")
    return said


def _released(connection: Connection, round_id: int, deed: Deed, now: datetime) -> tuple[RoundRecord, AuthorityRecord]:
    record = rounds.round_by_id(connection, round_id)
    if not may(Role.OFFICER, deed, record.timetable, now):
        raise NotNow("The results are not released yet.", "There is no label yet.")
    return record, rounds.authority_of(connection, record.authority_id)


def _redating(connection: Connection, record: RoundRecord, until: date, country: str, number: str) -> Redating:
    """The labels whose end would be another day, with their terms as the rules then have them."""
    plan = statute.plan_of(connection, record)
    grants = [
        one
        for one in terms.of_round(connection, record.id, country=country, number=number)
        if one.valid_until is not None and one.valid_until != until
    ]
    if any(one.valid_from > until for one in grants):
        raise BadInput(
            Filled("No label can end before {day}, when it began.", day=max(o.valid_from for o in grants).isoformat()),
            remedy="Name a later day.",
        )
    frames = to_frames(plan.ruleset, [one.row() for one in grants])
    found = validity.each(plan, frames, [record.award_on] * len(grants), [until] * len(grants)) if grants else []
    found = [replace(term, valid_from=one.valid_from) for one, term in zip(grants, found, strict=True)]
    seen = repr([(one.number, one.valid_until, term.valid_until) for one, term in zip(grants, found, strict=True)])
    return Redating(tuple(grants), tuple(found), hashlib.sha256(seen.encode()).hexdigest())


def _schedules(connection: Connection, plan: Plan, found: Redating) -> dict[int, Sequence[renewal.Step]]:
    """The schedules of the new terms, with what stays told of the old ones."""
    for_office = {one.id for one in plan.milestones if one.model.tells == "office"}
    before = terms.steps(connection, [one.id for one in found.grants])
    schedules: dict[int, Sequence[renewal.Step]] = defaultdict(tuple)
    for one, term in zip(found.grants, found.terms, strict=True):
        old = [step for _, step in before[one.id] if step.kind is not Kind.LAPSE]  # an end that is moved is still ahead
        schedules[one.id] = renewal.redated(old, renewal.schedule(term, for_office))
    return schedules


def _act(
    one: Held, act: str, kind: str, reason: str, actor: ledger.Actor, now: datetime, before: date | None,
    after: date | None,
) -> dict[str, object]:  # fmt: skip
    return {
        "authority_id": one.authority_id,
        "round_id": one.round_id,
        "grant_id": one.id,
        "act": act,
        "kind": kind,
        "before": before,
        "after": after,
        "reason": reason,
        "decided_by": actor.person_id,
        "decided_at": now,
    }
