"""The kinds of value a condition knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Type:
    """The kind of a value. `fields` of a list's items; `item` of a list of plain values.

    `options` are the answers of a choice or the words of a code; `values` are those of a text that is always the same.
    """

    kind: str
    fields: Mapping[str, Type] | None = None
    item: Type | None = None
    options: tuple[str, ...] = ()
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        return _KIND_WORDS[self.kind]


_KIND_WORDS = {
    "bool": "yes or no",
    "number": "a number",
    "text": "a text",
    "date": "a date",
    "moment": "a moment",
    "list": "a list",
    "item": "an item of a list",
}
BOOL, NUMBER, TEXT, DATE, MOMENT = (Type(kind) for kind in ("bool", "number", "text", "date", "moment"))
KINDS: Mapping[str, Type] = {
    "bool": BOOL,
    "int": NUMBER,
    "decimal": NUMBER,
    "code": TEXT,
    "text": TEXT,
    "day": TEXT,
    "zone": TEXT,
    "calendar": TEXT,
    "fraction": NUMBER,
    "date": DATE,
    "moment": MOMENT,
}
