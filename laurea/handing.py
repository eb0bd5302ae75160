"""What every hand-over between authorities shares: its record with the audit line, and a clause in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from evaluators import trace
from laurea import ledger, statute
from laurea.store import applications, handovers, pages_people, rounds

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from rules.ruleset import RuleSet


@dataclass(frozen=True)
class Given:
    """What one authority gives another, and out of which round of its own; `about` goes with the rows.

    `from_file`: the giver works elsewhere, and the receiver puts down what it sent.
    """

    giver: int
    receiver: int
    kind: str
    label: str
    rows: Sequence[Mapping[str, Any]]
    about: Mapping[str, Any] = field(default_factory=dict)
    round_id: int | None = None
    from_file: bool = False


def give(connection: Connection, given: Given, *, actor: ledger.Actor, now: datetime) -> bool:
    """Record a hand-over, with an audit line at its giver and at its receiver; False when it was recorded before."""
    rows = [dict(row) for row in given.rows]
    new = handovers.add(
        connection,
        from_authority=given.giver,
        to_authority=given.receiver,
        round_id=given.round_id,
        kind=given.kind,
        label=given.label,
        rows=rows,
        digest=applications.digest_of({"rows": rows}),
        handed_at=now,
        handed_by=actor.person_id,
        about={**given.about, "count": len(rows)},
    )
    if new:
        sides = ((given.giver, given.receiver), (given.receiver, given.giver))
        mine = given.round_id
        ledger.hold(connection, [(one, mine if one == given.giver else None) for one, _ in sides[given.from_file :]])
        for authority, other in sides[given.from_file :]:
            ledger.record(
                connection,
                authority_id=authority,
                round_id=given.round_id if authority == given.giver else None,
                actor=actor,
                event=ledger.Event.HANDED_OVER,
                subject=f"authority:{other}",
                now=now,
                details={"kind": given.kind, "rows": len(rows), "label": given.label},
            )
    return new


def numbered(code: str, before: int) -> str:
    """The label of the next hand-over of a kind about one round: the first bears the round's code alone."""
    return f"{code} ({before + 1})" if before else code


def released(connection: Connection, record: rounds.RoundRecord) -> dict[str, Any]:
    """What is told of a released round beside what comes out of it: which it is, who released it and when."""
    by = pages_people.name_of(connection, record.released_by) if record.released_by else ""
    when = record.released_at.isoformat() if record.released_at else ""
    return {"round": record.title, "code": record.code, "released_at": when, "released_by": by}


def terms(record: rounds.RoundRecord) -> dict[str, Any]:
    """The law a list or an award rests on, so that its receiver can read the clauses: rules and the round's answers."""
    return {
        "rule_set": record.rule_set,
        "policies": dict(record.policies),
        "parameters": dict(record.parameters),
    }


def rule_set_of(connection: Connection, about: Mapping[str, Any]) -> RuleSet | None:
    """The rule set a hand-over rests on; None where it names none."""
    if not about.get("rule_set"):
        return None
    return statute.plan_for(connection, about["rule_set"], about["policies"], about["parameters"]).ruleset


def clause(ruleset: RuleSet, about: Mapping[str, Any], name: str, language: str) -> trace.Sentence:
    """A clause in words, with what its round put in place of its parameters, and where it is written."""
    entry = {
        "clause": name, "block": "", "status": "false", "measured": None, "threshold": None, "operator": None,
        "parameters": about["parameters"],
    }  # fmt: skip
    return trace.sentences(ruleset, [entry], language)[0]
