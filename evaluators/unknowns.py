"""Which facts of which applications are unknown and keep the rules from a verdict, fact by fact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluators import decide
from evaluators.facts import to_frames
from rules.plan import Plan

Needs = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Unknown:
    """One fact with the applications that wait for it; `fields` are those of a list's items, empty: the list itself.

    `supplied_by` and `source` say who would know it. Both are empty for what no single application can supply: which
    of two came first, what competitors still miss.
    """

    fact: str
    fields: tuple[str, ...]
    supplied_by: str
    source: str
    applications: tuple[str, ...]


def needs(plan: Plan, rows: Sequence[Mapping[str, Any]], *, seed: int) -> Needs:
    """What each application waits for, by reference; only those that wait for evidence.

    `rows` are all applications of a round: a rule may compare them with each other.
    """
    found = decide.decide(plan, to_frames(plan.ruleset, rows), None, seed=seed)
    told = found.filter(found["screening"] == "needs_evidence").select("application_id", "needs").to_dicts()
    return {row["application_id"]: tuple(row["needs"]) for row in told}


def by_fact(plan: Plan, needed: Needs) -> list[Unknown]:
    """The unknown facts, those that hold up most applications first."""
    waiting: dict[str, list[str]] = {}
    fields: dict[str, set[str]] = {}
    for ref, names in needed.items():
        for head, own in sorted({(name.partition(".")[0], name.partition(".")[2]) for name in names}):
            held = waiting.setdefault(head, [])
            held += [ref] if ref not in held else []
            fields.setdefault(head, set()).update({own} - {""})
    found = []
    for name, refs in waiting.items():
        fact = plan.ruleset.facts.get(name)
        supplied, source = (fact.supplied_by, fact.source or "") if fact else ("", "")
        found.append(Unknown(name, tuple(sorted(fields[name])), supplied, source, tuple(sorted(refs))))
    return sorted(found, key=lambda one: (-len(one.applications), one.fact))
