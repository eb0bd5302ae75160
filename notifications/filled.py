"""Sentences with their figures filled in that can still be translated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self


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
