"""The outbox: each letter a row that exists once under its key, and what happened to it, line after line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from laurea.store import tables as t
from laurea.store.batches import batches
from notifications.catalogue import Ground
from notifications.outbox import AT_ANY_HOUR, REMINDERS, of_class, quiet_until

_OPTIONAL = of_class(Ground.COURTESY)
FINISHED = "Nothing was open any more when it should have gone."
UNSUBSCRIBED = "Its reader wants no such letters."


@dataclass(frozen=True)
class DueLetter:
    """A letter ready to go out."""

    id: int
    message_id: str
    address: str
    content: bytes
    attempts: int
    claim: str = ""  # of the sender that took it last


def known_keys(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Which of these keys already have a letter."""
    found: set[str] = set()
    for some in batches(keys):
        found |= set(connection.execute(select(t.messages.c.key).where(t.messages.c.key.in_(some))).scalars())
    return found


def add_letters(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write letters in one batch; their keys must be new."""
    if rows:
        connection.execute(insert(t.messages), list(rows))


def note(connection: Connection, ids: Iterable[int], **values: Any) -> None:
    """Write the same line about each of these letters: `at`, `actor`, `what`, and perhaps `outcome` and `note`."""
    rows = [{"message_id": one, **values} for one in ids]
    if rows:
        connection.execute(insert(t.letter_events), rows)


def digest_minutes(connection: Connection, authority_id: int) -> int:
    """How long news waits for more of it in this office."""
    c = t.authorities.c
    return int(connection.execute(select(c.digest_minutes).where(c.id == authority_id)).scalar_one())


def claim_due(connection: Connection, now: datetime, limit: int, claim: str = "") -> list[DueLetter]:
    """Take letters that are due and mark them as being sent, in one transaction of the caller.

    The facts of this moment are looked at: in an office's quiet hours what can wait is put off to their end, and what
    nobody needs any more is cancelled. A line is begun for each try; `settle` ends it.
    """
    _put_off(connection, now)
    c = t.messages.c
    query = (
        select(c.id, c.message_id, c.address, c.content, c.attempts, c.kind)
        .where(c.state == "due", c.not_before <= now)
        .order_by(c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    letters: list[DueLetter] = []
    while not letters and (rows := connection.execute(query).all()):
        gone = _not_needed(connection, [row.id for row in rows if row.kind in REMINDERS or row.kind in _OPTIONAL], now)
        letters = [DueLetter(*row[:5]) for row in rows if row.id not in gone]
    if letters:
        ids = [letter.id for letter in letters]
        taken = update(t.messages).where(c.id.in_(ids))
        connection.execute(taken.values(state="sending", attempts=c.attempts + 1, claim=claim))
        note(connection, ids, at=now, actor="clock", what="try")
    return letters


def _put_off(connection: Connection, now: datetime) -> None:
    """Letters that can wait are not due before the quiet hours of their office end."""
    a, c = t.authorities.c, t.messages.c
    query = select(a.id, a.quiet_from, a.quiet_until, a.timezone).where(a.quiet_from != "")
    for office in connection.execute(query).all():
        until = quiet_until(now, office.quiet_from, office.quiet_until, office.timezone)
        if until is not None:
            waiting = update(t.messages).where(
                c.state == "due",
                c.not_before <= now,
                c.authority_id == office.id,
                c.kind.not_in(AT_ANY_HOUR),
                ~c.at_once,
            )
            connection.execute(waiting.values(not_before=until))


def _not_needed(connection: Connection, ids: Sequence[int], now: datetime) -> set[int]:
    """Cancel those of these letters that nobody needs any more, and give their ids."""
    if not ids:
        return set()
    c, a, j, u = t.messages.c, t.assignments.c, t.jurors.c, t.unsubscribed.c
    still_open = (
        select(a.id)
        .join(t.jurors, j.id == a.juror_id)
        .where(j.person_id == c.person_id, j.round_id == c.round_id, a.state.in_(("open", "draft")))
        .correlate(t.messages)
        .exists()
    )
    said_no = (
        select(u.id)
        .where(u.person_id == c.person_id, u.kind == c.kind, u.since.is_not(None))
        .correlate(t.messages)
        .exists()
    )
    found: set[int] = set()
    for why, condition in (
        (FINISHED, c.kind.in_(REMINDERS) & ~still_open),
        (UNSUBSCRIBED, c.kind.in_(_OPTIONAL) & said_no),
    ):
        left = [one for one in ids if one not in found]
        gone = list(connection.execute(select(c.id).where(c.id.in_(left), condition)).scalars())
        if gone:
            cancel(connection, gone, why, actor="clock", now=now)
        found |= set(gone)
    return found


def cancel(connection: Connection, ids: Sequence[int], why: str, *, actor: str, now: datetime) -> None:
    """These letters will not go; why is kept with each."""
    if not ids:
        return
    connection.execute(
        update(t.messages).where(t.messages.c.id == bindparam("b_id")).values(state="cancelled", reply=why),
        [{"b_id": one} for one in ids],
    )
    note(connection, ids, at=now, actor=actor, what="cancelled", note=why)


def in_flight(connection: Connection) -> list[DueLetter]:
    """Letters a sender took and never reported on: it was ended in between."""
    c = t.messages.c
    columns = (c.id, c.message_id, c.address, c.content, c.attempts, c.claim)
    query = select(*columns).where(c.state == "sending").order_by(c.id)
    return [DueLetter(**row._mapping) for row in connection.execute(query)]


def settle(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write what became of letters: `id`, `state`, `reply`, `sent_at`, `not_before`; their last try ends with it.

    Of one that was reported meanwhile to have come back or arrived more is known already: its state stays.
    """
    if not rows:
        return
    known = ("id", "state", "reply", "sent_at", "not_before")
    # In the order of their numbers, as whoever changes many letters takes them: two never wait for each other.
    values = [{f"b_{name}": row[name] for name in known} for row in sorted(rows, key=lambda row: int(row["id"]))]
    connection.execute(
        update(t.messages)
        .where(t.messages.c.id == bindparam("b_id"), t.messages.c.state == "sending")
        .values(
            state=bindparam("b_state"),
            reply=bindparam("b_reply"),
            sent_at=bindparam("b_sent_at"),
            not_before=bindparam("b_not_before"),
        ),
        values,
    )
    e = t.letter_events.c
    connection.execute(
        update(t.letter_events)
        .where(e.message_id == bindparam("b_id"), e.what == "try", e.outcome == "")
        .values(outcome=bindparam("b_state"), note=bindparam("b_reply")),
        [{name: row[name] for name in ("b_id", "b_state", "b_reply")} for row in values],
    )


def due_count(connection: Connection, now: datetime) -> int:
    """How many letters wait to be sent now."""
    c = t.messages.c
    query = select(func.count()).where(c.state.in_(("due", "sending")), c.not_before <= now)
    return int(connection.execute(query).scalar_one())


def state_counts(connection: Connection, round_id: int | None = None) -> Counter[str]:
    """How many letters stand in each state, of one round or of all."""
    c = t.messages.c
    query = select(c.state, func.count().label("n")).group_by(c.state)
    if round_id is not None:
        query = query.where(c.round_id == round_id)
    return Counter({row.state: row.n for row in connection.execute(query)})
