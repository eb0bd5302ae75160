"""Ceremonies: an officer calls one, changes or cancels it, and invites the holders of a region; guests answer.

An invitation is a link of its own: opening it changes nothing, the button answers, until the day the officer set. It
stops working a day after the ceremony. Whoever is invited is told of every change of time, place or name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, Engine

from evaluators.permissions import Deed, Field, Role, may, phase, sees
from laurea import ledger, letters
from laurea.errors import BadInput, Conflict, NotFound, NotNow
from laurea.ledger import Actor, Event
from laurea.settings import Settings
from laurea.store import ceremonies, kits, rounds
from laurea.store.ceremonies import Ceremony, Guest, Invitation
from laurea.store.engine import reading, writing
from laurea.store.rounds import RoundRecord
from notifications.compose import Letter, Recipient

LONGEST_TITLE, LONGEST_PLACE, LONGEST_PROGRAMME, LONGEST_WORDS, LONGEST_SOUND = 200, 500, 4_000, 2_000, 200
LONGEST = timedelta(days=7)
OPEN_AFTER = timedelta(days=1)  # an invitation can be looked at until then
MOST_PEOPLE = 99
TOLD = ("title", "place", "begins_at", "ends_at", "timezone")
"""What guests and calendars are told of when it changes."""


@dataclass(frozen=True)
class Asked:
    """A ceremony as an officer wants it. Moments are aware; no regions: the holders of all of them."""

    title: str
    place: str
    programme: str
    begins_at: datetime
    ends_at: datetime
    timezone: str
    reply_until: datetime
    regions: Sequence[str] = ()


def call(engine: Engine, round_id: int, asked: Asked, *, actor: Actor, now: datetime) -> int:
    """Call a ceremony; its id. Nobody is invited yet. Raises BadInput for one that cannot be."""
    with writing(engine) as connection:
        record = _round(connection, round_id, now)
        values = _values(connection, record, asked)
        if asked.begins_at <= now:
            raise BadInput("The ceremony would lie in the past.", remedy="Choose a later day.")
        number = ceremonies.add(
            connection, authority_id=record.authority_id, round_id=round_id, changed_at=now, **values
        )
        _audit(connection, record, Event.CEREMONY_CALLED, number, actor, now)
        return number


def change(
    engine: Engine, round_id: int, number: int, asked: Asked, *, version: int, settings: Settings, actor: Actor,
    now: datetime,
) -> int:  # fmt: skip
    """Change a ceremony; how many guests were told. Only time, place or name are told.

    Raises Conflict where somebody else changed it since `version`, NotNow where it was cancelled.
    """
    with writing(engine) as connection:
        record = _round(connection, round_id, now)
        one = _ceremony(connection, record, number)
        values = _values(connection, record, asked)
        moved = any(values[name] != getattr(one, name) for name in TOLD)
        if moved:
            values |= {"sequence": one.sequence + 1, "changed_at": now}
        _change(connection, one, version, values)
        _audit(connection, record, Event.CEREMONY_CHANGED, number, actor, now, told=moved)
        fresh = _ceremony(connection, record, number)
        return _tell(connection, record, fresh, "changed", settings, now) if moved else 0


def cancel(
    engine: Engine, round_id: int, number: int, *, version: int, settings: Settings, actor: Actor, now: datetime
) -> int:
    """Cancel a ceremony; how many guests were told. It cannot be called back: call another."""
    with writing(engine) as connection:
        record = _round(connection, round_id, now)
        one = _ceremony(connection, record, number)
        _change(connection, one, version, {"cancelled_at": now, "changed_at": now, "sequence": one.sequence + 1})
        _audit(connection, record, Event.CEREMONY_CANCELLED, number, actor, now)
        one = replace(one, cancelled_at=now, sequence=one.sequence + 1)
        return _tell(connection, record, one, "cancelled", settings, now)


def invite(engine: Engine, round_id: int, number: int, *, settings: Settings, actor: Actor, now: datetime) -> int:
    """Invite whoever holds a label in the ceremony's regions and is not invited yet; how many."""
    with writing(engine) as connection:
        record = _round(connection, round_id, now)
        one = _ceremony(connection, record, number, held=True)  # who changes it waits, and tells the new guests too
        if now >= one.begins_at:
            raise NotNow("The ceremony has begun.", "Nobody is invited any more.")
        new = {holder.person_id for holder in ceremonies.uninvited(connection, one)}
        ceremonies.invite(connection, one, sorted(new), now)
        done = _tell(connection, record, one, "invited", settings, now, new)
        _audit(connection, record, Event.GUESTS_INVITED, number, actor, now, guests=done)
        return done


