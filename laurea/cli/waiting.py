"""What an application without a decision waits for, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluators import decide, trace
from evaluators.deliberation import Waits
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
        failed = [one for one in found if one.status == "false" and one.block in decide.SCREENING_BLOCKS]
        lacks = [f"{one.says} {one.measured}".strip() for one in failed]
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
        plan = statute.plan_of(connection, record)
        if owed := of_the_jury(connection, record, plan):
            return "\n".join(["Nothing is due.", *(f"{says}\n  → {way}" for says, way in owed)])
        lacks = deliberation.uncorrected(connection, record.id, plan)
    if lacks is None:
        return "Nothing is due."
    return f"Nothing is due. The totals cannot be corrected for severity as the rules prescribe. {lacks.reason}"


def of_the_jury(connection: Connection, record: rounds.RoundRecord, plan: Plan) -> list[tuple[str, str]]:
    """What the jury still owes a round all of whose sheets are in, and the way out: a sentence each."""
    owed = deliberation.waiting(connection, record.id, plan).values()
    third = sorted(ref for ref, what in owed if what in deliberation.FURTHER)
    joint = sorted(ref for ref, what in owed if what is Waits.JOINT)
    found = []
    if third:
        n = len(third)
        says = "1 application needs a further juror" if n == 1 else f"{n} applications need a further juror each"
        way = f"laurea round assign {record.code} --third -o third.csv, then: "
        way += f"laurea round assign {record.code} --from third.csv"
        if not record.routed_by_hand:
            way = f"nobody could be asked: laurea round import {record.code} --jurors FILE, with more of them"
        found.append((f"{says}: {_named(third)}.", way))
    if joint:
        says = "1 application waits" if len(joint) == 1 else f"{len(joint)} applications wait"
        found.append((f"{says} for the joint sheet of the jury: {_named(joint)}.", "the jurors write it on the portal"))
    return found


def _named(refs: list[str]) -> str:
    return ", ".join(refs[:8]) + (" …" if len(refs) > 8 else "")


def _screened(
    connection: Connection, record: rounds.RoundRecord, plan: Plan, application: applications.ApplicationRecord
) -> tuple[list[str], list[trace.Packed]]:
    """What screening finds of it among all applications of the round: what is not known, and the trace."""
    everyone = [one for one in applications.load(connection, record.id) if one.state != "withdrawn"]
    frames = to_frames(plan.ruleset, [one.row() for one in everyone])
    screened = decide.decide(plan, frames, None, seed=record.seed)
    needs = dict(screened.select("application_id", "needs").iter_rows())
    return needs.get(application.ref) or [], trace.pack(plan, screened, frames).get(application.ref, [])
