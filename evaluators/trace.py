"""The trace of a decision: clause by clause what was found, and the sentences that say it.

Packed entries are plain JSON: exact numbers as text (15.25, or 52/3 where no decimal ends), dates as 2024-02-29.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from evaluators.facts import Frames
from evaluators.numbers import apart, shown
from evaluators.phrases import chosen, day, moment, phrase
from rules.check import cited
from rules.plan import Plan, PlannedClause
from rules.ruleset import Place, RuleSet
from rules.speech import PLACEHOLDER
from rules.terms import decimal_text
from rules.values import Num, Val
from rules.words import say

STATUS = {0: "false", 1: "true", 2: "unknown", 3: "waived", 4: "policy"}
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+|/[0-9]+)?\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}")
_ORDERS = ("<", "<=", ">", ">=")
_SENTENCES = 5_000  # of a rule set in a language that are kept: most applications of a round share theirs
_FEW = 100  # values that are read sooner one by one than sorted into different ones
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

    @property
    def asks(self) -> bool:  # something that can be met or not; a band only says how a line was settled
        return self.block != "band" or self.status not in ("true", "false")


def pack(
    plan: Plan,
    verdicts: pl.DataFrame,
    frames: Frames,
    *,
    reasons: Mapping[tuple[str, str], str] | None = None,
) -> dict[str, list[Packed]]:
    """The trace of each application, by application_id; one entry a clause, in order of the rule set.

    `reasons` says why a clause was waived: {(application_id, clause id): the officer's words}.
    """
    facts = _fact_texts(plan, frames)
    names = verdicts["application_id"].to_list()
    columns: list[list[Packed]] = []
    for clause in plan.planned:
        codes = verdicts.get_column(f"clause.{clause.id}").to_list()
        measured = texts(verdicts.get_column(f"measured.{clause.id}"), clause.measured)
        threshold = texts(verdicts.get_column(f"threshold.{clause.id}"), clause.threshold)
        used = [(name, facts[name]) for name in clause.facts if name in facts]
        policies = {name: plan.policies[name] for name in clause.policies if name in plan.policies}
        more = {code: beside(plan, clause, code) for code in set(codes)}
        seeds = verdicts.get_column(f"seed.{clause.id}").to_list() if clause.block == "band" else ()
        entries: list[Packed] = []
        for number, (code, found, limit) in enumerate(zip(codes, measured, threshold, strict=True)):
            entry: Packed = {
                "clause": clause.id,
                "block": clause.block,
                "status": STATUS[code],
                "measured": found,
                "threshold": limit,
                "operator": clause.operator,
                "facts": {name: texts[number] for name, texts in used},
                "policies": policies,
            } | more[code]
            if code == 3 and reasons and (names[number], clause.id) in reasons:
                entry["reason"] = reasons[names[number], clause.id]
            if seeds and seeds[number] is not None:
                entry["seed"] = seeds[number]
            entries.append(entry)
        columns.append(entries)
    return {name: [column[number] for column in columns] for number, name in enumerate(names)}


def beside(plan: Plan, clause: PlannedClause, code: int) -> Packed:
    """What an entry needs beside its figures: changed parameters, the zone of its moments, open questions."""
    found: Packed = {"parameters": dict(plan.parameters)} if plan.parameters else {}
    if _has_moment(clause):
        found["zone"] = zone_of(plan, clause)
    if code == 4 and clause.open:
        found["open"] = list(clause.open)
    return found


def sentences(ruleset: RuleSet, trace: Sequence[Mapping[str, Any]], language: str = "en") -> list[Sentence]:
    """The trace in the reader's language, in order; each sentence with the source its clause cites."""
    kept: dict[str, Sentence] = ruleset.once(("sentences", language), dict)
    if len(kept) > _SENTENCES:
        kept.clear()
    keys = [str({**entry, "facts": None}) for entry in trace]  # a sentence tells what was found in them, not the facts
    pairs = zip(keys, trace, strict=True)
    return [kept.get(key) or kept.setdefault(key, _sentence(ruleset, one, language)) for key, one in pairs]


def _sentence(ruleset: RuleSet, entry: Mapping[str, Any], language: str) -> Sentence:
    clause, words = sources(ruleset)[entry["clause"]], words_of(ruleset, entry, language)
    cite = _cite(ruleset, clause)
    source, measured = ruleset.sources[cited(cite)[0]], _measured(ruleset, clause, entry, words, language)
    says, title = filled(say(clause.says, language), words, language), say(source.title, language)
    return Sentence(entry["clause"], entry["block"], entry["status"], says, measured, cite, title, source.address)


def sources(ruleset: RuleSet) -> dict[str, Any]:
    """Every clause of the rule set by its id, as the file has it: selections, places and discrepancies among them."""
    return dict(ruleset.spoken())


def cites(ruleset: RuleSet) -> dict[str, str]:
    """Where each clause is written, by its id."""
    return {name: _cite(ruleset, clause) for name, clause in sources(ruleset).items()}


def _cite(ruleset: RuleSet, clause: Any) -> str:
    """Where a clause is written; a class of places stands where its selection does."""
    if isinstance(clause, Place):
        clause = next(one for _, one in ruleset.chosen() if clause in (one.places or ()))
    return str(clause.cite)


def zone_of(plan: Plan, clause: PlannedClause | None = None) -> str:
    """The zone whose clock a clause (or the rule set) means: its own window's, else the one the rule set names."""
    windows = [getattr(one.source, "window", None) for one in ([clause] if clause else []) + list(plan.planned)]
    named = [window.zone for window in windows if window is not None]
    given = {name: plan.parameters.get(name, one.value) for name, one in plan.ruleset.parameters.items()}
    named += [str(given[name]) for name, one in plan.ruleset.parameters.items() if one.type == "zone"]
    for zone in named:
        found = plan.policies.get(zone.removeprefix("policy.")) if zone.startswith("policy.") else given.get(zone, zone)
        if found and (str(found)[0] in "+-" or "/" in str(found) or found == "UTC"):
            return str(found)
    return "UTC"


def words_of(ruleset: RuleSet, entry: Mapping[str, Any], language: str) -> dict[str, str]:
    """What a sentence's placeholders stand for."""
    words = dict(ruleset.once(("words", language), lambda: _fixed_words(ruleset, language)))
    words |= _parameter_words(entry.get("parameters", {}), language)
    for name, answer in entry.get("policies", {}).items():
        options = ruleset.policies[name].options
        words[f"policy.{name}"] = say(options[answer], language) if answer in options else plain(answer, language)
    measured, threshold, zone = entry["measured"], entry["threshold"], entry.get("zone")
    if measured is not None and threshold is not None and _NUMBER.match(measured) and _NUMBER.match(threshold):
        words["measured"] = apart(Fraction(measured), Fraction(threshold))
    elif measured is not None:
        words["measured"] = plain(measured, language, zone)
    words["threshold"] = f"[{phrase('open', language)}]" if threshold is None else plain(threshold, language, zone)
    words["seed"] = entry.get("seed", "")
    words.setdefault("measured", phrase("nothing", language))
    return words


def _fixed_words(ruleset: RuleSet, language: str) -> dict[str, str]:
    """What placeholders stand for whatever the application: parameters as written, questions as open."""
    words = _parameter_words({name: one.value for name, one in ruleset.parameters.items()}, language)
    return words | {f"policy.{name}": f"[{phrase('open', language)}]" for name in ruleset.policies}


def with_parameters(ruleset: RuleSet, text: str, language: str) -> str:
    """A sentence of the rule set that is about no application, with its parameters filled in."""
    return filled(text, _fixed_words(ruleset, language), language)


def _parameter_words(values: Mapping[str, str | Sequence[str]], language: str) -> dict[str, str]:
    return {name: plain(one if isinstance(one, str) else ", ".join(one), language) for name, one in values.items()}


def filled(text: str, words: Mapping[str, str], language: str = "en") -> str:
    """A sentence with its placeholders filled; {measured|teacher|teachers} chooses a word by the figure."""

    def one(match: re.Match[str]) -> str:
        name, forms = match.group(1), match.group(2)
        word = words.get(name)
        if forms is None:
            return match.group(0) if word is None else word
        number = Fraction(word) if word is not None and _NUMBER.match(word) else Fraction(2)
        return chosen(number, forms.split("|"), language)

    return PLACEHOLDER.sub(one, text)


def plain(text: str, language: str, zone: str | None = None) -> str:
    """A value as a reader writes it: rounded figures, days in words, moments on the clock of the rule set's zone."""
    if _DATE.match(text):
        return day(date.fromisoformat(text), language)
    if _MOMENT.match(text):
        at = datetime.fromisoformat(text)
        at = at if at.tzinfo is None else at.astimezone(_clock(zone or "UTC"))
        return moment(at, zone or ("UTC" if at.tzinfo else None), language)
    if text in ("true", "false"):
        return phrase(text, language)
    return shown(Fraction(text)) if _NUMBER.match(text) and "/" in text else text


def _clock(zone: str) -> tzinfo:
    """The clock of a zone, or of a fixed offset such as +01:00."""
    if zone[0] not in "+-":
        return ZoneInfo(zone)
    hours, _, minutes = zone[1:].partition(":")
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-offset if zone[0] == "-" else offset)


