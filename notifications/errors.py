"""Errors of the post room. Each says what is wrong and how to mend it.

LetterError             a letter cannot be written
 ├─ BadAddress          not an address a letter can go to
 ├─ BadData             data a kind needs is missing, of the wrong sort, or not known to it
 ├─ BadTemplate         a template names something its kind does not offer, or does what templates may not
 ├─ RelayError          the relay's address in the settings cannot be used
 └─ BadKey              a key for signatures cannot be used
"""

from __future__ import annotations


class LetterError(Exception):
    """A letter cannot be written. `says` and `remedy` are shown to the officer as they are."""

    def __init__(self, says: str, remedy: str = "") -> None:
        super().__init__(f"{says} {remedy}".strip())
        self.says = says
        self.remedy = remedy


class BadAddress(LetterError):
    """Not an address a letter can go to."""


class BadData(LetterError):
    """Data a kind of letter needs is missing, of the wrong sort, or not known to it."""


class BadTemplate(LetterError):
    """A template names something its kind does not offer, or does what templates may not."""


class RelayError(LetterError):
    """The relay's address in the settings cannot be used."""


class BadKey(LetterError):
    """A key for signatures cannot be used."""
