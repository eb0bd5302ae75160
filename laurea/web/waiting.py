"""Why an application has no decision: which facts, answers or score sheets are missing, and what waits for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evaluators import decide, trace
from evaluators import facts as fact_frames
from evaluators.openness import COMPETITORS
from evaluators.sheets import Given, Joint, taken
from evaluators.trace import Sentence
from laurea.store.applications import ApplicationRecord
from laurea.web.reader import Reader
from rules.plan import Plan
from rules.ruleset import RuleSet, say


@dataclass(frozen=True)
class Waiting:
    """What one application waits for, in words. `clauses` are the conditions that are still open."""

    facts: tuple[str, ...]
    questions: tuple[str, ...]
    sheets: bool
    clauses: tuple[Sentence, ...]


def waiting(
    everyone: Sequence[ApplicationRecord],
    sheets: Given | None,
    plan: Plan,
    ref: str,
    reader: Reader,
    joint: Mapping[str, Joint] | None = None,
    seed: int = 0,
) -> Waiting | None:
    """What the application `ref` waits for; None when nothing is missing.

    The whole round is weighed, as it is when decisions are made: a rule may compare applications with each other.
    `sheets` are the submitted score sheets, `joint` those a jury wrote together; None where the reader may not learn
    yet what they come to: no condition about points is told then. `seed` is the round's.
    """
    everyone = [one for one in everyone if one.state != "withdrawn"]
    scores = sheets is not None
    mine = next((one for one in everyone if one.ref == ref), None)
    if mine is None:
        return None
    frames, points = fact_frames.to_frames(plan.ruleset, [one.row() for one in everyone]), None
    if sheets is not None:
        frames, points = taken(plan, frames, sheets, joint)
    verdicts = decide.decide(plan, frames, points, seed=seed)
    verdict = verdicts.filter(verdicts["application_id"] == ref)
    row = verdict.row(0, named=True)
    if row["status"] == "decided":
        return None
    own = fact_frames.to_frames(plan.ruleset, [mine.row()])
    for_sheets = scores and row["status"] == "awaiting_scores"
    by_facts = {clause.id for clause in plan.planned if set(clause.facts) & set(row["needs"])}
    entries = [
        entry
        for entry in trace.pack(plan, verdict, own)[ref]
        if entry["status"] == "policy" or (entry["status"] == "unknown" and (entry["clause"] in by_facts or for_sheets))
    ]
    return Waiting(
        facts=tuple(_meanings(plan.ruleset, row["needs"], reader)),
        questions=tuple(
            say(plan.ruleset.policies[name].asks, reader.language)
            for name in row["policies"]
            if name in plan.ruleset.policies
        ),
        sheets=row["status"] == "awaiting_scores",
        clauses=tuple(trace.sentences(plan.ruleset, entries, reader.language)),
    )


def _meanings(ruleset: RuleSet, needs: Iterable[str], reader: Reader) -> Iterable[str]:
    """Each missing fact as the rule set calls it; of a list's item, the list and the field."""
    _ = reader.words.gettext
    for name in needs:
        if name == COMPETITORS:
            yield _("What is missing of other applications that compete with this one")
        elif name == "submitted_at":
            yield _("Which of two applications handed in at the same moment came first")
        else:
            head, _dot, field = name.partition(".")
            fact = ruleset.facts.get(head)
            if fact is None:
                yield name.replace("_", " ")
            elif field and field in fact.fields:
                yield f"{say(fact.meaning, reader.language)}: {say(fact.fields[field].meaning, reader.language)}"
            else:
                yield say(fact.meaning, reader.language)