def _measured(ruleset: RuleSet, clause: Any, entry: Mapping[str, Any], words: Mapping[str, str], language: str) -> str:
    status, operator, threshold = entry["status"], entry["operator"], entry["threshold"]
    if status == "waived" and entry.get("reason"):
        return phrase("waived because", language).format(entry["reason"])
    if status in ("waived", "unknown") and entry["measured"] is None:
        return phrase(status, language)
    if status == "policy":
        asked = [say(ruleset.policies[name].asks, language) for name in entry.get("open", ())]
        return phrase("depends", language).format(" ".join(asked)) if asked else phrase("policy", language)
    if entry["measured"] is None:
        return phrase("outside" if entry["block"] == "band" and status == "false" else status, language)
    if clause.finds is not None:
        text = filled(say(clause.finds, language), words, language)
    elif operator in ("lot", "tie_break"):
        text = phrase(operator, language).format(words["measured"], words["threshold"], words["seed"])
    elif operator is None or threshold is None:
        text = words["measured"]
    else:
        operator = "window opens" if operator == "window" and clause.window.closes is None else operator
        kind = f"date {operator}" if _DATE.match(threshold) and operator in _ORDERS else operator
        text = f"{words['measured']} ({phrase(kind, language).format(words['threshold'])})"
    return f"{text}; {phrase('waived', language)}" if status == "waived" else text


