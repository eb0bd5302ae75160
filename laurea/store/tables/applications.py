"""Applications, their drafts, what is said of them, and files that bring them in."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from laurea.store.tables.base import Utc, key, metadata, number, ref

applications = Table(
    "applications",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
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
    Column("files", Integer, nullable=False, server_default="0"),  # how many were handed in with it
    Column("version", Integer, nullable=False, server_default="1"),
    key(nullable=True),
    UniqueConstraint("round_id", "ref"),
)

application_drafts = Table(  # what applicants write before they hand it in; kept afterwards with who typed what
    "application_drafts",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
    key(),
    Column("heading", JSON, nullable=False),  # {unit_name, unit_ref, institution, region}
    Column("facts", JSON, nullable=False),  # {fact: text as typed}
    Column("children", JSON, nullable=False),  # {list: [{field: text}]}
    Column("typed", JSON, nullable=False),  # {fact: [person, moment]}: who typed it last
    Column("application_id", ForeignKey("applications.id"), unique=True),  # once it is handed in
    ref("begun_by", "people", index=True),
    Column("begun_at", Utc, nullable=False),
    ref("saved_by", "people"),
    Column("saved_at", Utc, nullable=False),
    Column("kept_at", Utc),  # when a version was last kept
    Column("version", Integer, nullable=False, server_default="1"),
)

draft_versions = Table(
    "draft_versions",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("draft_id", "application_drafts"),
    Column("version", Integer, nullable=False),
    Column("content", JSON, nullable=False),  # {heading, facts, children}
    ref("saved_by", "people"),
    Column("saved_at", Utc, nullable=False),
    UniqueConstraint("draft_id", "version"),
)

application_files = Table(  # PDFs and pictures that came with it; of a draft until it is handed in
    "application_files",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("draft_id", "application_drafts", index=True),
    Column("application_id", ForeignKey("applications.id"), index=True),  # once the draft is handed in
    Column("name", String(200), nullable=False),  # as the applicant calls it
    Column("kind", String(10), nullable=False),  # laurea.sources.attached.KINDS, by its content
    Column("size", Integer, nullable=False),  # bytes
    Column("digest", String(64), nullable=False),  # SHA-256 of `content`
    Column("pages", JSON, nullable=False),  # [width, height, bytes] of each picture in `copies`
    ref("added_by", "people"),
    Column("added_at", Utc, nullable=False),
    Column("copies", LargeBinary, nullable=False),  # the pictures jurors are shown, one after another
    Column("content", LargeBinary, nullable=False),  # the file as it came
    UniqueConstraint("draft_id", "digest"),
)

application_members = Table(  # who works on an application beside the person it came from
    "application_members",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("person_id", "people", index=True),
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
    number(),
    ref("authority_id", "authorities"),
    ref("application_id", "applications", index=True),
    ref("person_id", "people"),
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
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
    Column("application_id", ForeignKey("applications.id"), nullable=False, unique=True),
    ref("person_id", "people"),
    Column("facts", JSON, nullable=False),  # {fact of the appeal: text as filed}
    Column("words", Text, nullable=False),  # what is appealed against, and why
    Column("contested", JSON, nullable=False, server_default="[]"),  # names of clauses and criteria
    Column("finding", String(60)),  # the outcome the rules gave on that day; None: open
    Column("filed_at", Utc, nullable=False),
    Column("settled_at", Utc),
    Column("settled_by", ForeignKey("people.id")),
    Column("answer", Text, nullable=False, server_default=""),
)

evidence = Table(
    "evidence",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("application_id", "applications", index=True),
    Column("source", String(80), nullable=False),
    Column("digest", String(64), nullable=False),  # SHA-256 of `content` in canonical JSON
    Column("content", JSON, nullable=False),  # {"facts": {...}, "children": {...}}
    Column("observed_at", Utc, nullable=False),
    UniqueConstraint("application_id", "source", "digest"),
)

refused_rows = Table(
    "refused_rows",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
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
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
    key(),
    Column("kind", String(20), nullable=False),  # applications | jurors | conflicts | pins | sheets
    Column("assigns", Boolean, nullable=False, server_default="0"),  # sheets of jurors assigned elsewhere
    Column("files", JSON, nullable=False),  # [part, name, bytes]
    Column("digest", String(64), nullable=False),  # SHA-256 over the files
    Column("content", LargeBinary, nullable=False),  # a zip of them; empty once they are taken in
    Column("told", JSON, nullable=False),  # what taking them in would do, or did
    ref("sent_by", "people"),
    Column("sent_at", Utc, nullable=False),
    Column("taken_by", ForeignKey("people.id")),
    Column("taken_at", Utc),
)
