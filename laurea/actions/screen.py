"""Screen a round: who is eligible, who is not, whose evidence is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine

from evaluators import decide
from evaluators.facts import Frames
from evaluators.frozen import links_in, may_hold_links
from laurea import deliberation, ledger, letters, statute
from laurea.errors import BadInput, Refusal
from laurea.settings import Settings
from laurea.store import applications, frozen, outcomes, rounds
from laurea.store.engine import reading, writing


def must_be_readable(frames: Frames, everyone: Sequence[applications.ApplicationRecord]) -> None:
    """A fact of the wrong kind stops the deed with its place."""
    if frames.problems:
        raise BadInput(
            "Some facts cannot be read.",
            [Refusal(everyone[p.row_index].ref, None, p.field, p.problem, p.remedy) for p in frames.problems],
            "Mend them at the source and gather again.",
        )


def screen(engine: Engine, round_id: int, *, settings: Settings, now: datetime) -> Counter[str]:
    """Screen every application that has no verdict yet; how many went where.

    All applications of the round are read, since rules may look at all of them together (the first four of
    a person, one per school). Whoever lacks evidence is told once, in the same transaction. Nothing is written where
    any of them changed meanwhile: the next call starts from what stands then.
    """
    with reading(engine) as connection:
        rests_on = outcomes.applications_of(connection, round_id)
        record = rounds.round_by_id(connection, round_id)
        plan = statute.plan_of(connection, record)
        desk = letters.Desk.of(connection, record, settings, now)
        everyone, frames = deliberation.known(connection, round_id, plan.ruleset)
        links = {
            a.id: links_in(plan.ruleset, a.facts, a.children)
            for some in (applications.portions(connection, round_id) if may_hold_links(plan.ruleset) else ())
            for a in some
        }
    must_be_readable(frames, everyone)
    verdicts = decide.decide(plan, frames, None, seed=record.seed)
    found = {row["application_id"]: row for row in verdicts.select("application_id", "screening", "needs").to_dicts()}
    new_states = {
        a.id: found[a.ref]["screening"]
        for a in everyone
        if a.state in applications.WAITING and found[a.ref]["screening"] != a.state
    }
    # Who handed labels over sees on their list what is missing; a letter for each of their projects would be noise.
    missing = [a for a in everyone if new_states.get(a.id) == "needs_evidence" and a.role == "applicant"]
    post = [letters.evidence_needed(desk, a, found[a.ref]["needs"], plan.ruleset) for a in missing]
    with writing(engine) as connection:
        current = rounds.held(connection, round_id)
        if outcomes.applications_of(connection, round_id) != rests_on:
            return Counter()  # what came in meanwhile would never be looked at
        applications.set_states(connection, new_states)
        frozen.name_pages(connection, record.authority_id, round_id, links, None, now)
        ledger.post(connection, post, authority_id=record.authority_id, round_id=round_id, now=now)
        if new_states or record.screened_at is None:
            rounds.change_round(connection, current, screened_at=now)
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
