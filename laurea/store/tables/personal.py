"""How long an office keeps what it holds of people, what is due to be erased, and who looked at whose."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from laurea.store.tables.base import Utc, metadata, number, ref

retention_policies = Table(  # one a class an office has set; of the others nothing is erased
    "retention_policies",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    Column("keep", String(20), nullable=False),  # evaluators.personal.Keep
    Column("days", Integer),  # None: not set any more
    Column("by_clock", Boolean, nullable=False, server_default="0"),  # the clock may erase without an officer's word
    Column("set_by", ForeignKey("people.id")),  # None: from the command line
    Column("set_at", Utc, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    UniqueConstraint("authority_id", "keep"),
)

erasure_lists = Table(  # what was due of an office on a day; what is erased is older than the moments it names
    "erasure_lists",
    metadata,
    number(),
    ref("authority_id", "authorities", index=True),
    Column("state", String(20), nullable=False),  # waiting | confirmed | done | replaced (by a later list)
    Column("due", JSON, nullable=False),  # {class: [before, count]}
    Column("done", JSON, nullable=False, server_default="{}"),  # {class: count}: what was erased
    Column("made_at", Utc, nullable=False),
    Column("settled_by", ForeignKey("people.id")),  # who confirmed it; None: the clock, as the office allows
    Column("settled_at", Utc),
    Column("done_at", Utc),
    Column("version", Integer, nullable=False, server_default="1"),
)

looks = Table(  # who opened what that names somebody: only ever added to, and gone with its time alone
    "looks",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", nullable=True),
    ref("reader_id", "people", nullable=True, index=True),  # an officer …
    ref("token_id", "tokens", nullable=True),  # … or a program
    Column("place", String(80), nullable=False),  # the page's address without numbers: applications, kit/files …
    ref("person_id", "people", nullable=True, index=True),  # whose page it was …
    ref("application_id", "applications", nullable=True, index=True),  # … or of which application; neither: a list
    Column("at", Utc, nullable=False),
    Index("ix_looks_authority_id_at", "authority_id", "at"),
)
