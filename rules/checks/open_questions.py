"""Figures and readings that a source leaves open and that the rule set fixes all the same."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.checks.common import cited, cites, problem
from rules.errors import Problem
from rules.ruleset import RuleSet

_SILENT = re.compile(
    r"\b(do(es)? not (say|state|tell)|not (stated|published|said|specified|given)"
    r"|says nothing|is silent|leaves? open)\b"
)
_STATED = ("F", "S", "OWN")
_REMEDY = "Make it a policy: a question without a default, answered before scores open."


def found(ruleset: RuleSet) -> Iterator[Problem]:
    """Parameters whose source says nothing, and ties or roundings that no stated source settles."""
    for path, cite in cites(ruleset):
        if path[0] == "parameters" and _SILENT.search(cite):
            says = f"The value of '{path[1]}' is fixed here, although its citation says that the source leaves it open."
            yield problem(ruleset, path, says, _REMEDY)
    for path, one in ruleset.chosen():
        marks = [ruleset.sources[name].mark for name in cited(one.cite) if name in ruleset.sources]
        silent = _SILENT.search(one.cite) is not None
        if not silent and any(mark in _STATED for mark in marks):
            continue
        if one.ties.answer in ("in", "out"):
            says = "What becomes of ties is fixed here, but no source that is cited states it."
            yield problem(ruleset, (*path, "ties", "answer"), says, _REMEDY)
        if one.quota is not None and one.quota.rounding in ("up_to", "nearest", "at_least"):
            says = "How the share is rounded is fixed here, but no source that is cited states it."
            yield problem(ruleset, (*path, "quota", "rounding"), says, _REMEDY)
