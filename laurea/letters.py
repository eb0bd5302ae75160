"""Letters as the records ask for them: who, in which language, with what in them, under which key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from evaluators import trace
from evaluators.feedback import goes_to
from laurea.settings import Settings
from laurea.store import rounds, wordings
from laurea.store.applications import ApplicationRecord
from laurea.store.juries import JurorRecord
from laurea.store.outcomes import DecisionRecord
from laurea.store.rounds import AuthorityRecord, RoundRecord
from notifications.compose import Letter, Recipient, compose
from notifications.wording import Wording
from rules.check import place_in
from rules.ruleset import RuleSet, say

if TYPE_CHECKING:
    from sqlalchemy import Connection

SCREENING = ("admission", "eligibility")  # whoever fails here was never judged further


@dataclass(frozen=True)
class Desk:
    """Where letters of a round are written: in the name of its authority, in its time zone, at a moment."""

    record: RoundRecord
    authority: AuthorityRecord
    settings: Settings
    now: datetime
    wordings: Mapping[tuple[str, str], Wording] = field(
        default_factory=dict
    )  # the round's own texts, by kind and language

    @classmethod
    def of(cls, connection: Connection, record: RoundRecord, settings: Settings, now: datetime) -> Desk:
        """The desk of a round, with its authority and its own texts."""
        authority = rounds.authority_of(connection, record.authority_id)
        return cls(record, authority, settings, now, wordings.standing(connection, record.id))

    def language(self, reads: str) -> str:
        """The language somebody is written to in: their own where the round has it."""
        return reads if reads in self.record.languages else self.record.languages[0]

    def letter(self, kind: str, key: str, recipient: Recipient, data: dict[str, Any]) -> Letter:
        """A letter of the round's authority."""
        return compose(
            kind,
            key,
            recipient,
            data,
            sender=self.settings.mail_from,
            now=self.now,
            house=self.authority.name,
            timezone=self.authority.timezone,
            wordings=self.wordings,
        )

    def address(self, *parts: str) -> str:
        """An address of the portal."""
        return "/".join((self.settings.public_url, *parts))


@dataclass(frozen=True)
class Certificate:
    """What a letter says about a label granted."""

    number: str
    valid_from: date
    valid_until: date | None


def to_applicant(application: ApplicationRecord, desk: Desk) -> Recipient:
    """An applicant as the recipient of a letter."""
    return Recipient(application.applicant_id, application.name, application.email, desk.language(application.reads))


def to_juror(juror: JurorRecord, desk: Desk) -> Recipient:
    """A juror as the recipient of a letter."""
    return Recipient(juror.person_id, juror.name, juror.email, desk.language(juror.reads))


def evidence_needed(
    desk: Desk,
    application: ApplicationRecord,
    needs: Sequence[str],
    ruleset: RuleSet,
) -> Letter:
    """Tell an applicant which facts are still missing, in words."""
    recipient = to_applicant(application, desk)
    missing = [say(ruleset.facts[name].meaning, recipient.language) for name in needs if name in ruleset.facts]
    return desk.letter(
        "evidence_needed",
        f"evidence_needed:{application.id}:{','.join(sorted(needs))}"[:200],
        recipient,
        {
            "round": desk.record.title,
            "application": application.ref,
            "unit": application.unit_name,
            "needs": missing,
            "contact": desk.authority.email,
        },
    )


def invited(desk: Desk, recipient: Recipient, unit: str, host: str, key: str) -> Letter:
    """Tell somebody that they may work on an application."""
    return desk.letter(
        "invited",
        f"invited:{key}:{recipient.person_id}",
        replace(recipient, language=desk.language(recipient.language)),
        {"round": desk.record.title, "unit": unit, "host": host, "link": desk.address("drafts", key)},
    )


def received(desk: Desk, recipient: Recipient, ref: str, unit: str, made: tuple[int, str]) -> Letter:
    """Tell somebody that the application they work on is handed in; `made` are its id and key."""
    return desk.letter(
        "received",
        f"received:{made[0]}:{recipient.person_id}",
        replace(recipient, language=desk.language(recipient.language)),
        {
            "round": desk.record.title,
            "application": ref,
            "unit": unit,
            "handed_in": desk.now.isoformat(),
            "link": desk.address("my", made[1]),
        },
    )


def appeal_received(desk: Desk, recipient: Recipient, number: int, ref: str, unit: str, key: str) -> Letter:
    """Tell an applicant that their appeal is with the office; `number` is the application's."""
    return desk.letter(
        "appeal_received",
        f"appeal_received:{number}",
        replace(recipient, language=desk.language(recipient.language)),
        {
            "round": desk.record.title,
            "application": ref,
            "unit": unit,
            "filed": desk.now.isoformat(),
            "link": desk.address("my", key),
        },
    )


