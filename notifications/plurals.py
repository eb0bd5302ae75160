"""Plural forms: one table, ours.

Babel would write one form for Georgian (CLDR has two) and lists Latvian's in an order gettext files do not use.
The classes are those of CLDR; the order of the forms in a .po file is the one given here. For Latvian that is
*one* (1, 21, 31 …), *other* (2–9, 22 …), *zero* (0, 10–20, 30 …: the numbers that ask for the genitive).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Plurals:
    """How a language chooses between forms: their CLDR names in file order, the header line, the choice."""

    classes: tuple[str, ...]
    header: str
    form: Callable[[int], int]


def _one_other(n: int) -> int:
    return 0 if n == 1 else 1


def _latvian(n: int) -> int:
    if n % 10 == 1 and n % 100 != 11:
        return 0
    return 2 if n % 10 == 0 or 11 <= n % 100 <= 19 else 1


_TWO = Plurals(("one", "other"), "nplurals=2; plural=(n != 1);", _one_other)

PLURALS: dict[str, Plurals] = {
    "en": _TWO,
    "az": _TWO,
    "ka": _TWO,
    "lv": Plurals(
        ("one", "other", "zero"),
        "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10==0 || (n%100>=11 && n%100<=19) ? 2 : 1);",
        _latvian,
    ),
}
