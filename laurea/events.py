"""What can happen in the house: the closed vocabulary of its audit."""

from __future__ import annotations

from enum import StrEnum


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
    WEBHOOK_CALLED_AGAIN = "webhook_called_again"
    EVIDENCE_GATHERED = "evidence_gathered"
    APPLICATIONS_SCREENED = "applications_screened"
    JURORS_ASSIGNED = "jurors_assigned"
    JUROR_LEFT = "juror_left"
    JUROR_RETURNED = "juror_returned"
    PAIR_PINNED = "pair_pinned"
    ROUTING_HANDED_OVER = "routing_handed_over"
    THIRD_REVIEWS_ASKED = "third_reviews_asked"
    RESERVES_ASKED = "reserves_asked"
    RESERVE_CALLED_IN = "reserve_called_in"
    CONFLICT_DECLARED = "conflict_declared"
    NO_CONFLICT_DECLARED = "no_conflict_declared"
    SHEET_SUBMITTED = "sheet_submitted"
    SHEET_RESTORED = "sheet_restored"
    SHEET_REOPENED = "sheet_reopened"  # it counts no more until it is submitted again
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
    ROUND_RESTORED = "round_restored"  # reviews or proposals stand as they did at an earlier moment
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
    SESSIONS_ENDED = "sessions_ended"  # by their owner, from another one
    OFFICER_LET_IN = "officer_let_in"  # by whoever runs the machine
    ACCOUNT_ENDED = "account_ended"
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_UNLINKED = "identity_unlinked"
    SECOND_FACTOR_SET = "second_factor_set"
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    SECOND_FACTOR_DEMANDED = "second_factor_demanded"  # of every officer of an office, or no longer
    RECOVERY_CODES_MADE = "recovery_codes_made"
    RECOVERY_CODE_USED = "recovery_code_used"
    VIEWED_AS = "viewed_as"
    APPLICANT_INVITED = "applicant_invited"
    FILE_ADDED = "file_added"  # to a draft, by somebody who works on it
    FILE_TAKEN_OUT = "file_taken_out"  # of a draft again
    APPLICATION_HANDED_IN = "application_handed_in"
    FACT_SPOKEN_OF = "fact_spoken_of"
    FACT_AMENDED = "fact_amended"
    FEEDBACK_GIVEN = "feedback_given"
    APPEAL_FILED = "appeal_filed"
    APPEAL_REPLAYED = "appeal_replayed"  # what it contests is judged again
    DECISION_CORRECTED = "decision_corrected"  # it stands as it was decided again after an appeal
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
    BACKUP_RESTORED = "backup_restored"
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
    PERSON_EXPORTED = "person_exported"
    PERSON_CORRECTED = "person_corrected"
    PERSON_ERASED = "person_erased"  # made anonymous; scores, decisions and the audit stay
    APPLICATIONS_STRIPPED = "applications_stripped"  # of all that no rule can have read, and of the jury's words
    RETENTION_SET = "retention_set"
    ERASURE_LISTED = "erasure_listed"
    ERASURE_CONFIRMED = "erasure_confirmed"
    ERASURE_DONE = "erasure_done"


TOLD = (
    Event.APPLICATIONS_IMPORTED,
    Event.APPLICATIONS_SCREENED,
    Event.JURORS_ASSIGNED,
    Event.SHEET_SUBMITTED,
    Event.DECISIONS_PROPOSED,
    Event.DECISIONS_RELEASED,
)
"""The events other programs can be told of."""
