"""Whether holders of an award would meet its conditions again, by what is known of them today: in sets, before anybody
applies. They are told only what they can change themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evaluators import trace
from evaluators.decide import SCREENING_BLOCKS, STATUS, decide
from evaluators.facts import to_frames
from rules.plan import Plan
from rules.planned import PlannedClause
from rules.ruleset import Clause, say

OWN = "applicant"  # who supplies what a holder can change


@dataclass(frozen=True)
class Outlook:
    """How a renewal looks for one holder. `finding`: pass, missing, or "" where nothing can be said that helps.

    `failing` are clauses that do not hold and rest on what the holder supplies; `needs` facts they have not supplied.
    """

    finding: Literal["pass", "missing", ""]
    failing: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


def outlooks(plan: Plan, rows: Sequence[Mapping[str, Any]]) -> list[Outlook]:
    """How a renewal looks for each of the applications, given as evaluators.facts.to_frames takes them.

    What depends on when one applies, or on who else does, is left out: nothing of that is theirs to change now.
    """
    alone = [
        {**row, "application_id": str(number), "applicant_id": f"a{number}", "unit_id": f"u{number}"}
        for number, row in enumerate(rows)
    ]
    clauses = [one for one in plan.planned if one.block in SCREENING_BLOCKS and _asks(one)]
    if not alone or not clauses or any(one.open for one in clauses):
        return [Outlook("") for _ in rows]
    verdicts = decide(plan, to_frames(plan.ruleset, alone))
    states = {one.id: [STATUS[code] for code in verdicts.get_column(f"clause.{one.id}").to_list()] for one in clauses}
    return [
        _outlook(plan, clauses, {name: found[n] for name, found in states.items()}, rows[n]) for n in range(len(rows))
    ]


def missing(plan: Plan, found: Outlook, language: str) -> list[str]:
    """What stands in the way, as the holder reads it: what the rules ask, then what they have not told."""
    says = {
        one.id: one.source.says for one in plan.planned if one.id in found.failing and isinstance(one.source, Clause)
    }
    asked = [trace.with_parameters(plan.ruleset, say(text, language), language) for text in says.values()]
    return asked + [say(plan.ruleset.facts[name].meaning, language) for name in found.needs]


def _asks(one: PlannedClause) -> bool:
    """Whether a clause asks something of what is known of an application."""
    return isinstance(one.source, Clause) and one.source.require is not None and not one.source.advice


def _outlook(
    plan: Plan, clauses: Sequence[PlannedClause], states: Mapping[str, str], row: Mapping[str, Any]
) -> Outlook:
    facts = plan.ruleset.facts
    known = {
        **(row.get("children") or {}),
        **{k: v for k, v in (row.get("facts") or {}).items() if v not in (None, "")},
    }
    failing: list[str] = []
    needs: dict[str, None] = {}
    stuck = False
    for one in clauses:
        own = [
            name for fact in one.facts if (name := fact.partition(".")[0]) in facts and facts[name].supplied_by == OWN
        ]
        if states[one.id] in ("true", "waived"):
            continue
        lacking = [name for name in own if name not in known]
        if states[one.id] == "false" and own:
            failing.append(one.id)
        elif lacking:
            needs.update(dict.fromkeys(lacking))
        else:
            stuck = True
    if failing or needs:
        return Outlook("missing", tuple(failing), tuple(needs))
    return Outlook("" if stuck else "pass")
