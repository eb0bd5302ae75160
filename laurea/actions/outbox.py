"""What officers do with letters: hold them and let them go, cancel, send at once, change the words, settle a doubt."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from laurea import ledger
from laurea.errors import BadInput, Conflict, NotFound
from laurea.ledger import Event
from laurea.store import letter_deeds, outbox, rounds
from laurea.store.engine import writing
from laurea.store.searching import Where
from notifications import rewrite
from notifications.errors import BadData
from notifications.outbox import FROM, NOT_LEFT, SECRET, TO, Move, from_states

EVENTS = {
    Move.HOLD: (Event.LETTERS_HELD, "held"),
    Move.RELEASE: (Event.LETTERS_LET_GO, "let_go"),
    Move.CANCEL: (Event.LETTERS_CANCELLED, "cancelled"),
    Move.SEND: (Event.LETTERS_SENT_NOW, "sent_now"),
    Move.ARRIVED: (Event.LETTER_RESOLVED, "arrived"),
    Move.AGAIN: (Event.LETTER_RESOLVED, "again"),
}


def move(
    engine: Engine, round_id: int, number: int, what: Move, *, actor: ledger.Actor, now: datetime, why: str = ""
) -> None:
    """Do this with one letter of a round. `why` is kept with it.

    Raises NotFound where the round has no such letter, Conflict where it is not in a state for this any more.
    """
    with writing(engine) as connection:
        if letter_deeds.one(connection, round_id, number) is None:
            raise NotFound(f"The round has no letter {number}.", "Look at the list of its letters.")
        if not _moved(connection, round_id, [number], what, actor=actor, now=now, why=why, many=False):
            raise Conflict("The letter is in another state by now; nothing was done.", "Look at it again.")


def move_found(
    engine: Engine,
    round_id: int,
    where: Where,
    states: Sequence[str],
    what: Move,
    *,
    expected: int,
    newest: int,
    actor: ledger.Actor,
    now: datetime,
) -> int:
    """Do this with the letters a search finds in these states, none younger than `newest`: with all or none.

    `expected` is how many somebody saw before they said yes. Raises Conflict when there are more or fewer by now.
    """
    with writing(engine) as connection:
        may = from_states(what, many=True)
        ids = letter_deeds.found(connection, round_id, where, [one for one in states or may if one in may], newest)
        if len(ids) != expected or not ids:
            raise Conflict("There are more or fewer letters by now; nothing was done.", "Look at them again.")
        done = _moved(connection, round_id, ids, what, actor=actor, now=now, many=True)
        if done != expected:  # a sender was quicker with some
            raise Conflict("There are more or fewer letters by now; nothing was done.", "Look at them again.")
    return done


def stop_release(engine: Engine, round_id: int, *, actor: ledger.Actor, now: datetime) -> int:
    """Hold every letter of the release that has not left; how many. Raises Conflict where all have."""
    with writing(engine) as connection:
        ids = [number for number, _ in letter_deeds.stoppable(connection, round_id, now)]
        if not ids:
            raise Conflict("The letters have gone, or are held already.", "Look at the list of letters.")
        return _moved(connection, round_id, ids, Move.HOLD, actor=actor, now=now, many=True)


def _moved(
    connection: Connection,
    round_id: int,
    ids: list[int],
    what: Move,
    *,
    actor: ledger.Actor,
    now: datetime,
    many: bool,
    why: str = "",
) -> int:
    values: dict[str, Any] = {"state": TO[what]}
    if what is Move.CANCEL:
        values["reply"] = why.strip()[:300]
    if what in (Move.SEND, Move.AGAIN):
        values |= {"not_before": now, "at_once": True, "sent_at": None, "attempts": 0}
    if what is Move.ARRIVED:
        values["sent_at"] = letter_deeds.last_try(connection, ids[0]) or now
    done = letter_deeds.change(connection, ids, from_states(what, many=many), **values)
    event, line = EVENTS[what]
    if done:
        outbox.note(connection, done, at=now, actor=actor.name, what=line, note=why.strip()[:300])
        subject = f"letter:{done[0]}" if not many else ""
        details: dict[str, Any] = {"letters": len(done)} if many else {"as": what.value}
        record = rounds.round_by_id(connection, round_id)
        ledger.record_of(connection, record, actor=actor, event=event, subject=subject, now=now, details=details)
    return len(done)


def mark(content: bytes) -> str:
    """Names the words somebody saw: others have another mark."""
    return hashlib.sha256(content).hexdigest()[:16]


def edit(
    engine: Engine,
    round_id: int,
    number: int,
    subject: str,
    text: str,
    *,
    seen: str,
    actor: ledger.Actor,
    now: datetime,
) -> bool:
    """Change the words of a letter that has not left; false where they are the same.

    What stood there is kept beside it. Class, recipient and key stay. `seen` is the mark of the words it was written
    from. Raises NotFound, BadInput, and Conflict where it left or somebody else changed it.
    """
    with writing(engine) as connection:
        letter = letter_deeds.one(connection, round_id, number, lock=True)
        if letter is None or letter.kind in SECRET:
            raise NotFound(f"The round has no letter {number}.", "Look at the list of its letters.")
        if letter.state not in NOT_LEFT or mark(letter.content) != seen:
            raise Conflict("The letter has left, or somebody changed it meanwhile.", "Look at it again.")
        try:
            content = rewrite.rewrite(letter.content, subject, text)
        except BadData as wrong:
            raise BadInput(
                "A letter needs a subject of at most 200 characters and a text of at most 20,000.",
                remedy="Put that right; nothing was kept.",
            ) from wrong
        before, after = rewrite.read(letter.content), rewrite.read(content)
        if (before.subject, before.text) == (after.subject, after.text):
            return False
        letter_deeds.change(connection, [number], FROM[Move.CANCEL], subject=after.subject, content=content)
        outbox.note(
            connection, [number], at=now, actor=actor.name, what="edited", subject=letter.subject,
            content=letter.content,
        )  # fmt: skip
        record = rounds.round_by_id(connection, round_id)
        ledger.record_of(
            connection, record, actor=actor, event=Event.LETTER_EDITED, subject=f"letter:{number}", now=now,
            details={"kind": letter.kind},
        )  # fmt: skip
    return True
