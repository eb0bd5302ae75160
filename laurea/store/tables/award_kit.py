"""What is sent to holders of labels, and to which ceremony they are invited."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from laurea.store.tables.base import Utc, key, metadata, number, ref

kits = Table(  # what belongs to the award of a round; one a round
    "kits",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    Column("round_id", ForeignKey("rounds.id"), nullable=False, unique=True),
    Column("items", JSON, nullable=False),  # {name, outcomes, quantity, engraving}; no outcomes: whoever gets a label
    Column("address_fact", String(80), nullable=False, server_default=""),  # a fact that holds where to send it
    Column("version", Integer, nullable=False, server_default="1"),
)

parcels = Table(  # one a label; there is no row before somebody notes something about it
    "parcels",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
    Column("grant_id", ForeignKey("grants.id"), nullable=False, unique=True),
    Column("address", Text, nullable=False, server_default=""),  # as it should stand on the parcel, line by line
    Column("state", String(20), nullable=False, server_default="to_send"),  # evaluators.award_kit.State
    Column("since", Date),  # the day it came into this state
    Column("note", Text, nullable=False, server_default=""),  # carrier, tracking number, who took it
    Column("contents", JSON),  # {name, quantity, engraving}, as they were when it was sent
    key(nullable=True),  # of the link that asks where to send it
    Column("asked_at", Utc),
    Column("expires_at", Utc),  # of that link
    Column("version", Integer, nullable=False, server_default="1"),
)

ceremonies = Table(
    "ceremonies",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds", index=True),
    Column("title", String(200), nullable=False),
    Column("regions", JSON, nullable=False),  # whose holders are invited; none: all of them
    Column("place", Text, nullable=False),
    Column("programme", Text, nullable=False, server_default=""),
    Column("begins_at", Utc, nullable=False),
    Column("ends_at", Utc, nullable=False),
    Column("timezone", String(60), nullable=False),  # whose clock its hours are told by
    Column("reply_until", Utc, nullable=False),
    Column("uid", String(80), nullable=False, unique=True),  # of its calendar entry, the same for ever
    Column("sequence", Integer, nullable=False, server_default="0"),  # how often time, place or title changed
    Column("changed_at", Utc, nullable=False),
    Column("cancelled_at", Utc),
    Column("version", Integer, nullable=False, server_default="1"),
)

guests = Table(  # who is invited: a holder once, however many labels they have
    "guests",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("ceremony_id", "ceremonies"),
    ref("person_id", "people"),
    key(),  # of the link that invites
    Column("invited_at", Utc, nullable=False),
    Column("comes", Boolean),  # None: no answer yet
    Column("people", Integer, nullable=False, server_default="1"),  # how many come, the guest included
    Column("sounds", String(200), nullable=False, server_default=""),  # how the name is read aloud
    Column("words", Text, nullable=False, server_default=""),
    Column("replied_at", Utc),
    UniqueConstraint("ceremony_id", "person_id"),
)