def note(
    engine: Engine, round_id: int, number: int, guest: int, *, comes: bool | None, people: int, sounds: str,
    actor: Actor, now: datetime,
) -> None:  # fmt: skip
    """Write down what a guest said to the office, and how their name is read aloud."""
    _must_be_answer(people, "", sounds)
    with writing(engine) as connection:
        record = _round(connection, round_id, now)
        one = _ceremony(connection, record, number)
        found = ceremonies.guests(connection, one, guest)
        if not found:
            raise NotFound("There is no such guest.")
        values: dict[str, object] = {"comes": comes, "people": people, "sounds": sounds.strip()}
        if comes is not found[0].comes:
            values["replied_at"] = None if comes is None else now
        ceremonies.answer(connection, guest, **values)
        _audit(connection, record, Event.GUEST_NOTED, number, actor, now, guest=guest)


def opened(engine: Engine, key: str, now: datetime) -> Invitation | None:
    """The invitation behind a link; None when there is no such link or its ceremony is over."""
    with reading(engine) as connection:
        return _open(connection, key, now)


def takes_answers(one: Invitation, now: datetime) -> bool:
    """Whether a guest can still say whether they come."""
    held = one.ceremony
    return held.cancelled_at is None and now < min(held.reply_until, held.begins_at)


def reply(engine: Engine, key: str, *, comes: bool, people: int, sounds: str, words: str, now: datetime) -> None:
    """Answer an invitation; what was answered before is replaced.

    Raises NotFound when the link does not work any more, NotNow when the time for answers is over.
    """
    _must_be_answer(people, words, sounds)
    with writing(engine) as connection:
        found = _open(connection, key, now)
        if found is None or not may(Role.WITNESS, Deed.COME, found.timetable, now):
            raise NotFound("This link does not work any more.")
        if not takes_answers(found, now):
            raise NotNow("The time for answers is over.", "If something changed, write to the office.")
        ceremonies.answer(
            connection, found.guest_id, comes=comes, people=people if comes else 1, sounds=sounds.strip(),
            words=words.strip(), replied_at=now,
        )  # fmt: skip
        held = found.ceremony
        ledger.record(
            connection, authority_id=held.authority_id, actor=Actor.person(found.person_id), event=Event.GUEST_REPLIED,
            subject=f"ceremony:{held.id}", now=now, round_id=held.round_id, details={"guest": found.guest_id},
        )  # fmt: skip


def _open(connection: Connection, key: str, now: datetime) -> Invitation | None:
    found = ceremonies.by_key(connection, key)
    if found is None or now >= found.ceremony.ends_at + OPEN_AFTER:
        return None
    return found if Field.INVITATION in sees(Role.WITNESS, phase(found.timetable, now)) else None


def _must_be_answer(people: int, words: str, sounds: str) -> None:
    if not 1 <= people <= MOST_PEOPLE:
        raise BadInput("So many cannot come.", remedy="Write a number from 1 to 99.")
    if len(words) > LONGEST_WORDS or len(sounds) > LONGEST_SOUND or not sounds.isprintable():
        raise BadInput("What you wrote is too long.", remedy="Shorten it.")


