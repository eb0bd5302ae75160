"""The live total of a sheet and the decision come from the same engine: 1,000 random forms say the same in both."""

from __future__ import annotations

import random

import pytest

from evaluators import decide, sheets
from evaluators.facts import to_frames
from laurea.web import rubric
from rules.library import load_text
from rules.plan import Plan, compile_plan
from tests.web.seeding import LABEL

FORMS = 1000
FACTS = {"founder_one": "AZ", "founder_two": "GE", "finished_on": "2026-05-20", "consent": True, "pupils": 30}


def plan(*, jury: bool) -> Plan:
    text = LABEL.read_text(encoding="utf-8")
    if not jury:
        start, end = text.index("jury:\n"), text.index("outcomes:\n")
        text = text[:start] + text[end:]
    return compile_plan(load_text(text, "label.yaml"), {"pass_mark": "30"}, {})


def forms(plan: Plan, *, gaps: float) -> dict[str, dict[str, str]]:
    lot = random.Random(20)
    assert plan.rubric is not None
    return {
        f"A{number}": {
            one.id: str(lot.randint(int(one.minimum or 0), int(one.maximum or 0)))
            for one in plan.rubric.criteria
            if lot.random() >= gaps
        }
        for number in range(FORMS)
    }


@pytest.mark.parametrize(("jury", "gaps"), [(False, 0.08), (True, 0.0)], ids=["some marks missing", "two equal sheets"])
def test_footer_says_what_the_decision_says(jury: bool, gaps: float) -> None:
    compiled = plan(jury=jury)
    filled = forms(compiled, gaps=gaps)
    rows = [{"application_id": name, **FACTS, "partners": []} for name in filled]
    given = [(name, juror, marks) for name, marks in filled.items() for juror in (("J1", "J2") if jury else ("J1",))]
    frames, points = sheets.taken(compiled, to_frames(compiled.ruleset, rows), given)
    decided = {row["application_id"]: row for row in decide.decide(compiled, frames, points).to_dicts()}
    seen = set()
    for name, marks in filled.items():
        footer = rubric.tally(compiled, marks, "en")
        verdict = decided[name]
        says = {clause: status for clause, status, _ in footer.lines}
        assert (name, footer.total) == (name, verdict["points_shown"])
        assert (name, says) == (name, {one: decide.STATUS[verdict[f"clause.{one}"]] for one in says})
        seen |= set(says.items())
    assert {("pass", "true"), ("pass", "false"), ("data_gate", "true"), ("data_gate", "false")} <= seen
