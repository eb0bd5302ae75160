"""Screen a round: who is eligible, who is not, whose evidence is missing."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import Engine

from evaluators import decide
from evaluators import facts as fact_frames
from evaluators.frozen import links_in, may_hold_links
from laurea import ledger, letters, statute
from laurea.errors import BadInput, Refusal
from laurea.settings import Settings
from laurea.store import applications, frozen, rounds
from laurea.store.engine import reading, writing
from rules.ruleset import RuleSet


def frames_of(ruleset: RuleSet, all_applications: list[applications.ApplicationRecord]) -> fact_frames.Frames:
    """The frames the bench works on; a fact of the wrong kind stops the deed with its place."""
    frames = fact_frames.to_frames(ruleset, [application.row() for application in all_applications])
    if frames.problems:
        raise BadInput(
            "Some facts cannot be read.",
            [Refusal(all_applications[p.row_index].ref, None, p.field, p.problem, p.remedy) for p in frames.problems],
            "Mend them at the source and gather again.",
        )
    return frames


def screen(engine: Engine, round_id: int, *, settings: Settings, now: datetime) -> Counter[str]:
    """Screen every application that has no verdict yet; how many went where.

    All applications of the round are read, since rules may look at all of them together (the first four of
    a person, one per school). Whoever lacks evidence is told once, in the same transaction.
    """
    with reading(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        plan = statute.plan_of(connection, record)
        desk = letters.Desk.of(connection, record, settings, now)
        everyone = [a for a in applications.load(connection, round_id) if a.state != "withdrawn"]
    verdicts = decide.decide(plan, frames_of(plan.ruleset, everyone), None, seed=record.seed)
    found = {row["application_id"]: row for row in verdicts.select("application_id", "screening", "needs").to_dicts()}
    new_states = {
        a.id: found[a.ref]["screening"]
        for a in everyone
        if a.state in applications.WAITING and found[a.ref]["screening"] != a.state
    }
    # Who handed labels over sees on their list what is missing; a letter for each of their projects would be noise.
    missing = [a for a in everyone if new_states.get(a.id) == "needs_evidence" and a.role == "applicant"]
    post = [letters.evidence_needed(desk, a, found[a.ref]["needs"], plan.ruleset) for a in missing]
    links = {a.id: links_in(plan.ruleset, a.facts, a.children) for a in everyone if may_hold_links(plan.ruleset)}
    with writing(engine) as connection:
        applications.set_states(connection, new_states)
        frozen.name_pages(connection, record.authority_id, round_id, links, None, now)
        ledger.post(connection, post, authority_id=record.authority_id, round_id=round_id, now=now)
        if new_states or record.screened_at is None:
            rounds.change_round(connection, rounds.round_by_id(connection, round_id), screened_at=now)
            counts = Counter(new_states.values())
            ledger.record_of(
                connection,
                record,
                actor=ledger.CLOCK,
                event=ledger.Event.APPLICATIONS_SCREENED,
                now=now,
                details=dict(counts),
            )
    return Counter(new_states.values())
