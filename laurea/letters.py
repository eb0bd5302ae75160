"""Letters as the records ask for them: who, in which language, with what in them, under which key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from evaluators import trace
from laurea.settings import Settings
from laurea.store.applications import ApplicationRecord
from laurea.store.juries import JurorRecord
from laurea.store.outcomes import DecisionRecord, GrantRecord
from laurea.store.rounds import RoundRecord
from notifications.compose import Letter, Recipient, compose
from rules.ruleset import RuleSet, say


SCREENING = ("admission", "eligibility")  # whoever fails here was never judged further


@dataclass(frozen=True)
class Certificate:
    """What a letter says about a label granted."""

    number: str
    valid_from: date
    valid_until: date | None


def _language(reads: str, record: RoundRecord) -> str:
    return reads if reads in record.languages else record.languages[0]


def _applicant(application: ApplicationRecord, record: RoundRecord) -> Recipient:
    return Recipient(
        application.applicant_id, application.name, application.email, _language(application.reads, record)
    )


def _juror(juror: JurorRecord, record: RoundRecord) -> Recipient:
    return Recipient(juror.person_id, juror.name, juror.email, _language(juror.reads, record))


def evidence_needed(
    record: RoundRecord,
    application: ApplicationRecord,
    needs: Sequence[str],
    ruleset: RuleSet,
    settings: Settings,
    now: datetime,
) -> Letter:
    """Tell an applicant which facts are still missing, in words."""
    recipient = _applicant(application, record)
    missing = [say(ruleset.facts[name].meaning, recipient.language) for name in needs if name in ruleset.facts]
    return compose(
        "evidence_needed",
        f"evidence_needed:{application.id}:{','.join(sorted(needs))}"[:200],
        recipient,
        {
            "round": record.title,
            "application": application.ref,
            "unit": application.unit_name,
            "needs": missing,
            "link": f"{settings.public_url}/rounds/{record.code}",
        },
        sender=settings.mail_from,
        now=now,
    )


def assignment(
    record: RoundRecord, juror: JurorRecord, new: Sequence[int], batch: str, settings: Settings, now: datetime
) -> Letter:
    """Tell a juror that applications wait for review."""
    return compose(
        "assignment",
        f"assignment:{record.id}:{juror.id}:{batch}",
        _juror(juror, record),
        {
            "round": record.title,
            "count": len(new),
            "deadline": record.review_until.isoformat(),
            "link": f"{settings.public_url}/juror/{record.code}",
        },
        sender=settings.mail_from,
        now=now,
    )


def reminder_key(record: RoundRecord, juror: JurorRecord, step: str) -> str:
    """The key under which a juror's reminder of one step exists once."""
    return f"review_reminder:{record.id}:{juror.id}:{step}"


def review_reminder(
    record: RoundRecord, juror: JurorRecord, open_reviews: int, step: str, settings: Settings, now: datetime
) -> Letter:
    """Remind a juror of what is still open, once per step of the ladder."""
    return compose(
        "review_reminder",
        reminder_key(record, juror, step),
        _juror(juror, record),
        {
            "round": record.title,
            "open": open_reviews,
            "deadline": record.review_until.isoformat(),
            "link": f"{settings.public_url}/juror/{record.code}",
        },
        sender=settings.mail_from,
        now=now,
    )


def decision(
    record: RoundRecord,
    application: ApplicationRecord,
    found: DecisionRecord,
    ruleset: RuleSet,
    certificate: Certificate | None,
    settings: Settings,
    now: datetime,
) -> Letter:
    """Tell an applicant the decision, with the clauses it rests on."""
    recipient = _applicant(application, record)
    outcome = next(o for o in ruleset.outcomes if o.id == found.outcome)
    data: dict[str, Any] = {
        "round": record.title,
        "application": application.ref,
        "unit": application.unit_name,
        "outcome_title": say(outcome.title, recipient.language),
        "letter": outcome.letter,
        "points": found.points,
        "reasons": reasons(ruleset, found, recipient.language),
        "certificate": None,
        "link": f"{settings.public_url}/results/{record.code}",
    }
    if certificate:
        data["certificate"] = {
            "number": certificate.number,
            "link": f"{settings.public_url}/certificates/{certificate.number}",
            "valid_from": certificate.valid_from.isoformat(),
            "valid_until": certificate.valid_until.isoformat() if certificate.valid_until else None,
        }
    return compose(
        "decision", f"decision:{found.id}:{found.outcome}", recipient, data, sender=settings.mail_from, now=now
    )


def nominations(
    record: RoundRecord,
    decided: Sequence[tuple[ApplicationRecord, DecisionRecord]],
    settings: Settings,
    now: datetime,
) -> Letter:
    """Tell an authority what became of all the labels it handed over, in one letter."""
    first = decided[0][0]
    return compose(
        "nominations",
        f"nominations:{record.id}:{first.applicant_id}",
        _applicant(first, record),
        {
            "round": record.title,
            "granted": sorted(a.unit_name for a, d in decided if d.granted),
            "considered": len(decided),
            "link": f"{settings.public_url}/results/{record.code}",
        },
        sender=settings.mail_from,
        now=now,
    )


def reasons(ruleset: RuleSet, found: DecisionRecord, language: str) -> list[dict[str, str]]:
    """The sentences a decision rests on: what was met where it grants, else what failed."""
    sentences = trace.sentences(ruleset, found.trace, language)
    if found.granted:
        chosen = [s for s in sentences if s.status in ("true", "waived")]
    else:
        failed = [s for s in sentences if s.status == "false"]
        chosen = [s for s in failed if s.block in SCREENING] or failed
    return [{"says": s.says, "measured": s.measured or "", "cite": s.cite} for s in chosen]


def renewal(record: RoundRecord, grant: GrantRecord, settings: Settings, now: datetime) -> Letter:
    """Tell a holder that the term ends and renewal has opened."""
    assert grant.valid_until is not None
    assert grant.renewal_opens is not None
    return compose(
        "renewal",
        f"renewal:{grant.id}:{grant.valid_until.isoformat()}",
        _holder(grant, record),
        {
            "title": grant.title,
            "holder": grant.holder,
            "valid_until": grant.valid_until.isoformat(),
            "opens": grant.renewal_opens.isoformat(),
            "link": f"{settings.public_url}/certificates/{grant.number}",
        },
        sender=settings.mail_from,
        now=now,
    )


def lapsed(record: RoundRecord, grant: GrantRecord, settings: Settings, now: datetime) -> Letter:
    """Tell a holder that the term has ended."""
    assert grant.valid_until is not None
    return compose(
        "lapsed",
        f"lapsed:{grant.id}:{grant.valid_until.isoformat()}",
        _holder(grant, record),
        {"title": grant.title, "holder": grant.holder, "valid_until": grant.valid_until.isoformat()},
        sender=settings.mail_from,
        now=now,
    )


def _holder(grant: GrantRecord, record: RoundRecord) -> Recipient:
    return Recipient(grant.person_id, grant.name, grant.email, _language(grant.reads, record))
