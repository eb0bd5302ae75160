"""Facts as questions: the fields a rule set asks for, in the reader's words, and what was answered.

The self-check and the application form ask with the same fields. Every answer travels as plain text; what it means is
read by evaluators.facts alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.core import get_global

from evaluators.facts import read_value
from laurea.web.forms import first
from laurea.web.reader import Reader
from notifications.dates import locale
from rules.plan import Plan
from rules.ruleset import Fact, Item, say

MOST_ROWS = 60
SPARE_ROWS = 1


@dataclass(frozen=True)
class Question:
    """One field. `kind` is the fact's type, or country; `name` is the field's name in the form; `help` are the
    clauses that look at it, in words.
    """

    id: str
    name: str
    label: str
    kind: str
    by: str
    choices: tuple[tuple[str, str], ...] = ()
    unit: str = ""
    value: str = ""
    problem: str = ""
    help: tuple[str, ...] = ()
    columns: tuple[Question, ...] = ()
    rows: tuple[tuple[Question, ...], ...] = ()
    empty: bool = False  # of a list: said to have no items

    @property
    def invalid(self) -> bool:
        """Whether anything in it cannot be read."""
        return bool(self.problem) or any(cell.problem for row in self.rows for cell in row)


@dataclass(frozen=True)
class Answers:
    """What was typed: facts by name, and the rows of lists. What was left open is not there."""

    facts: dict[str, str]
    children: dict[str, list[dict[str, str]]]

    def row(self) -> dict[str, Any]:
        """The part of an application row that evaluators.facts takes."""
        return {"facts": self.facts, "children": self.children}


def answers(plan: Plan, data: Mapping[str, Any], zone: ZoneInfo, only: Collection[str] | None = None) -> Answers:
    """The answers in a form. Moments are typed on the clock of `zone`; fields of other facts are not looked at."""
    fields = dict(data)
    facts: dict[str, str] = {}
    children: dict[str, list[dict[str, str]]] = {}
    for name, fact in plan.ruleset.facts.items():
        if only is not None and name not in only:
            continue
        if fact.type == "list":
            rows = _rows(fields, name, fact, zone)
            if rows or first(fields, f"none.{name}"):
                children[name] = rows
        elif text := _typed(fact, first(fields, f"fact.{name}"), zone):
            facts[name] = text
    return Answers(facts, children)


def _rows(fields: dict[str, Any], name: str, fact: Fact, zone: ZoneInfo) -> list[dict[str, str]]:
    found = []
    for number in range(MOST_ROWS):
        row = {
            key: _typed(item, first(fields, f"row.{name}.{number}.{key}"), zone) for key, item in fact.fields.items()
        }
        if kept := {key: text for key, text in row.items() if text}:
            found.append(kept)
    return found


def _typed(fact: Fact | Item, text: str, zone: ZoneInfo) -> str:
    """What was typed, as the rules read it: a comma for a point is taken, a moment gets its zone."""
    text = text.strip()[:5_000]
    if fact.type == "decimal" and text.count(",") == 1 and "." not in text:
        return text.replace(",", ".")
    if fact.type == "moment" and text:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return text
        return (at if at.tzinfo else at.replace(tzinfo=zone)).isoformat()
    return text


def questions(
    plan: Plan,
    asked: Mapping[str, Sequence[str]],
    given: Answers,
    says: Mapping[str, str],
    reader: Reader,
    zone: ZoneInfo,
    *,
    more: str = "",
) -> tuple[Question, ...]:
    """The fields for these facts (each with the ids of the clauses that look at it), filled with what was given.

    `says` are the clauses in words; `more` names a list that gets one row more.
    """
    found = []
    for name, clauses in asked.items():
        fact = plan.ruleset.facts[name]
        told = tuple(says[one] for one in clauses if one in says)
        if fact.type != "list":
            text = given.facts.get(name, "")
            found.append(
                replace(_field(name, f"fact.{name}", fact, text, reader, zone), by=fact.supplied_by, help=told)
            )
            continue
        known = given.children.get(name, [])
        spare: list[dict[str, str]] = [{}] * (SPARE_ROWS + (name == more)) if len(known) < MOST_ROWS else []
        rows = tuple(
            tuple(
                _field(f"{name}-{number}-{key}", f"row.{name}.{number}.{key}", item, row.get(key, ""), reader, zone)
                for key, item in fact.fields.items()
            )
            for number, row in enumerate([*known, *spare])
        )
        found.append(
            Question(
                name, f"row.{name}", say(fact.meaning, reader.language), "list", fact.supplied_by, help=told,
                columns=rows[0] if rows else (), rows=rows, empty=name in given.children and not known,
            )
        )  # fmt: skip
    return tuple(found)


def _field(id_: str, name: str, fact: Fact | Item, text: str, reader: Reader, zone: ZoneInfo) -> Question:
    kind: str = fact.type
    choices = tuple((word, word.replace("_", " ")) for word in fact.words)
    if fact.type == "code" and not fact.words and id_.endswith("country"):
        kind, choices = "country", countries(reader)
    return Question(
        id_, name, say(fact.meaning, reader.language), kind, "", choices, fact.unit or "",
        _local(text, zone) if fact.type == "moment" else text, problem(fact, text, reader),
    )  # fmt: skip


def countries(reader: Reader) -> tuple[tuple[str, str], ...]:
    """Every country by its two letters, in the order of its name."""
    names, spoken = locale(reader.language).territories, get_global("territory_languages")
    known = [(code, name) for code, name in names.items() if len(code) == 2 and code in spoken and code != _NOWHERE]
    return tuple(sorted(known, key=lambda one: one[1]))


_NOWHERE = "Z" * 2  # CLDR's own code for a region that is not known


def _local(text: str, zone: ZoneInfo) -> str:
    try:
        return datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%dT%H:%M")
    except ValueError:
        return text


def problem(fact: Fact | Item, text: str, reader: Reader) -> str:
    """Why what was typed cannot be read, in the reader's words; empty when it can."""
    if not text:
        return ""
    try:
        read_value(fact, text)
    except ValueError:
        _ = reader.words.gettext
        return {
            "bool": _("Choose yes or no."),
            "int": _("This is not a whole number. Write plain digits, such as 12."),
            "decimal": _("This is not a number such as 20.5 (decimals: at most {n}).").format(n=fact.scale),
            "date": _("This is not a date. Write it as 2024-02-29."),
            "moment": _("This is not a date with a time."),
        }.get(fact.type, _("Choose one of the list.") if fact.words else _("This text is too long."))
    return ""


def unreadable(asked: Iterable[Question]) -> tuple[Question, ...]:
    """The questions whose answer cannot be read."""
    return tuple(one for one in asked if one.invalid)
