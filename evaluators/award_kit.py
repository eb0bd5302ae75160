"""What belongs to an award beside the paper: who gets which thing, with which words engraved, and where a parcel is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

WORDS = ("holder", "title", "round", "year", "institution", "unit", "number")
"""What an engraving may name of a label, in braces: {holder}."""
_WORD = re.compile(r"\{([^{}]*)\}")


class State(StrEnum):
    """Where a parcel is."""

    TO_SEND = "to_send"
    SENT = "sent"
    ARRIVED = "arrived"
    RETURNED = "returned"


@dataclass(frozen=True)
class Item:
    """A thing of the kit: `quantity` pieces to whoever has one of `outcomes`; without any, to every holder."""

    name: str
    outcomes: tuple[str, ...] = ()
    quantity: int = 1
    engraving: str = ""


@dataclass(frozen=True)
class Piece:
    """A thing as it lies in one parcel."""

    name: str
    quantity: int
    engraved: str = ""


def unknown_words(engraving: str) -> list[str]:
    """The words in braces that a label has nothing for, each once, in order."""
    return list(dict.fromkeys(one for one in _WORD.findall(engraving) if one not in WORDS))


def engraved(engraving: str, label: Mapping[str, str]) -> str:
    """An engraving with what a label says in it; what is unknown of it is left out, and no gap stays behind."""
    return " ".join(_WORD.sub(lambda found: label.get(found[1], ""), engraving).split())


def contents(items: Iterable[Item], outcome: str, label: Mapping[str, str]) -> list[Piece]:
    """What the parcel of a label with this outcome holds, in the order of the kit."""
    return [
        Piece(one.name, one.quantity, engraved(one.engraving, label))
        for one in items
        if not one.outcomes or outcome in one.outcomes
    ]


def pieces(parcels: Iterable[Sequence[Piece]]) -> dict[str, int]:
    """How many of each thing parcels hold together, in the order in which things first come up."""
    found: dict[str, int] = {}
    for parcel in parcels:
        for one in parcel:
            found[one.name] = found.get(one.name, 0) + one.quantity
    return found
