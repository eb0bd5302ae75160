"""How days are said to a reader."""

from __future__ import annotations

from datetime import date

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def day(value: date, language: str) -> str:
    """A day as readers of the language write it: 9 January 2023, elsewhere 09.01.2023."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}" if language == "en" else value.strftime("%d.%m.%Y")
