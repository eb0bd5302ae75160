"""How days and figures are said to a reader, and the placeholders of a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from rules.terms import decimal_text

# {measured}, or {measured|teacher|teachers}: the word that goes with the figure
PLACEHOLDER = re.compile(r"\{([a-z_.0-9]*)(?:\|([^{}]*))?\}")
FORMS = {"en": (2, 2), "lv": (2, 3), "az": (1, 2), "ka": (1, 2)}  # how many forms a word may be given in, by language
_ONE, _OTHER, _ZERO = 0, 1, 2
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def day(value: date, language: str) -> str:
    """A day as readers of the language write it: 9 January 2023, elsewhere 09.01.2023."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}" if language == "en" else value.strftime("%d.%m.%Y")


def form(figure: Fraction, language: str) -> int:
    """Which plural form of CLDR a figure takes: 0 one, 1 other, 2 zero (Latvian: none, 10 to 20, 30, 111 …)."""
    if language != "lv":
        return _ONE if figure in (1, -1) else _OTHER
    if figure.denominator == 1:
        last, tens = abs(figure.numerator) % 10, abs(figure.numerator) % 100
        return _ZERO if last == 0 or 11 <= tens <= 19 else _ONE if last == 1 else _OTHER
    try:
        digits = (decimal_text(figure) or "").partition(".")[2]
    except ValueError:
        return _OTHER  # a third, which no decimal ends
    if len(digits) == 2 and digits[0] == "1":
        return _ZERO  # 0.10 is written 0.1, so this is 0.11 to 0.19
    return _ONE if digits.endswith("1") else _OTHER


def chosen(figure: Fraction, forms: Sequence[str], language: str) -> str:
    """The word that goes with a figure; the last form stands in for those that are not given."""
    return forms[min(form(figure, language), len(forms) - 1)]
