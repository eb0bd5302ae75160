"""Plural forms: one table, ours.

Babel would write one form for Georgian (CLDR has two) and lists Latvian's in an order gettext files do not use.
The classes are those of CLDR for whole numbers; the order of the forms in a .po file is the one given here. For
Latvian that is *one* (1, 21, 31 …), *other* (2–9, 22 …), *zero* (0, 10–20, 30 …: the numbers that ask for the
genitive). Left out are the classes that no number here can have: those of fractions, and the French, Italian,
Spanish and Portuguese *many* of 1,000,000, which is read “a million of …” and here stands in figures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from gettext import c2py


@dataclass(frozen=True)
class Plurals:
    """How a language chooses between forms: their CLDR names in file order, and gettext's expression that counts."""

    classes: tuple[str, ...]
    choice: str

    @property
    def header(self) -> str:
        """The line a .po file states it in."""
        return f"nplurals={len(self.classes)}; plural=({self.choice});"

    @cached_property
    def form(self) -> Callable[[int], int]:
        """The place of the form that goes with a number."""
        return c2py(self.choice)


_TWO = Plurals(("one", "other"), "n != 1")
_NONE_IS_ONE = Plurals(("one", "other"), "n > 1")  # 0 goes with 1
_SLAVIC = "n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2"

PLURALS: dict[str, Plurals] = {
    "en": _TWO,
    "az": _TWO,
    "bg": _TWO,
    "cs": Plurals(("one", "few", "other"), "n==1 ? 0 : n>=2 && n<=4 ? 1 : 2"),
    "de": _TWO,
    "el": _TWO,
    "es": _TWO,
    "et": _TWO,
    "fr": _NONE_IS_ONE,
    "hr": Plurals(("one", "few", "other"), _SLAVIC),
    "hy": _NONE_IS_ONE,
    "it": _TWO,
    "ka": _TWO,
    "lt": Plurals(
        ("one", "few", "other"),
        "n%10==1 && (n%100<11 || n%100>19) ? 0 : n%10>=2 && (n%100<11 || n%100>19) ? 1 : 2",
    ),
    "lv": Plurals(
        ("one", "other", "zero"),
        "n%10==1 && n%100!=11 ? 0 : n%10==0 || (n%100>=11 && n%100<=19) ? 2 : 1",
    ),
    "pl": Plurals(
        ("one", "few", "many"), "n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2"
    ),
    "pt": _TWO,
    "ro": Plurals(("one", "few", "other"), "n==1 ? 0 : n==0 || (n%100>0 && n%100<20) ? 1 : 2"),
    "sl": Plurals(("one", "two", "few", "other"), "n%100==1 ? 0 : n%100==2 ? 1 : n%100==3 || n%100==4 ? 2 : 3"),
    "tr": _TWO,
    "uk": Plurals(("one", "few", "many"), _SLAVIC),
}  # fmt: skip
