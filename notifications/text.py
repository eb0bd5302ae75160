"""Text from outside, made safe for one line of a letter: normal form, no control or direction characters."""

from __future__ import annotations

import functools
import re
import unicodedata

# Cc: line breaks, NUL and the like. Cf: characters without a shape, among them the ones that turn the reading
# direction of everything after them. Cs: halves of a surrogate pair. Zl, Zp: line and paragraph separators.
# The two joiners (U+200C, U+200D) change how some scripts are written and stay.
_JOINERS = "\u200c\u200d"


def _dangerous(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and character not in _JOINERS


_SHORT = 300  # characters
_SPACES = re.compile(r"\s+")


def on_one_line(text: str) -> str:
    """`text` on one line: control and direction characters become nothing, runs of white space one space."""
    text = _SPACES.sub(" ", text)
    return text if text.isprintable() else "".join(character for character in text if not _dangerous(character))


def clean(text: str) -> str:
    """The same in NFC, without spaces at its ends."""
    return _clean(text) if len(text) <= _SHORT else _clean.__wrapped__(text)


@functools.lru_cache(maxsize=4096)  # the letters of a round say mostly the same
def _clean(text: str) -> str:
    return unicodedata.normalize("NFC", on_one_line(text)).strip()


def shorten(text: str, limit: int) -> str:
    """`text` in at most `limit` characters; what is cut is shown by an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
