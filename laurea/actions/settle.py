"""Settle a round: scores consolidated, applications ranked, decisions proposed with their trace."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from evaluators import decide, lots, trace
from evaluators.deliberation import Waits, refusal, unsure, waits
from evaluators.fact_columns import portion
from laurea import deliberation, ledger, statute
from laurea.errors import NotNow
from laurea.store import applications, juries, outcomes, rounds
from laurea.store.batches import batches
from laurea.store.engine import reading, writing
from laurea.store.spool import Spool
from notifications.filled import Filled
from rules.plan import Plan

OWED = (Waits.THIRD, Waits.JOINT)


def settle(engine: Engine, round_id: int, *, now: datetime) -> str | None:
    """Propose a decision for every application that can be decided; the digest of the decisions.

    Gives None when somebody else changed the round meanwhile, or anything that its decisions rest on: calling again, if
    it is due then, starts from what stands then.
    Applications that hang on missing evidence or scores get no decision and stay as they are, and so do those that wait
    for a third review or a joint sheet.
    """
    with reading(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        plan = statute.plan_of(connection, record)
        rests_on = outcomes.rests_on(connection, round_id)
        if applications.state_counts(connection, round_id)["submitted"] or juries.open_by_juror(connection, round_id):
            return None
        here = deliberation.at_hand(connection, round_id, plan)
    if plan.jury is not None:
        _ = plan.jury.consolidation  # refused while nobody has decided how several marks become one
    frames, points = here.frames, here.points
    owed: set[str] = set()
    if deliberation.deliberates(plan):
        owed = {ref for ref, what in waits(plan, frames, points).items() if what in OWED}
    refused = refusal(plan, frames, points)
    if refused:
        raise NotNow(
            Filled("The points cannot be corrected as the rules prescribe. {reason}", reason=refused.reason),
            "See to it, then go on.",
        )
    verdicts = decide.decide(plan, frames, points, seed=record.seed)
    hidden = unsure(plan, frames, points, verdicts)
    if hidden:
        raise NotNow(
            Filled("Nobody can say who stands at the cut line. {reason}", reason=hidden), "See to it, then go on."
        )
    digest = decide.digest(plan, verdicts, record.seed)
    drawn = lots.drawn(plan, verdicts)
    ids = {a.ref: a.id for a in here.everyone}
    granted = 0
    with Spool[dict[str, Any]]() as rows:
        states: dict[int, str] = {}
        for places in batches(range(verdicts.height)):
            some = verdicts.slice(places[0], len(places))
            traces = trace.pack(plan, some, portion(frames, places[0], len(places)))
            for row in some.to_dicts():
                if row["status"] == "decided" and (ref := row["application_id"]) not in owed:
                    made = _decision(record, plan, row, ids[ref], traces[ref], now)
                    states[ids[ref]], granted = "decided", granted + made["granted"]
                    rows.add([made])
        with writing(engine) as connection:
            current = rounds.held(connection, round_id)
            if current.version != record.version or outcomes.rests_on(connection, round_id) != rests_on:
                return None
            outcomes.replace_proposed(connection, round_id, rows, now)
            applications.set_states(connection, states)
            rounds.change_round(connection, current, proposed_at=now, digest=digest)
            ledger.record_of(
                connection,
                record,
                actor=ledger.CLOCK,
                event=ledger.Event.DECISIONS_PROPOSED,
                now=now,
                details={"decisions": len(rows), "granted": granted, "digest": digest}
                | ({"lots": drawn} if drawn else {}),
            )
    return digest


def _decision(
    record: rounds.RoundRecord,
    plan: Plan,
    verdict: dict[str, Any],
    application_id: int,
    findings: list[dict[str, Any]],
    now: datetime,
) -> dict[str, Any]:
    return decide.record(plan, verdict) | {
        "authority_id": record.authority_id,
        "round_id": record.id,
        "application_id": application_id,
        "state": "proposed",
        "trace": findings,
        "rule_set": record.rule_set,
        "policies": record.policies,
        "proposed_at": now,
    }
