"""The bytes of a decision stand: however the bench works, the same rules and facts give the digest they always gave."""

from __future__ import annotations

import json

from evaluators.decide import canonical, decide, digest
from evaluators.facts import to_frames
from rules.library import load_text
from rules.plan import compile_plan

RULES = """
award: invented
edition: fixed
title: Invented
sources: {own: {title: Invented, mark: OWN}}
facts:
  score: {type: decimal, scale: 1, meaning: Score., supplied_by: applicant}
  region: {type: code, meaning: Region., supplied_by: applicant}
  people: {type: list, meaning: People., supplied_by: applicant, fields: {since: {type: date, meaning: Since.}}}
policies:
  least: {type: int, asks: How many?, cite: own}
eligibility:
  - {id: scored, says: Scored., cite: own, require: score >= 1.5}
  - {id: near, says: Near., cite: own, require: "region in ['x', 'y']"}
  - id: staffed
    says: Staffed.
    cite: own
    require: "people.filter(p, p.since >= date('2024-02-29')).size() >= policy.least"
outcomes:
  - {id: refused, title: Refused, when: "!eligibility"}
  - {id: won, title: Won, otherwise: true, grants: true}
"""
DIGESTS = {
    None: "385f6c43a0d1ff1afabd20181e488030cdedc536ae050fbcf666d33c2ca67bc9",
    "2": "b238e94b00184e9e92e5bdc0ca31796e01fac8e71bb96f23be545df6d4857a3f",
}


def found(least: str | None) -> str:
    rows = []
    for number in range(60):
        facts = {"score": [None, "1", "1.5", "2"][number % 4], "region": [None, "x", "z"][number % 3]}
        days = [None, "2024-02-28", "2024-02-29", "2024-03-01"]
        people = None if number % 7 == 0 else [{"since": days[(number + n) % 4]} for n in range(number % 5)]
        rows.append({"application_id": f"a{number:02}", "facts": facts, "children": {"people": people}})
    plan = compile_plan(load_text(RULES, "fixed.yaml"), {} if least is None else {"least": least})
    verdicts = decide(plan, to_frames(plan.ruleset, rows), waivers=[("a05", "near")])
    assert set(verdicts["status"]) >= {"decided", "undecided" if least is None else "needs_evidence"}
    return digest(plan, verdicts)


def test_the_digest_of_a_fixed_world_never_changes():
    assert {least: found(least) for least in DIGESTS} == DIGESTS


def test_lines_of_decisions_stand_in_the_order_of_their_applications_beside_their_names():
    ruleset = load_text(RULES, "fixed.yaml")
    plan = compile_plan(ruleset, {"least": "2"})
    rows = [{"application_id": name, "facts": {"score": "2", "region": "x"}} for name in ("b", "c", "a")]
    found = canonical(decide(plan, to_frames(ruleset, rows)))
    assert found.columns == ["application_id", "line"]
    assert found["application_id"].to_list() == ["a", "b", "c"]
    assert [json.loads(line)["application_id"] for line in found["line"]] == ["a", "b", "c"]
