"""The records: every table of Laurea, SQLAlchemy Core, the same on SQLite and PostgreSQL.

Every record belongs to an authority. Moments are UTC. What a person edits carries a `version`.
Text that says a state is one of the closed lists named beside its column.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    func,
)


class Utc(TypeDecorator[datetime]):
    """A moment: aware going in and coming out, stored as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _key(nullable: bool = False) -> Column[Any]:
    """What an applicant's page is addressed by: 128 random bits, so that nothing can be counted through."""
    return Column("key", String(40), nullable=nullable, unique=True, default=lambda: secrets.token_urlsafe(16))


def _ref(name: str, target: str, nullable: bool = False, index: bool = False) -> Column[Any]:
    return Column(name, ForeignKey(f"{target}.id"), nullable=nullable, index=index)


authorities = Table(
    "authorities",
    metadata,
    _id(),
    Column("code", String(20), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("email", String(320), nullable=False, server_default=""),  # where other authorities write to
    Column("country", String(2)),
    Column("language", String(8), nullable=False, server_default="en"),
    Column("timezone", String(60), nullable=False, server_default="UTC"),
    Column("kind", String(20), nullable=False, server_default="national"),  # national | central: others hand over to it
    Column("quiet_from", String(5), nullable=False, server_default=""),  # 21:00, in its zone: letters that can wait do
    Column("quiet_until", String(5), nullable=False, server_default=""),
    Column("digest_minutes", Integer, nullable=False, server_default="0"),  # news of one person that long become one
)

people = Table(
    "people",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    Column("name", String(200), nullable=False),
    Column("email", String(320), nullable=False),
    Column("language", String(8), nullable=False),
    Column("role", String(20), nullable=False),  # officer | juror | applicant | authority (its contact)
    Column("created_at", Utc, nullable=False),
    UniqueConstraint("authority_id", "role", "email"),
)

# Every page of somebody who signed in asks in how many offices their address has their role.
Index("ix_people_address", func.lower(people.c.email), people.c.role)

rule_sets = Table(
    "rule_sets",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("award", String(80), nullable=False),
    Column("edition", String(80), nullable=False),
    Column("text", Text, nullable=False),
    Column("kept_at", Utc, nullable=False),
)

rounds = Table(
    "rounds",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    Column("code", String(60), nullable=False, unique=True),  # stands in addresses
    Column("title", String(200), nullable=False),
    Column("rule_set", ForeignKey("rule_sets.digest"), nullable=False),
    Column("country", String(2)),
    Column("opens_at", Utc, nullable=False),
    Column("closes_at", Utc, nullable=False),
    Column("review_until", Utc, nullable=False),
    Column("award_on", Date, nullable=False),  # the day the label is dated
    Column("policies", JSON, nullable=False),  # {policy: answer}
    Column("parameters", JSON, nullable=False),  # {parameter: overridden value}
    Column("seed", Integer, nullable=False),
    Column("languages", JSON, nullable=False),  # languages letters may be in; the first is the fallback
    Column("screened_at", Utc),
    Column("routed_at", Utc),
    Column("proposed_at", Utc),
    Column("released_at", Utc),
    Column("released_by", ForeignKey("people.id")),
    Column("digest", String(64)),  # of the decisions, set when proposed
    Column("opened_by", ForeignKey("people.id")),
    Column("created_at", Utc, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("routed_by_hand", Boolean, nullable=False, server_default="0"),  # the clock leaves routing to the officer
    Column("second_person", Boolean, nullable=False, server_default="0"),  # a release needs two officers
    Column("confirmed_by", ForeignKey("people.id")),  # who confirmed the decisions for release
    Column("confirmed_at", Utc),
    Column("confirmed_digest", String(64)),  # of the decisions that were confirmed; others are not
    Column("undo_minutes", Integer),  # letters of a release wait so long; None: as this installation has it
)

applications = Table(
    "applications",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds", index=True),
    Column("ref", String(80), nullable=False),  # application_id of the file
    Column("applicant_id", ForeignKey("people.id"), nullable=False, index=True),
    Column("applicant_ref", String(80), nullable=False),
    Column("unit_ref", String(80), nullable=False),  # project or school
    Column("unit_name", String(200), nullable=False, server_default=""),
    Column("country", String(2)),
    Column("region", String(120), nullable=False, server_default=""),
    Column("institution", String(200), nullable=False, server_default=""),
    Column("language", String(8), nullable=False, server_default="en"),
    Column("topics", JSON, nullable=False, server_default="[]"),  # what it is about, in the applicant's words
    Column("submitted_at", Utc, nullable=False),
    Column(
        "state", String(20), nullable=False
    ),  # submitted|eligible|ineligible|needs_evidence|undecided|assigned|scored|decided|withdrawn
    Column("facts", JSON, nullable=False),  # {fact: plain text or JSON value} as supplied, then evidence
    Column("children", JSON, nullable=False),  # {name: [ {fact: value} ]}
    Column("gathered_at", Utc),
    Column("version", Integer, nullable=False, server_default="1"),
    _key(nullable=True),
    UniqueConstraint("round_id", "ref"),
)

application_drafts = Table(  # what applicants write before they hand it in; kept afterwards with who typed what
    "application_drafts",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds", index=True),
    _key(),
    Column("heading", JSON, nullable=False),  # {unit_name, unit_ref, institution, region}
    Column("facts", JSON, nullable=False),  # {fact: text as typed}
    Column("children", JSON, nullable=False),  # {list: [{field: text}]}
    Column("typed", JSON, nullable=False),  # {fact: [person, moment]}: who typed it last
    Column("application_id", ForeignKey("applications.id"), unique=True),  # once it is handed in
    _ref("begun_by", "people", index=True),
    Column("begun_at", Utc, nullable=False),
    _ref("saved_by", "people"),
    Column("saved_at", Utc, nullable=False),
    Column("kept_at", Utc),  # when a version was last kept
    Column("version", Integer, nullable=False, server_default="1"),
)

draft_versions = Table(
    "draft_versions",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("draft_id", "application_drafts"),
    Column("version", Integer, nullable=False),
    Column("content", JSON, nullable=False),  # {heading, facts, children}
    _ref("saved_by", "people"),
    Column("saved_at", Utc, nullable=False),
    UniqueConstraint("draft_id", "version"),
)

application_members = Table(  # who works on an application beside the person it came from
    "application_members",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("person_id", "people", index=True),
    Column("draft_id", ForeignKey("application_drafts.id")),
    Column("application_id", ForeignKey("applications.id"), index=True),
    Column("invited_by", ForeignKey("people.id")),  # None: began it
    Column("joined_at", Utc, nullable=False),
    UniqueConstraint("draft_id", "person_id"),
    UniqueConstraint("application_id", "person_id"),
)

statements = Table(  # what applicants say of a fact of theirs, and when: the provenance beside `evidence`
    "statements",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("application_id", "applications", index=True),
    _ref("person_id", "people"),
    Column("fact", String(80), nullable=False),  # a fact or a list; empty: the application as a whole
    Column("kind", String(20), nullable=False),  # typed|corrected|asked (of the office)|confirmed|comment|feedback
    Column("before", JSON),  # what the records held
    Column("after", JSON),
    Column("words", Text, nullable=False, server_default=""),
    Column("said_at", Utc, nullable=False),
    Column("settled_at", Utc),  # the office has dealt with it
    Column("settled_by", ForeignKey("people.id")),
)

appeals = Table(  # filed through the portal; the rules say what they say, the office decides
    "appeals",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds", index=True),
    Column("application_id", ForeignKey("applications.id"), nullable=False, unique=True),
    _ref("person_id", "people"),
    Column("facts", JSON, nullable=False),  # {fact of the appeal: text as filed}
    Column("words", Text, nullable=False),  # what is appealed against, and why
    Column("finding", String(60)),  # the outcome the rules gave on that day; None: open
    Column("filed_at", Utc, nullable=False),
    Column("settled_at", Utc),
    Column("settled_by", ForeignKey("people.id")),
    Column("answer", Text, nullable=False, server_default=""),
)

evidence = Table(
    "evidence",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("application_id", "applications", index=True),
    Column("source", String(80), nullable=False),
    Column("digest", String(64), nullable=False),  # SHA-256 of `content` in canonical JSON
    Column("content", JSON, nullable=False),  # {"facts": {...}, "children": {...}}
    Column("observed_at", Utc, nullable=False),
    UniqueConstraint("application_id", "source", "digest"),
)

refused_rows = Table(
    "refused_rows",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds", index=True),
    Column("file", String(200), nullable=False),
    Column("row", Integer),
    Column("field", String(80), nullable=False),
    Column("problem", Text, nullable=False),
    Column("remedy", Text, nullable=False),
    Column("refused_at", Utc, nullable=False),
    UniqueConstraint("round_id", "file", "row", "field"),
)

uploads = Table(  # files an officer looks at before they are taken in, with what they would do
    "uploads",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds", index=True),
    _key(),
    Column("kind", String(20), nullable=False),  # applications | jurors | conflicts | pins | sheets
    Column("assigns", Boolean, nullable=False, server_default="0"),  # sheets of jurors assigned elsewhere
    Column("files", JSON, nullable=False),  # [part, name, bytes]
    Column("digest", String(64), nullable=False),  # SHA-256 over the files
    Column("content", LargeBinary, nullable=False),  # a zip of them; empty once they are taken in
    Column("told", JSON, nullable=False),  # what taking them in would do, or did
    _ref("sent_by", "people"),
    Column("sent_at", Utc, nullable=False),
    Column("taken_by", ForeignKey("people.id")),
    Column("taken_at", Utc),
)

jurors = Table(
    "jurors",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds"),
    _ref("person_id", "people", index=True),
    Column("ref", String(80), nullable=False),
    Column("country", String(2)),
    Column("region", String(120), nullable=False, server_default=""),
    Column("institution", String(200), nullable=False, server_default=""),
    Column("languages", JSON, nullable=False),
    Column("expertise", JSON, nullable=False),
    Column("experienced", Boolean, nullable=False, server_default="0"),
    Column("min_load", Integer, nullable=False, server_default="0"),
    Column("max_load", Integer, nullable=False),
    Column("mentored", JSON, nullable=False, server_default="[]"),  # applicants, projects, schools helped before
    Column("left_at", Utc),  # left the round: gets nothing more, and what is not submitted goes to others
    Column("left_why", Text, nullable=False, server_default=""),  # the officer's words
    UniqueConstraint("round_id", "ref"),
)

conflicts = Table(
    "conflicts",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("application_id", "applications"),
    _ref("juror_id", "jurors", index=True),
    Column("kind", String(40), nullable=False),  # own_school | own_project | declared | given in a file …
    Column("source", String(40), nullable=False),  # found | declared | imported
    Column("note", Text, nullable=False, server_default=""),  # the juror's own words, for the officer
    Column("declared_at", Utc, nullable=False),
    UniqueConstraint("application_id", "juror_id", "kind"),
)

pins = Table(
    "pins",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds", index=True),
    _ref("application_id", "applications"),
    _ref("juror_id", "jurors"),
    Column("pin", String(10), nullable=False),  # must | never
    Column("pinned_at", Utc, nullable=False),
    UniqueConstraint("application_id", "juror_id"),
)

plan_drafts = Table(  # the plan an officer looks at before it is saved; one a round
    "plan_drafts",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    Column("round_id", ForeignKey("rounds.id"), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),  # fill | repair | afresh
    Column("rests_on", String(64), nullable=False),  # digest of what stood when it was made
    Column("rows", JSON, nullable=False),  # what it changes: [change, application, juror, quality], change: add | take
    Column("left_out", JSON, nullable=False),  # additions the officer took out: [application, juror]
    Column("told", JSON, nullable=False),  # its figures and gaps
    _ref("made_by", "people", nullable=True),
    Column("made_at", Utc, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
)

assignments = Table(
    "assignments",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds", index=True),
    _ref("application_id", "applications"),
    _ref("juror_id", "jurors", index=True),
    Column("quality", Integer, nullable=False),  # 0–1000 as the plan scored the pair
    Column("state", String(20), nullable=False),  # open | draft | submitted | handed_back
    Column("skipped_at", Utc),  # "skip for now": goes to the back of the queue
    Column("assigned_at", Utc, nullable=False),
    Column("until", Utc),  # open longer than the round's review period: given late, or the officer extended it
    Column("ended", String(20)),  # why it was handed back: conflict | returned | abstained
    Column("reason", Text, nullable=False, server_default=""),  # the juror's own words on it, for the officer
    UniqueConstraint("application_id", "juror_id"),
)

sheets = Table(
    "sheets",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds", index=True),
    Column("assignment_id", ForeignKey("assignments.id"), nullable=False, unique=True),
    Column("marks", JSON, nullable=False),  # {criterion: points as text, exactly as given}
    Column("comment", Text, nullable=False, server_default=""),
    Column("submitted_at", Utc),
    Column("saved_at", Utc, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
)

sheet_versions = Table(
    "sheet_versions",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("sheet_id", "sheets"),
    Column("version", Integer, nullable=False),
    Column("marks", JSON, nullable=False),
    Column("comment", Text, nullable=False),
    Column("saved_at", Utc, nullable=False),
    UniqueConstraint("sheet_id", "version"),
)

joint_sheets = Table(  # what a jury writes together; the newest version of an application's stands
    "joint_sheets",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds", index=True),
    _ref("application_id", "applications"),
    Column("version", Integer, nullable=False),
    Column("marks", JSON, nullable=False),
    Column("comment", Text, nullable=False),
    Column("written_by", ForeignKey("jurors.id"), nullable=False),
    Column("saved_at", Utc, nullable=False),
    UniqueConstraint("application_id", "version"),
)

consents = Table(  # a juror agrees to one version of a joint sheet
    "consents",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("joint_sheet_id", "joint_sheets"),
    _ref("juror_id", "jurors", index=True),
    Column("given_at", Utc, nullable=False),
    UniqueConstraint("joint_sheet_id", "juror_id"),
)

decisions = Table(
    "decisions",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds", index=True),
    Column("application_id", ForeignKey("applications.id"), nullable=False, unique=True),
    Column("state", String(20), nullable=False),  # proposed | released
    Column("outcome", String(60), nullable=False),
    Column("granted", Boolean, nullable=False),
    Column("points", String(40)),  # as shown, rounded
    Column("exact_points", String(60)),  # the fraction it was decided on: 61/3
    Column("rank", Integer),
    Column("group_name", String(80)),
    Column("first_failing", String(80)),
    Column("trace", JSON, nullable=False),  # evaluators.trace: one entry a clause
    Column("rule_set", String(64), nullable=False),
    Column("policies", JSON, nullable=False),  # the answers this decision rests on
    Column("proposed_at", Utc, nullable=False),
    Column("released_at", Utc),
    Column("version", Integer, nullable=False, server_default="1"),
)

grants = Table(
    "grants",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds", index=True),
    Column("decision_id", ForeignKey("decisions.id"), nullable=False, unique=True),
    Column("application_id", ForeignKey("applications.id"), nullable=False),
    _ref("person_id", "people"),
    Column("number", String(40), nullable=False, unique=True),  # random, on the certificate
    Column("award", String(80), nullable=False),
    Column("title", String(200), nullable=False),
    Column("holder", String(200), nullable=False),
    Column("country", String(2)),
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date),  # None: no end
    Column("renewal_opens", Date),
    Column("renewal_closes", Date),
    Column("grace_until", Date),  # after the last day it is kept until then
    Column("told_on", Date),  # the day of the last letter about it, in the authority's time zone
    Column("renewed_at", Utc),  # when the renewal letter was queued
    Column("lapsed_at", Utc),
    Column("withdrawn_at", Utc),
    Column("public", Boolean, nullable=False, server_default="1"),
    Column("reissued_at", Utc),  # when its papers were last made out anew, under a corrected name
)

grant_steps = Table(  # what there is to tell the holder of an award with a term, and what became of it
    "grant_steps",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("grant_id", "grants"),
    Column("kind", String(20), nullable=False),  # evaluators.renewal.Kind
    Column("name", String(80), nullable=False, server_default=""),  # of a milestone, or the place of a reminder
    Column("day", Date, nullable=False),  # what it is about
    Column("due_on", Date, nullable=False),  # the first day on which it may be told
    Column("last", Date),  # the last; None: it is never too late
    Column("how", String(20), nullable=False, server_default=""),  # evaluators.renewal.How; empty: open
    Column("done_at", Utc),
    UniqueConstraint("grant_id", "kind", "name"),
    Index("ix_grant_steps_due", "how", "due_on"),
    Index("ix_grant_steps_day", "authority_id", "day"),
)

grant_acts = Table(  # decisions about the term of an award, or that it is withdrawn; one decision may be about many
    "grant_acts",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds", index=True),
    _ref("grant_id", "grants", index=True),
    Column("act", String(40), nullable=False),  # the same for all that one decision is about
    Column("kind", String(20), nullable=False),  # term | withdrawn
    Column("before", Date),  # the last day as it was
    Column("after", Date),  # the last day as it is from then on
    Column("reason", Text, nullable=False),
    Column("decided_by", ForeignKey("people.id")),  # None: from the command line
    Column("decided_at", Utc, nullable=False),
)

renamings = Table(  # what a label's papers said before the holder's name was corrected
    "renamings",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("grant_id", "grants", index=True),
    Column("before", String(200), nullable=False),
    Column("after", String(200), nullable=False),
    Column("renamed_by", ForeignKey("people.id")),  # None: from the command line
    Column("renamed_at", Utc, nullable=False),
)

handovers = Table(
    "handovers",
    metadata,
    _id(),
    Column("from_authority", ForeignKey("authorities.id"), nullable=False),
    Column("to_authority", ForeignKey("authorities.id"), nullable=False),
    Column("round_id", ForeignKey("rounds.id")),  # the round it comes out of, where it is ours
    Column("kind", String(40), nullable=False),  # labels_and_scores | list | nominations | awards
    Column("label", String(120), nullable=False),
    Column("rows", JSON, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("handed_at", Utc, nullable=False),
    Column("handed_by", ForeignKey("people.id")),  # None: it came in a file, or a program handed it over
    Column("about", JSON, nullable=False, server_default="{}"),  # what the receiver needs to know beside the rows
    Column("taken_into", ForeignKey("rounds.id")),  # the receiver's round that uses it
    Column("taken_at", Utc),
    Column("taken_by", ForeignKey("people.id")),
    UniqueConstraint("from_authority", "to_authority", "kind", "label"),
)

messages = Table(
    "messages",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    Column("round_id", ForeignKey("rounds.id"), index=True),
    Column("key", String(200), nullable=False, unique=True),  # kind:subject:recipient; a message exists once
    Column("message_id", String(200), nullable=False, unique=True),
    Column("kind", String(40), nullable=False),  # notifications.catalogue
    _ref("person_id", "people", index=True),
    Column("address", String(320), nullable=False),
    Column("language", String(8), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("content", LargeBinary, nullable=False),  # the letter as it goes out, RFC 5322 bytes
    # draft|held|due|sending|sent|delivered|bounced|failed|uncertain|cancelled
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("not_before", Utc, nullable=False),
    Column("reply", String(300), nullable=False, server_default=""),
    Column("created_at", Utc, nullable=False),
    Column("sent_at", Utc),
    Column("at_once", Boolean, nullable=False, server_default="0"),  # an officer's word: no quiet hours, no digest
    Column("claim", String(32), nullable=False, server_default=""),  # of the sender that took it last; its journal says
    Index("ix_messages_state_not_before", "state", "not_before"),
)

letter_events = Table(  # what happened to a letter: each try, and each deed on it
    "letter_events",
    metadata,
    _id(),
    _ref("message_id", "messages", index=True),
    Column("at", Utc, nullable=False),
    Column("actor", String(80), nullable=False),  # person:12 | clock | system
    Column("what", String(20), nullable=False),  # try|edited|held|let_go|cancelled|sent_now|arrived|again|joined
    Column("outcome", String(20), nullable=False, server_default=""),  # of a try: the state it led to; empty: none yet
    Column("note", String(300), nullable=False, server_default=""),  # the relay's reply, or why
    Column("subject", String(300)),  # of an edit: what stood there before
    Column("content", LargeBinary),
)

bounces = Table(  # reports of letters that came back, are late or arrived; a report is known once
    "bounces",
    metadata,
    _id(),
    Column("digest", String(64), nullable=False, unique=True),  # of the report
    Column("at", Utc, nullable=False),
    Column("source", String(20), nullable=False),  # mailbox | service
    Column("kind", String(20), nullable=False),  # hard | soft | delivered | aside: it is about no letter of ours
    Column("authority_id", ForeignKey("authorities.id")),  # with message_id, of the letter; None where it is aside
    Column("message_id", ForeignKey("messages.id"), index=True),
    Column("address", String(320), nullable=False, server_default=""),  # lower case; a hard one stops letters to it
    Column("reason", String(300), nullable=False),  # status and words of the report, or why it is aside
    Column("confirmed_by", ForeignKey("people.id")),  # who said that the address is right
    Column("confirmed_at", Utc),
    Index("ix_bounces_address", "authority_id", "address"),
)

unsubscribed = Table(  # who may be written to no more of a kind; the row is made with the first letter that asks
    "unsubscribed",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("person_id", "people"),
    Column("kind", String(40), nullable=False),  # notifications.catalogue
    Column("token", String(43), nullable=False, unique=True),  # stands in the letter; whoever has it may say no
    Column("made_at", Utc, nullable=False),
    Column("since", Utc),  # None: still written to
    UniqueConstraint("person_id", "kind"),
)

audit = Table(
    "audit",
    metadata,
    _id(),
    Column("authority_id", ForeignKey("authorities.id"), nullable=False),
    Column("round_id", ForeignKey("rounds.id"), index=True),
    Column("at", Utc, nullable=False),
    Column("actor", String(80), nullable=False),  # person:12 | clock | system
    Column("event", String(60), nullable=False),  # laurea.ledger.Event
    Column("subject", String(80), nullable=False),  # application:31, round:2 …
    Column("details", JSON, nullable=False),
    Column("chain", String(40), nullable=False, server_default=""),  # evaluators.seals.chain_of
    Column("number", Integer, nullable=False, server_default="0"),  # within the chain, from 1
    Column("seal", String(64), nullable=False, server_default=""),  # digest of this line and the seal before it
    Index("ix_audit_chain", "chain", "number", unique=True),
)

sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("token_digest", String(64), primary_key=True),
    _ref("person_id", "people"),
    Column("target", String(200), nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("used_at", Utc),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_digest", String(64), primary_key=True),
    _ref("person_id", "people"),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("viewing", ForeignKey("people.id")),  # as whom an officer looks at the portal; None: as themselves
)

tokens = Table(  # what a program signs its requests with; the token itself is nowhere in the records
    "tokens",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds", index=True),
    Column("name", String(120), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),  # SHA-256 of the token
    Column("hint", String(20), nullable=False),  # how it begins, so that an officer can tell it from others
    Column("scopes", JSON, nullable=False),  # evaluators.permissions.Scope
    _ref("made_by", "people", nullable=True),
    Column("made_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("revoked_at", Utc),
    Column("used_at", Utc),  # to the hour
)

kept_answers = Table(  # what a program was told under an Idempotency-Key
    "kept_answers",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("token_id", "tokens"),
    Column("key", String(255), nullable=False),
    Column("digest", String(64), nullable=False),  # of what was asked
    Column("answer", JSON, nullable=False),
    Column("kept_at", Utc, nullable=False, index=True),
    UniqueConstraint("token_id", "key"),
)

webhooks = Table(
    "webhooks",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds", index=True),
    Column("address", String(500), nullable=False),
    Column("events", JSON, nullable=False),  # laurea.ledger.Event
    Column("secret", String(80), nullable=False),  # signs every call, so it cannot be a digest
    _ref("made_by", "people", nullable=True),
    Column("made_at", Utc, nullable=False),
    Column("stopped_at", Utc),
)

webhook_calls = Table(
    "webhook_calls",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds", index=True),
    _ref("webhook_id", "webhooks", index=True),
    Column("message_id", String(60), nullable=False, unique=True),  # the same in every try
    Column("event", String(60), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(20), nullable=False),  # due|sent|failed|cancelled
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("not_before", Utc, nullable=False),
    Column("reply", String(300), nullable=False, server_default=""),
    Column("created_at", Utc, nullable=False),
    Column("sent_at", Utc),
    Index("ix_webhook_calls_state_not_before", "state", "not_before"),
)

step_failures = Table(  # a step of a round that fails; the row goes when the step succeeds
    "step_failures",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds"),
    Column("step", String(20), nullable=False),  # laurea.steps
    Column("tries", Integer, nullable=False, server_default="1"),
    Column("first_at", Utc, nullable=False),
    Column("last_at", Utc, nullable=False),
    Column("says", String(500), nullable=False),  # why, in the house's words; empty: not one of the house's errors
    Column("remedy", String(500), nullable=False, server_default=""),
    Column("error", String(80), nullable=False),  # the error's name, for who looks into the log
    UniqueConstraint("round_id", "step"),
)

meters = Table(  # how often something was asked for, by all processes together
    "meters",
    metadata,
    Column("key", String(80), primary_key=True),  # token:12 | sign_in:DIGEST of a network address
    Column("since", Utc, primary_key=True),  # the begin of the window that is counted
    Column("count", Integer, nullable=False),
)

# --- The evidence desk: registers taken in by file, frozen pages, facts asked of others ---------------------------

kept_bytes = Table(  # bytes under their digest: files that wait to be taken in, the text of frozen pages
    "kept_bytes",
    metadata,
    Column("digest", String(64), primary_key=True),  # SHA-256 of `content`
    Column("content", LargeBinary, nullable=False),
    Column("kept_at", Utc, nullable=False),
)

register_imports = Table(  # one a file: what it changed; while it waits its content is among the kept bytes
    "register_imports",
    metadata,
    _id(),
    _ref("authority_id", "authorities", index=True),
    Column("kind", String(20), nullable=False),  # evaluators.registers.KINDS
    Column("file", String(200), nullable=False),
    Column("digest", String(64), nullable=False),  # of the file
    Column("state", String(20), nullable=False),  # waiting | taken | discarded
    Column("watched", Boolean, nullable=False),  # it came from a watched source, not by hand
    Column("doubt", String(20)),  # why the clock did not take it in: many_gone | many_refused
    Column("rests_on", Integer),  # the import of this kind that stood when its differences were worked out
    Column("counts", JSON, nullable=False),  # {new, changed, gone, same, refused}
    Column("changes", JSON, nullable=False),  # the first of them: {what, unit, key, fields: [[name, before, after]]}
    Column("refusals", JSON, nullable=False),  # the first of them: {row, field, problem, remedy}
    _ref("made_by", "people", nullable=True),
    Column("made_at", Utc, nullable=False),
    _ref("settled_by", "people", nullable=True),
    Column("settled_at", Utc),
)

register_rows = Table(  # what the registers hold now, and what they held before it went
    "register_rows",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    Column("kind", String(20), nullable=False),
    Column("unit_ref", String(80), nullable=False),
    Column("key", String(300), nullable=False),  # tells rows of one unit apart; empty where a unit has one
    Column("content", JSON, nullable=False),  # {column: text}
    _ref("import_id", "register_imports", nullable=True),  # that brought it as it is; None: entered by hand
    _ref("entered_by", "people", nullable=True),
    Column("since", Utc, nullable=False),  # it is as it is
    Column("gone_at", Utc),
    UniqueConstraint("authority_id", "kind", "unit_ref", "key"),
)

watched_sources = Table(  # when the clock last looked at a source of the settings, and what was wrong with it
    "watched_sources",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    Column("kind", String(20), nullable=False),
    Column("digest", String(64)),  # of the file seen last
    Column("checked_at", Utc, nullable=False),
    Column("trouble", Text, nullable=False, server_default=""),
    UniqueConstraint("authority_id", "kind"),
)

frozen_pages = Table(  # a page an application points to: as it was when it was frozen, and as it is
    "frozen_pages",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds", index=True),
    _ref("application_id", "applications", index=True),
    Column("address", String(1000), nullable=False),
    Column("fact", String(80), nullable=False, server_default=""),  # where it stands; empty: named by hand
    Column("title", String(300), nullable=False, server_default=""),
    Column("media_type", String(80), nullable=False, server_default=""),
    Column("digest", String(64)),  # of its text when it was frozen (of its bytes where it has no text)
    Column("frozen_at", Utc),
    Column("now_digest", String(64)),  # as it was seen last
    Column("checked_at", Utc),
    Column("changed_at", Utc),  # first seen different
    Column("gone_at", Utc),  # first seen missing
    Column("trouble", String(40), nullable=False, server_default=""),  # evaluators.frozen.Trouble
    _ref("named_by", "people", nullable=True),
    Column("named_at", Utc, nullable=False),
    UniqueConstraint("application_id", "address"),
)

fact_requests = Table(  # a fact somebody is asked to confirm or to supply, by a link of their own
    "fact_requests",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds", index=True),
    _ref("application_id", "applications", index=True),
    Column("fact", String(80), nullable=False),
    Column("stated", JSON),  # what the records held when it was asked; None: unknown
    Column("capacity", String(20), nullable=False),  # evaluators.witness.CAPACITIES: principal, partner …
    Column("words", Text, nullable=False, server_default=""),  # of whoever asks
    _ref("person_id", "people"),  # who is asked
    Column("name", String(200), nullable=False),  # what whoever asks calls them
    _ref("asked_by", "people"),
    Column("asked_at", Utc, nullable=False),
    Column("counts", Boolean, nullable=False),  # the answer becomes the fact; else it is a word beside it
    Column("token_digest", String(64), nullable=False, unique=True),
    Column("expires_at", Utc, nullable=False),
    Column("answer", String(20)),  # confirmed | supplied | refused; None: open
    Column("value", JSON),
    Column("says", Text, nullable=False, server_default=""),
    Column("answered_at", Utc),
)

meetings = Table(  # of a jury: a room whose screens follow what is being discussed
    "meetings",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds", index=True),
    Column("room", String(100), nullable=False),
    Column("place", Integer, nullable=False, server_default="0"),  # of its agenda; 0: it has not begun
    _ref("called_by", "people"),
    Column("called_at", Utc, nullable=False),
    Column("closed_at", Utc),
    Column("version", Integer, nullable=False, server_default="1"),
)

meeting_items = Table(
    "meeting_items",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("meeting_id", "meetings"),
    _ref("application_id", "applications", index=True),
    Column("place", Integer, nullable=False),  # from 1
    Column("minutes", Text, nullable=False, server_default=""),
    Column("recommends", String(80), nullable=False, server_default=""),  # an outcome of the rules; it decides nothing
    Column("written_by", ForeignKey("people.id")),
    Column("written_at", Utc),
    Column("version", Integer, nullable=False, server_default="1"),
    UniqueConstraint("meeting_id", "place"),
    UniqueConstraint("meeting_id", "application_id"),
)

# --- The award kit: what is sent to holders of labels, and to which ceremony they are invited ----------------------

kits = Table(  # what belongs to the award of a round; one a round
    "kits",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    Column("round_id", ForeignKey("rounds.id"), nullable=False, unique=True),
    Column("items", JSON, nullable=False),  # {name, outcomes, quantity, engraving}; no outcomes: whoever gets a label
    Column("address_fact", String(80), nullable=False, server_default=""),  # a fact that holds where to send it
    Column("version", Integer, nullable=False, server_default="1"),
)

parcels = Table(  # one a label; there is no row before somebody notes something about it
    "parcels",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds", index=True),
    Column("grant_id", ForeignKey("grants.id"), nullable=False, unique=True),
    Column("address", Text, nullable=False, server_default=""),  # as it should stand on the parcel, line by line
    Column("state", String(20), nullable=False, server_default="to_send"),  # evaluators.award_kit.State
    Column("since", Date),  # the day it came into this state
    Column("note", Text, nullable=False, server_default=""),  # carrier, tracking number, who took it
    Column("contents", JSON),  # {name, quantity, engraving}, as they were when it was sent
    _key(nullable=True),  # of the link that asks where to send it
    Column("asked_at", Utc),
    Column("expires_at", Utc),  # of that link
    Column("version", Integer, nullable=False, server_default="1"),
)

ceremonies = Table(
    "ceremonies",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds", index=True),
    Column("title", String(200), nullable=False),
    Column("regions", JSON, nullable=False),  # whose holders are invited; none: all of them
    Column("place", Text, nullable=False),
    Column("programme", Text, nullable=False, server_default=""),
    Column("begins_at", Utc, nullable=False),
    Column("ends_at", Utc, nullable=False),
    Column("timezone", String(60), nullable=False),  # whose clock its hours are told by
    Column("reply_until", Utc, nullable=False),
    Column("uid", String(80), nullable=False, unique=True),  # of its calendar entry, the same for ever
    Column("sequence", Integer, nullable=False, server_default="0"),  # how often time, place or title changed
    Column("changed_at", Utc, nullable=False),
    Column("cancelled_at", Utc),
    Column("version", Integer, nullable=False, server_default="1"),
)

guests = Table(  # who is invited: a holder once, however many labels they have
    "guests",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("ceremony_id", "ceremonies"),
    _ref("person_id", "people"),
    _key(),  # of the link that invites
    Column("invited_at", Utc, nullable=False),
    Column("comes", Boolean),  # None: no answer yet
    Column("people", Integer, nullable=False, server_default="1"),  # how many come, the guest included
    Column("sounds", String(200), nullable=False, server_default=""),  # how the name is read aloud
    Column("words", Text, nullable=False, server_default=""),
    Column("replied_at", Utc),
    UniqueConstraint("ceremony_id", "person_id"),
)

clock_turns = Table(  # when the clock last went through the rounds, and what takes turns; one row a kind
    "clock_turns",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("began_at", Utc, nullable=False),
    Column("ended_at", Utc),
)


# --- What an office says in letters: its own texts of a round, and which of the jury's words an applicant reads -----

wordings = Table(  # an officer's own text of a letter, in one language; the newest version stands
    "wordings",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds"),
    Column("kind", String(40), nullable=False),  # notifications.catalogue
    Column("language", String(8), nullable=False),
    Column("version", Integer, nullable=False),
    Column("house", Boolean, nullable=False, server_default="0"),  # from then on the house's text again
    Column("subject", Text, nullable=False),
    Column("heading", Text, nullable=False),
    Column("body", Text, nullable=False),
    _ref("written_by", "people"),
    Column("written_at", Utc, nullable=False),
    UniqueConstraint("round_id", "kind", "language", "version"),
)

feedback = Table(  # a comment of the jury as the office lets the applicant read it
    "feedback",
    metadata,
    _id(),
    _ref("authority_id", "authorities"),
    _ref("round_id", "rounds", index=True),
    _ref("application_id", "applications"),
    Column("source", String(40), nullable=False),  # sheet:12 | joint | office: the office's own summary
    Column("original", Text, nullable=False),  # what the jury wrote, as it stood then
    Column("words", Text, nullable=False),
    Column("sent", Boolean, nullable=False),  # goes into the letter and onto the applicant's page
    _ref("moderated_by", "people"),
    Column("moderated_at", Utc, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    UniqueConstraint("application_id", "source"),
)
