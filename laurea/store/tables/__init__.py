"""The records: every table of Laurea, SQLAlchemy Core, the same on SQLite and PostgreSQL.

Every record belongs to an authority. Moments are UTC. What a person edits carries a `version`.
Text that says a state is one of the closed lists named beside its column.
"""

from laurea.store.tables.applications import (
    appeals,
    application_drafts,
    application_members,
    applications,
    draft_versions,
    evidence,
    refused_rows,
    statements,
    uploads,
)
from laurea.store.tables.award_kit import ceremonies, guests, kits, parcels
from laurea.store.tables.base import Utc, metadata
from laurea.store.tables.evidence_desk import (
    fact_requests,
    frozen_pages,
    kept_bytes,
    register_imports,
    register_rows,
    watched_sources,
)
from laurea.store.tables.juries import (
    assignments,
    conflicts,
    consents,
    joint_sheets,
    jurors,
    meeting_items,
    meetings,
    pins,
    plan_drafts,
    sheet_versions,
    sheets,
)
from laurea.store.tables.keeping import (
    audit,
    clock_turns,
    kept_answers,
    meters,
    step_failures,
    tokens,
    webhook_calls,
    webhooks,
)
from laurea.store.tables.outcomes import decisions, feedback, grant_acts, grant_steps, grants, handovers, renamings
from laurea.store.tables.people import authorities, people, rounds, rule_sets, sessions, sign_in_links
from laurea.store.tables.post import bounces, letter_events, messages, unsubscribed, wordings

__all__ = [
    "Utc",
    "appeals",
    "application_drafts",
    "application_members",
    "applications",
    "assignments",
    "audit",
    "authorities",
    "bounces",
    "ceremonies",
    "clock_turns",
    "conflicts",
    "consents",
    "decisions",
    "draft_versions",
    "evidence",
    "fact_requests",
    "feedback",
    "frozen_pages",
    "grant_acts",
    "grant_steps",
    "grants",
    "guests",
    "handovers",
    "joint_sheets",
    "jurors",
    "kept_answers",
    "kept_bytes",
    "kits",
    "letter_events",
    "meeting_items",
    "meetings",
    "messages",
    "metadata",
    "meters",
    "parcels",
    "people",
    "pins",
    "plan_drafts",
    "refused_rows",
    "register_imports",
    "register_rows",
    "renamings",
    "rounds",
    "rule_sets",
    "sessions",
    "sheet_versions",
    "sheets",
    "sign_in_links",
    "statements",
    "step_failures",
    "tokens",
    "unsubscribed",
    "uploads",
    "watched_sources",
    "webhook_calls",
    "webhooks",
    "wordings",
]
