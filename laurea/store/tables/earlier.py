"""What stood before: reviews given out, decisions, and what an appeal had judged again. Rows are only ever added."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Integer, String, Table, Text

from laurea.store.tables.base import Utc, metadata, number, ref

assignment_versions = Table(  # a review as it stood until it was handed back, taken away, opened again or restored
    "assignment_versions",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
    Column("assignment_id", Integer, nullable=False),  # a review that nobody had begun may be gone
    ref("application_id", "applications"),
    ref("juror_id", "jurors"),
    Column("quality", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("assigned_at", Utc, nullable=False),
    Column("until", Utc),
    Column("ended", String(20)),
    Column("reason", Text, nullable=False),
    Column("stood_until", Utc, nullable=False),
)

decision_versions = Table(  # a decision as it stood until it was proposed anew, restored or corrected after an appeal
    "decision_versions",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
    ref("application_id", "applications"),
    Column("state", String(20), nullable=False),
    Column("outcome", String(60), nullable=False),
    Column("granted", Boolean, nullable=False),
    Column("points", String(40)),
    Column("exact_points", String(60)),
    Column("rank", Integer),
    Column("group_name", String(80)),
    Column("first_failing", String(80)),
    Column("trace", JSON, nullable=False),
    Column("rule_set", String(64), nullable=False),
    Column("policies", JSON, nullable=False),
    Column("proposed_at", Utc, nullable=False),
    Column("released_at", Utc),
    Column("stood_until", Utc, nullable=False),
)

restorations = Table(  # that an officer let what stood at an earlier moment stand again, and why
    "restorations",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
    Column("moment", Utc, nullable=False),  # as of which
    Column("kinds", JSON, nullable=False),  # sheets, assignments, decisions
    Column("changed", JSON, nullable=False),  # {kind: how many}
    Column("reason", Text, nullable=False),
    Column("restored_by", ForeignKey("people.id")),  # None: from the command line
    Column("restored_at", Utc, nullable=False),
)

replays = Table(  # what an appeal had judged again: one clause or criterion, with everything else as it was
    "replays",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
    ref("appeal_id", "appeals", index=True),
    ref("application_id", "applications"),
    Column("contested", JSON, nullable=False),  # names of clauses, or of criteria
    Column("juror_id", ForeignKey("jurors.id"), index=True),  # who is asked afresh; None: clauses alone are contested
    Column("state", String(20), nullable=False),  # asked | open | handed_back | replayed | taken | left
    Column("until", Utc),
    Column("facts", JSON, nullable=False),  # {fact: value} as the office corrects them for a contested clause
    Column("marks", JSON, nullable=False),  # {criterion: points as text} of the fresh juror
    Column("comment", Text, nullable=False, server_default=""),
    Column("policies", JSON, nullable=False),  # {lowers: yes | no, fresh: replaces | joins} as the rules had them
    Column("before", JSON),  # the decision as it stood, with its trace
    Column("after", JSON),  # as it is decided again
    Column("reason", Text, nullable=False, server_default=""),  # the office's, or why the juror gave it back
    ref("asked_by", "people"),
    Column("asked_at", Utc, nullable=False),
    Column("replayed_at", Utc),
    Column("taken_by", ForeignKey("people.id")),
    Column("taken_at", Utc),
    Column("version", Integer, nullable=False, server_default="1"),
)
