"""What would have been enough, in sentences: the words for evaluators.counterfactual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

from evaluators.counterfactual import Counterfactual
from evaluators.nearest import OTHER
from evaluators.numbers import apart, shown
from evaluators.phrases import counted, joined, phrase
from evaluators.trace import filled, plain, words_of, zone_of
from evaluators.ways import Change, Way
from rules.plan import Plan, PlannedClause
from rules.terms import decimal_text
from rules.words import say

_MOST_OPTIONS = 8


@dataclass(frozen=True)
class Enough:
    """What would have let one clause pass, as a sentence."""

    clause: str
    block: str
    says: str


def sentences(plan: Plan, found: Sequence[Counterfactual], language: str = "en") -> list[Enough]:
    """One sentence a clause, in the reader's language, with figures, days and the clock of the rule set's zone."""
    clauses = {clause.id: clause for clause in plan.planned}
    return [Enough(one.clause, one.block, _says(plan, clauses[one.clause], one, language)) for one in found]


def _says(plan: Plan, clause: PlannedClause, found: Counterfactual, language: str) -> str:
    if found.kind == "place":
        if found.distance is None:
            return phrase("no place", language)
        if found.distance == 0:
            return phrase("equal to the last", language)
        return phrase("last place", language).format(_points(found.distance, found.strict, found.of_points, language))
    if found.kind == "points":
        assert found.distance is not None
        if found.distance == 0:
            return phrase("on the threshold", language)
        return phrase("distance", language).format(_points(found.distance, found.strict, found.of_points, language))
    told = [_way(plan, clause, way, language) for way in found.ways]
    return phrase("enough", language).format(joined(list(dict.fromkeys(told)), "or", language))


def _points(distance: Fraction, strict: bool, of_points: bool, language: str) -> str:
    text = apart(distance, Fraction(0))
    told = counted(Fraction(text), "point", language, text) if of_points else text
    return phrase("more than", language).format(told) if strict else told


def _way(plan: Plan, clause: PlannedClause, way: Way, language: str) -> str:
    """One set of changes: "1 day earlier (registered on 9 January 2023)"."""
    finds = clause.source.finds
    zone = zone_of(plan, clause)
    told = [_difference(one, language) for one in way.changes]
    if len(told) == 1 and told[0] and finds is not None and way.measured is not None:
        words = _words(plan, clause, way, zone, language)
        return f"{told[0]} ({filled(say(finds, language), words, language)})"
    parts = [_about(plan, clause, one, text, language, zone) for one, text in zip(way.changes, told, strict=True)]
    return joined(parts, "and", language)


def _words(plan: Plan, clause: PlannedClause, way: Way, zone: str, language: str) -> dict[str, str]:
    """What the placeholders of a clause's sentences would stand for."""
    entry = {
        "measured": None if way.measured is None else exact(way.measured),
        "threshold": None if way.threshold is None else exact(way.threshold),
        "policies": {name: plan.policies[name] for name in clause.policies if name in plan.policies},
        "parameters": plan.parameters,
        "zone": zone,
    }
    return words_of(plan.ruleset, entry, language)


def _about(plan: Plan, clause: PlannedClause, change: Change, difference: str, language: str, zone: str) -> str:
    """A change with what it is about, in the words of the rule set."""
    if change.kind == "order":
        return difference
    value = _value(change.after, language, zone)
    if change.what == "submitted_at":
        return f"{difference} ({value})"
    fact = plan.ruleset.facts.get(change.what)
    title = say(fact.meaning, language).rstrip(".") if fact is not None else change.what
    require = getattr(clause.source, "require", None)
    if isinstance(change.after, bool) and require and require.strip() == change.what:
        title = filled(
            say(clause.source.says, language), _words(plan, clause, Way(()), zone, language), language
        ).rstrip(".")
    if change.kind in ("more", "fewer"):
        told = phrase("about", language).format(title, difference)
        fields = fact.fields if fact is not None else {}
        return phrase("of these", language).format(told, _item(fields, change, language)) if change.items else told
    if isinstance(change.after, bool | str) or change.before is None:
        told = _options(change, value, language)
        if change.before is not None and change.after != OTHER:
            told = phrase("instead", language).format(told, _value(change.before, language, zone))
        return phrase("about", language).format(title, told)
    return phrase("about", language).format(title, f"{difference} ({value})")


def _item(fields: Mapping[str, Any], change: Change, language: str) -> str:
    """An item that would have counted, or one that should not have been there, field by field."""
    one = change.items[0]
    told = [
        phrase("about", language).format(say(fields[key].meaning, language).rstrip("."), _value(value, language, "UTC"))
        for key, value in one.items()
        if key in fields and value is not None and key in change.fields
    ]
    return "; ".join(told)


def _options(change: Change, value: str, language: str) -> str:
    if change.after == OTHER:
        return phrase("other than", language).format(change.before)
    if len(change.options) < 2:
        return value
    more = " …" if len(change.options) > _MOST_OPTIONS else ""
    return phrase("one of", language).format(", ".join(map(str, change.options[:_MOST_OPTIONS])) + more)


def _difference(change: Change, language: str) -> str:
    """How far it was: "3 days earlier", "1 more"; empty where there is no more and less."""
    before, after = change.before, change.after
    if change.kind in ("more", "fewer"):
        return phrase(change.kind, language).format(shown(abs(after - before)))
    if change.kind == "order":
        return phrase("earlier applications", language).format(counted(before - after, "application", language))
    if isinstance(before, datetime) and isinstance(after, datetime):
        return phrase("earlier" if after < before else "later", language).format(_span(abs(after - before), language))
    if isinstance(before, date) and isinstance(after, date):
        days = Fraction(abs((after - before).days))
        return phrase("earlier" if after < before else "later", language).format(counted(days, "day", language))
    if isinstance(before, Fraction) and isinstance(after, Fraction):
        gap = abs(after - before)
        return phrase("lower" if after < before else "higher", language).format(apart(gap, Fraction(0)))
    return ""


def _span(span: timedelta, language: str) -> str:
    """Days, hours and minutes, rounded up; seconds where it is less than a minute."""
    seconds = -(-span // timedelta(seconds=1))
    if seconds < 60:
        return counted(Fraction(seconds), "second", language)
    minutes = -(-seconds // 60)
    parts = (("day", minutes // 1440), ("hour", minutes % 1440 // 60), ("minute", minutes % 60))
    return joined([counted(Fraction(number), word, language) for word, number in parts if number], "and", language)


def exact(value: Any) -> str:
    """A plain value as the trace keeps it."""
    if isinstance(value, Fraction):
        try:
            return decimal_text(value) or ""
        except ValueError:
            return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def _value(value: Any, language: str, zone: str) -> str:
    return phrase("unstated", language) if value is None else plain(exact(value), language, zone)
