"""The kinds of letters: who is told, on what ground, and the data each needs.

The data of a kind is a closed model: a name that is missing, misspelt or of the wrong sort fails when the letter is
composed, before anything is stored. Templates get only what `words` makes of it: text, whole numbers, lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import AwareDatetime, Field, ValidationError

from notifications import celebrations, dates, terms, work
from notifications.errors import BadData
from notifications.fields import Data, Link, Number, Perhaps, Said


class SignIn(Data):
    """Somebody asked for a link to sign in; `place` is what it opens, in the reader's words, `code` what can be typed
    instead where it was asked for.
    """

    link: Link
    minutes: Number
    place: Perhaps = ""
    code: Perhaps = ""


class Assignment(Data):
    """A juror received applications to review."""

    round: Said
    count: Number
    deadline: AwareDatetime
    link: Link


class ReviewReminder(Data):
    """A juror has reviews that are still open."""

    round: Said
    open: Number
    deadline: AwareDatetime
    link: Link


class ReviewsWithdrawn(Data):
    """A juror need not review some applications any more; `applications` names them."""

    round: Said
    applications: list[Said] = Field(min_length=1)
    link: Link


class Invited(Data):
    """Somebody may work on an application; `host` invited them."""

    round: Said
    unit: Perhaps = ""
    host: Said
    link: Link


class Received(Data):
    """An application was handed in through the portal."""

    round: Said
    application: Said
    unit: Perhaps = ""
    handed_in: AwareDatetime
    link: Link


class AppealReceived(Data):
    """An appeal was filed through the portal."""

    round: Said
    application: Said
    unit: Perhaps = ""
    filed: AwareDatetime
    link: Link


class AppealAnswered(Data):
    """The office answered an appeal: `answer` in its words, by paragraph. `stands`: the decision is as it was."""

    round: Said
    application: Said
    unit: Perhaps = ""
    answer: list[Said] = Field(min_length=1)
    stands: bool
    link: Link


class EvidenceNeeded(Data):
    """An application cannot be decided before something is known; `needs` says what, in the reader's language.

    `contact` is the address of the authority that takes what is missing.
    """

    round: Said
    application: Said
    unit: Perhaps = ""
    needs: list[Said] = Field(min_length=1)
    contact: Perhaps = ""


class FactAsked(Data):
    """Somebody is asked to confirm or supply one fact of an application; `host` asks, `words` are theirs."""

    round: Said
    application: Said
    unit: Perhaps = ""
    host: Said
    fact: Said
    words: Perhaps = ""
    until: AwareDatetime
    link: Link


class Reason(Data):
    """One clause of the decision: what it says, whether it was met, what was found, where it stands.

    `met` None: it asked nothing of the application, and says how the decision came about.
    """

    says: Said
    met: bool | None
    measured: Perhaps = ""
    cite: Perhaps = ""


class Certificate(Data):
    """The paper that goes with a grant; no `valid_until` means that it has no end."""

    number: Said
    link: Link
    valid_from: date
    valid_until: date | None = None


class Decision(Data):
    """The outcome of an application with its reasons, in the reader's language."""

    round: Said
    application: Said
    unit: Perhaps = ""
    outcome_title: Said
    letter: Literal["granted", "not_granted", "reserve"]
    points: Perhaps = ""
    reasons: list[Reason] = Field(default_factory=list)
    certificate: Certificate | None = None
    comments: list[Said] = Field(default_factory=list)  # what of the jury's words goes to the applicant, by paragraph
    link: Link


class Nominations(Data):
    """What became of the labels an authority handed over: how many were considered, which were granted."""

    round: Said
    granted: list[Said]
    considered: Number
    link: Link


class Ground(StrEnum):
    """Why the house may write (its legal basis). Only a courtesy may be unsubscribed from."""

    ASKED_FOR = "asked_for"  # the reader asked for this letter a moment ago
    TASK = "task"  # the reader agreed to a task, and this concerns it
    PROCEDURE = "procedure"  # the procedure the reader takes part in cannot go on without it
    DECISION = "decision"  # an official notice about the reader's own case
    COURTESY = "courtesy"  # it helps, and nothing depends on it: reminders beyond the first


@dataclass(frozen=True)
class Kind:
    """A kind of letter: its name (also its template folder), who is told, on what ground, the data it needs."""

    name: str
    told: Literal["juror", "applicant", "holder", "authority", "officer", "anybody"]
    ground: Ground
    data: type[Data]


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("sign_in", "anybody", Ground.ASKED_FOR, SignIn),
        Kind("assignment", "juror", Ground.TASK, Assignment),
        Kind("review_reminder", "juror", Ground.TASK, ReviewReminder),
        Kind("assignments", "juror", Ground.TASK, work.Assignments),
        Kind("review_reminder_again", "juror", Ground.COURTESY, work.ReviewReminderAgain),
        Kind("reviews_silent", "officer", Ground.TASK, work.ReviewsSilent),
        Kind("reviews_withdrawn", "juror", Ground.TASK, ReviewsWithdrawn),
        Kind("invited", "applicant", Ground.TASK, Invited),
        Kind("received", "applicant", Ground.PROCEDURE, Received),
        Kind("appeal_received", "applicant", Ground.PROCEDURE, AppealReceived),
        Kind("appeal_answered", "applicant", Ground.PROCEDURE, AppealAnswered),
        Kind("evidence_needed", "applicant", Ground.PROCEDURE, EvidenceNeeded),
        Kind("fact_asked", "anybody", Ground.PROCEDURE, FactAsked),
        Kind("decision", "applicant", Ground.DECISION, Decision),
        Kind("nominations", "authority", Ground.DECISION, Nominations),
        Kind("renewal", "holder", Ground.PROCEDURE, terms.Renewal),
        Kind("renewal_reminder", "holder", Ground.PROCEDURE, terms.RenewalReminder),
        Kind("grace", "holder", Ground.DECISION, terms.Grace),
        Kind("milestone", "holder", Ground.PROCEDURE, terms.Milestone),
        Kind("extended", "holder", Ground.DECISION, terms.Extended),
        Kind("withdrawn", "holder", Ground.DECISION, terms.Withdrawn),
        Kind("lapsed", "holder", Ground.DECISION, terms.Lapsed),
        Kind("ceremony", "holder", Ground.PROCEDURE, celebrations.Ceremony),
    )
}


def kind_of(name: str) -> Kind:
    """The kind called `name`. Raises BadData naming those there are."""
    try:
        return KINDS[name]
    except KeyError:
        raise BadData(f"There is no kind of letter called {name!r}.", f"Use one of: {', '.join(KINDS)}.") from None


def read(kind: Kind, data: Mapping[str, Any]) -> Data:
    """`data` as the kind's closed model. Raises BadData naming every field that cannot be used."""
    try:
        return kind.data.model_validate(dict(data))
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(step) for step in problem['loc'])}: {problem['msg']}" for problem in error.errors()
        )
        raise BadData(
            f"The letter {kind.name!r} cannot be written: {wrong}.",
            f"It needs: {', '.join(kind.data.model_fields)}.",
        ) from None


def words(data: Data, language: str, timezone: str) -> dict[str, Any]:
    """What a template sees of `data`: plain text, numbers, lists and dictionaries, dates in the reader's words."""
    return {name: _word(getattr(data, name), language, timezone) for name in type(data).model_fields}


def _word(value: Any, language: str, timezone: str) -> Any:
    match value:
        case datetime():
            return dates.moment(value, timezone, language)
        case date():
            return dates.day(value, language)
        case Data():
            return words(value, language, timezone)
        case list():
            return [_word(each, language, timezone) for each in value]
        case _:
            return value
