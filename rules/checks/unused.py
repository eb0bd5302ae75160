"""What stands in a rule set and does nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.checks.common import PLACEHOLDER, Reading, cited, cites, clauses, problem, used_names
from rules.checks.terms import parts
from rules.conditions import clause_ids
from rules.errors import Problem
from rules.loader import Path
from rules.nodes import Ref
from rules.ruleset import RuleSet

_WORDS = {"rubric": "gates", "selection": "selected", "jury": "discrepancy"}


def found(ruleset: RuleSet, read: list[Reading]) -> Iterator[Problem]:
    """Facts, fields, parameters, policies, sources and clauses without effect."""
    used = used_names(read)
    heads = used | {name.split(".")[0] for name in used}
    spoken = {name for text in _sentences(ruleset) for name, _ in PLACEHOLDER.findall(text)}
    tables: list[tuple[Path, str, Mapping[str, object]]] = [
        (("facts",), "fact", ruleset.facts),
        (("parameters",), "parameter", ruleset.parameters),
        (("appeals", "facts"), "fact", ruleset.appeals.facts if ruleset.appeals else {}),
    ]
    for path, kind, table in tables:
        for name, one in table.items():
            if name not in heads | spoken and not getattr(one, "for_information", False):
                says = f"The {kind} '{name}' is used by no condition."
                yield problem(ruleset, (*path, name), says, "Use it, or remove it.", True)
    for name, policy in ruleset.policies.items():
        if f"policy.{name}" not in used and not policy.forms:
            yield problem(
                ruleset, ("policies", name), f"The policy '{name}' touches nothing.", "Use it, or remove it.", True
            )
    named = {source for _, cite in cites(ruleset) for source in cited(cite)}
    named |= {fact.source for fact in ruleset.facts.values() if fact.source}
    for name in ruleset.sources:
        if name not in named:
            yield problem(
                ruleset, ("sources", name), f"The source '{name}' is cited nowhere.", "Cite it, or remove it.", True
            )
    yield from _derived(ruleset, read)
    yield from _without_effect(ruleset, used)


def _derived(ruleset: RuleSet, read: list[Reading]) -> Iterator[Problem]:
    named = {part.path[0] for one in read for part, _ in parts(one.tree, {}) if isinstance(part, Ref)}
    for name in ruleset.derived:
        if name not in named:
            says = f"The derived value '{name}' is used by no condition."
            yield problem(ruleset, ("derived", name), says, "Use it, or remove it.", True)


def _without_effect(ruleset: RuleSet, used: set[str]) -> Iterator[Problem]:
    paths = {clause.id: path for path, clause in clauses(ruleset)}
    paths |= {one.id: path for path, one in ruleset.chosen()}
    quiet = {one.id for _, one in clauses(ruleset) if one.advice}
    if "next_round" in used:
        quiet |= {one.id for _, one in clauses(ruleset) if one.window and one.window.late != "refused"}
    if ruleset.correction is not None:
        quiet.add(ruleset.correction.id)  # it changes the total
    quiet |= {band.id for _, _, band in ruleset.bands()}  # it changes who is chosen
    for path, one in ruleset.chosen():
        for number, place in enumerate(one.places or []):
            paths[place.id] = (*path, "places", number)
            if "selected" in used or f"clause.{one.id}" in used:
                quiet.add(place.id)
        if any(f"clause.{place.id}" in used for place in one.places or []):
            quiet.add(one.id)
    for number, rule in enumerate(ruleset.jury.discrepancy if ruleset.jury else []):
        paths[rule.id] = ("jury", "discrepancy", number)
    for name, block in clause_ids(ruleset):
        word = _WORDS.get(block, block)
        if name not in quiet and f"clause.{name}" not in used and word not in used:
            says = f"No outcome depends on the clause '{name}'."
            remedy = f"Let an outcome name clause.{name} or {word}."
            yield problem(ruleset, paths.get(name, ("selection",)), says, remedy)


def _sentences(ruleset: RuleSet) -> Iterator[str]:
    for _, clause in clauses(ruleset):
        yield from _texts(clause.says)
    for _, one in ruleset.chosen():
        yield from _texts(one.says)
    for _, _, band in ruleset.bands():
        yield from _texts(band.says)


def _texts(text: Mapping[str, str] | None) -> Iterator[str]:
    yield from (text or {}).values()
