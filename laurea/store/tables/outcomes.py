"""Decisions, what was granted and for how long, and what offices hand to each other."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from laurea.store.tables.base import Utc, metadata, number, ref

decisions = Table(
    "decisions",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
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
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
    Column("decision_id", ForeignKey("decisions.id"), nullable=False, unique=True),
    Column("application_id", ForeignKey("applications.id"), nullable=False),
    ref("person_id", "people"),
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
    number(),
    ref("authority_id", "authorities"),
    ref("grant_id", "grants"),
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
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
    ref("grant_id", "grants", index=True),
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
    number(),
    ref("authority_id", "authorities"),
    ref("grant_id", "grants", index=True),
    Column("before", String(200), nullable=False),
    Column("after", String(200), nullable=False),
    Column("renamed_by", ForeignKey("people.id")),  # None: from the command line
    Column("renamed_at", Utc, nullable=False),
)

handovers = Table(
    "handovers",
    metadata,
    number(),
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

feedback = Table(  # a comment of the jury as the office lets the applicant read it
    "feedback",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
    ref("application_id", "applications"),
    Column("source", String(40), nullable=False),  # sheet:12 | joint | office: the office's own summary
    Column("original", Text, nullable=False),  # what the jury wrote, as it stood then
    Column("words", Text, nullable=False),
    Column("sent", Boolean, nullable=False),  # goes into the letter and onto the applicant's page
    ref("moderated_by", "people"),
    Column("moderated_at", Utc, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    UniqueConstraint("application_id", "source"),
)
