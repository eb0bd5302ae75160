"""The rule set and the compiled plan a round runs under, read from the records and kept per process."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from laurea.store import rounds
from rules.library import load_text
from rules.plan import Plan, compile_plan
from rules.ruleset import RuleSet

if TYPE_CHECKING:
    from sqlalchemy import Connection


@lru_cache(maxsize=64)
def _rule_set(text: str, name: str) -> RuleSet:
    return load_text(text, f"{name}.yaml")


@lru_cache(maxsize=64)
def _plan(text: str, name: str, policies: tuple[tuple[str, str], ...], parameters: tuple[tuple[str, str], ...]) -> Plan:
    return compile_plan(_rule_set(text, name), dict(policies), dict(parameters))


def rule_set_of(connection: Connection, record: rounds.RoundRecord) -> RuleSet:
    """The rule set of a round, as it was when the round was opened."""
    text, name = rounds.rule_set_text(connection, record.rule_set)
    return _rule_set(text, name)


def plan_of(connection: Connection, record: rounds.RoundRecord) -> Plan:
    """The plan of a round under the answers its officer gave."""
    text, name = rounds.rule_set_text(connection, record.rule_set)
    return _plan(
        text,
        name,
        tuple(sorted(record.policies.items())),
        tuple(sorted(record.parameters.items())),
    )
