"""An edition described: its clauses in sentences, what each rests on, and its open questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from evaluators import trace
from evaluators.phrases import phrase
from laurea.cli import declared
from laurea.cli.declared import line as _line
from rules.check import cited
from rules.plan import PlannedClause, compile_plan
from rules.ruleset import Band, Calibration, Clause, Discrepancy, Milestone, Place, RuleSet
from rules.scopes import DAYS
from rules.words import say


def described(ruleset: RuleSet, language: str) -> dict[str, Any]:
    """The edition as plain data, in the reader's language."""
    plan = compile_plan(ruleset)
    nothing: dict[str, Any] = {"status": "unknown", "measured": None, "threshold": None, "operator": None}
    blank = [{"clause": one.id, "block": one.block} | nothing for one in plan.planned]
    spoken = ruleset.spoken()
    told = zip(plan.planned, trace.sentences(ruleset, blank, language), strict=True)
    return {
        "rule_set": ruleset.key,
        "title": say(ruleset.title, language),
        "digest": ruleset.digest,
        "clauses": [
            {
                "id": one.clause,
                "block": one.block,
                "says": one.says,
                "condition": _condition(spoken[one.clause]),
                "cite": one.cite,
                "figures": _figures(ruleset, [_condition(clause.source), *clause.source.says.values()], language),
                "facts": _facts(ruleset, clause, language),
                "policies": [_policy(ruleset, name, language) for name in clause.policies],
                "sources": _sources(ruleset, one.cite, language),
            }
            for clause, one in told
        ],
        "facts": declared.facts(ruleset.facts, language),
        "parameters": declared.parameters(ruleset, language),
        "criteria": [
            {"id": one.id, "title": say(one.title, language), "scale": declared.scale(one)}
            for one in (ruleset.rubric.criteria if ruleset.rubric else ())
        ],
        "jury": declared.jury(ruleset.jury),
        "derived": [
            {"id": name, "value": _line(one.value), "means": say(one.meaning, language) if one.meaning else ""}
            for name, one in ruleset.derived.items()
        ],
        "validity": _validity(ruleset, language),
        "milestones": [_beside(ruleset, one, one.on, language) for one in ruleset.milestones],
        "appeals": [
            _beside(ruleset, one, _condition(one), language)
            for one in (ruleset.appeals.clauses if ruleset.appeals else ())
        ],
        "appeal_facts": declared.facts(ruleset.appeals.facts if ruleset.appeals else {}, language),
        "appeal_outcomes": declared.outcomes(ruleset.appeals.outcomes if ruleset.appeals else (), language),
        "outcomes": declared.outcomes(ruleset.outcomes, language),
        "policies": [
            {
                "id": name,
                "type": one.type,
                "asks": say(one.asks, language),
                "options": list(one.options),
                "cite": one.cite,
            }
            for name, one in ruleset.policies.items()
        ],
    }


def tell_clause(found: Mapping[str, Any], language: str) -> None:
    """One described clause, for a person."""
    print(found["says"])
    print(f"  {phrase('decided by', language)}: {found['condition']}")
    for one in found["figures"]:
        print(f"  {phrase('figure', language)}: {one['says']}")
    for one in found["facts"]:
        print(f"  {phrase('fact', language)}: {one['says']}")
    for one in found["policies"]:
        answers = f" ({'; '.join(one['options'])})" if one["options"] else ""
        print(f"  {phrase('depends', language).format(one['asks'])}{answers}")
    for source in found["sources"]:
        print(f"  {phrase('written in', language)}: {source['title']} [{source['mark']}] {source['address']}".rstrip())


def _validity(ruleset: RuleSet, language: str) -> list[dict[str, str]]:
    """The days of an award, each with what it follows from."""
    block = ruleset.validity
    if block is None:
        return []
    says = say(block.says, language) if block.says else ""
    days = {name: getattr(block, name) for name in (*DAYS, "withdrawn")}
    return [
        {"id": name, "says": says if name == "until" else "", "condition": _line(text)}
        for name, text in days.items()
        if text
    ] + [{"id": "reminders", "says": "", "condition": _line(text)} for text in block.reminders or ()]


