"""The rules of the outbox: what a letter's states are, what may be done in each, and which letters can wait.

Nothing here reads a clock or a record: the house asks, about a letter and a moment it names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from notifications.catalogue import KINDS, Ground
from notifications.errors import BadData

STATES = ("draft", "held", "due", "sending", "sent", "delivered", "bounced", "failed", "uncertain", "cancelled")
"""In the order of a letter's life; `sent` was taken by the relay, `delivered` by the reader's own server."""

NOT_LEFT = frozenset({"draft", "held", "due"})
"""It has certainly not left, and its words can still be changed."""

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


class Move(StrEnum):
    """What somebody can do with a letter."""

    HOLD = "hold"
    RELEASE = "release"  # let a held one go
    CANCEL = "cancel"
    SEND = "send"  # at once, whatever the hour
    ARRIVED = "arrived"  # of an uncertain one: somebody found out that it did
    AGAIN = "again"  # of an uncertain one: it did not, or may come twice


FROM: Mapping[Move, frozenset[str]] = MappingProxyType(
    {
        Move.HOLD: frozenset({"draft", "due"}),
        Move.RELEASE: frozenset({"draft", "held"}),
        Move.CANCEL: NOT_LEFT,
        Move.SEND: NOT_LEFT | {"failed", "bounced", "cancelled"},
        Move.ARRIVED: frozenset({"uncertain"}),
        Move.AGAIN: frozenset({"uncertain"}),
    }
)
TO: Mapping[Move, str] = MappingProxyType(
    {
        Move.HOLD: "held",
        Move.RELEASE: "due",
        Move.CANCEL: "cancelled",
        Move.SEND: "due",
        Move.ARRIVED: "sent",
        Move.AGAIN: "due",
    }
)
MANY = (Move.SEND, Move.HOLD, Move.RELEASE, Move.CANCEL)
"""What can be done with many letters in one go. A failed or cancelled one is sent again only one by one."""

ANSWERS = frozenset({"received", "appeal_received"})  # to what the reader did a moment ago
REMINDERS = frozenset({"review_reminder", "review_reminder_again"})
DIGESTED = frozenset({"assignment"})
"""Kinds of which several to one person become one letter. Decisions are never among them."""

RELEASED = frozenset({"decision", "nominations"})
"""Kinds that a release sends, which its undo window holds."""

SECRET = frozenset({"sign_in", "fact_asked", "ceremony"})
"""Kinds that carry a key of their reader's: whoever reads one could act as that person. The house shows them nobody."""


def from_states(move: Move, *, many: bool) -> frozenset[str]:
    """The states a letter can be in for this to be done with it."""
    return FROM[move] & NOT_LEFT if many else FROM[move]


def of_class(ground: str) -> list[str]:
    """The kinds of letters of a class."""
    return [kind.name for kind in KINDS.values() if kind.ground == ground]


AT_ANY_HOUR = ANSWERS.union(of_class(Ground.ASKED_FOR))
"""Kinds that go at night too: their reader waits for them."""


def read_clock(text: str) -> time:
    """An hour of the day, `21:00`. Raises BadData for anything else."""
    if not _CLOCK.fullmatch(text):
        raise BadData(f"{text[:20]!r} is no time of day.", "Write it as 21:00.")
    return time.fromisoformat(text)


def quiet_until(now: datetime, begins: str, ends: str, timezone: str) -> datetime | None:
    """When the quiet hours end that `now` lies in, or None: it lies in none.

    `begins` and `ends` are hours of that time zone's clock, the end not included; both empty, or the same, mean that
    there are no quiet hours. They may go over midnight.
    """
    if not begins or not ends or begins == ends:
        return None
    first, last, here = read_clock(begins), read_clock(ends), now.astimezone(ZoneInfo(timezone))
    hour = here.time().replace(tzinfo=None)
    inside = first <= hour < last if first < last else hour >= first or hour < last
    if not inside:
        return None
    day = here.date() + timedelta(days=1) if hour >= last else here.date()
    return datetime.combine(day, last, ZoneInfo(timezone)).astimezone(now.tzinfo)
