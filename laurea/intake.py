"""What every import shares: the phase it needs, its result, its audit line."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from laurea import ledger
from laurea.errors import NotNow, Refusal
from laurea.store import rounds
from notifications.filled import Filled

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from laurea.store.juries import JurorRecord


@dataclass(frozen=True)
class NewAuthority:
    """An NSO or the central service, as it is made when it first appears."""

    code: str
    name: str
    email: str = ""
    country: str | None = None
    language: str = "en"
    timezone: str = "UTC"
    kind: str = "national"  # or central: others hand their labels over to it


def ensure_authority(connection: Connection, authority: NewAuthority) -> rounds.AuthorityRecord:
    """The record of an authority, made when it is new."""
    return rounds.ensure_authority(connection, **asdict(authority))


@dataclass(frozen=True)
class Change:
    """One record an import makes (`new`) or changes: its reference, its name for a reader, and the values it gets."""

    new: bool
    ref: str
    name: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Imported:
    """What an import did: rows taken in, rows that were there before, rows refused; and the records it touched."""

    added: int
    known: int
    refusals: tuple[Refusal, ...]
    completed: int = 0
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Asked:
    """How an import is asked for beside its file.

    `keep=False`: only to see what it would do. `receipt` is called with its result in the import's own transaction.
    """

    keep: bool = True
    receipt: Callable[[Connection, Imported], None] | None = None

    def into(self, connection: Connection, round_id: int) -> rounds.RoundRecord:
        """The round it goes into: held, but for a look, which makes nobody wait."""
        return (rounds.held if self.keep else rounds.round_by_id)(connection, round_id)


ORDINARY = Asked()


def must_take(record: rounds.RoundRecord, now: datetime) -> None:
    """Refuse applications before a round opens and once its decisions stand.

    Between the deadline and the decisions a file may still come in (the platform's export of the last day):
    what came late is for the rules to say, by the moment each application was submitted.
    """
    if now < record.opens_at:
        when = f"{record.opens_at:%Y-%m-%d %H:%M} UTC"
        raise NotNow(
            Filled("The round {code} opens at {moment}.", code=record.code, moment=when), "Import from then on."
        )
    if record.proposed_at:
        raise NotNow(
            Filled(
                "The round {code} is closed: its decisions were proposed on {day}.",
                code=record.code,
                day=f"{record.proposed_at:%Y-%m-%d}",
            ),
            "These applications belong to the next round.",
        )


def other_loads(
    path: Path, rows: Sequence[Mapping[str, Any]], known: Mapping[str, JurorRecord], held: Mapping[int, int]
) -> tuple[dict[int, tuple[int, int]], list[Change], list[Refusal]]:
    """The least and greatest load of jurors (by id) of whom a file says others than the round, as changes; and rows
    refused, because the juror holds more (`held`, by id) than the file would allow. A least load left empty stays.
    """
    loads: dict[int, tuple[int, int]] = {}
    changes, low = [], []
    for row in rows:
        here, most = known[row["juror_id"]], row["max_load"]
        said = {"max_load": most, "min_load": row["min_load"]}
        other = {name: load for name, load in said.items() if load is not None and load != getattr(here, name)}
        if (holds := held.get(here.id, 0)) > most:
            problem = f"The juror holds {holds} applications, more than {most}."
            remedy = "Raise max_load, or give reviews to others first."
            low.append(Refusal(path.name, row["row"], "max_load", problem, remedy))
        elif other:
            loads[here.id] = (min(other.get("min_load", here.min_load), most), most)
            changes.append(Change(False, here.ref, here.name, other))
    return loads, changes, low


def import_line(
    connection: Connection,
    record: rounds.RoundRecord,
    actor: ledger.Actor,
    event: ledger.Event,
    path: Path,
    done: Imported,
    now: datetime,
    asked: Asked = ORDINARY,
) -> None:
    """The audit line of an import (figures and the file's digest, no rows), after the receipt where one is wanted."""
    if asked.receipt is not None and asked.keep:
        asked.receipt(connection, done)  # the line comes last: who throws the file away has it, and waits for the lines
    ledger.record_of(
        connection,
        record,
        actor=actor,
        event=event,
        now=now,
        details={
            "file": hashlib.sha256(path.read_bytes()).hexdigest(),  # a name may be a person's
            "added": done.added,
            "known": done.known,
            "completed": done.completed,
            "refused": len(done.refusals),
        },
    )
