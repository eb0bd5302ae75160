"""An officer writes a letter of a round in the office's own words, lets an earlier text stand again, or the house's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from laurea.errors import BadInput, Conflict, NotFound
from laurea.ledger import Actor, Event, record_of
from laurea.store import rounds, wordings
from laurea.store.engine import writing
from laurea.store.rounds import RoundRecord
from notifications.catalogue import KINDS
from notifications.catalogues import LANGUAGES
from notifications.checking import wrong_with
from notifications.wording import Wording, tidied

NOT_OURS = frozenset({"sign_in", "assignments"})  # of no round, or of several


def editable(kind: str) -> bool:
    """Whether an office may write this letter in its own words."""
    return kind in KINDS and kind not in NOT_OURS


def save(
    engine: Engine, round_id: int, kind: str, language: str, text: Wording, *, version: int, person_id: int,
    now: datetime,
) -> int:  # fmt: skip
    """Keep a text, from now on the round's own; gives its version. The same text again changes nothing.

    `version` is the one the officer saw, 0 where there was none. Raises BadInput with each thing that is wrong,
    Conflict when another officer wrote meanwhile. Letters already written keep their words.
    """
    text = tidied(text)
    if editable(kind) and language in LANGUAGES and wrong_with(kind, language, text):
        raise BadInput("The text cannot be used yet.", remedy="What is wrong stands beside it.")
    with writing(engine) as connection:
        known = _open(connection, round_id, kind, language)
        if known.own and known.every[0].text == text:
            return known.stands
        return _keep(connection, known, text, seen=version, person_id=person_id, now=now, how="written")


def restore(
    engine: Engine, round_id: int, kind: str, language: str, *, number: int, version: int, person_id: int,
    now: datetime,
) -> int:  # fmt: skip
    """Let an earlier version stand again, as a new one. Raises BadInput where it cannot be used any more."""
    with writing(engine) as connection:
        known = _open(connection, round_id, kind, language)
        found = next((one for one in known.every if one.version == number and not one.house), None)
        if found is None:
            raise NotFound("There is no such page.")
        if wrong_with(kind, language, found.text):
            raise BadInput("This text cannot be used any more.", remedy="Open it in the editor and put it right.")
        return _keep(connection, known, found.text, seen=version, person_id=person_id, now=now, how="restored")


def reset(
    engine: Engine, round_id: int, kind: str, language: str, *, version: int, person_id: int, now: datetime
) -> int:
    """Let the house's text stand again. Where it stands already, nothing changes."""
    with writing(engine) as connection:
        known = _open(connection, round_id, kind, language, broken=True)
        if not known.own:
            return known.stands
        return _keep(connection, known, None, seen=version, person_id=person_id, now=now, how="reset")


@dataclass(frozen=True)
class _Known:
    """A text of a round with all its versions, the newest first."""

    record: RoundRecord
    kind: str
    language: str
    every: list[wordings.Version]

    @property
    def stands(self) -> int:
        """The version that stands; 0 where there never was one."""
        return self.every[0].version if self.every else 0

    @property
    def own(self) -> bool:
        """Whether the round has a text of its own now."""
        return bool(self.every) and not self.every[0].house


def _open(connection: Connection, round_id: int, kind: str, language: str, *, broken: bool = False) -> _Known:
    """One of a round's texts; `broken`: also of a letter that there is no more."""
    record = rounds.round_by_id(connection, round_id)
    every = wordings.versions(connection, round_id, kind, language)
    if not (editable(kind) and language in record.languages) and not (broken and every):
        raise NotFound("There is no such page.")
    return _Known(record, kind, language, every)


def _keep(
    connection: Connection, known: _Known, text: Wording | None, *, seen: int, person_id: int, now: datetime, how: str
) -> int:
    if seen != known.stands:
        raise Conflict("Somebody else changed this text meanwhile.", "Look at it again; nothing of yours was kept.")
    record, number = known.record, known.stands + 1
    wordings.add(
        connection, authority_id=record.authority_id, round_id=record.id, kind=known.kind, language=known.language,
        version=number, text=text, person_id=person_id, now=now,
    )  # fmt: skip
    record_of(
        connection, record, actor=Actor.person(person_id), event=Event.LETTER_WORDED, now=now,
        subject=f"letter:{known.kind}:{known.language}", details={"version": number, "how": how},
    )  # fmt: skip
    return number
