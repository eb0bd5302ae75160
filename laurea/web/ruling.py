"""What an officer can choose of a rule set: its edition, answers to its open questions, figures it lets a round set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from laurea.web.forms import first
from laurea.web.reader import Reader
from rules import answers, library
from rules.declarations import Parameter, Policy
from rules.ruleset import RuleSet, say

LONGEST = 500


@dataclass(frozen=True)
class Choice:
    """One question. `name` is its field; `before` what holds now, `value` what is given, `standard` the figure of the
    rule set itself; `problem` why the value cannot be used (what and remedy).
    """

    id: str
    name: str
    asks: str
    kind: str
    options: tuple[tuple[str, str], ...]
    before: str
    value: str
    standard: str = ""
    problem: tuple[str, str] | None = None

    def says(self, value: str) -> str:
        """A value for a reader: the words of an option."""
        return dict(self.options).get(value, value)


def editions(own: RuleSet, country: str | None) -> list[RuleSet]:
    """The editions of the same award in the library that a round of this country can have, `own` first as it was kept
    with the round; one the library has changed since stands beside it.
    """
    found = [one for one in library.of_award(own.award) if one.country in (None, country or one.country)]
    return [own, *(one for one in sorted(found, key=lambda one: one.edition) if one.digest != own.digest)]


def chosen(offered: list[RuleSet], digest: str) -> RuleSet:
    """The edition a form names; the first where it names none that is offered."""
    return next((one for one in offered if one.digest == digest), offered[0])


def policies(ruleset: RuleSet, before: Mapping[str, str], given: Mapping[str, str], reader: Reader) -> list[Choice]:
    """The open questions of a rule set with their answers."""
    return [
        _policy(name, one, before.get(name, ""), given.get(name, ""), reader) for name, one in ruleset.policies.items()
    ]


def parameters(ruleset: RuleSet, before: Mapping[str, str], given: Mapping[str, str], reader: Reader) -> list[Choice]:
    """The figures and dates a round may set otherwise than the rule set; empty: as in the rule set."""
    return [
        _parameter(name, one, before.get(name, ""), given.get(name, ""), reader)
        for name, one in ruleset.parameters.items()
        if one.overridable
    ]


def _policy(name: str, one: Policy, before: str, value: str, reader: Reader) -> Choice:
    options = tuple((str(key), say(text, reader.language)) for key, text in one.options.items())
    wrong = answers.policy_problem(one, value) if value else None
    asks = f"{say(one.asks, reader.language)} {_limits(one)}".strip()
    return Choice(name, f"policy.{name}", asks, one.type, options, before, value, "", wrong)


def _limits(one: Policy) -> str:
    if one.minimum and one.maximum:
        return f"({one.minimum}–{one.maximum})"
    return f"(≥ {one.minimum})" if one.minimum else f"(≤ {one.maximum})" if one.maximum else ""


def _parameter(name: str, one: Parameter, before: str, value: str, reader: Reader) -> Choice:
    standard = ", ".join(map(str, one.value)) if isinstance(one.value, list) else str(one.value)
    given: Any = value.split(",") if one.type == "list" else value
    wrong = answers.parameter_problem(one, given) if value else None
    meaning = say(one.meaning, reader.language) if one.meaning else name.replace("_", " ")
    return Choice(name, f"parameter.{name}", meaning, one.type, (), before, value, standard, wrong)


def given(data: Mapping[str, Any], part: str) -> dict[str, str]:
    """What a form holds under `policy.` or `parameter.`, by name; empty fields are left out."""
    found = {name[len(part) :]: first(dict(data), name).strip()[:LONGEST] for name in data if name.startswith(part)}
    return {name: value for name, value in found.items() if value}
