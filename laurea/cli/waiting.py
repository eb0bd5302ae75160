"""What an application without a decision waits for, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluators import decide
from evaluators.facts import to_frames
from laurea import deliberation, statute
from laurea.store import applications, juries, rounds
from laurea.store.engine import reading
from rules.ruleset import say

if TYPE_CHECKING:
    from laurea.store.engine import Connection, Engine
    from rules.plan import Plan

STATES = {
    "submitted": "it has not been screened yet",
    "eligible": "it is eligible and waits for jurors",
    "assigned": "it is with its jurors",
    "scored": "its score sheets are in, and the round has not been settled",
    "undecided": "it waits for an answer to a question the source leaves open",
    "withdrawn": "it was withdrawn",
}


def words(
    connection: Connection,
    record: rounds.RoundRecord,
    plan: Plan,
    application: applications.ApplicationRecord,
    language: str,
) -> str:
    """A sentence on where an application stands; the facts it lacks are named by their meaning, in `language`."""
    where = STATES.get(application.state, f"it is {application.state.replace('_', ' ')}")
    if application.state == "needs_evidence":
        meanings = [
            say(plan.ruleset.facts[name].meaning, language) for name in _needs(connection, record, plan, application)
        ]
        where = f"it needs evidence: {'; '.join(meanings)}" if meanings else "it needs evidence"
    return f"{application.ref} has no decision yet: {where.rstrip('.')}."


def idle(engine: Engine, code: str) -> str:
    """Why nothing is due in a round, where the reason is known."""
    with reading(engine) as connection:
        record = rounds.round_by_code(connection, code)
        if record.proposed_at or juries.open_by_juror(connection, record.id):
            return "Nothing is due."
        lacks = deliberation.uncorrected(connection, record.id, statute.plan_of(connection, record))
    if lacks is None:
        return "Nothing is due."
    return f"Nothing is due. The totals cannot be corrected for severity as the rules prescribe. {lacks.reason}"


def _needs(
    connection: Connection, record: rounds.RoundRecord, plan: Plan, application: applications.ApplicationRecord
) -> list[str]:
    """The facts that are not known, as screening finds them among all applications of the round."""
    everyone = [one for one in applications.load(connection, record.id) if one.state != "withdrawn"]
    screened = decide.decide(plan, to_frames(plan.ruleset, [one.row() for one in everyone]), None, seed=record.seed)
    for row in screened.select("application_id", "needs").iter_rows(named=True):
        if row["application_id"] == application.ref:
            return [name for name in row["needs"] if name in plan.ruleset.facts]
    return []
