"""News for one person that can become one letter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from laurea.store import tables as t
from notifications.outbox import DIGESTED

m = t.messages.c


@dataclass(frozen=True)
class Part:
    """A letter that waits and can become part of another."""

    id: int
    authority_id: int
    round_id: int
    person_id: int
    key: str
    not_before: datetime
    created_at: datetime

    @property
    def juror_id(self) -> int:
        """Whom of the round it goes to, out of its key (laurea.letters.assignment)."""
        return int(self.key.split(":")[2])


@dataclass(frozen=True)
class News:
    """What a juror was given since a moment and has not finished: how many, until when (None: as the round has it)."""

    number: int
    until: datetime | None


def together(connection: Connection, now: datetime) -> list[list[Part]]:
    """Letters that become one: of one person, as they came from us, and one of them due. Others wait for more."""
    changed = select(t.letter_events.c.id).where(t.letter_events.c.message_id == m.id).correlate(t.messages).exists()
    names = tuple(Part.__dataclass_fields__)
    waiting = (
        m.state == "due", m.kind.in_(DIGESTED), m.attempts == 0, ~m.at_once, m.round_id.is_not(None), ~changed,
    )  # fmt: skip
    several = (
        select(m.person_id).where(*waiting).group_by(m.person_id)
        .having(func.count() > 1, func.min(m.not_before) <= now)
    )  # fmt: skip
    query = select(*(m[name] for name in names)).where(*waiting, m.person_id.in_(several)).order_by(m.id)
    found: dict[int, list[Part]] = defaultdict(list)
    for row in connection.execute(query.with_for_update()):
        part = Part(**row._mapping)
        found[part.person_id].append(part)
    return [parts for parts in found.values() if len(parts) > 1]  # one may have left while we waited for it


def news(connection: Connection, jurors: Sequence[int], since: datetime) -> News:
    """What these seats of one round were given since then and still have open; `until` is the first of their ends."""
    a = t.assignments.c
    query = select(func.count(), func.min(a.until)).where(
        a.juror_id.in_(jurors), a.state.in_(("open", "draft")), a.assigned_at >= since
    )
    number, until = connection.execute(query).one()
    return News(int(number), until)
