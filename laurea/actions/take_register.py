"""Take a portal's export into the evidence desk: look at what it changes first, take it in or leave it.

A watched source is looked at by the clock and taken in at once, unless it changes so much that an officer should look
first. Applications that wait for evidence of a unit whose rows changed are asked about again.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from evaluators import registers as pure
from evaluators.registers import KINDS, Comparison, compare, doubt
from laurea import statute
from laurea.errors import BadInput, Conflict, NotFound, NotNow
from laurea.ledger import CLOCK, Actor, Event, record
from laurea.settings import Settings
from laurea.sources.portal_exports import LARGEST, Export, fetch, read_export
from laurea.sources.registers import SourceUnavailable, desk_sources
from laurea.store import keeping, registers, rounds
from laurea.store.applications import WAITING
from laurea.store.engine import reading, writing
from laurea.store.registers import Watched
from notifications.filled import Filled

KEPT_CHANGES = 2_000
KEPT_REFUSALS = 500
_NAME = re.compile(r"[^\w. -]")


@dataclass(frozen=True)
class Source:
    """A watched source that is to be looked at."""

    authority_id: int
    kind: str
    address: str
    seen: Watched | None


def preview(
    engine: Engine,
    *,
    authority_id: int,
    kind: str,
    name: str,
    content: bytes,
    settings: Settings,
    person_id: int,
    now: datetime,
) -> int:
    """Keep a file and what it would change; the number of the import that waits.

    A file of the same kind that waited is discarded. Raises BadInput when the file cannot be read at all.
    """
    if kind not in KINDS:
        raise BadInput("There is no such register.", remedy=Filled("Choose from {choices}.", choices=", ".join(KINDS)))
    if len(content) > LARGEST:
        raise BadInput("The file is too large.", remedy=Filled("At most {n} MB; divide it.", n=LARGEST // 1_000_000))
    name = _NAME.sub("_", Path(name).name).strip(". ")[-100:] or "export.csv"
    with writing(engine) as connection:
        export = _read(connection, authority_id, kind, name, content, settings)
        compared = compare(registers.rows_of(connection, authority_id, kind, by_file=True), export.rows)
        values = _values(connection, authority_id, kind, name, content, export, compared)
        keeping.keep(connection, content, now)
        number = registers.add_import(
            connection, **values, state="waiting", watched=False, made_by=person_id, made_at=now
        )
        keeping.drop_unused(connection)
        _line(connection, authority_id, Actor.person(person_id), Event.REGISTER_LOOKED_AT, number, values, now)
    return number


def take(engine: Engine, *, authority_id: int, number: int, settings: Settings, person_id: int, now: datetime) -> None:
    """Take in a file that waits. Raises Conflict when another of its kind was taken in since it was looked at."""
    with writing(engine) as connection:
        one = _waiting(connection, authority_id, number)
        if registers.last_taken(connection, authority_id, one.kind) != one.rests_on:
            raise Conflict("Another file of this kind was taken in meanwhile.", "Send this one again and look at it.")
        content = keeping.read(connection, one.digest)
        if content is None:
            raise NotNow("The file is not kept any more.", "Send it again.")
        export = _read(connection, authority_id, one.kind, one.file, content, settings)
        compared = compare(registers.rows_of(connection, authority_id, one.kind, by_file=True), export.rows)
        if not registers.settle_import(connection, number, "taken", person_id, now):
            raise _settled()
        _write(connection, authority_id, one.kind, number, export, compared, now, first=one.rests_on is None)
        keeping.drop_unused(connection)
        told = {"kind": one.kind, "file": one.file, "digest": one.digest, "counts": one.counts}
        _line(connection, authority_id, Actor.person(person_id), Event.REGISTER_TAKEN_IN, number, told, now)


def discard(engine: Engine, *, authority_id: int, number: int, person_id: int, now: datetime) -> None:
    """Leave a file that waits."""
    with writing(engine) as connection:
        one = _waiting(connection, authority_id, number)
        if not registers.settle_import(connection, number, "discarded", person_id, now):
            raise _settled()
        keeping.drop_unused(connection)
        told = {"kind": one.kind, "file": one.file, "digest": one.digest, "counts": one.counts}
        _line(connection, authority_id, Actor.person(person_id), Event.REGISTER_LEFT, number, told, now)


def due(engine: Engine, *, settings: Settings, now: datetime) -> list[Source]:
    """The watched sources that are to be looked at again; one of an authority that is not here is left out."""
    if not settings.watched:
        return []
    found = []
    pause = timedelta(minutes=settings.watch_minutes)
    with reading(engine) as connection:
        seen = registers.watched(connection)
        for name, address in settings.watched.items():
            code, _, kind = name.rpartition("/")
            try:
                authority = rounds.authority(connection, code).id
            except NotFound:
                continue
            last = seen.get((authority, kind))
            if last is None or now - last.checked_at >= pause:
                found.append(Source(authority, kind, address, last))
    return found


def look(engine: Engine, source: Source, *, settings: Settings, now: datetime) -> str:
    """Look at a watched source: `same`, `taken`, `waiting` (an officer should look) or `trouble`."""
    last = source.seen.digest if source.seen else None
    name, content, trouble = "", b"", ""
    try:
        name, content = fetch(source.address)
    except SourceUnavailable as error:
        trouble = str(error)
    found = last if trouble else keeping.digest_of(content)
    with writing(engine) as connection:
        done = "trouble" if trouble else "same"
        if not trouble and found != last:
            try:
                done = _by_clock(connection, source, name, content, settings, now)
            except BadInput as error:
                done, found, trouble = "trouble", last, str(error)
        registers.note_watched(connection, source.authority_id, Watched(source.kind, found, now, trouble))
    return done


def _by_clock(
    connection: Connection, source: Source, name: str, content: bytes, settings: Settings, now: datetime
) -> str:
    authority, kind = source.authority_id, source.kind
    export = _read(connection, authority, kind, name, content, settings)
    before = registers.rows_of(connection, authority, kind, by_file=True)
    compared = compare(before, export.rows)
    values = _values(connection, authority, kind, name, content, export, compared)
    unsure = doubt(len(before), values["counts"]) if values["rests_on"] is not None else None
    state = "waiting" if unsure else "taken"
    number = registers.add_import(
        connection, **values, state=state, doubt=unsure and unsure.value, watched=True, made_at=now,
        settled_at=None if unsure else now,
    )  # fmt: skip
    if unsure:
        keeping.keep(connection, content, now)
    else:
        _write(connection, authority, kind, number, export, compared, now, first=values["rests_on"] is None)
    event = Event.REGISTER_LOOKED_AT if unsure else Event.REGISTER_TAKEN_IN
    _line(connection, authority, CLOCK, event, number, values, now)
    return state


def _read(
    connection: Connection, authority_id: int, kind: str, name: str, content: bytes, settings: Settings
) -> Export:
    """The rows of a file, its columns read as the rules of the rounds that run read them."""
    running = [one for one in rounds.all_rounds(connection, unreleased=True) if one.authority_id == authority_id]
    rulesets = [statute.rule_set_of(connection, one) for one in running]
    names = {kind, *(one.names[kind] for one in desk_sources(settings.sources) if kind in one.names)}
    types = {column: item for called in names for column, item in pure.types(kind, called, rulesets).items()}
    with tempfile.TemporaryDirectory(prefix="laurea-") as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return read_export(path, kind, types)


def _values(
    connection: Connection,
    authority_id: int,
    kind: str,
    name: str,
    content: bytes,
    export: Export,
    compared: Comparison,
) -> dict[str, Any]:
    return {
        "authority_id": authority_id,
        "kind": kind,
        "file": name,
        "digest": keeping.digest_of(content),
        "rests_on": registers.last_taken(connection, authority_id, kind),
        "counts": compared.counts(len(export.refusals)),
        "changes": [one.plain() for one in compared.changes[:KEPT_CHANGES]],
        "refusals": [asdict(one) for one in export.refusals[:KEPT_REFUSALS]],
    }


def _write(
    connection: Connection,
    authority_id: int,
    kind: str,
    number: int,
    export: Export,
    compared: Comparison,
    now: datetime,
    *,
    first: bool,
) -> None:
    registers.write_rows(connection, authority_id, kind, number, compared.changes, export.rows, now)
    # The first file of a kind makes it known of every unit whether it has such rows.
    units = None if first else {one.unit for one in compared.changes}
    registers.ask_again(connection, authority_id=authority_id, units=units, states=WAITING)


def _settled() -> Conflict:
    """What is told of a file that was taken in or left already."""
    return Conflict("This file does not wait any more.", "Look at the list of files again.")


def _waiting(connection: Connection, authority_id: int, number: int) -> registers.Import:
    found = registers.imports(connection, authority_id, number=number)
    if not found:
        raise NotFound("There is no such file.")
    if found[0].state != "waiting":
        raise _settled()
    return found[0]


def _line(
    connection: Connection, authority_id: int, actor: Actor, event: Event, number: int, told: Mapping[str, Any],
    now: datetime,
) -> None:  # fmt: skip
    details = {name: told[name] for name in ("kind", "digest", "counts")}
    record(
        connection, authority_id=authority_id, actor=actor, event=event, subject=f"register import:{number}", now=now,
        details=details,
    )  # fmt: skip
