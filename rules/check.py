"""The checker: what is wrong with a rule set before any application meets it.

`contradictions` are refused when a rule set is loaded; `findings` are what `laurea rules check` adds: things that
can be meant so, but seldom are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from rules import answers, moments
from rules.conditions import RESERVED, Condition, clause_ids, conditions, scope
from rules.errors import Problem
from rules.expressions import Scope, check
from rules.loader import Path
from rules.ruleset import Clause, RuleSet
from rules.syntax import ExpressionError, parse

_REMARK = re.compile(r"\([^)]*\)")
PLACEHOLDER = re.compile(r"\{([a-z_.0-9]*)\}")


def contradictions(ruleset: RuleSet) -> list[Problem]:
    """Everything that makes a rule set unusable, each with line, column and remedy."""
    return [*_names(ruleset), *_conditions(ruleset), *_sources(ruleset), *_values(ruleset), *_structure(ruleset)]


def findings(ruleset: RuleSet) -> list[Problem]:
    """What is suspicious in a rule set that can be used: things unused, without effect, or out of reach."""
    return sorted([*_unused(ruleset), *_without_effect(ruleset), *_repeated(ruleset)])


def problem(ruleset: RuleSet, path: Path, says: str, remedy: str, key: bool = False) -> Problem:
    """A problem at a path of the file; `key`: at the name of the entry, not at its value."""
    mark = ruleset.document.where(path, key)
    return Problem(ruleset.document.file, mark.line, mark.column, says, remedy)


def used_names(ruleset: RuleSet) -> set[str]:
    """All dotted names that the conditions of a rule set use."""
    scopes: dict[str, Scope] = {}
    used: set[str] = set()
    for one in conditions(ruleset):
        here = scopes.setdefault(one.place, scope(ruleset, one.place))
        used |= check(parse(one.text), here, one.wanted).names
    return used


def clauses(ruleset: RuleSet) -> Iterator[tuple[Path, Clause]]:
    """Every plain clause with its path."""
    for block, found in ruleset.blocks():
        base: Path = ("rubric", "gates") if block == "rubric" else (block,)
        for number, clause in enumerate(found):
            yield (*base, number), clause


def _names(ruleset: RuleSet) -> Iterator[Problem]:
    for kind, table in (("facts", ruleset.facts), ("parameters", ruleset.parameters)):
        for name in table:
            if name in RESERVED or name in ("admission", "eligibility", "gates", "selected"):
                yield problem(
                    ruleset, (kind, name), f"'{name}' is a word of the language.", "Choose another name.", True
                )
    for name in ruleset.parameters:
        if name in ruleset.facts:
            remedy = "Give the parameter another name."
            yield problem(ruleset, ("parameters", name), f"'{name}' is also a fact.", remedy, True)
    for name, policy in ruleset.policies.items():
        for number, fact in enumerate(policy.forms):
            if fact not in ruleset.facts:
                remedy = "Name a fact of this rule set."
                yield problem(ruleset, ("policies", name, "forms", number), f"There is no fact '{fact}'.", remedy)
    yield from _twice(ruleset)


def _twice(ruleset: RuleSet) -> Iterator[Problem]:
    """Clauses, outcomes and criteria that share an id."""
    groups: list[list[tuple[Path, str]]] = [[((*path, "id"), clause.id) for path, clause in clauses(ruleset)]]
    if ruleset.selection:
        groups[0].append((("selection", "id"), ruleset.selection.id))
    groups.append([(("outcomes", number, "id"), one.id) for number, one in enumerate(ruleset.outcomes)])
    if ruleset.rubric:
        groups.append(
            [(("rubric", "criteria", number, "id"), one.id) for number, one in enumerate(ruleset.rubric.criteria)]
        )
    for group in groups:
        seen: set[str] = set()
        for path, name in group:
            if name in seen:
                yield problem(ruleset, path, f"The id '{name}' is used twice.", "Give each its own id.")
            seen.add(name)


def _conditions(ruleset: RuleSet) -> Iterator[Problem]:
    scopes: dict[str, Scope] = {}
    for one in conditions(ruleset):
        here = scopes.setdefault(one.place, scope(ruleset, one.place))
        try:
            check(parse(one.text), here, one.wanted)
        except ExpressionError as error:
            yield _inside(ruleset, one, error)


def _inside(ruleset: RuleSet, one: Condition, error: ExpressionError) -> Problem:
    line, column = ruleset.document.where(one.path).inside(one.text, error.offset)
    return Problem(ruleset.document.file, line, column, error.says, error.remedy)


def _cites(ruleset: RuleSet) -> Iterator[tuple[Path, str]]:
    for path, clause in clauses(ruleset):
        yield (*path, "cite"), clause.cite
    for name, parameter in ruleset.parameters.items():
        yield ("parameters", name, "cite"), parameter.cite
    for name, policy in ruleset.policies.items():
        yield ("policies", name, "cite"), policy.cite
    for key in ("rubric", "jury", "selection", "validity", "in_force"):
        block = getattr(ruleset, key)
        if block is not None:
            yield (key, "cite"), block.cite


def cited(cite: str) -> list[str]:
    """The source keys of a citation: "guide §1 (a remark); call" cites guide and call."""
    return [part.split()[0] for part in _REMARK.sub("", cite).split(";") if part.split()]


def _sources(ruleset: RuleSet) -> Iterator[Problem]:
    known = ", ".join(ruleset.sources)
    for path, cite in _cites(ruleset):
        if not cited(cite):
            yield problem(ruleset, path, "The citation is empty.", f"Name one of the sources: {known}.")
        for name in cited(cite):
            if name not in ruleset.sources:
                yield problem(ruleset, path, f"There is no source '{name}'.", f"Sources of this file: {known}.")


def _values(ruleset: RuleSet) -> Iterator[Problem]:
    for name, parameter in ruleset.parameters.items():
        wrong = answers.parameter_problem(parameter, parameter.value)
        if wrong:
            yield problem(ruleset, ("parameters", name, "value"), *wrong)
    for path, clause in clauses(ruleset):
        if clause.window is None:
            continue
        for key in ("opens", "closes"):
            text = getattr(clause.window, key)
            try:
                moments.local(text or "2000-01-01")
            except ValueError:
                remedy = "Write it as 2024-02-29 or 2024-02-29T23:59."
                yield problem(ruleset, (*path, "window", key), f"'{text}' is not a day or a local time.", remedy)
        if "/" in clause.window.zone and not moments.is_zone(clause.window.zone):
            says = f"There is no time zone '{clause.window.zone}'."
            yield problem(ruleset, (*path, "window", "zone"), says, "Write it as Europe/Brussels.")


def _structure(ruleset: RuleSet) -> Iterator[Problem]:
    last = len(ruleset.outcomes) - 1
    for number, outcome in enumerate(ruleset.outcomes):
        if outcome.otherwise and number < last:
            remedy = "Move `otherwise` to the end."
            yield problem(ruleset, ("outcomes", number), "No outcome after this one can be reached.", remedy)
    if not ruleset.outcomes[last].otherwise:
        says = "An application that meets none of the outcomes would have no decision."
        yield problem(
            ruleset, ("outcomes", last), says, "Let the last outcome say `otherwise: true` instead of `when`."
        )
    names = set(ruleset.parameters) | {f"policy.{name}" for name in ruleset.policies} | {"measured", "threshold"}
    for path, clause in clauses(ruleset):
        for key in ("says", "finds"):
            yield from _placeholders(ruleset, (*path, key), getattr(clause, key), names)
    if ruleset.selection:
        for key in ("says", "finds"):
            yield from _placeholders(ruleset, ("selection", key), getattr(ruleset.selection, key), names)
        yield from _ties(ruleset)
    if ruleset.rubric:
        criteria = {one.id for one in ruleset.rubric.criteria}
        for number, one in enumerate(ruleset.rubric.criteria):
            if one.part_of is not None and one.part_of not in criteria:
                path = ("rubric", "criteria", number, "part_of")
                yield problem(ruleset, path, f"There is no criterion '{one.part_of}'.", "Name one of this rubric.")


def _placeholders(ruleset: RuleSet, path: Path, text: Mapping[str, str] | None, names: set[str]) -> Iterator[Problem]:
    for language, sentence in (text or {}).items():
        for name in PLACEHOLDER.findall(sentence):
            if name not in names:
                remedy = f"Sentences can name {', '.join(sorted(names))}."
                yield problem(
                    ruleset, (*path, language), f"The sentence names {{{name}}}, which does not exist.", remedy
                )


def _ties(ruleset: RuleSet) -> Iterator[Problem]:
    assert ruleset.selection is not None
    ties = ruleset.selection.ties
    if not ties.answer.startswith("policy.") or ties.answer[7:] not in ruleset.policies:
        return
    options = set(ruleset.policies[ties.answer[7:]].options)
    for name in sorted(options ^ set(ties.readings)):
        says = (
            f"The answer '{name}' has no reading here."
            if name in options
            else f"'{name}' is not an answer of the policy."
        )
        yield problem(ruleset, ("selection", "ties", "readings"), says, "Give each answer of the policy one reading.")


def _unused(ruleset: RuleSet) -> Iterator[Problem]:
    used = used_names(ruleset)
    heads = used | {name.split(".")[0] for name in used}
    spoken = {
        name for _, clause in clauses(ruleset) for text in clause.says.values() for name in PLACEHOLDER.findall(text)
    }
    for kind, table in (("facts", ruleset.facts), ("parameters", ruleset.parameters)):
        for name, one in table.items():
            if name not in heads | spoken and not getattr(one, "for_information", False):
                says = f"The {kind[:-1]} '{name}' is used by no condition."
                yield problem(ruleset, (kind, name), says, "Use it, or remove it.", True)
    for name, policy in ruleset.policies.items():
        if f"policy.{name}" not in used and not policy.forms:
            yield problem(
                ruleset, ("policies", name), f"The policy '{name}' touches nothing.", "Use it, or remove it.", True
            )
    named = {source for _, cite in _cites(ruleset) for source in cited(cite)}
    named |= {fact.source for fact in ruleset.facts.values() if fact.source}
    for name in ruleset.sources:
        if name not in named:
            yield problem(
                ruleset, ("sources", name), f"The source '{name}' is cited nowhere.", "Cite it, or remove it.", True
            )


def _without_effect(ruleset: RuleSet) -> Iterator[Problem]:
    used = used_names(ruleset)
    blocks = {"admission": "admission", "eligibility": "eligibility", "rubric": "gates", "selection": "selected"}
    paths = {clause.id: path for path, clause in clauses(ruleset)}
    for name, block in clause_ids(ruleset):
        if f"clause.{name}" not in used and blocks[block] not in used:
            says = f"No outcome depends on the clause '{name}'."
            yield problem(
                ruleset, paths.get(name, ("selection",)), says, f"Let an outcome name clause.{name} or {blocks[block]}."
            )


def _repeated(ruleset: RuleSet) -> Iterator[Problem]:
    seen: dict[object, str] = {}
    for number, outcome in enumerate(ruleset.outcomes):
        if outcome.when is None:
            continue
        tree = re.sub(r"\s+", "", outcome.when)
        if tree in seen:
            says = f"'{outcome.id}' can never be reached: '{seen[tree]}' has the same condition and comes first."
            yield problem(ruleset, ("outcomes", number), says, "Change one of the two conditions.")
        seen[tree] = outcome.id
