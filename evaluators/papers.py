"""The papers of one application as plain values: fractions, dates, texts; None is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import polars as pl

from evaluators.facts import Frames
from rules.answered import resolve
from rules.nodes import Node
from rules.plan import Plan
from rules.syntax import parse
from rules.values import Num, Plain, Val, Value

Item = Mapping[str, Any]


class Unreadable(Exception):
    """A part of the language this reader does not know; the plan still decides it."""


@dataclass(frozen=True)
class Span:
    """A number between two bounds; equal where it is certain."""

    low: Fraction
    high: Fraction


@dataclass(frozen=True)
class Picked:
    """Items of a list, each certainly (True) or perhaps (None) among them; `values` once they are mapped."""

    items: tuple[tuple[Item, bool | None], ...]
    values: tuple[Any, ...] | None = None
    distinct: bool = False


@dataclass(frozen=True)
class Papers:
    """What is known of one application. `item` is the one item a list's condition speaks of, with its variable."""

    facts: Mapping[str, Any]
    lists: Mapping[str, tuple[Item, ...] | None]
    constants: Mapping[str, Any] = field(default_factory=dict)
    item: tuple[str, Item] | None = None
    derived: Mapping[str, Node] = field(default_factory=dict)
    units: Mapping[str, int] = field(default_factory=dict)

    def having(self, name: str, value: Any) -> Papers:
        """The same papers with another value of one fact, or of the item's field."""
        if self.item is not None:
            return replace(self, item=(self.item[0], {**self.item[1], name: value}))
        return replace(self, facts={**self.facts, name: value})

    def listing(self, name: str, items: tuple[Item, ...] | None) -> Papers:
        """The same papers with another list."""
        return replace(self, lists={**self.lists, name: items})


def papers_of(plan: Plan, frames: Frames, number: int, points: Mapping[str, Fraction | None] | None = None) -> Papers:
    """The papers of the application in row `number` of the frames; `points` by dotted name, `total` among them."""
    row = frames.applications.row(number, named=True)
    units: dict[str, int] = {}
    facts: dict[str, Any] = {"submitted_at": row["submitted_at"], "country": row["country"]} | dict(points or {})
    lists: dict[str, tuple[Item, ...] | None] = {}
    for name, fact in plan.ruleset.facts.items():
        units[name] = 10**fact.scale
        units |= {key: 10**field_.scale for key, field_ in fact.fields.items()}
        if fact.type != "list":
            facts[name] = _exact(row[f"fact.{name}"], fact.type, fact.scale)
            continue
        if not row[f"known.{name}"]:
            lists[name] = None
            continue
        items = frames.children[name].filter(pl.col("_row") == number).iter_rows(named=True)
        lists[name] = tuple(
            {key: _exact(one[f"item.{key}"], field_.type, field_.scale) for key, field_ in fact.fields.items()}
            for one in items
        )
    derived = {name: parse(one.value) for name, one in getattr(plan.ruleset, "derived", {}).items()}
    return Papers(facts, lists, constants_of(plan), derived=derived, units=units)


def constants_of(plan: Plan) -> dict[str, Any]:
    """Parameters and answered policies of a plan as plain values; an open policy is None."""
    values, _ = resolve(plan.ruleset, plan.policies, plan.parameters)
    return {name: plain(value) for name, value in values.items()}


def plain(value: Value) -> Any:
    """A compiled constant as a plain value; None where it is open. Raises Unreadable for lists of an application."""
    if isinstance(value, Plain):
        return tuple(plain(one) for one in value.items)
    if isinstance(value, Num):
        found = pl.select(value.known).item()
        return None if found is None else Fraction(found, value.unit)
    if isinstance(value, Val):
        return pl.select(value.expr).item()
    raise Unreadable(type(value).__name__)


def spanned(value: Any) -> Any:
    """A number as a span that is certain; everything else as it is."""
    return Span(value, value) if isinstance(value, Fraction) else value


def _exact(value: Any, kind: str, scale: int) -> Any:
    return Fraction(value, 10**scale) if value is not None and kind in ("int", "decimal") else value
