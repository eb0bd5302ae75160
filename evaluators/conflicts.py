"""Who may not judge what: conflicts that follow from the papers alone.

Declared and imported conflicts are kept by the house; this module only *finds*. A kind a rule set names and
this module does not know is an error, never a conflict overlooked.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

KINDS: dict[str, str] = {
    "self": "The juror is the applicant.",
    "own_project": "The juror has applied for the same project.",
    "own_school": "The juror works at the applicant's school or institution.",
    "own_region": "The juror works in the applicant's region.",
    "own_country": "The juror works in the applicant's country.",
    "past_mentor": "The juror has mentored the applicant, the project or the school.",
}
"""Each kind that can be found, with the sentence that explains it."""

BROAD = ("own_region", "own_country")
"""Kinds that hold between everybody of a place: in a large round far too many pairs to list one by one."""


@dataclass(frozen=True)
class Juror:
    """Someone who marks. `ref` is the juror's id in the round; loads count applications.

    `mentored` names whom the juror has helped before: ids of applicants, projects and schools, or the name of a school.
    """

    ref: str
    country: str = ""
    region: str = ""
    institution: str = ""
    languages: tuple[str, ...] = ()
    expertise: tuple[str, ...] = ()
    experienced: bool = False
    min_load: int = 0
    max_load: int = 0
    email: str = ""
    mentored: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """An application to be routed. `needed` is the number of reviews it still lacks; `topics` say what it is about."""

    ref: str
    unit_ref: str = ""
    institution: str = ""
    country: str = ""
    region: str = ""
    language: str = ""
    applicant_email: str = ""
    needed: int = 0
    applicant_ref: str = ""
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, order=True)
class ConflictFound:
    """A juror (`ref`) who may not judge an application (`ref`), and why (a key of `KINDS`)."""

    application: str
    juror: str
    kind: str


def find(kinds: Sequence[str], applications: Sequence[Candidate], jurors: Sequence[Juror]) -> list[ConflictFound]:
    """Every conflict of the given kinds, sorted. Raises ValueError for a kind not in `KINDS`.

    Names are compared without regard to case, spacing and punctuation; what is empty conflicts with nothing.
    """
    unknown = sorted(set(kinds) - KINDS.keys())
    if unknown:
        raise ValueError(f"cannot find conflicts of kind {', '.join(unknown)}; known kinds are {', '.join(KINDS)}")
    found: set[ConflictFound] = set()
    for kind in kinds:
        keys_of_juror = _keys_of_jurors(kind, applications, jurors)
        for application in applications:
            for key in _keys_of_application(kind, application):
                found.update(ConflictFound(application.ref, juror, kind) for juror in keys_of_juror.get(key, ()))
    return sorted(found)


def shared_place(kinds: Collection[str], application: Candidate, juror: Juror) -> str:
    """The first of the `BROAD` among `kinds` that stands between the two, or nothing."""
    broad = (kind for kind in kinds if kind in BROAD and _place(kind, juror)[-1])
    return next((kind for kind in broad if _place(kind, application) == _place(kind, juror)), "")


def share_place(kinds: Collection[str], application: Candidate, juror: Juror) -> bool:
    """Whether one of the `BROAD` among `kinds` stands between the two."""
    return bool(shared_place(kinds, application, juror))


def count_broad(kind: str, applications: Sequence[Candidate], jurors: Sequence[Juror]) -> int:
    """How many pairs a kind of `BROAD` keeps apart, without listing them."""
    ours = Counter(_place(kind, juror) for juror in jurors)
    theirs = Counter(_place(kind, application) for application in applications)
    return sum(many * ours[place] for place, many in theirs.items() if place[-1])


def _place(kind: str, one: Candidate | Juror) -> tuple[str, ...]:
    country = name_key(one.country)
    return (country, name_key(one.region)) if kind == "own_region" else (country,)


def _keys_of_jurors(
    kind: str, applications: Sequence[Candidate], jurors: Sequence[Juror]
) -> dict[tuple[str, ...], list[str]]:
    """Jurors by the keys under which an application of theirs would stand."""
    units: dict[str, set[str]] = defaultdict(set)
    if kind == "own_project":
        for application in applications:
            units[mail_key(application.applicant_email)].add(application.unit_ref)
    keyed: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for juror in jurors:
        keys: Iterable[tuple[str, ...]]
        match kind:
            case "self":
                keys = [(mail_key(juror.email),)]
            case "own_project":
                keys = [(unit,) for unit in units.get(mail_key(juror.email), ())] if juror.email else []
            case "own_school":
                keys = [(name_key(juror.institution),)]
            case "past_mentor":
                keys = [(name_key(one),) for one in juror.mentored]
            case _:
                keys = [_place(kind, juror)]
        for key in keys:
            if key[-1]:
                keyed[key].append(juror.ref)
    return keyed


def _keys_of_application(kind: str, application: Candidate) -> Iterator[tuple[str, ...]]:
    match kind:
        case "self":
            yield (mail_key(application.applicant_email),)
        case "own_project":
            yield (application.unit_ref,)
        case "own_school":
            yield (name_key(application.institution),)
            yield (name_key(application.unit_ref),)  # where the unit is itself a school
        case "past_mentor":
            for name in (application.applicant_ref, application.unit_ref, application.institution):
                yield (name_key(name),)
        case _:
            yield _place(kind, application)


@lru_cache(maxsize=100_000)  # the same few hundred schools and regions come again and again
def name_key(name: str) -> str:
    """What two spellings of one name share: its words and numbers in NFKC, case folded.

    The dotted and the dotless i of Turkic alphabets count as one: BAKI is how both Bakı and baki are capitalised.
    """
    plain = unicodedata.normalize("NFKC", name).casefold().replace("ı", "i").replace("\u0307", "")
    return " ".join(re.findall(r"[^\W\d_]+|\d+", plain))


def mail_key(address: str) -> str:
    """What two spellings of one address share. Case is ignored on both sides of the @: missing a conflict
    weighs more than suspecting one.
    """
    return unicodedata.normalize("NFC", address).strip().casefold()
