"""Audit lines and outgoing letters, written in the transaction of the deed they belong to."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from evaluators import seals
from laurea.store import audit, outbox, webhooks
from notifications.compose import Letter
from notifications.outbox import DIGESTED

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from laurea.store.rounds import RoundRecord


class Event(StrEnum):
    """What can happen, in the past tense; the closed vocabulary of the audit."""

    ROUND_OPENED = "round_opened"
    APPLICATIONS_IMPORTED = "applications_imported"
    JURORS_IMPORTED = "jurors_imported"
    CONFLICTS_IMPORTED = "conflicts_imported"
    PINS_IMPORTED = "pins_imported"
    SHEETS_IMPORTED = "sheets_imported"
    FILE_SENT = "file_sent"
    FILE_THROWN_AWAY = "file_thrown_away"
    ROUND_EXPORTED = "round_exported"
    FIGURES_EXPORTED = "figures_exported"
    TOKEN_GIVEN = "token_given"  # noqa: S105 - the name of a deed
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - the name of a deed
    WEBHOOK_ADDED = "webhook_added"
    WEBHOOK_STOPPED = "webhook_stopped"
    POLICY_ANSWERED = "policy_answered"
    EVIDENCE_GATHERED = "evidence_gathered"
    APPLICATIONS_SCREENED = "applications_screened"
    JURORS_ASSIGNED = "jurors_assigned"
    JUROR_LEFT = "juror_left"
    JUROR_RETURNED = "juror_returned"
    PAIR_PINNED = "pair_pinned"
    ROUTING_HANDED_OVER = "routing_handed_over"
    THIRD_REVIEWS_ASKED = "third_reviews_asked"
    CONFLICT_DECLARED = "conflict_declared"
    NO_CONFLICT_DECLARED = "no_conflict_declared"
    SHEET_SUBMITTED = "sheet_submitted"
    SHEET_RESTORED = "sheet_restored"
    REVIEW_RETURNED = "review_returned"
    ABSTAINED = "abstained"
    TIME_EXTENDED = "time_extended"
    JOINT_SHEET_WRITTEN = "joint_sheet_written"
    CONSENT_GIVEN = "consent_given"
    MEETING_CALLED = "meeting_called"
    MEETING_MOVED = "meeting_moved"
    MINUTES_WRITTEN = "minutes_written"
    MEETING_CLOSED = "meeting_closed"
    DECISIONS_PROPOSED = "decisions_proposed"
    RULES_TRIED = "rules_tried"
    SECOND_PERSON_ASKED = "second_person_asked"
    DECISIONS_CONFIRMED = "decisions_confirmed"
    DECISIONS_RELEASED = "decisions_released"
    HANDED_OVER = "handed_over"
    HANDOVER_TAKEN_IN = "handover_taken_in"
    OFFICE_SET = "office_set"
    CERTIFICATE_REISSUED = "certificate_reissued"
    PAPERS_TAKEN = "papers_taken"
    KIT_SET = "kit_set"
    PARCEL_MARKED = "parcel_marked"
    PARCEL_ADDRESSED = "parcel_addressed"
    ADDRESS_ASKED_FOR = "address_asked_for"
    ADDRESS_GIVEN = "address_given"
    CEREMONY_CALLED = "ceremony_called"
    CEREMONY_CHANGED = "ceremony_changed"
    CEREMONY_CANCELLED = "ceremony_cancelled"
    GUESTS_INVITED = "guests_invited"
    GUEST_NOTED = "guest_noted"
    GUEST_REPLIED = "guest_replied"
    RENEWAL_OPENED = "renewal_opened"
    HOLDERS_REMINDED = "holders_reminded"
    GRACE_BEGAN = "grace_began"
    MILESTONE_TOLD = "milestone_told"
    GRANT_LAPSED = "grant_lapsed"
    TERM_CHANGED = "term_changed"
    GRANT_WITHDRAWN = "grant_withdrawn"
    RENEWAL_BEGUN = "renewal_begun"  # a holder applies again, from the award they hold
    SIGNED_IN = "signed_in"
    VIEWED_AS = "viewed_as"
    APPLICANT_INVITED = "applicant_invited"
    APPLICATION_HANDED_IN = "application_handed_in"
    FACT_SPOKEN_OF = "fact_spoken_of"
    FACT_AMENDED = "fact_amended"
    FEEDBACK_GIVEN = "feedback_given"
    APPEAL_FILED = "appeal_filed"
    APPLICANT_ANSWERED = "applicant_answered"
    HOLDER_SHOWN = "holder_shown"
    HOLDER_HIDDEN = "holder_hidden"
    LETTERS_HELD = "letters_held"
    LETTERS_LET_GO = "letters_let_go"
    LETTERS_CANCELLED = "letters_cancelled"
    LETTERS_SENT_NOW = "letters_sent_now"
    LETTER_EDITED = "letter_edited"
    LETTER_RESOLVED = "letter_resolved"
    LETTER_WORDED = "letter_worded"  # a round's own text written, restored, or given up for the house's
    WORDING_SET_ASIDE = "wording_set_aside"  # it could not be used, so that letters went out in the house's words
    FEEDBACK_MODERATED = "feedback_moderated"
    LETTERS_JOINED = "letters_joined"
    LETTER_REPORTED = "letter_reported"  # it came back, is late or arrived
    ADDRESS_CONFIRMED = "address_confirmed"
    POST_RULES_SET = "post_rules_set"
    UNSUBSCRIBED = "unsubscribed"
    SUBSCRIBED_AGAIN = "subscribed_again"
    JURORS_SILENT = "jurors_silent"
    STEP_FAILED = "step_failed"  # for the first time since it succeeded
    REGISTER_LOOKED_AT = "register_looked_at"
    REGISTER_TAKEN_IN = "register_taken_in"
    REGISTER_LEFT = "register_left"
    PARTICIPATION_ENTERED = "participation_entered"
    PARTICIPATION_WITHDRAWN = "participation_withdrawn"
    PAGE_NAMED = "page_named"
    PAGES_CHECKED = "pages_checked"
    FACT_ASKED_FOR = "fact_asked_for"
    FACT_ANSWERED = "fact_answered"
    SOURCES_ASKED_AGAIN = "sources_asked_again"


TOLD = (
    Event.APPLICATIONS_IMPORTED,
    Event.APPLICATIONS_SCREENED,
    Event.JURORS_ASSIGNED,
    Event.SHEET_SUBMITTED,
    Event.DECISIONS_PROPOSED,
    Event.DECISIONS_RELEASED,
)
"""The events other programs can be told of."""


@dataclass(frozen=True)
class Actor:
    """Who does a deed: `person:12`, `token:3` (a program), `clock` or `system`."""

    name: str
    person_id: int | None = None

    @classmethod
    def person(cls, person_id: int) -> Actor:
        return cls(f"person:{person_id}", person_id)

    @classmethod
    def program(cls, token_id: int) -> Actor:
        return cls(f"token:{token_id}")


CLOCK = Actor("clock")
SYSTEM = Actor("system")


def record(
    connection: Connection,
    *,
    authority_id: int,
    actor: Actor,
    event: Event,
    subject: str,
    now: datetime,
    round_id: int | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Write one audit line, and a call to each webhook of the round that wants to be told of the event.

    Details carry ids and figures, never names or addresses; a call carries the round and the event alone.
    """
    audit.add_line(
        connection,
        authority_id=authority_id,
        round_id=round_id,
        at=now,
        actor=actor.name,
        event=event.value,
        subject=subject,
        details=details or {},
    )
    if round_id is not None and event in TOLD:
        _tell(connection, authority_id, round_id, event, now)


