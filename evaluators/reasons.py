"""Why a review, an experienced seat or a pair cannot be given out: clauses of a key, numbers and names.

A reason is passed on and kept as its clauses. The sentences stand here in English, for files, records and the command
line; whoever speaks another language says the same sentences in it (`Words`). Each is whole, so that it can be said in
any language; what keeps jurors away is a list of short clauses in one of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, unique
from typing import Any, Protocol

from evaluators.conflicts import KINDS

LANGUAGES = {
    "az": "Azerbaijani", "bg": "Bulgarian", "bs": "Bosnian", "ca": "Catalan", "cs": "Czech", "da": "Danish",
    "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian", "fi": "Finnish",
    "fr": "French", "ga": "Irish", "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian", "is": "Icelandic",
    "it": "Italian", "ka": "Georgian", "lb": "Luxembourgish", "lt": "Lithuanian", "lv": "Latvian",
    "mk": "Macedonian", "mt": "Maltese", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sq": "Albanian", "sr": "Serbian",
    "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian",
}  # fmt: skip
"""What languages are called in English; pages have names of their own."""


Sentence = str | tuple[str, str]


@unique
class Why(Enum):
    """What a clause says, in English; one that counts is a pair, of one and of several. Records hold the names: where
    one is gone, the English text is left of the reason.
    """

    _value_: Sentence

    # A review nobody can give.
    NO_JURORS = "The round has no jurors."
    NO_READER = "No juror reads {language}."
    NOBODY_ELSE = "Nobody else may review it."
    OF_JURORS = ("Of {n} juror: {parts}.", "Of {n} jurors: {parts}.")
    NO_ROOM = "No juror has free capacity."
    MAY_AND_FULL = (
        "{n} further juror may review it and is full.",
        "{n} further jurors may review it, and all are full.",
    )
    NO_READER_WITH_ROOM = "No juror reads {language} with free capacity."
    READ_AND_FULL = ("{n} reads it and is full.", "{n} read it, and all are full.")
    READ = ("{n} reads it: {parts}.", "{n} read it: {parts}.")
    OTHERS_FULL = (
        "{n} other who could take over from them is full too.",
        "{n} others who could take over from them are full too.",
    )
    HOLD = ("{names} may hold {n} review in all.", "{names} may hold {n} reviews in all.")
    DEPEND = ("{n} application depends on them.", "{n} applications depend on them.")
    ONLY_AGAINST_LIMIT = "Others could take over from them only against the limit of an institution."
    THIRD_BY_EXPERIENCED = "Only experienced jurors may give a third review, so only they are counted here."
    # A seat no experienced juror can take.
    NO_EXPERIENCED = "No juror is experienced."
    NO_EXPERIENCED_FREE = "No experienced juror is free for it."
    OF_EXPERIENCED = ("Of {n} experienced juror: {parts}.", "Of {n} experienced jurors: {parts}.")
    # What keeps some jurors away, in a list.
    UNREAD = ("{n} does not read {language}", "{n} do not read {language}")
    CONFLICT = ("{n} has a conflict", "{n} have a conflict")
    REVIEWING = ("{n} reviews it already", "{n} review it already")
    INSTITUTION_FULL = (
        "{n} is of an institution that may give no more reviews of it (limit: {limit})",
        "{n} are of an institution that may give no more reviews of it (limit: {limit})",
    )
    FULL = ("{n} is full", "{n} are full")
    AT_A_PRICE = (
        "{n} could come only at the price of another seat, review or minimum load",
        "{n} could come only at the price of another seat, review or minimum load",
    )
    # The way out.
    ADD = "Add a juror."
    ADD_READER = "Add a juror who does."
    RAISE_OR_ADD = "Raise their load or add a juror."
    RAISE_OR_NAME = "Raise their load or name another."
    NAME_EXPERIENCED = "Name experienced jurors."
    # A pair pinned to meet that cannot.
    PIN_LEFT = "the juror left"
    PIN_CONFLICT = "they have a conflict ({kind})"
    PIN_UNREAD = "the juror does not read {language}"
    PIN_GIVEN = "the application has all its reviews"
    PIN_FULL = ("the juror has the {n} application they may", "the juror has the {n} applications they may")
    PIN_INSTITUTION = ("it has {n} juror of {institution} already", "it has {n} jurors of {institution} already")
    # A pair of an officer's plan that may not stand, or one that must and does not.
    TWICE = "{application} and {juror} already stand together in another row."
    TOO_MANY_REVIEWS = (
        "{application} would have more than its {n} review.",
        "{application} would have more than its {n} reviews.",
    )
    TOO_MANY_APPLICATIONS = (
        "{juror} would hold more than {n} application, the most this juror may.",
        "{juror} would hold more than {n} applications, the most this juror may.",
    )
    TOO_MANY_OF_INSTITUTION = (
        "{application} would have more than {n} of {institution} among its jurors.",
        "{application} would have more than {n} of {institution} among its jurors.",
    )
    LEFT = "{juror} has left the round."
    IN_CONFLICT = "{juror} has a conflict with {application}."
    KIND = "The conflict is kept as “{kind}”."
    NEVER = "{juror} is pinned never to review {application}."
    DOES_NOT_READ = "{juror} does not read {language}, the language of {application}."
    BEGUN = "{juror} has begun the review of {application}; it cannot be taken away."
    MUST = "{juror} is pinned to review {application}, and the row is missing."
    KEEP_ONE = "Keep one of the two rows."
    TAKE_ONE_OUT = "Take one of its rows out."
    GIVE_OR_RAISE = "Give this one to another juror, or raise max_load."
    OTHER_INSTITUTION = "Choose a juror of another institution."
    OTHER_JUROR = "Choose another juror."
    OTHER_OR_UNPIN = "Choose another, or take the pin away."
    A_READER = "Choose a juror who reads it."
    PUT_BACK = "Put the row {application}, {juror} back."
    PUT_BACK_OR_UNPIN = "Put the row {application}, {juror} back, or take the pin away."


MORE = "and {n} more"
SENTENCES: tuple[Sentence, ...] = (*(one.value for one in Why), MORE, *KINDS.values())
"""All that is said here, for whoever says it in another language."""


@dataclass(frozen=True)
class Clause:
    """One thing a reason says, with what stands in it. `n` is what its sentence counts; `names` are some of so many,
    `more` the others; `language` and `kind` are codes; `parts` are listed in it.
    """

    key: Why
    n: int = 0
    limit: int = 0
    language: str = ""
    kind: str = ""
    application: str = ""
    juror: str = ""
    institution: str = ""
    names: tuple[str, ...] = ()
    more: int = 0
    parts: tuple[Clause, ...] = ()


Reason = tuple[Clause, ...]


class Words(Protocol):
    """How somebody speaks: those of `SENTENCES`, numbers, names of languages and kinds."""

    def gettext(self, message: str, /) -> str: ...
    def ngettext(self, singular: str, plural: str, n: int, /) -> str: ...
    def number(self, value: int, /) -> str: ...
    def tongue(self, code: str, /) -> str: ...
    def kind(self, kind: str, /) -> str: ...


class _English:
    def gettext(self, message: str, /) -> str:
        return message

    def ngettext(self, singular: str, plural: str, n: int, /) -> str:
        return singular if n == 1 else plural

    def number(self, value: int, /) -> str:
        return str(value)

    def tongue(self, code: str, /) -> str:
        return LANGUAGES.get(code, code)

    def kind(self, kind: str, /) -> str:
        return kind


ENGLISH: Words = _English()


def said(reason: Iterable[Clause], words: Words = ENGLISH) -> str:
    """A reason in sentences."""
    return " ".join(_clause(one, words) for one in reason)


def _clause(one: Clause, words: Words) -> str:
    found = one.key.value
    if one.key is Why.KIND:
        found = KINDS.get(one.kind, found)
    text = words.gettext(found) if isinstance(found, str) else words.ngettext(found[0], found[1], one.n)
    names = ", ".join(one.names)
    return text.format(
        n=words.number(one.n), limit=words.number(one.limit),
        language=words.tongue(one.language) if one.language else "", kind=words.kind(one.kind) if one.kind else "",
        application=one.application, juror=one.juror, institution=one.institution,
        names=f"{names} {words.gettext(MORE).format(n=words.number(one.more))}" if one.more else names,
        parts="; ".join(_clause(part, words) for part in one.parts),
    )  # fmt: skip


def as_data(reason: Iterable[Clause]) -> list[dict[str, Any]]:
    """A reason as records keep it: of each clause what is not empty."""
    found = []
    for one in reason:
        data = {name: value for name, value in vars(one).items() if value} | {"key": one.key.name.lower()}
        if one.names:
            data["names"] = list(one.names)
        if one.parts:
            data["parts"] = as_data(one.parts)
        found.append(data)
    return found


def read(kept: Any) -> Reason:
    """A reason out of a record. Empty where the record has none, or one that is not known here: its text is then all
    there is.
    """
    try:
        return tuple(
            Clause(
                **one
                | {"key": Why[str(one["key"]).upper()], "names": tuple(one.get("names", ())), "parts": _parts(one)}
            )
            for one in kept or ()
        )
    except (KeyError, TypeError, ValueError):
        return ()


def _parts(one: dict[str, Any]) -> Reason:
    found = read(one.get("parts", ()))
    if len(found) != len(one.get("parts", ())):
        raise ValueError(one)
    return found


@dataclass(frozen=True)
class Unkept:
    """A pair pinned to meet that a plan cannot bring together, and why; as text, in English."""

    application: str
    juror: str
    why: Clause

    def __str__(self) -> str:
        return f"{self.application} to {self.juror}: {self.reason}"

    @property
    def reason(self) -> str:
        """Why, in English."""
        return said((self.why,))

    def as_data(self) -> dict[str, Any]:
        """As records keep it."""
        why = as_data((self.why,))
        return {"application": self.application, "juror": self.juror, "reason": self.reason, "why": why}
