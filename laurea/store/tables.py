"""The records: every table of Laurea, SQLAlchemy Core, the same on SQLite and PostgreSQL.

Every record belongs to an authority. Moments are UTC. What a person edits carries a `version`.
Text that says a state is one of the closed lists named beside its column.
"""

from __future__ import annotations

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
    UniqueConstraint("round_id", "ref"),
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
    Column("renewed_at", Utc),  # when the renewal letter was queued
    Column("lapsed_at", Utc),
    Column("withdrawn_at", Utc),
    Column("public", Boolean, nullable=False, server_default="1"),
)

handovers = Table(
    "handovers",
    metadata,
    _id(),
    Column("from_authority", ForeignKey("authorities.id"), nullable=False),
    Column("to_authority", ForeignKey("authorities.id"), nullable=False),
    Column("round_id", ForeignKey("rounds.id")),  # the round it comes out of, where it is ours
    Column("kind", String(40), nullable=False),  # labels_and_scores | nominations | awards
    Column("label", String(120), nullable=False),
    Column("rows", JSON, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("handed_at", Utc, nullable=False),
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
    Column("state", String(20), nullable=False),  # held|due|sending|sent|uncertain|failed|cancelled
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("not_before", Utc, nullable=False),
    Column("reply", String(300), nullable=False, server_default=""),
    Column("created_at", Utc, nullable=False),
    Column("sent_at", Utc),
    Index("ix_messages_state_not_before", "state", "not_before"),
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
)
