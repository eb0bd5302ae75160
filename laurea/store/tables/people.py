"""Offices and people, the rules and rounds they work under, and how they come in."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
)

from laurea.store.tables.base import Utc, metadata, number, ref

authorities = Table(
    "authorities",
    metadata,
    number(),
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
    Column("second_factor", Boolean, nullable=False, server_default="0"),  # its officers need one
)

people = Table(
    "people",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    Column("name", String(200), nullable=False),
    Column("email", String(320), nullable=False),
    Column("language", String(8), nullable=False),
    Column("role", String(20), nullable=False),  # officer | juror | applicant | authority (its contact)
    Column("created_at", Utc, nullable=False),
    Column("ended_at", Utc),  # since then nobody signs in as this person
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
    number(),
    ref("authority_id", "authorities"),
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
    Column("second_person_why", String(300), nullable=False, server_default=""),  # why one is enough, in their words
    Column("confirmed_by", ForeignKey("people.id")),  # who confirmed the decisions for release
    Column("confirmed_at", Utc),
    Column("confirmed_digest", String(64)),  # of the decisions that were confirmed; others are not
    Column("undo_minutes", Integer),  # letters of a release wait so long; None: as this installation has it
)

sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("token_digest", String(64), primary_key=True),
    ref("person_id", "people"),
    Column("target", String(200), nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("used_at", Utc),
    Column("address", String(64), nullable=False, server_default=""),  # digest of the address it was mailed to
    Column("browser", String(64), nullable=False, server_default="", index=True),  # digest of the asking one's cookie
    Column("code", String(64), nullable=False, server_default=""),  # keyed digest of what can be typed instead
    Column("tries", Integer, nullable=False, server_default="0"),  # wrong codes typed while it lived
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_digest", String(64), primary_key=True),
    ref("person_id", "people", index=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("seen_at", Utc, nullable=False),  # to five minutes
    Column("expires_at", Utc, nullable=False),
    Column("viewing", ForeignKey("people.id")),  # as whom an officer looks at the portal; None: as themselves
    Column("second", Boolean, nullable=False, server_default="0"),  # a second factor was given in it
    Column("browser", String(60), nullable=False, server_default=""),  # Firefox, Linux: to tell one's own apart
)

identities = Table(  # who somebody is at an identity provider: there is no other way to tell than issuer and subject
    "identities",
    metadata,
    number(),
    Column("issuer", String(300), nullable=False),
    Column("subject", String(255), nullable=False),
    ref("person_id", "people"),
    Column("linked_at", Utc, nullable=False),
    UniqueConstraint("issuer", "subject"),
    UniqueConstraint("person_id"),
)

identity_requests = Table(  # a browser that was sent to the identity provider and is expected back, once
    "identity_requests",
    metadata,
    Column("state", String(64), primary_key=True),  # its digest
    Column("browser", String(64), nullable=False),
    Column("target", String(200), nullable=False),
    Column("expires_at", Utc, nullable=False),
)

second_factors = Table(
    "second_factors",
    metadata,
    number(),
    ref("person_id", "people"),
    Column("secret", String(200), nullable=False),  # encrypted with the installation's key
    Column("last_step", Integer, nullable=False),  # of the code used last; that one and those before are used up
    Column("salt", String(32), nullable=False),
    Column("enrolled_at", Utc, nullable=False),
    UniqueConstraint("person_id"),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    number(),
    ref("person_id", "people", index=True),
    Column("digest", String(64), nullable=False),  # slow and salted: a person types the code
    Column("used_at", Utc),
)
