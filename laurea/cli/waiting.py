"""What an application without a decision waits for, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluators import decide, trace
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
    "needs_evidence": "it needs evidence",
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
    """A sentence on where an application stands, with the facts it lacks or the clauses it fails, in `language`."""
    where = STATES.get(application.state, f"it is {application.state.replace('_', ' ')}")
    lacks: list[str] = []
    if application.state == "needs_evidence":
        facts = plan.ruleset.facts
        needs = _screened(connection, record, plan, application)[0]
        lacks = [say(facts[name].meaning, language) for name in needs if name in facts]
    elif application.state == "ineligible":
        found = trace.sentences(plan.ruleset, _screened(connection, record, plan, application)[1], language)
        lacks = [f"{one.says} {one.measured}".strip() for one in found if one.status == "false"]
    where = f"{where}: {'; '.join(lacks)}" if lacks else where
    return f"{application.ref} has no decision yet: {where.rstrip('.')}."


def idle(engine: Engine, code: str) -> str:
    """Why nothing is due in a round, where the reason is known."""
    with reading(engine) as connection:
        record = rounds.round_by_code(connection, code)
        if record.routed_by_hand and applications.state_counts(connection, record.id)["eligible"]:
            return f"Nothing is due: the jury waits for your plan. Make one: laurea round assign {code} -o plan.csv"
        if record.proposed_at or juries.open_by_juror(connection, record.id):
            return "Nothing is due."
        lacks = deliberation.uncorrected(connection, record.id, statute.plan_of(connection, record))
    if lacks is None:
        return "Nothing is due."
    return f"Nothing is due. The totals cannot be corrected for severity as the rules prescribe. {lacks.reason}"


def _screened(
    connection: Connection, record: rounds.RoundRecord, plan: Plan, application: applications.ApplicationRecord
) -> tuple[list[str], list[trace.Packed]]:
    """What screening finds of it among all applications of the round: what is not known, and the trace."""
    everyone = [one for one in applications.load(connection, record.id) if one.state != "withdrawn"]
    frames = to_frames(plan.ruleset, [one.row() for one in everyone])
    screened = decide.decide(plan, frames, None, seed=record.seed)
    needs = dict(screened.select("application_id", "needs").iter_rows())
    return needs.get(application.ref) or [], trace.pack(plan, screened, frames).get(application.ref, [])
