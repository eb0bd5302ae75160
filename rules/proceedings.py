"""An appeal as a proceeding of its own: a small rule set made from the edition, decided by the same plan."""

from __future__ import annotations

import re

from rules.ruleset import RuleSet

_ALL = re.compile(r"(?<![.\w])clauses(?!\w)")


def appeal(ruleset: RuleSet) -> RuleSet:
    """The rule set of an edition's appeals: its facts and the edition's, its clauses, its outcomes."""
    block = ruleset.appeals
    if block is None:
        raise ValueError("the rule set has no appeals")
    outcomes = [
        one if one.when is None else one.model_copy(update={"when": _ALL.sub("eligibility", one.when)})
        for one in block.outcomes
    ]
    used = {**ruleset.facts, **block.facts}
    found = RuleSet.model_construct(
        award=ruleset.award, edition=ruleset.edition, title=ruleset.title, authority=ruleset.authority,
        country=ruleset.country, in_force=ruleset.in_force, notes=None, sources=ruleset.sources, facts=used,
        parameters=ruleset.parameters, policies=ruleset.policies, derived=ruleset.derived, admission=[],
        eligibility=list(block.clauses), rubric=None, jury=None, selection=None, selections=[], outcomes=outcomes,
        validity=None, milestones=[], appeals=None,
    )  # fmt: skip
    found.keep(ruleset.document, ruleset.text)
    return found