def assignment(
    desk: Desk, juror: JurorRecord, new: Sequence[int], batch: str, *, until: datetime | None = None
) -> Letter:
    """Tell a juror that applications wait for review; `until` where they have longer than the review period."""
    return desk.letter(
        "assignment",
        f"assignment:{desk.record.id}:{juror.id}:{batch}",
        to_juror(juror, desk),
        {
            "round": desk.record.title,
            "count": len(new),
            "deadline": (until or desk.record.review_until).isoformat(),
            "link": desk.address("juror", desk.record.code, "next"),
        },
    )


def reviews_withdrawn(desk: Desk, juror: JurorRecord, applications: Sequence[str], batch: str) -> Letter:
    """Tell a juror which applications they need not review any more."""
    return desk.letter(
        "reviews_withdrawn",
        f"reviews_withdrawn:{desk.record.id}:{juror.id}:{batch}",
        to_juror(juror, desk),
        {
            "round": desk.record.title,
            "applications": list(applications),
            "link": desk.address("juror", desk.record.code),
        },
    )


def decision(
    desk: Desk,
    application: ApplicationRecord,
    found: DecisionRecord,
    ruleset: RuleSet,
    certificate: Certificate | None,
    comments: Sequence[str] = (),
    *,
    corrected: int = 0,
) -> Letter:
    """Tell an applicant the decision, with the clauses it rests on and what of the jury's words was chosen for them.

    `corrected`, the number of a replay, where the outcome is the one they were told before: it is a letter of its own.
    """
    recipient = to_applicant(application, desk)
    outcome = next(o for o in ruleset.outcomes if o.id == found.outcome)
    data: dict[str, Any] = {
        "round": desk.record.title,
        "application": application.ref,
        "unit": application.unit_name,
        "outcome_title": say(outcome.title, recipient.language),
        "letter": outcome.letter,
        "points": found.points,
        "reasons": reasons(ruleset, found, recipient.language),
        "certificate": None,
        "comments": list(comments) if goes_to(ruleset, granted=found.granted) else [],
        "link": desk.address("results", desk.record.code),
    }
    if certificate:
        data["certificate"] = {
            "number": certificate.number,
            "link": desk.address("certificates", certificate.number),
            "valid_from": certificate.valid_from.isoformat(),
            "valid_until": certificate.valid_until.isoformat() if certificate.valid_until else None,
        }
    again = f":replay-{corrected}" if corrected else ""
    return desk.letter("decision", f"decision:{found.id}:{found.outcome}{again}", recipient, data)


def nominations(
    desk: Desk,
    decided: Sequence[tuple[ApplicationRecord, DecisionRecord]],
) -> Letter:
    """Tell an authority what became of all the labels it handed over, in one letter."""
    first = decided[0][0]
    return desk.letter(
        "nominations",
        f"nominations:{desk.record.id}:{first.applicant_id}",
        to_applicant(first, desk),
        {
            "round": desk.record.title,
            "granted": sorted(a.unit_name for a, d in decided if d.granted),
            "considered": len(decided),
            "link": desk.address("results", desk.record.code),
        },
    )


def reasons(ruleset: RuleSet, found: DecisionRecord, language: str) -> list[dict[str, Any]]:
    """The sentences a decision rests on: what was met where it grants, else what failed.

    Beside them, as neither, how the band at a cut line was settled for this application.
    """
    sentences = trace.sentences(ruleset, found.trace, language)
    if found.granted:
        chosen = [s for s in sentences if s.status in ("true", "waived")]
    else:
        stops = {clause.id for _, clauses in ruleset.blocks() for clause in clauses if not clause.advice}
        stops |= {chosen.id for _, chosen in ruleset.chosen()}
        failed = [s for s in sentences if s.status == "false" and s.clause in stops]
        chosen = [s for s in failed if s.block in SCREENING] or failed
        if any(s.block == "selection" for s in chosen):
            chosen += [s for s in sentences if s.block == "band" and s.status == "true"]
    return [{"says": s.says, "met": _met(s), "measured": s.measured or "", "cite": _basis(s)} for s in chosen]


def _met(sentence: trace.Sentence) -> bool | None:
    """Whether a clause was met; None for a band, which asks nothing of an application."""
    return sentence.status != "false" if sentence.asks else None


def _basis(sentence: trace.Sentence) -> str:
    """Where a clause stands, as a reader outside the house can find it: title of the source, place in it, address."""
    return ", ".join(part for part in (sentence.source_title, place_in(sentence.cite), sentence.address) if part)
