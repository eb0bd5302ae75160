"""Where a round stands, in figures and sentences, for the command line, the demo and the portal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from laurea.ledger import Event
from laurea.store import applications, audit, juries, outbox, outcomes, rounds
from rules.ruleset import RuleSet, say

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from evaluators.trace import Sentence
    from rules.plan import Plan

MARKS = {"true": "✓", "false": "✗", "unknown": "?", "waived": "○", "policy": "§"}


def figures(connection: Connection, record: rounds.RoundRecord, now: datetime) -> dict[str, Any]:
    """One line about a round: how many applications, reviews, decisions and letters stand where."""
    _, name = rounds.rule_set_text(connection, record.rule_set)
    award, edition = name.split("/", 1)
    states = applications.state_counts(connection, record.id)
    reviews = juries.assignment_counts(connection, record.id)
    verdicts = outcomes.outcome_counts(connection, record.id)
    screened = audit.totals(connection, record.id, Event.APPLICATIONS_SCREENED)
    letters = outbox.state_counts(connection, record.id)
    return {
        "round": record.code,
        "award": award,
        "edition": edition,
        "phase": record.phase(now),
        "applications": sum(states.values()),
        "refused_rows": applications.refused_count(connection, record.id),
        "eligible": screened["eligible"],
        "ineligible": screened["ineligible"],
        "needs_evidence": states["needs_evidence"],
        "assigned": sum(count for state, count in reviews.items() if state != "handed_back"),
        "sheets": reviews.get("submitted", 0),
        "proposed": verdicts.decisions,
        "released": verdicts.released,
        "granted": verdicts.granted,
        "messages_queued": sum(letters.values()),
        "messages_delivered": letters["sent"],
        "digest": record.digest,
    }


def outcome_title(ruleset: RuleSet, decision: outcomes.DecisionRecord, language: str) -> str:
    """The outcome of a decision in words."""
    return say(next(o.title for o in ruleset.outcomes if o.id == decision.outcome), language)


def enough(
    connection: Connection, record: rounds.RoundRecord, plan: Plan, application: str, language: str
) -> list[dict[str, str]]:
    """For each failed clause of an application, what would have let it pass: clause, block and a sentence.

    It is worked out from the records as they stand, with what an appeal put right; the application's own figures only,
    and never who marked what.
    """
    from evaluators import counterfactual, dry_run, replay  # they load the engines of tables, and few ask for this
    from evaluators import enough as enough_words
    from laurea.store import panels, replays

    everyone = [a for a in applications.load(connection, record.id) if a.state != "withdrawn"]
    sheets, joint = juries.submitted_sheets(connection, record.id), panels.joint_by_ref(connection, record.id)
    papers = replay.Papers([a.row() for a in everyone], sheets, joint, record.seed)
    for ref, one in replays.taken(connection, record.id):
        if ref == application:
            papers = replay.corrected(papers, ref, marks=one.marks, given=one.facts)
    decided = dry_run.side(plan, papers.rows, papers.sheets, joint=papers.joint, seed=papers.seed)
    if application not in {a.ref for a in everyone}:
        return []
    found = counterfactual.find(plan, decided.frames, decided.verdicts, application)
    return [one.__dict__ for one in enough_words.sentences(plan, found, language)]


def explanation(ruleset: RuleSet, decision: outcomes.DecisionRecord, language: str) -> list[dict[str, str]]:
    """A decision sentence by sentence: mark, clause, what was measured, source and its address."""
    from evaluators import trace

    return told(trace.sentences(ruleset, decision.trace, language))


def told(sentences: Sequence[Sentence]) -> list[dict[str, str]]:
    """Sentences of a trace as plain data, each with its mark."""
    return [
        {
            "mark": MARKS[sentence.status] if sentence.asks else "·",
            "clause": sentence.clause,
            "status": sentence.status,
            "says": sentence.says,
            "measured": sentence.measured or "",
            "cite": sentence.cite,
            "source": sentence.source_title,
            "address": sentence.address or "",
        }
        for sentence in sentences
    ]
