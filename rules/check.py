"""The checker: what is wrong with a rule set before any application meets it.

`contradictions` are refused when a rule set is loaded; `findings` are what `laurea rules check` adds: things that
can be meant so, but seldom are. Each kind of fault has its module in rules/checks.
"""

from __future__ import annotations

from collections.abc import Iterable

from rules import restrictions
from rules.checks import bands, competing, editions, open_questions, reach, tables, unused
from rules.checks import contradictions as refused
from rules.checks.common import PLACEHOLDER, cited, clauses, place_in, problem, readings, used_names
from rules.checks.world import World
from rules.errors import Problem
from rules.ruleset import RuleSet

__all__ = [
    "PLACEHOLDER",
    "cited",
    "clauses",
    "contradictions",
    "findings",
    "place_in",
    "problem",
    "side_by_side",
    "used_names",
]


def contradictions(ruleset: RuleSet) -> list[Problem]:
    """Everything that makes a rule set unusable, each with line, column and remedy."""
    return [*refused.found(ruleset), *restrictions.found(ruleset), *bands.impossible(ruleset)]


def findings(ruleset: RuleSet) -> list[Problem]:
    """What is suspicious in a rule set that can be used: things unused, without effect, or out of reach."""
    read = readings(ruleset)
    world = World(ruleset, as_written=True)
    return sorted(
        [
            *unused.found(ruleset, read),
            *reach.found(ruleset, read, world),
            *tables.found(ruleset, read, world),
            *competing.found(ruleset, read, world),
            *bands.found(ruleset, world),
            *open_questions.found(ruleset),
        ]
    )


def side_by_side(rulesets: Iterable[RuleSet]) -> list[Problem]:
    """Editions of one award that are in force on the same day, and days between two editions without any."""
    return editions.found(rulesets)
