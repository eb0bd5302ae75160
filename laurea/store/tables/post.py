"""Letters, what became of them, and the texts an office gives them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from laurea.store.tables.base import Utc, metadata, number, ref

messages = Table(
    "messages",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    Column("round_id", ForeignKey("rounds.id"), index=True),
    Column("key", String(200), nullable=False, unique=True),  # kind:subject:recipient; a message exists once
    Column("message_id", String(200), nullable=False, unique=True),
    Column("kind", String(40), nullable=False),  # notifications.catalogue
    ref("person_id", "people", index=True),
    Column("address", String(320), nullable=False),
    Column("language", String(8), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("content", LargeBinary, nullable=False),  # the letter as it goes out, RFC 5322 bytes
    # draft|held|due|sending|sent|delivered|bounced|failed|uncertain|cancelled
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("not_before", Utc, nullable=False),
    Column("reply", String(300), nullable=False, server_default=""),
    Column("created_at", Utc, nullable=False),
    Column("sent_at", Utc),
    Column("at_once", Boolean, nullable=False, server_default="0"),  # an officer's word: no quiet hours, no digest
    Column("claim", String(32), nullable=False, server_default=""),  # of the sender that took it last; its journal says
    Index("ix_messages_state_not_before", "state", "not_before"),
)

letter_events = Table(  # what happened to a letter: each try, and each deed on it
    "letter_events",
    metadata,
    number(),
    ref("message_id", "messages", index=True),
    Column("at", Utc, nullable=False),
    Column("actor", String(80), nullable=False),  # person:12 | clock | system
    Column("what", String(20), nullable=False),  # try|edited|held|let_go|cancelled|sent_now|arrived|again|joined
    Column("outcome", String(20), nullable=False, server_default=""),  # of a try: the state it led to; empty: none yet
    Column("note", String(300), nullable=False, server_default=""),  # the relay's reply, or why
    Column("subject", String(300)),  # of an edit: what stood there before
    Column("content", LargeBinary),
)

bounces = Table(  # reports of letters that came back, are late or arrived; a report is known once
    "bounces",
    metadata,
    number(),
    Column("digest", String(64), nullable=False, unique=True),  # of the report
    Column("at", Utc, nullable=False),
    Column("source", String(20), nullable=False),  # mailbox | service
    Column("kind", String(20), nullable=False),  # hard | soft | delivered | aside: it is about no letter of ours
    Column("authority_id", ForeignKey("authorities.id")),  # with message_id, of the letter; None where it is aside
    Column("message_id", ForeignKey("messages.id"), index=True),
    Column("address", String(320), nullable=False, server_default=""),  # lower case; a hard one stops letters to it
    Column("reason", String(300), nullable=False),  # status and words of the report, or why it is aside
    Column("confirmed_by", ForeignKey("people.id")),  # who said that the address is right
    Column("confirmed_at", Utc),
    Index("ix_bounces_address", "authority_id", "address"),
)

unsubscribed = Table(  # who may be written to no more of a kind; the row is made with the first letter that asks
    "unsubscribed",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("person_id", "people"),
    Column("kind", String(40), nullable=False),  # notifications.catalogue
    Column("token", String(43), nullable=False, unique=True),  # stands in the letter; whoever has it may say no
    Column("made_at", Utc, nullable=False),
    Column("since", Utc),  # None: still written to
    UniqueConstraint("person_id", "kind"),
)

wordings = Table(  # an officer's own text of a letter, in one language; the newest version stands
    "wordings",
    metadata,
    number(),
    ref("authority_id", "authorities"),
    ref("round_id", "rounds"),
    Column("kind", String(40), nullable=False),  # notifications.catalogue
    Column("language", String(8), nullable=False),
    Column("version", Integer, nullable=False),
    Column("house", Boolean, nullable=False, server_default="0"),  # from then on the house's text again
    Column("subject", Text, nullable=False),
    Column("heading", Text, nullable=False),
    Column("body", Text, nullable=False),
    ref("written_by", "people"),
    Column("written_at", Utc, nullable=False),
    UniqueConstraint("round_id", "kind", "language", "version"),
)
