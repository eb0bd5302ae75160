"""The audit, programs with their tokens and calls, and what the engine remembers of itself."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from laurea.store.tables.base import Utc, metadata, number, ref

audit = Table(
    "audit",
    metadata,
    number(),
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

tokens = Table(  # what a program signs its requests with; the token itself is nowhere in the records
    "tokens",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
    Column("name", String(120), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),  # SHA-256 of the token
    Column("hint", String(20), nullable=False),  # how it begins, so that an officer can tell it from others
    Column("scopes", JSON, nullable=False),  # evaluators.permissions.Scope
    ref("made_by", "people", nullable=True),
    Column("made_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("revoked_at", Utc),
    Column("used_at", Utc),  # to the hour
)

kept_answers = Table(  # what a program was told under an Idempotency-Key
    "kept_answers",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("token_id", "tokens"),
    Column("key", String(255), nullable=False),
    Column("digest", String(64), nullable=False),  # of what was asked
    Column("answer", JSON, nullable=False),
    Column("kept_at", Utc, nullable=False, index=True),
    UniqueConstraint("token_id", "key"),
)

webhooks = Table(
    "webhooks",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
    Column("address", String(500), nullable=False),
    Column("events", JSON, nullable=False),  # laurea.ledger.Event
    Column("secret", String(80), nullable=False),  # signs every call, so it cannot be a digest
    ref("made_by", "people", nullable=True),
    Column("made_at", Utc, nullable=False),
    Column("stopped_at", Utc),
)

webhook_calls = Table(
    "webhook_calls",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
    ref("webhook_id", "webhooks", index=True),
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
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds"),
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

clock_turns = Table(  # when the clock last went through the rounds, and what takes turns; one row a kind
    "clock_turns",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("began_at", Utc, nullable=False),
    Column("ended_at", Utc),
)

claims = Table(  # a piece of a round that one worker has taken for a while; the row goes when its work ends
    "claims",
    metadata,
    number(),  # never given twice: every write of the claim's work looks whether this row still stands
    ref("authority_id", "authorities"),
    ref("round_id", "rounds"),
    Column("step", String(20), nullable=False),  # laurea.steps
    Column("applications", JSON, nullable=False),  # their numbers; none: the step is about the whole round
    Column("holder", String(80), nullable=False),  # the machine
    Column("until", Utc, nullable=False),  # by the clock of the database
    Index("ix_claims_round_id_step", "round_id", "step"),
)
