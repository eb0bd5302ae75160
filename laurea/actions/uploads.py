"""Files an officer looks at before they come in: kept with what they would do, or thrown away.

Taking them in is the import's own deed; it calls `receipt` in its transaction, so that the files come in once and
exactly as they were looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from laurea import ledger
from laurea.errors import Conflict
from laurea.intake import Imported
from laurea.store import rounds, uploads
from laurea.store.engine import writing
from laurea.store.uploads import Upload


def told(done: Imported) -> dict[str, Any]:
    """What an import does as the records keep it."""
    return {
        "added": done.added,
        "known": done.known,
        "completed": done.completed,
        "refusals": [list(asdict(one).values()) for one in done.refusals],
        "changes": [[one.new, one.ref, one.name, {k: str(v) for k, v in one.values.items()}] for one in done.changes],
    }


def keep(
    engine: Engine,
    round_id: int,
    *,
    kind: str,
    assigns: bool,
    files: Mapping[str, Path],
    digest: str,
    would: Imported,
    person_id: int,
    now: datetime,
) -> str:
    """Keep files and what they would do; the key of their page."""
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        values = {
            "authority_id": record.authority_id, "round_id": round_id, "kind": kind, "assigns": assigns,
            "digest": digest, "told": told(would), "sent_by": person_id, "sent_at": now,
        }  # fmt: skip
        key = uploads.keep(connection, values, files)
        ledger.record_of(
            connection, record, actor=ledger.Actor.person(person_id), event=ledger.Event.FILE_SENT, now=now,
            details={"kind": kind, "digest": digest, "files": len(files)},
        )  # fmt: skip
    return key


def _gone() -> Conflict:
    """What is told of files that somebody dealt with first."""
    return Conflict("These files were taken in or thrown away meanwhile.", "Look at what the round holds now.")


def receipt(upload: Upload, person_id: int, now: datetime) -> Callable[[Connection, Imported], None]:
    """For the import that takes these files in. Raises Conflict, so that nothing comes in, when they are in already,
    or when the import does something else than was looked at.
    """

    def sign(connection: Connection, done: Imported) -> None:
        found = told(done)
        if found != upload.told:
            raise Conflict("The round has changed since you looked.", "Look again; nothing was taken in.")
        if not uploads.taken(connection, upload.key, found | {"changes": []}, person_id, now):
            raise _gone()

    return sign


def look_again(engine: Engine, upload: Upload, would: Imported) -> None:
    """Keep what the files would do now, after the round has changed."""
    with writing(engine) as connection:
        uploads.retell(connection, upload.key, told(would))


def discard(engine: Engine, round_id: int, upload: Upload, *, person_id: int, now: datetime) -> None:
    """Throw files away. Raises Conflict when they are in already."""
    with writing(engine) as connection:
        if not uploads.drop(connection, upload.key):
            raise _gone()
        ledger.record_of(
            connection, rounds.round_by_id(connection, round_id), actor=ledger.Actor.person(person_id),
            event=ledger.Event.FILE_THROWN_AWAY, now=now, details={"kind": upload.kind, "digest": upload.digest},
        )  # fmt: skip
