"""The rule set and the compiled plan a round runs under, read from the records and kept per process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING

from laurea.store import rounds
from rules.library import load_text
from rules.plan import Plan, compile_plan
from rules.ruleset import RuleSet

if TYPE_CHECKING:
    from sqlalchemy import Connection

KEPT = 64

_plans: OrderedDict[tuple[object, ...], Plan] = OrderedDict()
_lock = Lock()


def plan_for(connection: Connection, digest: str, policies: Mapping[str, str], parameters: Mapping[str, str]) -> Plan:
    """The plan of a rule set under a round's answers; its text is read only when it is not yet compiled."""
    key = (digest, frozenset(policies.items()), frozenset(parameters.items()))
    with _lock:
        if key in _plans:
            _plans.move_to_end(key)
            return _plans[key]
    text, name = rounds.rule_set_text(connection, digest)
    plan = compile_plan(load_text(text, f"{name}.yaml"), policies, parameters)
    with _lock:
        _plans[key] = plan
        while len(_plans) > KEPT:
            _plans.popitem(last=False)
    return plan


def plan_of(connection: Connection, record: rounds.RoundRecord) -> Plan:
    """The plan of a round under the answers its officer gave."""
    return plan_for(connection, record.rule_set, record.policies, record.parameters)


def rule_set_of(connection: Connection, record: rounds.RoundRecord) -> RuleSet:
    """The rule set of a round, as it was when the round was opened."""
    return plan_of(connection, record).ruleset
