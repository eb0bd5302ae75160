"""Answers to policies and values of parameters: read exactly as their type says, or refused with the way out."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from rules import calendars, moments
from rules.errors import Problem
from rules.ruleset import Parameter, Policy, RuleSet

_NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)
_FRACTION = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}|/[1-9][0-9]{0,8})?", re.ASCII)
Wrong = tuple[str, str] | None


def parameter_problem(parameter: Parameter, value: str | Sequence[str]) -> Wrong:
    """What is wrong with a parameter's value, and the remedy; None when it can be used."""
    if parameter.type == "list":
        return (
            None if not isinstance(value, str) and value else ("A list is needed here.", "Write each value after '-'.")
        )
    if not isinstance(value, str):
        return "A single value is needed here.", "Write one value."
    return _scalar_problem(parameter.type, value, parameter.scale)


def policy_problem(policy: Policy, value: str) -> Wrong:
    """What is wrong with an answer to a policy, and the remedy; None when it can be used."""
    if policy.type == "choice":
        if value in policy.options:
            return None
        near = difflib.get_close_matches(value, list(policy.options), n=1)
        options = ", ".join(policy.options)
        return f"'{value}' is not an answer.", f"Did you mean {near[0]}?" if near else f"Answer one of {options}."
    wrong = _scalar_problem(policy.type, value, policy.scale)
    if wrong or policy.type not in ("int", "decimal"):
        return wrong
    for limit, below in ((policy.minimum, True), (policy.maximum, False)):
        if limit is not None and (Fraction(value) < Fraction(limit) if below else Fraction(value) > Fraction(limit)):
            return f"{value} is {'less' if below else 'more'} than {limit}.", "Give a figure inside the limits."
    return None


def word_problem(words: Sequence[str], value: str) -> Wrong:
    """What is wrong with a code where only some words can stand, and the remedy; None when it can be used."""
    if not words or value in words:
        return None
    near = difflib.get_close_matches(value.lower(), words, n=1)
    remedy = f"Did you mean {near[0]}? " if near else ""
    return f"'{value[:60]}' is none of its words.", f"{remedy}Write one of {', '.join(words)}."


def _scalar_problem(kind: str, value: str, scale: int) -> Wrong:
    match kind:
        case "bool":
            return None if value in ("true", "false") else (f"'{value}' is not true or false.", "Write true or false.")
        case "int" | "decimal":
            if not _NUMBER.fullmatch(value):
                return f"'{value}' is not a number.", "Write plain digits, such as 20 or 12.5."
            decimals = len(value.partition(".")[2])
            if kind == "int" and decimals:
                return f"'{value}' is not a whole number.", "Write it without decimals."
            if kind == "decimal" and decimals > scale:
                return (
                    f"'{value}' has more than {scale} decimals.",
                    f"Round it as the source does, or write `scale: {decimals}` beside its type.",
                )
        case "fraction":
            if not _FRACTION.fullmatch(value):
                return f"'{value}' is not a share.", "Write it as 1/3 or 0.25."
        case "moment":
            if not moments.is_local(value):
                return f"'{value}' is not a local time.", "Write it as 2024-02-29T23:59."
        case "calendar":
            if not calendars.is_calendar(value):
                return f"'{value}' is not a country whose holidays are known.", "Write its two capitals, or none."
        case "date":
            return None if moments.is_date(value) else (f"'{value}' is not a date.", "Write it as 2024-02-29.")
        case "day":
            return (
                None
                if moments.is_day(value)
                else (f"'{value}' is not a day of the year.", "Write it as 08-01 (month-day).")
            )
        case "zone":
            return (
                None
                if moments.is_zone(value)
                else (f"There is no time zone '{value}'.", "Write it as Europe/Brussels.")
            )
    return None


def refused(ruleset: RuleSet, policies: Mapping[str, str], parameters: Mapping[str, str]) -> list[Problem]:
    """What is wrong with the answers and parameters given for a rule set."""
    found: list[Problem] = []
    file = ruleset.key
    for name, answer in policies.items():
        policy = ruleset.policies.get(name)
        if policy is None:
            near = difflib.get_close_matches(name, ruleset.policies, n=1)
            known = f"Its policies are {', '.join(ruleset.policies) or 'none'}."
            remedy = f"Did you mean {near[0]}?" if near else known
            found.append(Problem(file, 0, 0, f"There is no policy '{name}'.", remedy))
        elif wrong := policy_problem(policy, answer):
            found.append(Problem(file, 0, 0, f"Policy {name}: {wrong[0]}", wrong[1]))
    for name, value in parameters.items():
        parameter = ruleset.parameters.get(name)
        if parameter is None:
            found.append(Problem(file, 0, 0, f"There is no parameter '{name}'.", "Correct its name."))
        elif not parameter.overridable:
            found.append(Problem(file, 0, 0, f"The parameter '{name}' is fixed by its source.", "Leave it as it is."))
        elif wrong := parameter_problem(parameter, value.split(",") if parameter.type == "list" else value):
            found.append(Problem(file, 0, 0, f"Parameter {name}: {wrong[0]}", wrong[1]))
    return found
