"""Remind jurors of unfinished reviews, looking at the facts of this moment and at each juror's own deadline.

Who stays silent past the last step gets no further letter: their officer is told, once for each deadline.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from laurea import jury_letters, ledger, letters
from laurea.settings import Settings
from laurea.store import juries, outbox, rounds, unsubscribed
from laurea.store.engine import reading, writing
from notifications.compose import Letter, Recipient
from notifications.outbox import quiet_until

LADDER = (timedelta(days=7), timedelta(days=2), timedelta(0), timedelta(days=-2))  # before the deadline
AGAIN = "review_reminder_again"


@dataclass(frozen=True)
class Due:
    """A reminder that is due: of how many reviews, until when, at which step of the ladder.

    `again`: it is not the first before this deadline.
    """

    juror: juries.JurorRecord
    number: int
    until: datetime
    step: str
    again: bool = False


def step_of(until: datetime, since: datetime, now: datetime) -> str | None:
    """The step of the ladder that is due now, or None: '7', '2', '0' or '-2' days before the deadline `until`.

    A step that lay before `since`, when the last of the reviews was given out, is over: nobody is reminded of what
    they were told a moment ago.
    """
    reached = [step for step in LADDER if since < until - step <= now]
    return str(reached[-1].days) if reached else None


def due(engine: Engine, round_id: int, *, now: datetime) -> list[Due]:
    """Reminders that are due and not written yet; nothing is written."""
    with reading(engine) as connection:
        return _due(connection, rounds.round_by_id(connection, round_id), now)


def remind(engine: Engine, round_id: int, *, settings: Settings, now: datetime) -> int:
    """Queue one letter per juror and deadline for the step that is due; how many were new, officers' among them.

    A juror with more time than the review period is reminded before their own deadline, not before the round's. In an
    office's quiet hours nothing is written: the letters are made with the facts of the morning.
    """
    with reading(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        office = rounds.authority_of(connection, record.authority_id)
        if quiet_until(now, office.quiet_from, office.quiet_until, office.timezone) is not None:
            return 0
        if not _due(connection, record, now) and not _untold(connection, record, now):
            return 0
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        desk = letters.Desk.of(connection, record, settings, now)
        post = [made for one in _due(connection, record, now) if (made := _letter(connection, desk, one)) is not None]
        post += _told(connection, desk, now)
        return ledger.post(connection, post, authority_id=record.authority_id, round_id=round_id, now=now)


def _letter(connection: Connection, desk: letters.Desk, one: Due) -> Letter | None:
    """A reminder; None where its reader wants no further ones."""
    token = ""
    if one.again:
        found = unsubscribed.token_of(connection, desk.authority.id, one.juror.person_id, AGAIN, desk.now)
        if found is None:
            return None
        token = found
    return jury_letters.review_reminder(desk, one.juror, one.number, one.step, one.until, token)


def _told(connection: Connection, desk: letters.Desk, now: datetime) -> list[Letter]:
    """Letters to officers about jurors who let their deadline pass in silence, and a line about each of the jurors."""
    post = []
    for officer, until, silent in _untold(connection, desk.record, now):
        told = [(juror.name, number) for juror, number in silent]
        post.append(jury_letters.reviews_silent(desk, officer, told, until))
    if post:
        ledger.record_of(
            connection, desk.record, actor=ledger.CLOCK, event=ledger.Event.JURORS_SILENT, now=now,
            details={"letters": len(post)},
        )  # fmt: skip
    return post


def _untold(
    connection: Connection, record: rounds.RoundRecord, now: datetime
) -> list[tuple[Recipient, datetime, list[tuple[juries.JurorRecord, int]]]]:
    """Whom of the officers to tell of which deadline, and who let it pass with how many open reviews."""
    if record.phase(now) != "reviewing":
        return []
    late: dict[datetime, list[tuple[int, int]]] = defaultdict(list)
    for juror, until, number, _ in _open(connection, record):
        if until + juries.SILENCE <= now:
            late[until].append((juror, number))
    if not late:
        return []
    jury = {juror.id: juror for juror in juries.jurors(connection, record.id)}
    found = {
        jury_letters.silent_key(record, officer.person_id, until): (officer, until, [(jury[j], n) for j, n in silent])
        for until, silent in sorted(late.items())
        for officer in juries.officers(connection, record.authority_id)
    }
    told = outbox.known_keys(connection, list(found))
    return [one for key, one in found.items() if key not in told]


def _due(connection: Connection, record: rounds.RoundRecord, now: datetime) -> list[Due]:
    if record.phase(now) != "reviewing":
        return []
    jury = {juror.id: juror for juror in juries.jurors(connection, record.id)}
    found: dict[str, Due] = {}
    earlier: dict[str, list[str]] = {}
    for juror, until, number, since in _open(connection, record):
        step = step_of(until, since, now)
        if step is not None:
            steps = {
                str(one.days): jury_letters.reminder_key(record, jury[juror], str(one.days), until) for one in LADDER
            }
            found[steps[step]] = Due(jury[juror], number, until, step)
            earlier[steps[step]] = [key for name, key in steps.items() if name != step]
    told = outbox.known_keys(connection, [key for one in found for key in (one, *earlier[one])])
    return [
        Due(one.juror, one.number, one.until, one.step, again=any(two in told for two in earlier[key]))
        for key, one in found.items()
        if key not in told
    ]


def _open(connection: Connection, record: rounds.RoundRecord) -> list[tuple[int, datetime, int, datetime]]:
    """Juror, deadline, number of open reviews, and when the last was given; no deadline is before the round's."""
    together: dict[tuple[int, datetime], tuple[int, datetime]] = {}
    for one in juries.open_by_deadline(connection, record.id):
        place = (one.juror_id, max(record.review_until, one.until or record.review_until))
        number, since = together.get(place, (0, one.given_at))
        together[place] = (number + one.number, max(since, one.given_at))
    return [(juror, until, number, since) for (juror, until), (number, since) in together.items()]
