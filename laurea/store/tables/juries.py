"""Jurors, who reviews what, their sheets and their meetings."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from laurea.store.tables.base import Utc, metadata, number, ref

jurors = Table(
    "jurors",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds"),
    ref("person_id", "people", index=True),
    Column("ref", String(80), nullable=False),
    Column("country", String(2)),
    Column("region", String(120), nullable=False, server_default=""),
    Column("institution", String(200), nullable=False, server_default=""),
    Column("languages", JSON, nullable=False),
    Column("expertise", JSON, nullable=False),
    Column("experienced", Boolean, nullable=False, server_default="0"),
    Column("min_load", Integer, nullable=False, server_default="0"),
    Column("max_load", Integer, nullable=False),
    Column("reserve", Boolean, nullable=False, server_default="0"),  # asked only where a juror stays silent
    Column("mentored", JSON, nullable=False, server_default="[]"),  # applicants, projects, schools helped before
    Column("left_at", Utc),  # left the round: gets nothing more, and what is not submitted goes to others
    Column("left_why", Text, nullable=False, server_default=""),  # the officer's words
    UniqueConstraint("round_id", "ref"),
)

conflicts = Table(
    "conflicts",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("application_id", "applications"),
    ref("juror_id", "jurors", index=True),
    Column("kind", String(40), nullable=False),  # own_school | own_project | declared | given in a file …
    Column("source", String(40), nullable=False),  # found | declared | imported
    Column("note", Text, nullable=False, server_default=""),  # the juror's own words, for the officer
    Column("declared_at", Utc, nullable=False),
    UniqueConstraint("application_id", "juror_id", "kind"),
)

pins = Table(
    "pins",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
    ref("application_id", "applications"),
    ref("juror_id", "jurors"),
    Column("pin", String(10), nullable=False),  # must | never
    Column("pinned_at", Utc, nullable=False),
    UniqueConstraint("application_id", "juror_id"),
)

plan_drafts = Table(  # the plan an officer looks at before it is saved; one a round
    "plan_drafts",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    Column("round_id", ForeignKey("rounds.id"), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),  # fill | repair | afresh
    Column("rests_on", String(64), nullable=False),  # digest of what stood when it was made
    Column("rows", JSON, nullable=False),  # what it changes: [change, application, juror, quality], change: add | take
    Column("left_out", JSON, nullable=False),  # additions the officer took out: [application, juror]
    Column("told", JSON, nullable=False),  # its figures and gaps
    ref("made_by", "people", nullable=True),
    Column("made_at", Utc, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
)

assignments = Table(
    "assignments",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
    ref("application_id", "applications"),
    ref("juror_id", "jurors", index=True),
    Column("quality", Integer, nullable=False),  # 0–1000 as the plan scored the pair
    Column("state", String(20), nullable=False),  # open | draft | submitted | handed_back
    Column("skipped_at", Utc),  # "skip for now": goes to the back of the queue
    Column("assigned_at", Utc, nullable=False),
    Column("until", Utc),  # open longer than the round's review period: given late, or the officer extended it
    Column("ended", String(20)),  # why it was handed back: conflict | returned | abstained | left | silent | restored
    Column("reason", Text, nullable=False, server_default=""),  # the juror's own words on it, for the officer
    UniqueConstraint("application_id", "juror_id"),
)

sheets = Table(
    "sheets",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
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
    number(),
    ref("authority_id", "authorities"),
    ref("sheet_id", "sheets"),
    Column("version", Integer, nullable=False),
    Column("marks", JSON, nullable=False),
    Column("comment", Text, nullable=False),
    Column("saved_at", Utc, nullable=False),
    UniqueConstraint("sheet_id", "version"),
)

joint_sheets = Table(  # what a jury writes together; the newest version of an application's stands
    "joint_sheets",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
    ref("application_id", "applications"),
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
    number(),
    ref("authority_id", "authorities"),
    ref("joint_sheet_id", "joint_sheets"),
    ref("juror_id", "jurors", index=True),
    Column("given_at", Utc, nullable=False),
    UniqueConstraint("joint_sheet_id", "juror_id"),
)

meetings = Table(  # of a jury: a room whose screens follow what is being discussed
    "meetings",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
    Column("room", String(100), nullable=False),
    Column("place", Integer, nullable=False, server_default="0"),  # of its agenda; 0: it has not begun
    ref("called_by", "people"),
    Column("called_at", Utc, nullable=False),
    Column("closed_at", Utc),
    Column("version", Integer, nullable=False, server_default="1"),
)

meeting_items = Table(
    "meeting_items",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("meeting_id", "meetings"),
    ref("application_id", "applications", index=True),
    Column("place", Integer, nullable=False),  # from 1
    Column("minutes", Text, nullable=False, server_default=""),
    Column("recommends", String(80), nullable=False, server_default=""),  # an outcome of the rules; it decides nothing
    Column("written_by", ForeignKey("people.id")),
    Column("written_at", Utc),
    Column("version", Integer, nullable=False, server_default="1"),
    UniqueConstraint("meeting_id", "place"),
    UniqueConstraint("meeting_id", "application_id"),
)
