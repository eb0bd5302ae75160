"""Authorities, rule sets kept with the records, and rounds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update

from evaluators.permissions import Timetable
from laurea.errors import NotFound
from laurea.store import tables as t


@dataclass(frozen=True)
class AuthorityRecord:
    """An NSO or the central service: who owns a round and its records."""

    id: int
    code: str
    name: str
    email: str
    country: str | None
    language: str
    timezone: str
    kind: str = "national"  # or central: others hand over to it
    quiet_from: str = ""  # 21:00 of its zone: letters that can wait wait until `quiet_until`; empty: no such hours
    quiet_until: str = ""
    digest_minutes: int = 0  # what one person is told within so many minutes becomes one letter
    second_factor: bool = False  # its officers need one to come in


@dataclass(frozen=True)
class RoundRecord:
    """One round as the records hold it; its phase is computed, never stored."""

    id: int
    authority_id: int
    code: str
    title: str
    rule_set: str
    country: str | None
    opens_at: datetime
    closes_at: datetime
    review_until: datetime
    award_on: date
    policies: dict[str, str]
    parameters: dict[str, str]
    seed: int
    languages: list[str]
    screened_at: datetime | None
    routed_at: datetime | None
    proposed_at: datetime | None
    released_at: datetime | None
    released_by: int | None
    digest: str | None
    opened_by: int | None
    created_at: datetime
    version: int
    routed_by_hand: bool = False
    second_person: bool = False
    confirmed_by: int | None = None
    confirmed_at: datetime | None = None
    confirmed_digest: str | None = None
    second_person_why: str = ""
    undo_minutes: int | None = None  # letters of its release wait so long; None: as this installation has it

    @property
    def timetable(self) -> Timetable:
        """The moments its phase, and with it everybody's rights, depend on."""
        return Timetable(self.closes_at, self.review_until, self.routed_at, self.proposed_at, self.released_at)

    def phase(self, now: datetime) -> str:
        """Collecting · screening · reviewing · deciding · released, from the timetable and what is done."""
        if self.released_at:
            return "released"
        if self.proposed_at:
            return "deciding"
        if now < self.closes_at:
            return "collecting"
        return "reviewing" if self.routed_at else "screening"


def authority(connection: Connection, code: str) -> AuthorityRecord:
    """The authority with this code."""
    row = connection.execute(select(t.authorities).where(t.authorities.c.code == code)).one_or_none()
    if row is None:
        raise NotFound(f"There is no authority {code!r}.", "Give the code it was opened with.")
    return AuthorityRecord(**row._mapping)


def authority_of(connection: Connection, authority_id: int) -> AuthorityRecord:
    """The authority behind an id found in another record."""
    return AuthorityRecord(
        **connection.execute(select(t.authorities).where(t.authorities.c.id == authority_id)).one()._mapping
    )


def authorities(connection: Connection) -> list[AuthorityRecord]:
    """Every authority of this installation, by name."""
    query = select(t.authorities).order_by(t.authorities.c.name, t.authorities.c.id)
    return [AuthorityRecord(**row._mapping) for row in connection.execute(query)]


def set_authority(connection: Connection, code: str, **values: Any) -> AuthorityRecord:
    """Make an authority, or change what is known of it."""
    one = ensure_authority(connection, code=code, **values)
    if values:
        connection.execute(update(t.authorities).where(t.authorities.c.id == one.id).values(**values))
    return authority(connection, code)


def ensure_authority(connection: Connection, *, code: str, **values: Any) -> AuthorityRecord:
    """The authority with this code, made from `values` when it is new."""
    row = connection.execute(select(t.authorities).where(t.authorities.c.code == code)).one_or_none()
    if row is None:
        connection.execute(insert(t.authorities).values(code=code, **values))
    return authority(connection, code)


def keep_rule_set(connection: Connection, *, digest: str, award: str, edition: str, text: str, now: datetime) -> None:
    """Keep the text of a rule set under its digest; the same digest is kept once."""
    if connection.execute(select(t.rule_sets.c.digest).where(t.rule_sets.c.digest == digest)).first() is None:
        connection.execute(
            insert(t.rule_sets).values(digest=digest, award=award, edition=edition, text=text, kept_at=now)
        )


def rule_set_text(connection: Connection, digest: str) -> tuple[str, str]:
    """Text and name (`award/edition`) of a rule set in the records."""
    row = connection.execute(select(t.rule_sets).where(t.rule_sets.c.digest == digest)).one()
    return row.text, f"{row.award}/{row.edition}"


def add_round(connection: Connection, **values: Any) -> int:
    """Write a round and give its id."""
    return int(connection.execute(insert(t.rounds).values(**values).returning(t.rounds.c.id)).scalar_one())


def round_by_code(connection: Connection, code: str) -> RoundRecord:
    """The round with this code."""
    row = connection.execute(select(t.rounds).where(t.rounds.c.code == code)).one_or_none()
    if row is None:
        known = connection.execute(select(t.rounds.c.code).order_by(t.rounds.c.code)).scalars().all()
        raise NotFound(f"There is no round {code!r}.", f"Rounds here: {', '.join(known) or 'none yet'}.")
    return RoundRecord(**row._mapping)


def round_by_id(connection: Connection, round_id: int) -> RoundRecord:
    """The round with this id."""
    return _one(connection, round_id, select(t.rounds))


def held(connection: Connection, round_id: int) -> RoundRecord:
    """The round with this id, which nobody else changes until this transaction ends.

    Asked for before anything of the round is changed: who holds a round and waits for its applications must never meet
    somebody who holds those and waits for the round. On SQLite there is one writer anyhow.
    """
    return _one(connection, round_id, select(t.rounds).with_for_update(key_share=True))


def _one(connection: Connection, round_id: int, query: Select[Any]) -> RoundRecord:
    row = connection.execute(query.where(t.rounds.c.id == round_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no round with the number {round_id}.")
    return RoundRecord(**row._mapping)


def undecided(connection: Connection, round_id: int | None = None, *, authority_id: int | None = None) -> list[int]:
    """Of this round, those of this authority, or all: those whose decisions are not proposed, nor will be until this
    transaction ends.

    Asked for by whoever changes what decisions rest on, before they do. Many may at once; who proposes waits for them.
    """
    c = t.rounds.c
    query = select(c.id).where(c.proposed_at.is_(None)).order_by(c.id).with_for_update(read=True)
    if round_id is not None:
        query = query.where(c.id == round_id)
    if authority_id is not None:
        query = query.where(c.authority_id == authority_id)
    return list(connection.execute(query).scalars())


def all_rounds(connection: Connection, *, unreleased: bool = False) -> list[RoundRecord]:
    """Every round, oldest first; only those still running when `unreleased`."""
    query = select(t.rounds).order_by(t.rounds.c.id)
    if unreleased:
        query = query.where(t.rounds.c.released_at.is_(None))
    return [RoundRecord(**row._mapping) for row in connection.execute(query)]


def change_round(connection: Connection, record: RoundRecord, **values: Any) -> bool:
    """Change a round if nobody else did since it was read; tells whether it was changed."""
    result = connection.execute(
        update(t.rounds)
        .where(t.rounds.c.id == record.id, t.rounds.c.version == record.version)
        .values(version=record.version + 1, **values)
    )
    return result.rowcount == 1


def set_undo(connection: Connection, round_id: int, minutes: int | None) -> None:
    """How long letters of a release wait. Nothing else of the round changes, and nobody who changes it is disturbed."""
    connection.execute(update(t.rounds).where(t.rounds.c.id == round_id).values(undo_minutes=minutes))