def _values(connection: Connection, record: RoundRecord, asked: Asked) -> dict[str, object]:
    """A ceremony's columns. Raises BadInput where something of it cannot be."""
    values: dict[str, object] = {one.name: getattr(asked, one.name) for one in fields(asked)}
    for name, most in (("title", LONGEST_TITLE), ("place", LONGEST_PLACE), ("programme", LONGEST_PROGRAMME)):
        values[name] = text = str(values[name]).strip()
        if len(text) > most or not (text or name == "programme"):
            raise BadInput("The ceremony needs a name and a place, and no text may be too long.", remedy="Mend it.")
    try:
        ZoneInfo(asked.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput("There is no such time zone.", remedy="Write it as Asia/Baku or Europe/Riga.") from None
    if not asked.begins_at < asked.ends_at <= asked.begins_at + LONGEST:
        raise BadInput("The ceremony would end before it begins, or last for days.", remedy="Mend the hours.")
    if asked.reply_until > asked.begins_at:
        raise BadInput("Answers would come after the ceremony begins.", remedy="Choose an earlier day.")
    if set(asked.regions) - set(kits.regions(connection, record.id)):
        raise BadInput("Nobody holds a label there.", remedy="Choose regions of the list.")
    return values | {"regions": sorted(set(asked.regions))}


def _tell(
    connection: Connection, record: RoundRecord, one: Ceremony, state: Literal["invited", "changed", "cancelled"],
    settings: Settings, now: datetime, only: set[int] | None = None,
) -> int:  # fmt: skip
    """Write to the guests of a ceremony, on its own clock; to these people alone where some are named. How many."""
    desk = letters.Desk.of(connection, record, settings, now)
    desk = replace(desk, authority=replace(desk.authority, timezone=one.timezone))
    told = [guest for guest in ceremonies.guests(connection, one) if only is None or guest.person_id in only]
    written = [_letter(desk, one, guest, state) for guest in told]
    ledger.post(connection, written, authority_id=record.authority_id, round_id=record.id, now=now)
    return len(written)


def _letter(desk: letters.Desk, one: Ceremony, guest: Guest, state: str) -> Letter:
    recipient = Recipient(guest.person_id, guest.name, guest.email, desk.language(guest.reads))
    link = desk.address("invitation", guest.key)
    told = {
        "round": desk.record.title, "ceremony": one.title, "place": one.place, "begins": one.begins_at.isoformat(),
        "until": one.reply_until.isoformat(), "state": state, "link": f"{link}?lang={recipient.language}",
        "programme": [line for line in one.programme.splitlines() if line.strip()], "calendar": f"{link}/ceremony.ics",
    }  # fmt: skip
    return desk.letter("ceremony", f"ceremony:{guest.id}:{one.sequence}:{state}", recipient, told)


def _round(connection: Connection, round_id: int, now: datetime) -> RoundRecord:
    record = rounds.round_by_id(connection, round_id)
    if not may(Role.OFFICER, Deed.HAND_OUT, record.timetable, now):
        raise NotNow("The results are not released yet.", "Nobody is invited before.")
    return record


def _ceremony(connection: Connection, record: RoundRecord, number: int, *, held: bool = False) -> Ceremony:
    found = ceremonies.ceremony(connection, record.id, number, held=held)
    if found is None:
        raise NotFound("There is no such page.")
    if found.cancelled_at is not None:
        raise NotNow("This ceremony was cancelled.", "Call another one.")
    return found


def _change(connection: Connection, one: Ceremony, version: int, values: dict[str, object]) -> None:
    if not ceremonies.change(connection, one.id, version, **values):
        raise Conflict("Somebody else changed this ceremony meanwhile.", "Look at it again; nothing was kept.")


def _audit(
    connection: Connection, record: RoundRecord, event: Event, number: int, actor: Actor, now: datetime,
    **details: object,
) -> None:  # fmt: skip
    subject = f"ceremony:{number}"
    ledger.record_of(connection, record, actor=actor, event=event, subject=subject, now=now, details=details)
