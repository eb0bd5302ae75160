"""From when until when what was granted holds, and when its renewal opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from rules.errors import refuse
from rules.plan import Plan


@dataclass(frozen=True)
class Term:
    """First and last day on which a grant holds; `valid_until` None: the rules name no end."""

    valid_from: date
    valid_until: date | None
    renewal_opens: date | None


def term(plan: Plan, awarded_on: date) -> Term:
    """The term of what is awarded that day. Raises RuleSetError while a policy it rests on is open."""
    block = plan.validity
    if block is None:
        return Term(awarded_on, None, None)
    if block.open:
        says = f"How long the award is valid depends on {', '.join(block.open)}, which has not been answered."
        raise refuse(says, "Answer the policy first.", plan.ruleset.key)
    frame = pl.DataFrame({"awarded_on": [awarded_on]}, schema={"awarded_on": pl.Date})
    frame = frame.with_columns(starts=block.starts)
    nothing = pl.lit(None, dtype=pl.Date)
    frame = frame.with_columns(until=nothing if block.until is None else block.until)
    frame = frame.with_columns(opens=nothing if block.renewal_opens is None else block.renewal_opens)
    return Term(frame["starts"].item(), frame["until"].item(), frame["opens"].item())
