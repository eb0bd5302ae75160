"""Editions of one award side by side: the same day under two of them, or under none.

Calls are often yearly, with months between them; a hole of a month or less is more likely a slip of the pen.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise

from rules.checks.common import problem
from rules.errors import Problem
from rules.ruleset import RuleSet
from rules.words import say

_SLIP = timedelta(days=31)


def found(rulesets: Iterable[RuleSet]) -> list[Problem]:
    """Editions of the same award, country and authority whose days overlap, or leave a few without rules."""
    groups: dict[tuple[str, str | None, str], dict[str, RuleSet]] = {}
    for one in rulesets:
        key = (one.award, one.country, say(one.authority) if one.authority and one.country else "")
        groups.setdefault(key, {})[one.digest] = one
    problems = []
    for group in groups.values():
        dated = sorted(
            (one for one in group.values() if one.in_force and (one.in_force.starts or one.in_force.ends)), key=_starts
        )
        for first, second in pairwise(dated):
            problems += _between(first, second)
    return sorted(problems)


def _starts(one: RuleSet) -> date:
    return (one.in_force.starts if one.in_force else None) or date.min


def _between(first: RuleSet, second: RuleSet) -> list[Problem]:
    assert first.in_force is not None
    ends, starts = first.in_force.ends, _starts(second)
    path = ("in_force", "starts")
    if ends is None or starts <= ends:
        both = starts if starts > date.min else "the beginning"
        says = f"From {both} on both {first.key} and this edition are in force."
        return [problem(second, path, says, f"Let {first.edition} end the day before, or begin later.")]
    if timedelta(days=1) < starts - ends <= _SLIP:
        says = f"No edition is in force from {ends + timedelta(days=1)} to {starts - timedelta(days=1)}."
        return [problem(second, path, says, f"Let it begin the day after {first.edition} ends.")]
    return []
