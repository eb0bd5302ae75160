"""Sentences that know more than their text: filled in and still translatable, or known to be untranslated."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Self

from markupsafe import escape


class Filled(str):  # noqa: SLOT000 - it carries two things more, and there are few of them
    """A sentence in English with what it names filled in; it still knows the sentence, so that a page can say it in
    its reader's language: `_(Filled("The round {code} is not released.", code="lv-2026"))`.

    It is text like any other wherever English is wanted. What is filled in may be such a sentence itself.
    """

    sentence: str
    values: dict[str, object]

    def __new__(cls, sentence: str, **values: object) -> Self:
        made = super().__new__(cls, sentence.format(**values))
        made.sentence, made.values = sentence, values
        return made

    def within(self, translate: Callable[[str], str]) -> str:
        """The sentence as `translate` says it, filled in."""
        values = {name: translate(one) if isinstance(one, Filled) else one for name, one in self.values.items()}
        return translate(self.sentence).format(**values)


_BEGIN, _END = "\ue000", "\ue001"  # private signs: no catalogue has them, and `marked` leaves none in a page
_MARKED = re.compile(f"{_BEGIN}([^{_BEGIN}{_END}]*){_END}")
# What may not hold a tag: tags themselves (their attributes), and the elements whose text is only text.
_PLAIN = re.compile(r"(<(title|option|textarea)\b[^>]*>.*?</\2>|<[^>]*>)", re.DOTALL)
_SIGNS = str.maketrans("", "", _BEGIN + _END)


class Untranslated(str):
    """An English sentence in a text of another language. It is text like any other; a page or letter in HTML that went
    through `marked` shows it marked and tells browsers and screen readers that it is English.
    """

    __slots__ = ()

    def __html__(self) -> str:
        return f"{_BEGIN}{escape(str(self))}{_END}"

    def format(self, *args: Any, **values: Any) -> Untranslated:
        """The sentence filled in; still known as English."""
        return Untranslated(super().format(*args, **values))


def marked(html: str) -> str:
    """A page with its untranslated sentences marked where a tag may stand."""
    if _BEGIN not in html:
        return html
    pieces = _PLAIN.split(html)  # text, plain, its element or None, text, plain …
    said = [_MARKED.sub(r'<span class="english" lang="en">\1</span>', text) for text in pieces[::3]]
    plain = [*pieces[1::3], ""]
    return "".join(text + tag for text, tag in zip(said, plain, strict=True)).translate(_SIGNS)
