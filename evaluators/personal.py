"""Personal data: the words a record is described with, what stays when somebody is made anonymous, and what is due.

What is stored of whom stands in laurea.store.personal_register, column by column, in these words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from rules.conditions import conditions
from rules.planned import Plan


class Whose(StrEnum):
    """Of which people a table tells something."""

    APPLICANT = "applicant"
    HOLDER = "holder"  # of a label or award
    JUROR = "juror"
    OFFICER = "officer"
    GUEST = "guest"  # at a ceremony
    WITNESS = "witness"  # was asked to confirm a fact
    CONTACT = "contact"  # speaks for another office
    LISTED = "listed"  # stands in an export of a portal that was taken in, and may know nothing of us
    NOBODY = "nobody"


class Kind(StrEnum):
    """What a column holds."""

    NAME = "name"
    CONTACT = "contact"  # e-mail or postal address
    ANSWERS = "answers"  # what somebody stated of themselves, their school or project
    WORDS = "words"  # written freely, so that anything may stand in it
    PLACE = "place"  # school, region, country, languages, field
    MARKS = "marks"
    RESULT = "result"
    FILE = "file"
    TIME = "time"
    KEY = "key"  # opens something; never handed out
    ID = "id"  # numbers and references that the records use among themselves
    WORKINGS = "workings"  # states, settings, figures


class Purpose(StrEnum):
    """What a table is for."""

    KNOW = "know"
    APPLY = "apply"
    ASSESS = "assess"
    DECIDE = "decide"
    PROVE = "prove"
    CELEBRATE = "celebrate"
    TELL = "tell"
    GUARD = "guard"
    ACCOUNT = "account"
    RUN = "run"


class Basis(StrEnum):
    """The ground of Regulation (EU) 2016/679, Article 6(1), that fits a purpose best; an office has to confirm it."""

    TASK = "e"  # a task in the public interest
    DUTY = "c"  # a legal obligation: to account for decisions
    INTEREST = "f"  # a legitimate interest: security


BASES: Mapping[Purpose, Basis] = MappingProxyType(
    dict.fromkeys(Purpose, Basis.TASK) | {Purpose.GUARD: Basis.INTEREST, Purpose.ACCOUNT: Basis.DUTY}
)


class Keep(StrEnum):
    """A class of retention: what goes together when its time is over."""

    APPLICANTS = "applicants"
    HOLDERS = "holders"
    JURORS = "jurors"
    COMMENTS = "comments"
    EVIDENCE = "evidence"
    LETTERS = "letters"
    FILES = "files"
    DRAFTS = "drafts"
    CEREMONIES = "ceremonies"
    SIGN_IN = "sign_in"
    LOOKS = "looks"  # who looked at whose data
    LOGS = "logs"
    PERSON = "person"  # as long as the person: one of the first three, or until an officer makes them anonymous
    ALWAYS = "always"  # holds no names: what was decided, and that nothing was changed


PEOPLE = (Keep.APPLICANTS, Keep.HOLDERS, Keep.JURORS)
"""Classes whose time is a person's: when it is over they are made anonymous."""
ROWS = (
    Keep.COMMENTS, Keep.EVIDENCE, Keep.LETTERS, Keep.FILES, Keep.DRAFTS, Keep.CEREMONIES, Keep.SIGN_IN,
    Keep.LOOKS,
)  # fmt: skip
"""Classes whose rows have a time of their own."""
SETTABLE = (*PEOPLE, *ROWS, Keep.LOGS)
LONGEST_DAYS = 36_500


class Way(StrEnum):
    """What becomes of a column when somebody is made anonymous, or when its time is over."""

    STAYS = "stays"
    EMPTY = "empty"
    NUMBER = "number"  # the person's number stands in its place
    RULES = "rules"  # of facts: those that decisions rest on stay
    GOES = "goes"  # with its row


class Reason(StrEnum):
    """Why somebody is made anonymous. A closed list: the audit keeps it for ever and must name nobody."""

    ASKED = "asked"
    ENDED = "ended"
    MISTAKE = "mistake"


class Needed(StrEnum):
    """Why somebody cannot be made anonymous yet."""

    ROUND = "round"
    APPEAL = "appeal"
    LABEL = "label"
    LETTER = "letter"
    CEREMONY = "ceremony"
    LAST_OFFICER = "last_officer"


@dataclass(frozen=True)
class Column:
    """One column: what it holds, and what becomes of it."""

    kind: Kind
    way: Way


@dataclass(frozen=True)
class Entry:
    """One table of the register. `through`: the references by which a row belongs to somebody.

    `erased` and `shown`: on which of the person's sides (own, application, jury) its rows are emptied, and handed out.
    `after`: of an application, only once its round is released.
    """

    whose: tuple[Whose, ...]
    purpose: Purpose
    keep: Keep
    columns: Mapping[str, Column]
    through: tuple[str, ...] = ()
    erased: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()
    after: bool = False

    @property
    def goes(self) -> bool:
        """Whether whole rows go."""
        return any(one.way is Way.GOES for one in self.columns.values())


@dataclass(frozen=True)
class Policy:
    """How long an office keeps a class: `days` None is not set, and nothing is erased; `by_clock` needs no officer."""

    days: int | None = None
    by_clock: bool = False
    version: int = 0


def cutoffs(policies: Mapping[Keep, Policy], now: datetime) -> dict[Keep, datetime]:
    """The moment before which the time of a class must have begun for it to be over; of classes with days alone."""
    return {
        keep: now - timedelta(days=policies[keep].days or 0)
        for keep in SETTABLE
        if keep in policies and policies[keep].days is not None
    }


def resting(plan: Plan) -> frozenset[str]:
    """The names that decisions may rest on: every word in an expression of the rules, and every fact a clause uses.

    More than is needed at worst, never less: what is not named anywhere no rule can have read.
    """
    words = {word for one in conditions(plan.ruleset) for word in re.findall(r"\w+", one.text)}
    used = {name for clause in plan.planned for name in clause.facts}
    chosen = {name for run in plan.selections for name in (*run.facts, *run.tie_facts)}
    return frozenset(words | used | chosen)


def stripped(
    named: frozenset[str], facts: Mapping[str, Any], children: Mapping[str, list[dict[str, Any]]]
) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """Facts and lists of an application without what no rule names; a list keeps its length."""
    kept = {name: value for name, value in facts.items() if name in named}
    lists = {
        name: [{key: value for key, value in item.items() if key in named} for item in items]
        for name, items in children.items()
        if name in named
    }
    return kept, lists


def pseudonyms(order: Iterable[str], word: str) -> dict[str, str]:
    """`word 1`, `word 2` … for each of these, in the order they are given."""
    return {one: f"{word} {number}" for number, one in enumerate(dict.fromkeys(order), 1)}


def number_of(person_id: int) -> str:
    """What stands for a person's name afterwards: their number in the audit, which names nobody."""
    return f"#{person_id}"


def address_of(person_id: int) -> str:
    """What stands for their e-mail address: one that no letter can reach (RFC 2606)."""
    return f"person-{person_id}@erased.invalid"
