"""The trace of a decision: clause by clause what was found, and the sentences that say it.

Packed entries are plain JSON: exact numbers as text (15.25, or 52/3 where no decimal ends), dates as 2024-02-29.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl

from evaluators.facts import Frames
from evaluators.numbers import apart, shown
from evaluators.phrases import day, phrase
from rules.check import PLACEHOLDER, cited
from rules.plan import Plan
from rules.ruleset import RuleSet
from rules.terms import decimal_text
from rules.values import Num
from rules.words import say

STATUS = {0: "false", 1: "true", 2: "unknown", 3: "waived", 4: "policy"}
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+|/[0-9]+)?\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
Packed = dict[str, Any]


@dataclass(frozen=True)
class Sentence:
    """One clause of a decision for a reader: what is asked, what was found, where it is written."""

    clause: str
    block: str
    status: str
    says: str
    measured: str
    cite: str
    source_title: str
    address: str


def pack(plan: Plan, verdicts: pl.DataFrame, frames: Frames) -> dict[str, list[Packed]]:
    """The trace of each application, by application_id; one entry a clause, in order of the rule set."""
    facts = _fact_texts(plan, frames)
    columns: list[list[Packed]] = []
    for clause in plan.planned:
        codes = verdicts[f"clause.{clause.id}"].to_list()
        measured = _texts(verdicts[f"measured.{clause.id}"], clause.measured)
        threshold = _texts(verdicts[f"threshold.{clause.id}"], clause.threshold)
        used = [(name, facts[name]) for name in clause.facts if name in facts]
        policies = {name: plan.policies[name] for name in clause.policies if name in plan.policies}
        entries: list[Packed] = []
        for number, (code, found, limit) in enumerate(zip(codes, measured, threshold, strict=True)):
            entries.append(
                {
                    "clause": clause.id,
                    "block": clause.block,
                    "status": STATUS[code],
                    "measured": found,
                    "threshold": limit,
                    "operator": clause.operator,
                    "facts": {name: texts[number] for name, texts in used},
                    "policies": policies,
                }
            )
        columns.append(entries)
    names = verdicts["application_id"].to_list()
    return {name: [column[number] for column in columns] for number, name in enumerate(names)}


def sentences(ruleset: RuleSet, trace: Sequence[Mapping[str, Any]], language: str = "en") -> list[Sentence]:
    """The trace in the reader's language, in order; each sentence with the source its clause cites."""
    clauses = {clause.id: clause for _, found in ruleset.blocks() for clause in found}
    every: dict[str, Any] = dict(clauses)
    if ruleset.selection:
        every[ruleset.selection.id] = ruleset.selection
    found: list[Sentence] = []
    for entry in trace:
        clause = every[entry["clause"]]
        words = _words(ruleset, entry, language)
        source = ruleset.sources[cited(clause.cite)[0]]
        found.append(
            Sentence(
                entry["clause"], entry["block"], entry["status"], _filled(say(clause.says, language), words),
                _measured(clause.finds, entry, words, language), clause.cite, say(source.title, language),
                source.address,
            )
        )  # fmt: skip
    return found


def _words(ruleset: RuleSet, entry: Mapping[str, Any], language: str) -> dict[str, str]:
    """What a sentence's placeholders stand for."""
    words = {name: _plain(str(one.value), language) for name, one in ruleset.parameters.items()}
    words |= {f"policy.{name}": phrase("open", language) for name in ruleset.policies}
    for name, answer in entry.get("policies", {}).items():
        options = ruleset.policies[name].options
        words[f"policy.{name}"] = say(options[answer], language) if answer in options else _plain(answer, language)
    measured, threshold = entry["measured"], entry["threshold"]
    if measured is not None and threshold is not None and _NUMBER.match(measured) and _NUMBER.match(threshold):
        words["measured"] = apart(Fraction(measured), Fraction(threshold))
    elif measured is not None:
        words["measured"] = _plain(measured, language)
    words["threshold"] = phrase("open", language) if threshold is None else _plain(threshold, language)
    words.setdefault("measured", phrase("nothing", language))
    return words


def _measured(
    finds: Mapping[str, str] | None, entry: Mapping[str, Any], words: Mapping[str, str], language: str
) -> str:
    status = entry["status"]
    if status == "unknown" and entry["measured"] is None:
        return phrase("unknown", language)
    if status == "policy":
        return phrase("policy", language)
    if entry["measured"] is None:
        return phrase(status, language)
    if finds is not None:
        return _filled(say(finds, language), words)
    operator = entry["operator"]
    if operator is None or entry["threshold"] is None:
        return words["measured"]
    return f"{words['measured']} ({phrase(operator, language).format(words['threshold'])})"


def _filled(text: str, words: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda match: words.get(match.group(1), match.group(0)), text)


def _plain(text: str, language: str) -> str:
    """A value as a reader writes it: rounded figures, days in words."""
    if _DATE.match(text):
        return day(date.fromisoformat(text), language)
    return shown(Fraction(text)) if _NUMBER.match(text) and "/" in text else text


def _texts(column: pl.Series, value: Any) -> list[str | None]:
    """Exact texts of what was measured; the same value is written once."""
    unit = value.unit if isinstance(value, Num) else 0
    kept: dict[Any, str | None] = {None: None}
    for one in column.unique().to_list():
        if one is not None:
            kept[one] = _exact(one, unit)
    return [kept[one] for one in column.to_list()]


def _exact(value: Any, unit: int) -> str:
    if unit:
        number = Fraction(value, unit)
        try:
            return decimal_text(number) or ""
        except ValueError:
            return str(number)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _fact_texts(plan: Plan, frames: Frames) -> dict[str, list[Any]]:
    """What was known, fact by fact; of a list, how many items."""
    names = {name for clause in plan.planned for name in clause.facts if "." not in name}
    found: dict[str, list[Any]] = {}
    for name in names:
        if name == "submitted_at":
            found[name] = _texts(frames.applications[name], None)
        elif name in frames.children:
            counts = dict(frames.children[name].group_by("_row").len().iter_rows())
            known = frames.applications[f"known.{name}"].to_list()
            found[name] = [counts.get(number, 0) if is_known else None for number, is_known in enumerate(known)]
        else:
            fact = plan.ruleset.facts[name]
            unit = Num.literal(0, 10**fact.scale) if fact.type in ("int", "decimal") else None
            found[name] = _texts(frames.applications[f"fact.{name}"], unit)
    return found