def _beside(ruleset: RuleSet, one: Clause | Milestone, condition: str, language: str) -> dict[str, Any]:
    """A clause that decides no application: of an appeal, or a day that follows from others."""
    return {
        "id": one.id,
        "says": trace.with_parameters(ruleset, say(one.says, language), language),
        "condition": condition,
        "cite": one.cite,
        "figures": _figures(ruleset, [condition, *one.says.values()], language),
        "facts": [],
        "policies": [],
        "sources": _sources(ruleset, one.cite, language),
    }


def _condition(one: Any) -> str:
    """How a clause is decided, in the words of the file."""
    if isinstance(one, Discrepancy):
        return _line(one.when if one.unless is None else f"{one.when}, unless {one.unless}")
    if isinstance(one, Calibration):
        return f"corrected for severity: {one.use}, to {one.decimals} decimals"
    if isinstance(one, Band):
        who = f"within {one.within} of the last place" if one.sure is None else f"not {one.sure} sure at the line"
        return _line(f"{who}; settled by: {one.settle}")
    if isinstance(one, Place):
        return f"the next {one.count} in the order"
    if not isinstance(one, Clause):
        order = ", ".join(f"{key.by} ({key.best} first)" for key in one.order)
        among = "" if one.having == "true" else f" of those for whom {one.having}"
        group = f" in each {', '.join(one.groups)}" if one.groups else ""
        return _line(f"the best{among}{group}, in order of {order}; {declared.quota(one)}; equals: {one.ties.answer}")
    if one.window is not None:
        ends = [f"{word} {text}" for word, text in (("from", one.window.opens), ("until", one.window.closes)) if text]
        return _line(f"{one.window.of} {' '.join(ends)}, {one.window.zone}, both included")
    if one.first is not None:
        period = f" in each {one.first.period}" if one.first.period else ""
        return _line(f"the {one.first.counts} {one.first.count} per {one.first.per}{period}")
    return _line(one.require or "")


def _figures(ruleset: RuleSet, texts: Iterable[str], language: str) -> list[dict[str, str]]:
    """The parameters and derived values these texts name, with their values, and those that derived values name."""
    words = {word for text in texts for word in _words(text)}
    found = []
    for name, derived in reversed(ruleset.derived.items()):  # a later one may name an earlier one
        if name in words:
            words |= set(_words(derived.value))
            found.append(_figure(name, _line(derived.value), derived.meaning, language))
    found.reverse()
    for name, one in ruleset.parameters.items():
        if name in words:
            value = one.value if isinstance(one.value, str) else ", ".join(one.value)
            found.append(_figure(name, trace.plain(value, language), one.meaning, language))
    return found


def _figure(name: str, value: str, meaning: Mapping[str, str] | None, language: str) -> dict[str, str]:
    means = f", {say(meaning, language).rstrip('.')}" if meaning else ""
    return {"id": name, "says": f"{name} = {value}{means}"}


def _facts(ruleset: RuleSet, clause: PlannedClause, language: str) -> list[dict[str, str]]:
    """The facts a clause rests on, by what they mean."""
    found = []
    for name in clause.facts:
        head, _, field = name.partition(".")
        fact: Any = ruleset.facts.get(head)
        if fact is not None and field:
            fact = fact.fields.get(field)
        if fact is not None:
            found.append({"id": name, "says": f"{name}, {say(fact.meaning, language)}"})
    return found


def _policy(ruleset: RuleSet, name: str, language: str) -> dict[str, Any]:
    policy = ruleset.policies[name]
    answers = [say(text, language).rstrip(".") for text in policy.options.values()]
    return {"id": name, "asks": say(policy.asks, language), "options": answers}


def _sources(ruleset: RuleSet, cite: str, language: str) -> list[Mapping[str, str]]:
    return [
        {
            "id": key,
            "title": say(ruleset.sources[key].title, language),
            "mark": ruleset.sources[key].mark,
            "address": ruleset.sources[key].address,
        }
        for key in cited(cite)
    ]


def _words(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() or letter == "_" else " " for letter in text).split()
