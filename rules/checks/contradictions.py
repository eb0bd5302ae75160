"""What makes a rule set unusable: refused when it is loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rules import answers, moments
from rules.checks.common import PLACEHOLDER, cited, cites, clauses, inside, problem, reading
from rules.conditions import RESERVED, conditions
from rules.errors import Problem
from rules.loader import Path
from rules.ruleset import (
    Band,
    Calibration,
    Clause,
    Criterion,
    Discrepancy,
    Milestone,
    Outcome,
    Place,
    RuleSet,
    Selection,
    Ties,
)
from rules.speech import FORMS
from rules.syntax import ExpressionError

_BLOCKS = ("admission", "eligibility", "gates", "selected")
_FIGURE = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?(/[1-9][0-9]{0,8})?", re.ASCII)
_BRACES = re.compile(r"\{[^{}]*\}?|\}")


def found(ruleset: RuleSet) -> list[Problem]:
    """All contradictions of a rule set."""
    return [*_names(ruleset), *_conditions(ruleset), *_sources(ruleset), *_values(ruleset), *_structure(ruleset)]


def _names(ruleset: RuleSet) -> Iterator[Problem]:
    tables = (("facts", ruleset.facts), ("parameters", ruleset.parameters), ("derived", ruleset.derived))
    for kind, table in tables:
        for name in table:
            if name in RESERVED or name in _BLOCKS:
                yield problem(
                    ruleset, (kind, name), f"'{name}' is a word of the language.", "Choose another name.", True
                )
    for name in ruleset.parameters:
        if name in ruleset.facts:
            remedy = "Give the parameter another name."
            yield problem(ruleset, ("parameters", name), f"'{name}' is also a fact.", remedy, True)
    for name in ruleset.derived:
        if name in ruleset.facts or name in ruleset.parameters:
            other = "fact" if name in ruleset.facts else "parameter"
            says = f"'{name}' is also a {other}."
            yield problem(ruleset, ("derived", name), says, "Give the derived value another name.", True)
    for name, policy in ruleset.policies.items():
        for number, fact in enumerate(policy.forms):
            if fact not in ruleset.facts:
                remedy = "Name a fact of this rule set."
                yield problem(ruleset, ("policies", name, "forms", number), f"There is no fact '{fact}'.", remedy)
    yield from _twice(ruleset)


def _twice(ruleset: RuleSet) -> Iterator[Problem]:
    """Clauses, outcomes and criteria that share an id."""
    spoken = [((*path, "id"), clause.id) for path, clause in clauses(ruleset)]
    spoken += [((*path, "id"), one.id) for path, one in _places(ruleset)]
    groups: list[list[tuple[Path, str]]] = [spoken]
    listed: list[tuple[Path, Sequence[Outcome | Criterion | Milestone | Clause]]] = [
        (("outcomes",), ruleset.outcomes),
        (("milestones",), ruleset.milestones),
        (("rubric", "criteria"), ruleset.rubric.criteria if ruleset.rubric else []),
        (("appeals", "outcomes"), ruleset.appeals.outcomes if ruleset.appeals else []),
        (("appeals", "clauses"), ruleset.appeals.clauses if ruleset.appeals else []),
    ]
    for path, many in listed:
        groups.append([((*path, number, "id"), one.id) for number, one in enumerate(many)])
    for group in groups:
        seen: set[str] = set()
        for path, name in group:
            if name in seen:
                yield problem(ruleset, path, f"The id '{name}' is used twice.", "Give each its own id.")
            seen.add(name)


def _places(ruleset: RuleSet) -> Iterator[tuple[Path, Selection | Place | Discrepancy | Calibration | Band]]:
    """Selections, places, bands, discrepancy rules and a calibration: clauses outside the plain blocks."""
    if ruleset.correction is not None:
        yield ("jury", "calibration"), ruleset.correction
    for path, one in ruleset.chosen():
        yield path, one
        for number, place in enumerate(one.places or []):
            yield (*path, "places", number), place
    yield from ((path, band) for path, _, band in ruleset.bands())
    for number, rule in enumerate(ruleset.jury.discrepancy if ruleset.jury else []):
        yield ("jury", "discrepancy", number), rule


def _conditions(ruleset: RuleSet) -> Iterator[Problem]:
    for one in conditions(ruleset):
        try:
            reading(ruleset, one)
        except ExpressionError as error:
            yield inside(ruleset, one, error.offset, error.says, error.remedy)


def _sources(ruleset: RuleSet) -> Iterator[Problem]:
    known = ", ".join(ruleset.sources)
    for path, cite in cites(ruleset):
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
    yield from _figures(ruleset)
    for path, clause in clauses(ruleset):
        if clause.window is None:
            continue
        for key in ("opens", "closes"):
            text = getattr(clause.window, key)
            if text is not None and not moments.is_local(text) and not moments.is_name(text):
                remedy = "Write it as 2024-02-29 or 2024-02-29T23:59."
                yield problem(ruleset, (*path, "window", key), f"'{text}' is not a day or a local time.", remedy)
        if "/" in clause.window.zone and not moments.is_zone(clause.window.zone):
            says = f"There is no time zone '{clause.window.zone}'."
            yield problem(ruleset, (*path, "window", "zone"), says, "Write it as Europe/Brussels.")


def _figures(ruleset: RuleSet) -> Iterator[Problem]:
    """Limits of policies and points behind words, which must be figures."""
    given: list[tuple[Path, str | None]] = []
    for name, policy in ruleset.policies.items():
        if policy.type in ("int", "decimal", "fraction"):
            given += [(("policies", name, key), getattr(policy, key)) for key in ("minimum", "maximum")]
    for number, one in enumerate(ruleset.rubric.criteria if ruleset.rubric else []):
        given += [(("rubric", "criteria", number, "words", word), value) for word, value in (one.words or {}).items()]
    for path, value in given:
        if value is not None and not _FIGURE.fullmatch(value):
            yield problem(ruleset, path, f"'{value[:60]}' is not a number.", "Write plain digits, such as 20 or 12.5.")


def _structure(ruleset: RuleSet) -> Iterator[Problem]:
    yield from _last(ruleset, ("outcomes",), ruleset.outcomes)
    if ruleset.appeals:
        yield from _last(ruleset, ("appeals", "outcomes"), ruleset.appeals.outcomes)
    names = set(ruleset.parameters) | {f"policy.{name}" for name in ruleset.policies} | {"measured", "threshold"}
    for path, clause in clauses(ruleset):
        for key in ("says", "finds"):
            yield from _placeholders(ruleset, (*path, key), getattr(clause, key), names)
    for path, one in _places(ruleset):
        mine = names | {"seed"} if isinstance(one, Band) else names
        for key in ("says", "finds"):
            yield from _placeholders(ruleset, (*path, key), getattr(one, key), mine)
    for path, chosen in ruleset.chosen():
        yield from _ties(ruleset, path, chosen.ties)
    if ruleset.rubric:
        criteria = {one.id for one in ruleset.rubric.criteria}
        for number, criterion in enumerate(ruleset.rubric.criteria):
            part = criterion.part_of
            if part is not None and part not in criteria:
                path = ("rubric", "criteria", number, "part_of")
                yield problem(ruleset, path, f"There is no criterion '{part}'.", "Name one of this rubric.")
            for place, fact in enumerate(criterion.evidence or []):
                if fact not in ruleset.facts:
                    path = ("rubric", "criteria", number, "evidence", place)
                    yield problem(ruleset, path, f"There is no fact '{fact}'.", "Name one of this rule set.")


def _last(ruleset: RuleSet, path: Path, outcomes: Sequence[Outcome]) -> Iterator[Problem]:
    """`otherwise` stands last, and nowhere else."""
    last = len(outcomes) - 1
    for number, outcome in enumerate(outcomes):
        if outcome.otherwise and number < last:
            remedy = "Move `otherwise` to the end."
            yield problem(ruleset, (*path, number), "No outcome after this one can be reached.", remedy)
    if not outcomes[last].otherwise:
        says = "An application that meets none of the outcomes would have no decision."
        remedy = "Let the last outcome say `otherwise: true` instead of `when`."
        yield problem(ruleset, (*path, last), says, remedy)


def _placeholders(ruleset: RuleSet, path: Path, text: Mapping[str, str] | None, names: set[str]) -> Iterator[Problem]:
    for language, sentence in (text or {}).items():
        for part in _BRACES.findall(sentence):
            match = PLACEHOLDER.fullmatch(part)
            if match is None:
                remedy = (
                    "Write a name in braces, such as {measured} or {measured|point|points}, and no braces otherwise."
                )
                says = f"The sentence holds {part!r}, which would be shown as it stands."
                yield problem(ruleset, (*path, language), says, remedy)
            elif match[1] not in names:
                remedy = f"Sentences can name {', '.join(sorted(names))}."
                says = f"The sentence names {{{match[1]}}}, which does not exist."
                yield problem(ruleset, (*path, language), says, remedy)
            elif match[2] is not None:
                yield from _forms(ruleset, (*path, language), match[1], match[2].split("|"))


def _forms(ruleset: RuleSet, path: Path, name: str, forms: list[str]) -> Iterator[Problem]:
    """The word that goes with a figure, in the forms its language has."""
    language = str(path[-1])
    table = ruleset.policies if name.startswith("policy.") else ruleset.parameters
    one = table.get(name.removeprefix("policy."))
    if one is not None and one.type not in ("int", "decimal", "fraction"):
        says = f"A word cannot go with {{{name}}}, which is not a figure."
        yield problem(ruleset, path, says, "Name an int, a decimal, a fraction, {measured} or {threshold}.")
    least, most = FORMS.get(language, (1, len(forms)))
    if not least <= len(forms) <= most or not all(form.strip() for form in forms):
        wanted = str(most) if least == most else f"{least} or {most}"
        says = f"The word that goes with {{{name}}} needs {wanted} form{'' if most == 1 else 's'} here ({language})."
        remedy = f"Write {{{name}|one|other}}, such as {{{name}|point|points}}; Latvian may have a third for 0 and 11."
        yield problem(ruleset, path, says, remedy)


def _ties(ruleset: RuleSet, path: Path, ties: Ties) -> Iterator[Problem]:
    if not ties.answer.startswith("policy.") or ties.answer[7:] not in ruleset.policies:
        return
    options = set(ruleset.policies[ties.answer[7:]].options)
    for name in sorted(options ^ set(ties.readings)):
        says = (
            f"The answer '{name}' has no reading here."
            if name in options
            else f"'{name}' is not an answer of the policy."
        )
        yield problem(ruleset, (*path, "ties", "readings"), says, "Give each answer of the policy one reading.")
