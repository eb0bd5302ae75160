"""Release the decisions of a round: all or none, with grants and letters, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from laurea import granting, ledger, letters, statute
from laurea.errors import Conflict, NotNow
from laurea.settings import Settings
from laurea.store import applications, feedback, outcomes, rounds, terms
from laurea.store.batches import batches, portions
from laurea.store.engine import reading, writing
from laurea.store.spool import Spool
from notifications.compose import Letter
from notifications.filled import Filled


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
        states = applications.state_counts(connection, round_id)
    _check(record, expected_digest, actor)
    left = sum(count for state, count in states.items() if state not in ("decided", "withdrawn"))
    with Spool[granting.Grant](settings.workspace) as grants, Spool[Letter](settings.workspace) as post:
        _write(engine, record, settings, now, grants, post)
        with writing(engine) as connection:
            changed = rounds.change_round(connection, record, released_at=now, released_by=actor.person_id)
            if not changed:
                current = rounds.round_by_id(connection, round_id)
                _check(current, expected_digest, actor)
                raise Conflict(
                    "The round was changed while you released it.", "Look at it again; nothing was released."
                )
            count = outcomes.release_decisions(connection, round_id, now)
            for some in portions(grants):
                outcomes.add_grants(connection, [row for row, _ in some])
            known = terms.granted(connection, round_id)
            for some in portions(grants):
                schedules = {known[row["decision_id"]]: steps for row, steps in some}
                terms.add_steps(connection, record.authority_id, schedules)
            undo = rounds.round_by_id(connection, round_id).undo_minutes  # whoever sets it leaves the version as it is
            window = settings.undo_minutes if undo is None else undo
            queued = ledger.post(
                connection, post, authority_id=record.authority_id, round_id=round_id, now=now,
                not_before=now + timedelta(minutes=window),
            )  # fmt: skip
            details = {
                "decisions": count, "grants": len(grants), "letters": queued, "left": left, "digest": expected_digest
            }  # fmt: skip
            if record.second_person:
                details["confirmed_by"] = record.confirmed_by
            ledger.record_of(
                connection, record, actor=actor, event=ledger.Event.DECISIONS_RELEASED, now=now, details=details
            )
        return Released(count, len(grants), queued, left)


def _write(
    engine: Engine, record: rounds.RoundRecord, settings: Settings, now: datetime, grants: Spool[granting.Grant],
    post: Spool[Letter],
) -> None:  # fmt: skip
    """Write the grants and the letters of a round, some applications at a time; nothing is saved.

    Raises NotNow where the rules name an end that a missing fact hides: no certificate may say that there is none.
    """
    with reading(engine) as connection:
        plan = statute.plan_of(connection, record)
        desk = letters.Desk.of(connection, record, settings, now)
        ids = outcomes.decided(connection, record.id)
        said = feedback.told(connection, record.id)
    today = now.astimezone(ZoneInfo(desk.authority.timezone)).date()
    interim = {outcome.id for outcome in plan.ruleset.outcomes if outcome.interim}
    undated: list[granting.Undated] = []
    handed: dict[int, list[tuple[applications.ApplicationRecord, outcomes.DecisionRecord]]] = defaultdict(list)
    for some in batches(ids):
        with reading(engine) as connection:
            found = outcomes.decisions_of(connection, record.id, some)
            by_id = {a.id: a for a in applications.load(connection, record.id, ids=some)}
        new, lacking = granting.portion(record, plan, found, by_id, today)
        undated += lacking
        grants.add(new)
        certificates = {
            row["decision_id"]: letters.Certificate(row["number"], row["valid_from"], row["valid_until"])
            for row, _ in new
        }
        pairs = [(by_id[d.application_id], d) for d in found]
        post.add(
            letters.decision(desk, one, d, plan.ruleset, certificates.get(d.id), said.get(one.id, ()))
            for one, d in pairs
            if one.role == "applicant" and d.outcome not in interim and not undated
        )
        for one, d in pairs:
            if one.role == "authority":
                handed[one.applicant_id].append((one, d))
    granting.must_be_dated(undated)
    post.add(letters.nominations(desk, decided) for decided in handed.values())


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
