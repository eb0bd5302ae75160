"""What of the jury's words an applicant may read: to whom any go, and that they name nobody of the jury."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from rules.ruleset import RuleSet

SHORTEST = 4  # letters of a name that is looked for by itself; endings may follow it, as in Kalniņas
_WORD = re.compile(r"[^\W_]+")
_STROKES = str.maketrans("ıłøđħ", "ilodh")  # letters that no normal form takes apart


@dataclass(frozen=True)
class Known:
    """A juror as a text could give them away. `marked`: they marked the application the text is about."""

    name: str
    email: str
    ref: str
    marked: bool


def goes_to(ruleset: RuleSet, *, granted: bool) -> bool:
    """Whether the rules let the jury's words go to an applicant with that decision; where they say nothing, they do."""
    if ruleset.jury is None:
        return False
    return ruleset.jury.feedback in (None, "everybody") or (ruleset.jury.feedback == "not_granted" and not granted)


def names(text: str, jury: Iterable[Known]) -> str:
    """The first thing in `text` that tells who of the jury wrote it; empty when nothing does.

    Looked for are addresses, references, whole names in either order, and for those who marked the application also
    each part of their name, with an ending or without. Upper and lower case and accents are the same.
    """
    plain = _plain(text)
    words = _WORD.findall(plain)
    for one in jury:
        if one.email and one.email.casefold() in text.casefold():
            return one.email
        if len(one.ref) > 1 and re.search(rf"(?<!\w){re.escape(one.ref)}(?!\w)", text):
            return one.ref
        parts = _WORD.findall(_plain(one.name))
        alone = [part for part in parts if len(part) >= SHORTEST] if one.marked else []
        if any(word.startswith(part) for part in alone for word in words) or _beside(parts, words):
            return one.name
    return ""


def _beside(parts: list[str], words: list[str]) -> bool:
    """Whether the parts of a name stand beside each other, in either order, with an ending or without."""
    if len(parts) < 2:
        return bool(parts) and len(parts[0]) >= SHORTEST and any(word.startswith(parts[0]) for word in words)
    for wanted in (parts, parts[::-1]):
        for place in range(len(words) - len(wanted) + 1):
            if all(words[place + n].startswith(part) for n, part in enumerate(wanted)):
                return True
    return False


def _plain(text: str) -> str:
    """Lower case without accents: what a reader takes for the same name."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in apart if not unicodedata.combining(one)).translate(_STROKES)
