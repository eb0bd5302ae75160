"""Answers to policies and values of parameters as the values that expressions are compiled with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

import polars as pl

from rules.answers import refused
from rules.errors import RuleSetError
from rules.ruleset import RuleSet
from rules.values import LIMIT, Num, Plain, Val, Value


def resolve(
    ruleset: RuleSet, policies: Mapping[str, str], parameters: Mapping[str, str]
) -> tuple[dict[str, Value], tuple[str, ...]]:
    """Values of all policies and parameters, and the policies still open. Raises RuleSetError on a bad answer."""
    problems = refused(ruleset, policies, parameters)
    if problems:
        raise RuleSetError(problems)
    values: dict[str, Value] = {}
    for name, policy in ruleset.policies.items():
        values[f"policy.{name}"] = _value("text" if policy.type == "choice" else policy.type, policies.get(name))
    for name, parameter in ruleset.parameters.items():
        given = parameters.get(name, parameter.value)
        if parameter.type == "list":
            items = given.replace(";", ",").split(",") if isinstance(given, str) else given
            values[name] = Plain(tuple(Val(pl.lit(item.strip()), "text") for item in items))
        else:
            values[name] = _value(parameter.type, str(given))
    return values, tuple(name for name in ruleset.policies if name not in policies)


def _value(kind: str, text: str | None) -> Num | Val:
    if kind == "fraction" and text is not None and "/" in text:
        share = Fraction(text)
        return Num.literal(share.numerator, share.denominator)
    if kind in ("int", "decimal", "fraction"):
        if text is None:
            return Num.unknown()
        digits = text.partition(".")[2]
        unit = 10 ** len(digits)
        numerator = int(text.replace(".", ""))
        assert abs(numerator) <= LIMIT * unit
        return Num.literal(numerator, unit)
    if kind == "date":
        return Val(pl.lit(None if text is None else date.fromisoformat(text), dtype=pl.Date), "date")
    if kind == "bool":
        return Val(pl.lit(None if text is None else text == "true", dtype=pl.Boolean), "bool")
    return Val(pl.lit(text, dtype=pl.String), "text")
