"""What is known of an application, in words and with where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from laurea.store.pages_pieces import Piece
from laurea.web.reader import Reader
from rules.ruleset import RuleSet, say


@dataclass(frozen=True)
class Known:
    """One fact in words. `kind` is yes, no, unknown or plain, for its look."""

    id: str
    label: str
    value: str
    kind: str
    source: str


@dataclass(frozen=True)
class Listing:
    """A list that belongs to an application, as a table."""

    id: str
    label: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    source: str


def known(ruleset: RuleSet, facts: Mapping[str, Any], pieces: Sequence[Piece], reader: Reader) -> tuple[Known, ...]:
    """Every plain fact of the rule set in its order; what is not known says so."""
    found = []
    for name, fact in ruleset.facts.items():
        if fact.type == "list":
            continue
        value, kind = _words(facts.get(name), fact.type, fact.unit, reader)
        piece = next((p for p in pieces if name in p.facts), None)
        found.append(
            Known(name, say(fact.meaning, reader.language), value, kind, _source(fact.supplied_by, piece, kind, reader))
        )
    return tuple(found)


def listings(
    ruleset: RuleSet, children: Mapping[str, list[dict[str, Any]]], pieces: Sequence[Piece], reader: Reader
) -> tuple[Listing, ...]:
    """Every list of the rule set as a table."""
    found = []
    for name, fact in ruleset.facts.items():
        if fact.type != "list":
            continue
        fields = list(fact.fields.items())
        rows = tuple(
            tuple(_words(child.get(field), item.type, item.unit, reader)[0] for field, item in fields)
            for child in children.get(name) or []
        )
        piece = next((p for p in pieces if name in p.children), None)
        found.append(
            Listing(
                name,
                say(fact.meaning, reader.language),
                tuple(say(item.meaning, reader.language) for _, item in fields),
                rows,
                _source(fact.supplied_by, piece, "plain" if name in children else "unknown", reader),
            )
        )
    return tuple(found)


def _words(value: Any, kind: str, unit: str | None, reader: Reader) -> tuple[str, str]:
    _ = reader.words.gettext
    if value is None or value == "":
        return _("not known"), "unknown"
    if kind == "bool":
        yes = value is True or str(value).lower() in ("true", "yes", "1")
        return (_("Yes"), "yes") if yes else (_("No"), "no")
    if kind in ("date", "moment"):
        try:
            if kind == "date":
                return reader.day(date.fromisoformat(str(value)[:10])), "plain"
            return reader.moment(datetime.fromisoformat(str(value))), "plain"
        except ValueError:
            return str(value), "plain"
    if kind == "code" and len(str(value)) == 2 and str(value).isupper():
        return reader.country(str(value)), "plain"
    if kind == "code":
        return str(value).replace("_", " "), "plain"
    return f"{value} {unit}" if unit else str(value), "plain"


def _source(supplied_by: str, piece: Piece | None, kind: str, reader: Reader) -> str:
    _ = reader.words.gettext
    if piece is not None:
        return _("{source}, seen {day}").format(source=piece.source, day=reader.day(piece.observed_at))
    if kind == "unknown":
        return ""
    return {
        "applicant": _("stated by the applicant"),
        "register": _("from the register"),
        "officer": _("entered by the office"),
    }[supplied_by]
