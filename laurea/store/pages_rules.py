"""The compiled rule set of a round, read from the records once and kept by its digest."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock

from sqlalchemy import Connection, select

from laurea.store import tables as t
from rules.library import load_text
from rules.plan import Plan, compile_plan

KEPT = 64

_plans: OrderedDict[tuple[str, str, str], Plan] = OrderedDict()
_lock = Lock()


def plan_of(connection: Connection, digest: str, policies: Mapping[str, str], parameters: Mapping[str, str]) -> Plan:
    """The plan of a rule set under a round's answers; the text is read only when it is not yet compiled."""
    key = (digest, json.dumps(policies, sort_keys=True), json.dumps(parameters, sort_keys=True))
    with _lock:
        if key in _plans:
            _plans.move_to_end(key)
            return _plans[key]
    c = t.rule_sets.c
    row = connection.execute(select(c.text, c.award, c.edition).where(c.digest == digest)).one()
    plan = compile_plan(load_text(row.text, f"{row.award}/{row.edition}"), policies, parameters)
    with _lock:
        _plans[key] = plan
        while len(_plans) > KEPT:
            _plans.popitem(last=False)
    return plan
