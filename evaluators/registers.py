"""Registers taken in by file: what a new file changes, whether that may be an accident, and what rules read of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the settings ask for KINDS alone, and every command reads the settings
    from rules.ruleset import Fact, Item, RuleSet

KINDS: Mapping[str, tuple[str, ...]] = {
    "schools": (),
    "projects": (),
    "teachers": ("teacher_id",),
    "partners": ("partner_id",),
    "events": ("event_id",),
    "labels": ("label_id",),
    "participations": ("person", "what", "held_on"),
}
"""What a register may hold, and the columns beside `unit_id` that tell its rows apart.

A unit has one row of a kind without such columns: its columns are facts of the unit. Rows of any other kind are the
items of a list of that name.
"""
PARTICIPATION = ("person", "what", "held_on", "hours", "organiser", "proof")
"""The columns of a participation: who, in what, on which day, how many hours, held by whom, and an address or a
SHA-256 that proves it."""

Place = tuple[str, str]  # unit and key


class Doubt(StrEnum):
    """Why a file that nobody looked at should be looked at first."""

    MANY_GONE = "many_gone"
    MANY_REFUSED = "many_refused"


GONE_AT_MOST = 10  # per cent of what is known that may go without a look
HANDFUL = 5  # rows that may go in any case


@dataclass(frozen=True)
class Change:
    """One row that is not what it was. `what` is new, changed or gone; `fields` are name, before, after."""

    what: str
    unit: str
    key: str
    fields: tuple[tuple[str, str | None, str | None], ...] = ()

    def plain(self) -> dict[str, Any]:
        """The change as the records keep it."""
        return asdict(self)


@dataclass(frozen=True)
class Comparison:
    """What a file changes, in the order of units and keys, and how many rows stay as they are."""

    changes: tuple[Change, ...]
    same: int

    def counts(self, refused: int) -> dict[str, int]:
        """Rows by what becomes of them; `refused` are those the file could not give."""
        by = Counter(one.what for one in self.changes)
        told = {what: by[what] for what in ("new", "changed", "gone")}
        return {**told, "same": self.same, "refused": refused}


def key_of(kind: str, cells: Mapping[str, str]) -> str:
    """What tells a row apart from the others of its unit."""
    return " · ".join(cells.get(name, "") for name in KINDS[kind])


def compare(before: Mapping[Place, Mapping[str, str]], after: Mapping[Place, Mapping[str, str]]) -> Comparison:
    """What a whole file (`after`) makes of what is known (`before`): a row that is not in it is gone."""
    changes = []
    for place in sorted({*before, *after}):
        old, new = before.get(place), after.get(place)
        if old is None or new is None:
            changes.append(Change("new" if old is None else "gone", *place))
        elif old != new:
            names = [name for name in (*new, *(one for one in old if one not in new)) if old.get(name) != new.get(name)]
            changes.append(Change("changed", *place, tuple((name, old.get(name), new.get(name)) for name in names)))
    return Comparison(tuple(changes), sum(before[place] == after[place] for place in before.keys() & after.keys()))


def doubt(known: int, counts: Mapping[str, int]) -> Doubt | None:
    """Why a file that came by itself waits for an officer: it takes much away, or hardly any of it can be read."""
    read = counts["new"] + counts["changed"] + counts["same"]
    if counts["refused"] > read:
        return Doubt.MANY_REFUSED
    if counts["gone"] > HANDFUL and counts["gone"] * 100 > known * GONE_AT_MOST:
        return Doubt.MANY_GONE
    return None


@dataclass(frozen=True)
class Asked:
    """What a source on the desk gives: each kind, and the name its list has in the rules."""

    names: Mapping[str, str] = field(default_factory=lambda: {kind: kind for kind in KINDS})


def asked(text: str) -> Asked:
    """Read `teachers,trainings=participations` (nothing: every kind under its own name).

    Raises ValueError that names the word.
    """
    names: dict[str, str] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, _, kind = part.rpartition("=")
        if kind not in KINDS:
            raise ValueError(kind)
        names[kind] = name or kind
    return Asked(names) if names else Asked()


def types(kind: str, name: str, rulesets: Iterable[RuleSet]) -> dict[str, Fact | Item]:
    """How the rules that are in use read the columns of a kind; what two of them read differently is left out."""
    found: dict[str, Fact | Item] = {}
    unclear: set[str] = set()
    for ruleset in rulesets:
        if KINDS[kind]:
            listed = ruleset.facts.get(name)
            read: Mapping[str, Fact | Item] = listed.fields if listed is not None else {}
        else:
            read = {one: fact for one, fact in ruleset.facts.items() if fact.type != "list"}
        for column, item in read.items():
            other = found.setdefault(column, item)
            if (other.type, other.scale, other.words) != (item.type, item.scale, item.words):
                unclear.add(column)
    return {column: item for column, item in found.items() if column not in unclear}


def entry(
    rows: Mapping[str, Sequence[Mapping[str, str]]], imported: Collection[str], wanted: Asked
) -> dict[str, dict[str, Any]]:
    """What the desk knows of one unit, as a register answers: facts, and lists under their names in the rules.

    `rows` are the unit's by kind. A list whose kind was taken in as a whole (`imported`) is known to be empty where
    the unit has no row in it; else an absent list is unknown.
    """
    facts: dict[str, Any] = {}
    children: dict[str, Any] = {}
    for kind, name in wanted.names.items():
        found = [dict(one) for one in rows.get(kind, ())]
        if not KINDS[kind]:
            facts |= {key: value for one in found for key, value in one.items()}
        elif found or kind in imported:
            children[name] = found
    return {"facts": facts, "children": children}
