"""The evidence desk: registers taken in by file, frozen pages, facts asked of others."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from laurea.store.tables.base import Utc, metadata, number, ref

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
    number(),
    ref("authority_id", "authorities", index=True),
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
    ref("made_by", "people", nullable=True),
    Column("made_at", Utc, nullable=False),
    ref("settled_by", "people", nullable=True),
    Column("settled_at", Utc),
)

register_rows = Table(  # what the registers hold now, and what they held before it went
    "register_rows",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    Column("kind", String(20), nullable=False),
    Column("unit_ref", String(80), nullable=False),
    Column("key", String(300), nullable=False),  # tells rows of one unit apart; empty where a unit has one
    Column("content", JSON, nullable=False),  # {column: text}
    ref("import_id", "register_imports", nullable=True),  # that brought it as it is; None: entered by hand
    ref("entered_by", "people", nullable=True),
    Column("since", Utc, nullable=False),  # it is as it is
    Column("gone_at", Utc),
    UniqueConstraint("authority_id", "kind", "unit_ref", "key"),
)

watched_sources = Table(  # when the clock last looked at a source of the settings, and what was wrong with it
    "watched_sources",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    Column("kind", String(20), nullable=False),
    Column("digest", String(64)),  # of the file seen last
    Column("checked_at", Utc, nullable=False),
    Column("trouble", Text, nullable=False, server_default=""),
    UniqueConstraint("authority_id", "kind"),
)

frozen_pages = Table(  # a page an application points to: as it was when it was frozen, and as it is
    "frozen_pages",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
    ref("application_id", "applications", index=True),
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
    ref("named_by", "people", nullable=True),
    Column("named_at", Utc, nullable=False),
    UniqueConstraint("application_id", "address"),
)

fact_requests = Table(  # a fact somebody is asked to confirm or to supply, by a link of their own
    "fact_requests",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
    ref("application_id", "applications", index=True),
    Column("fact", String(80), nullable=False),
    Column("stated", JSON),  # what the records held when it was asked; None: unknown
    Column("capacity", String(20), nullable=False),  # evaluators.witness.CAPACITIES: principal, partner …
    Column("words", Text, nullable=False, server_default=""),  # of whoever asks
    ref("person_id", "people"),  # who is asked
    Column("name", String(200), nullable=False),  # what whoever asks calls them
    ref("asked_by", "people"),
    Column("asked_at", Utc, nullable=False),
    Column("counts", Boolean, nullable=False),  # the answer becomes the fact; else it is a word beside it
    Column("token_digest", String(64), nullable=False, unique=True),
    Column("expires_at", Utc, nullable=False),
    Column("answer", String(20)),  # confirmed | supplied | refused; None: open
    Column("value", JSON),
    Column("says", Text, nullable=False, server_default=""),
    Column("answered_at", Utc),
)