def hold(connection: Connection, places: Iterable[tuple[int, int | None]]) -> None:
    """For a deed that writes lines about several rounds or authorities (`authority_id`, `round_id` or None): keep them
    all, once everything else it changes is taken and before the first line.
    """
    audit.hold(connection, {seals.chain_of(authority, of_round) for authority, of_round in places})


def record_of(
    connection: Connection,
    one: RoundRecord,
    *,
    actor: Actor,
    event: Event,
    now: datetime,
    subject: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """One audit line about a round; its subject is the round itself where none is named."""
    record(
        connection,
        authority_id=one.authority_id,
        round_id=one.id,
        actor=actor,
        event=event,
        subject=subject or f"round:{one.id}",
        now=now,
        details=details,
    )


def _tell(connection: Connection, authority_id: int, round_id: int, event: Event, now: datetime) -> None:
    webhooks.add_calls(
        connection,
        [
            {
                "authority_id": authority_id,
                "round_id": round_id,
                "webhook_id": hook.id,
                "message_id": f"msg_{secrets.token_urlsafe(24)}",
                "event": event.value,
                "body": json.dumps(
                    {"type": event.value, "timestamp": now.isoformat(), "data": {"round": hook.code}},
                    separators=(",", ":"),
                ),
                "state": "due",
                "not_before": now,
                "created_at": now,
            }
            for hook in webhooks.listening(connection, round_id, event.value)
        ],
    )


def post(
    connection: Connection,
    letters: Sequence[Letter],
    *,
    authority_id: int,
    round_id: int | None,
    now: datetime,
    state: str = "due",
    not_before: datetime | None = None,
) -> int:
    """Put letters into the outbox; one whose key is known is left out. Gives how many were new.

    They go at once, or not before that moment. News that an office gathers into one letter waits for the rest of it.
    """
    by_key = {letter.key: letter for letter in letters}
    digested = any(letter.kind in DIGESTED for letter in letters)
    waits = timedelta(minutes=outbox.digest_minutes(connection, authority_id)) if digested else timedelta()
    known = outbox.known_keys(connection, list(by_key))
    rows = [
        {
            "authority_id": authority_id,
            "round_id": round_id,
            "key": letter.key,
            "message_id": letter.message_id,
            "kind": letter.kind,
            "person_id": letter.recipient.person_id,
            "address": letter.recipient.address,
            "language": letter.language,
            "subject": letter.subject[:300],
            "content": letter.content,
            "state": state,
            "not_before": not_before or (now + waits if letter.kind in DIGESTED else now),
            "created_at": now,
        }
        for key, letter in by_key.items()
        if key not in known
    ]
    outbox.add_letters(connection, rows)
    aside = Counter((one.kind, one.language) for key, one in by_key.items() if one.fault and key not in known)
    for (kind, language), count in sorted(aside.items()):
        record(
            connection, authority_id=authority_id, actor=SYSTEM, event=Event.WORDING_SET_ASIDE,
            subject=f"letter:{kind}:{language}", now=now, round_id=round_id, details={"letters": count},
        )  # fmt: skip
    return len(rows)
