"""What the house says, in every language: Babel .po files, read once per process.

English stands in the templates themselves; `locales/<language>/LC_MESSAGES/<domain>.po` holds the others. Domain
`laurea` is the letters and papers, `public` the pages everybody may open, `portal` all other pages. Letters and public
pages speak every language (LANGUAGES), the rooms of applicants, jurors and officers some (STAFF). A sentence without a
translation appears in English, marked as such, and `python -m notifications.extract` lists it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.messages.pofile import read_po

from notifications.filled import Filled, Untranslated
from notifications.plurals import PLURALS

LOCALES = Path(__file__).parent / "locales"
SOURCE = "en"
LANGUAGES = tuple(PLURALS)
STAFF = ("en", "az", "ka", "lv")
DOMAINS = ("public", "portal", "laurea")

Forms = tuple[str, ...]


def catalogue_path(language: str, domain: str) -> Path:
    """Where the translations of a domain into a language stand."""
    return LOCALES / language / "LC_MESSAGES" / f"{domain}.po"


def domains(language: str) -> tuple[str, ...]:
    """The domains that must be whole in a language."""
    return DOMAINS if language in STAFF else tuple(one for one in DOMAINS if one != "portal")


def known_language(language: str) -> str:
    """The language of ours that serves a reader of `language` (`lv`, `lv-LV`, `lv_LV`); English if none does."""
    short = language.replace("_", "-").partition("-")[0].lower()
    return short if short in LANGUAGES else SOURCE


@functools.cache
def messages(language: str, domain: str) -> Mapping[str, Forms]:
    """The translations of a domain: English sentence to its forms, in the order of notifications.plurals.

    What is empty or marked fuzzy counts as not translated.
    """
    path = catalogue_path(language, domain)
    if language == SOURCE or not path.exists():
        return {}
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language, domain=domain)
    found: dict[str, Forms] = {}
    for message in catalogue:
        key = message.id if isinstance(message.id, str) else message.id[0]
        forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        if key and forms and all(forms) and not message.fuzzy:
            found[key] = forms
    return found


@dataclass(frozen=True)
class Translator:
    """Says sentences in one language. Made by `translator`; safe to share between threads."""

    language: str
    known: Mapping[str, Forms]

    def gettext(self, message: str) -> str:
        """`message` in this language; in English, marked, if nobody translated it."""
        if isinstance(message, Filled):
            return message.within(self.gettext)
        forms = self.known.get(message)
        if forms:
            return forms[0]
        return message if self.language == SOURCE else Untranslated(message)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """The form of the sentence that goes with the number `n`."""
        forms = self.known.get(singular)
        if forms is None or len(forms) < 2:
            message = (singular, plural)[PLURALS[SOURCE].form(n)]
            return message if self.language == SOURCE else Untranslated(message)
        return forms[PLURALS[self.language].form(n)]


@functools.cache
def translator(language: str, domain: str = "portal") -> Translator:
    """The translator for a reader of `language`; what `domain` does not know, the others may."""
    language = known_language(language)
    known: dict[str, Forms] = {}
    for each in (domain, *(other for other in DOMAINS if other != domain)):
        known = {**messages(language, each), **known}
    return Translator(language, known)