def _has_moment(clause: PlannedClause) -> bool:
    return clause.operator == "window" or any(
        isinstance(one, Val) and one.kind == "moment" for one in (clause.measured, clause.threshold)
    )


def texts(column: pl.Series, value: Any) -> list[str | None]:
    """Exact texts of what was measured; the same value is written once."""
    unit = value.unit if isinstance(value, Num) else 0
    kept: dict[Any, str | None] = {None: None}
    values = column.to_list()
    for one in values if len(values) < _FEW else column.unique().to_list():
        if one is not None and one not in kept:
            kept[one] = _exact(one, unit)
    return [kept[one] for one in values]


def exact_text(value: Any, planned: Any) -> str | None:
    """One measured value as the trace keeps it; None where nothing was."""
    return None if value is None else _exact(value, planned.unit if isinstance(planned, Num) else 0)


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
            found[name] = texts(frames.applications[name], None)
        elif name in frames.children:
            counts = dict(frames.children[name].group_by("_row").len().iter_rows())
            known = frames.applications.select("_row", f"known.{name}").iter_rows()
            found[name] = [counts.get(number, 0) if is_known else None for number, is_known in known]
        else:
            fact = plan.ruleset.facts[name]
            unit = Num.literal(0, 10**fact.scale) if fact.type in ("int", "decimal") else None
            found[name] = texts(frames.applications[f"fact.{name}"], unit)
    return found
