"""What goes to the holders of labels: the kit is declared, parcels are addressed, sent and looked after.

Where nobody knows where to send a parcel, its holder is asked by a link of their own: opening it changes nothing, the
button answers, and it can be answered again until the parcel is on its way.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from evaluators.award_kit import WORDS, Item, State, unknown_words
from evaluators.permissions import Deed, Field, Role, may, phase, sees
from laurea import ledger, letters
from laurea.documents.papers.lists import address_asked
from laurea.errors import BadInput, Conflict, NotFound, NotNow
from laurea.ledger import Actor, Event
from laurea.settings import Settings
from laurea.statute import rule_set_of
from laurea.store import kits, rounds
from laurea.store.engine import reading, writing
from laurea.store.kits import AskedParcel, Kit, Parcel
from laurea.store.rounds import RoundRecord
from notifications.compose import Recipient
from notifications.filled import Filled

MOST_ITEMS = 20
MOST_PIECES = 1_000  # of one thing in one parcel
LONGEST_NAME, LONGEST_ENGRAVING, LONGEST_ADDRESS, LONGEST_NOTE = 120, 300, 600, 500
MOST_LINES = 8  # of an address: no label has room for more
LINK_DAYS = 30


@dataclass(frozen=True)
class Marked:
    """What a deed over many parcels did: how many it changed, and the references of those it could not."""

    done: int
    left: tuple[str, ...] = ()


def set_kit(engine: Engine, round_id: int, new: Kit, *, actor: Actor, now: datetime) -> None:
    """Declare what belongs to the award of a round. Parcels that were sent keep what lay in them.

    Raises BadInput for a thing without a name, an outcome that grants nothing, a word no label has; Conflict where
    somebody else declared it since `new.version`.
    """
    with writing(engine) as connection:
        record = _round(connection, round_id, now)
        ruleset = rule_set_of(connection, record)
        granting = {one.id for one in ruleset.outcomes if one.grants}
        if len(new.items) > MOST_ITEMS:
            raise BadInput("There are too many things in the kit.", remedy="At most 20.")
        for one in new.items:
            _must_be_usable(one, granting)
        if new.address_fact and new.address_fact not in ruleset.facts:
            raise BadInput("The rules know no such fact.", remedy="Choose one of the list.")
        if not kits.save_kit(connection, record.authority_id, round_id, new):
            raise Conflict("Somebody else changed the kit meanwhile.", "Look at it again; nothing was kept.")
        ledger.record_of(
            connection, record, actor=actor, event=Event.KIT_SET, now=now, details={"items": len(new.items)}
        )


def _must_be_usable(one: Item, granting: set[str]) -> None:
    if not one.name or len(one.name) > LONGEST_NAME or len(one.engraving) > LONGEST_ENGRAVING:
        raise BadInput("A thing of the kit has no name, or too long a text.", remedy="Shorten it.")
    if not 1 <= one.quantity <= MOST_PIECES:
        raise BadInput(Filled("Of “{name}” one needs at least one piece.", name=one.name), remedy="Write a number.")
    if not set(one.outcomes) <= granting:
        raise BadInput("There is no such outcome.", remedy="Choose one of the list.")
    if strange := unknown_words(one.engraving):
        raise BadInput(
            Filled("No label has a word for {word}.", word=f"{{{strange[0]}}}"),
            remedy=Filled("Use {words}.", words=", ".join(f"{{{word}}}" for word in WORDS)),
        )


def mark(
    engine: Engine, round_id: int, numbers: Sequence[str], state: State, *, note: str = "", actor: Actor, now: datetime
) -> Marked:
    """Say of parcels, by the number of their label, where they are; one without an address cannot be sent.

    A note that is not empty replaces theirs.
    """
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise BadInput("The note is too long.", remedy="At most 500 characters.")
    done, moved, left = 0, [], []
    with writing(engine) as connection:
        record = _round(connection, round_id, now)
        for one in _parcels(connection, record, numbers):
            if state is State.SENT and not one.address:
                left.append(one.ref)
            elif one.state is not state or (note and note != one.note):
                _put(connection, record, one, state, one.own_address, note or one.note, now)
                done += 1
                if one.state is not state:
                    moved.append(one.grant_id)
        for grant_id in moved:  # when all are noted: whoever holds one of them waits for the lines
            _audit(connection, record, Event.PARCEL_MARKED, grant_id, actor, now, state=state.value)
    return Marked(done, tuple(left))


def change(
    engine: Engine, round_id: int, number: str, *, version: int, state: State, address: str, note: str, actor: Actor,
    now: datetime,
) -> None:  # fmt: skip
    """Say all about one parcel. Raises Conflict where somebody else did since `version`, BadInput for an address no
    label has room for, or where it was sent without one.
    """
    address, note = _address(address), note.strip()
    if len(note) > LONGEST_NOTE:
        raise BadInput("The note is too long.", remedy="At most 500 characters.")
    with writing(engine) as connection:
        record = _round(connection, round_id, now)
        one = _parcels(connection, record, [number])[0]
        if one.version != version:
            raise Conflict("Somebody else changed this parcel meanwhile.", "Look at it again; nothing was kept.")
        if state is State.SENT and not (address or one.address):
            raise BadInput("Nobody knows where this parcel goes.", remedy="Write the address, or ask for it.")
        own = "" if address == one.address and not one.own_address else address  # the fact's stays the fact's
        _put(connection, record, one, state, own, note, now)
        if state is not one.state:
            _audit(connection, record, Event.PARCEL_MARKED, one.grant_id, actor, now, state=state.value)
        if own != one.own_address:
            _audit(connection, record, Event.PARCEL_ADDRESSED, one.grant_id, actor, now)


def _put(
    connection: Connection, record: RoundRecord, one: Parcel, state: State, address: str, note: str, now: datetime
) -> None:  # fmt: skip
    """Write a parcel down. What lies in it stands still from the moment it is sent until it is to be sent again."""
    authority = rounds.authority_of(connection, record.authority_id)
    values = {
        "state": state.value, "address": address, "note": note,
        "since": now.astimezone(ZoneInfo(authority.timezone)).date() if state is not one.state else one.since,
        "contents": None if state is State.TO_SEND else [asdict(piece) for piece in one.pieces],
    }  # fmt: skip
    if not kits.note(connection, record.authority_id, record.id, one.grant_id, one.version, **values):
        raise Conflict("Somebody else changed this parcel meanwhile.", "Look at it again; nothing was kept.")


def ask(
    engine: Engine, round_id: int, numbers: Sequence[str], *, settings: Settings, actor: Actor, now: datetime
) -> list[str]:
    """Ask the holders of these labels where to send their parcel; the links, for the trial mode alone.

    Whoever was asked today already gets no second letter; parcels that are on their way are passed over.
    """
    links = []
    with writing(engine) as connection:
        record = _round(connection, round_id, now)
        desk = letters.Desk.of(connection, record, settings, now)
        until = now + timedelta(days=LINK_DAYS)
        written, wanted = [], []
        for one in _parcels(connection, record, numbers):
            if one.state not in (State.TO_SEND, State.RETURNED):
                continue
            key = kits.key_of(connection, one.grant_id)
            asked = {"key": key, "asked_at": now, "expires_at": until}
            if not kits.note(connection, record.authority_id, round_id, one.grant_id, one.version, **asked):
                raise Conflict("Somebody else changed this parcel meanwhile.", "Look at it again; nothing was kept.")
            recipient = Recipient(one.person_id, one.name, one.email, desk.language(one.reads))
            links.append(f"{desk.address('parcel', key)}?lang={recipient.language}")
            told = {
                "round": record.title, "application": one.ref, "unit": one.unit_name, "host": desk.authority.name,
                "fact": address_asked(recipient.language), "words": "",
                "until": until.isoformat(), "link": links[-1],
            }  # fmt: skip
            written.append(
                desk.letter("fact_asked", f"address_asked:{one.grant_id}:{now:%Y%m%d}", recipient, told)
            )  # fmt: skip
            wanted.append(one.grant_id)
        ledger.post(connection, written, authority_id=record.authority_id, round_id=round_id, now=now)
        for grant_id in wanted:
            _audit(connection, record, Event.ADDRESS_ASKED_FOR, grant_id, actor, now)
    return links


def opened(engine: Engine, key: str, now: datetime) -> AskedParcel | None:
    """What a link asks; None when there is no such link, it is too old, or the parcel is on its way."""
    with reading(engine) as connection:
        return _open(connection, key, now)


def answer(engine: Engine, key: str, address: str, now: datetime) -> None:
    """Say where a parcel should go. Raises NotFound when the link does not work any more, BadInput for no address."""
    address = _address(address)
    with writing(engine) as connection:
        found = _open(connection, key, now)
        if found is None or not may(Role.WITNESS, Deed.COME, found.timetable, now):
            raise NotFound("This link does not work any more.")
        if not address:
            raise BadInput("No address was written.", remedy="Write it as it should stand on the parcel.")
        if not kits.note(
            connection, found.authority_id, found.round_id, found.grant_id, found.version, address=address
        ):
            raise Conflict("This was answered already.", "Nothing was changed.")
        ledger.record(
            connection, authority_id=found.authority_id, actor=Actor.person(found.person_id),
            event=Event.ADDRESS_GIVEN, subject=f"grant:{found.grant_id}", now=now, round_id=found.round_id,
        )  # fmt: skip


def _open(connection: Connection, key: str, now: datetime) -> AskedParcel | None:
    found = kits.asked(connection, key)
    if found is None or found.expires_at is None or now >= found.expires_at or found.withdrawn_at is not None:
        return None
    waits = found.state in (State.TO_SEND.value, State.RETURNED.value)
    return found if waits and Field.INVITATION in sees(Role.WITNESS, phase(found.timetable, now)) else None


def _address(typed: str) -> str:
    """An address line by line, of signs that can be seen. Raises BadInput for one no label has room for."""
    lines = (
        " ".join("".join(sign if unicodedata.category(sign)[0] != "C" else " " for sign in line).split())
        for line in typed.splitlines()
    )
    address = "\n".join(line for line in lines if line)
    if len(address) > LONGEST_ADDRESS or address.count("\n") >= MOST_LINES:
        raise BadInput("The address is too long.", remedy="At most 8 lines and 600 characters.")
    return address


def _round(connection: Connection, round_id: int, now: datetime) -> RoundRecord:
    record = rounds.round_by_id(connection, round_id)
    if not may(Role.OFFICER, Deed.HAND_OUT, record.timetable, now):
        raise NotNow("The results are not released yet.", "Nothing goes out before.")
    return record


def _parcels(connection: Connection, record: RoundRecord, numbers: Sequence[str]) -> list[Parcel]:
    """The parcels of these labels. Raises NotFound for a number that is none of the round's."""
    found = kits.parcels(connection, record.id, kits.kit(connection, record.id), numbers) if numbers else []
    missing = set(numbers) - {one.number for one in found}
    if missing:
        raise NotFound("This round has no such label.", "Copy its number from the list.")
    return found


def _audit(
    connection: Connection, record: RoundRecord, event: Event, grant_id: int, actor: Actor, now: datetime,
    **details: str,
) -> None:  # fmt: skip
    subject = f"grant:{grant_id}"
    ledger.record_of(connection, record, actor=actor, event=event, subject=subject, now=now, details=details)
