"""Settle a round: scores consolidated, applications ranked, decisions proposed with their trace."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

import polars as pl
from sqlalchemy import Engine

from evaluators import consolidation, decide, trace
from evaluators import facts as fact_frames
from laurea import ledger, statute
from laurea.store import applications, juries, outcomes, rounds
from laurea.store.engine import reading, writing
from rules.plan import Plan


def settle(engine: Engine, round_id: int, *, now: datetime) -> str | None:
    """Propose a decision for every application that can be decided; the digest of the decisions.

    Gives None when somebody else changed the round meanwhile: calling again starts from what stands then.
    Applications that hang on missing evidence or scores get no decision and stay as they are.
    """
    with reading(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        plan = statute.plan_of(connection, record)
        everyone = [a for a in applications.load(connection, round_id) if a.state != "withdrawn"]
        sheets = juries.submitted_sheets(connection, round_id)
    frames = fact_frames.to_frames(plan.ruleset, [a.row() for a in everyone])
    points = consolidation.consolidate(plan, sheet_frame(sheets)) if plan.rubric else None
    verdicts = decide.decide(plan, frames, points, seed=record.seed)
    traces = trace.pack(plan, verdicts, frames)
    digest = decide.digest(plan, verdicts, record.seed)
    ids = {a.ref: a.id for a in everyone}
    rows = [
        _decision(record, plan, row, ids[row["application_id"]], traces[row["application_id"]], now)
        for row in verdicts.to_dicts()
        if row["status"] == "decided"
    ]
    states = {row["application_id"]: "decided" for row in rows}
    with writing(engine) as connection:
        current = rounds.round_by_id(connection, round_id)
        if current.released_at or current.version != record.version:
            return None
        outcomes.replace_proposed(connection, round_id, rows)
        applications.set_states(connection, states)
        rounds.change_round(connection, current, proposed_at=now, digest=digest)
        ledger.record(
            connection,
            authority_id=record.authority_id,
            round_id=round_id,
            actor=ledger.CLOCK,
            event=ledger.Event.DECISIONS_PROPOSED,
            subject=f"round:{round_id}",
            now=now,
            details={"decisions": len(rows), "granted": sum(r["granted"] for r in rows), "digest": digest},
        )
    return digest


def sheet_frame(sheets: list[tuple[str, str, dict[str, str]]]) -> pl.DataFrame:
    """Submitted sheets, one row a mark."""
    rows = [
        (application, juror, criterion, points)
        for application, juror, marks in sheets
        for criterion, points in marks.items()
    ]
    schema = {"application_id": pl.String, "juror_id": pl.String, "criterion": pl.String, "points": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _decision(
    record: rounds.RoundRecord,
    plan: Plan,
    verdict: dict[str, Any],
    application_id: int,
    findings: list[dict[str, Any]],
    now: datetime,
) -> dict[str, Any]:
    total = verdict["total"]
    return {
        "authority_id": record.authority_id,
        "round_id": record.id,
        "application_id": application_id,
        "state": "proposed",
        "outcome": verdict["outcome"],
        "granted": bool(verdict["granted"]),
        "points": verdict["points_shown"],
        "exact_points": None if total is None else str(Fraction(total, plan.point_unit)),
        "rank": verdict["rank"],
        "group_name": verdict["group"],
        "first_failing": verdict["first_failing"],
        "trace": findings,
        "rule_set": record.rule_set,
        "policies": record.policies,
        "proposed_at": now,
    }
