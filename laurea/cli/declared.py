"""What an edition declares, as plain data for a reader: facts, parameters, scales, the jury, places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rules.ruleset import Criterion, Fact, Item, Jury, Outcome, RuleSet, Selection
from rules.words import say


def facts(table: Mapping[str, Fact], language: str) -> list[dict[str, Any]]:
    """What is asked about an application: name, type, words, who supplies it; of a list its fields."""
    return [
        _fact(name, one, language)
        | {
            "supplied_by": one.supplied_by,
            "source": one.source,
            "for_information": one.for_information,
            "fields": [_fact(key, item, language) for key, item in one.fields.items()],
        }
        for name, one in table.items()
    ]


def _fact(name: str, one: Fact | Item, language: str) -> dict[str, Any]:
    return {
        "id": name,
        "type": one.type,
        "words": list(one.words),
        "unit": one.unit,
        "scale": one.scale,
        "means": say(one.meaning, language),
    }


def parameters(ruleset: RuleSet, language: str) -> list[dict[str, Any]]:
    """The constants of an edition; `overridable`: a round may set another value."""
    return [
        {
            "id": name,
            "type": one.type,
            "value": one.value if isinstance(one.value, str) else list(one.value),
            "means": say(one.meaning, language) if one.meaning else "",
            "overridable": one.overridable,
            "cite": one.cite,
        }
        for name, one in ruleset.parameters.items()
    ]


def outcomes(many: Iterable[Outcome], language: str) -> list[dict[str, Any]]:
    """How a decision can end, in the order in which it is tried."""
    return [
        {"id": one.id, "title": say(one.title, language), "when": one.when or "otherwise", "grants": one.grants}
        for one in many
    ]


def jury(one: Jury | None) -> dict[str, Any] | None:
    """Who marks, and what becomes of several marks; None without a jury."""
    if one is None:
        return None
    return {
        "reviews": one.reviews,
        "experienced": one.experienced,
        "consolidation": one.consolidation,
        "conflicts": list(one.conflicts),
        "languages": one.languages,
        "third": one.third,
        "equal_pairs": one.equal_pairs,
        "third_by": one.third_by if one.third else None,
        "per_institution": one.per_institution,
        "trim": one.trim.model_dump(exclude_none=True) if one.trim else None,
        "quality": one.quality.model_dump() if one.quality else None,
        "fair": one.fair,
        "shuffle": one.shuffle,
        "calibration": {"use": one.calibration.use, "decimals": one.calibration.decimals} if one.calibration else None,
        "cite": one.cite,
    }


def scale(one: Criterion) -> str:
    """How a criterion is marked, in a few words."""
    weight = "" if one.weight == "1" else f", times {one.weight}"
    counts = "" if one.counts else ", not counted in the total"
    left_out = f", n/a: {one.not_applicable}" if one.not_applicable else ""
    after = weight + counts + left_out
    if one.words:
        return ", ".join(f"{word} ({points})" for word, points in one.words.items()) + after
    if one.computed or one.ladder:
        return line(one.computed or f"how many hold in turn: {', '.join(one.ladder or ())}") + after
    steps = "" if one.step == "1" else f" in steps of {one.step}"
    return f"{one.minimum} to {one.maximum or max(one.levels or ['?'], key=float)}{steps}{after}"


def quota(one: Selection) -> str:
    """How many are chosen, in the words of the file."""
    if one.places is not None:
        return "places: " + ", ".join(f"{place.id} {place.count}" for place in one.places)
    found = one.quota
    assert found is not None  # a selection has a quota or places
    if found.count is not None:
        return f"{found.count} are chosen"
    least = "" if found.minimum == "0" else f", at least {found.minimum}"
    if found.share is not None:
        base = f" of those for whom {found.base}" if found.base else ""
        return f"{found.share}{base}, rounded {found.rounding}{least}"
    return f"as long as the sum of {found.sum} is {found.rounding} {found.limit}{least}"


def line(text: str) -> str:
    """An expression of the file in one line."""
    return " ".join(text.split())
