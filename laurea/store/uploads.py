"""Files an officer sent to look at what they would do, kept until they are taken in or thrown away."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from laurea.store import tables as t

KEPT = timedelta(days=7)  # how long files wait that nobody takes in


@dataclass(frozen=True)
class Upload:
    """Files that were sent together. `told` is what taking them in would do, or what it did once `taken_at` is set."""

    id: int
    key: str
    kind: str
    assigns: bool
    files: list[list[Any]]  # part, name, bytes
    digest: str
    told: dict[str, Any]
    sent_at: datetime
    sent_by: str
    taken_at: datetime | None
    taken_by: str | None


_SENDER, _TAKER = t.people.alias("sender"), t.people.alias("taker")
_PLAIN = ("id", "key", "kind", "assigns", "files", "digest", "told", "sent_at", "taken_at")


def of_round(connection: Connection, round_id: int, key: str = "") -> list[Upload]:
    """The uploads of a round, the newest first; with a key, that one."""
    c = t.uploads.c
    query = (
        select(*(c[name] for name in _PLAIN), _SENDER.c.name.label("sent_by"), _TAKER.c.name.label("taken_by"))
        .join(_SENDER, _SENDER.c.id == c.sent_by)
        .outerjoin(_TAKER, _TAKER.c.id == c.taken_by)
        .where(c.round_id == round_id)
        .order_by(c.id.desc())
    )
    rows = connection.execute(query.where(c.key == key) if key else query)
    return [Upload(**row._mapping) for row in rows]


def keep(connection: Connection, values: Mapping[str, Any], files: Mapping[str, Path]) -> str:
    """Keep files under a new key, which it gives; the same files that wait already, sent again, take their place."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, path in files.items():
            archive.write(path, f"{part}/{path.name}")
    c = t.uploads.c
    waits = (c.round_id == values["round_id"], c.taken_at.is_(None))
    connection.execute(delete(t.uploads).where(*waits, c.kind == values["kind"], c.digest == values["digest"]))
    connection.execute(delete(t.uploads).where(c.taken_at.is_(None), c.sent_at < values["sent_at"] - KEPT))
    sizes = [[part, path.name, path.stat().st_size] for part, path in files.items()]
    row = insert(t.uploads).values(**values, files=sizes, content=packed.getvalue()).returning(c.key)
    return str(connection.execute(row).scalar_one())


def unpack(connection: Connection, upload_id: int, folder: Path) -> dict[str, Path]:
    """Write the files into a folder: path by part."""
    content = connection.execute(select(t.uploads.c.content).where(t.uploads.c.id == upload_id)).scalar_one()
    found = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for one in archive.infolist():
            found[one.filename.split("/")[0]] = Path(archive.extract(one, folder))
    return found


def retell(connection: Connection, key: str, told: Mapping[str, Any]) -> None:
    """Say anew what taking the files in would do.

    Here and below files are named by their key: where some were thrown away, others may have their number by now.
    """
    connection.execute(update(t.uploads).where(t.uploads.c.key == key).values(told=dict(told)))


def taken(connection: Connection, key: str, told: Mapping[str, Any], person_id: int, now: datetime) -> bool:
    """Say that the files are in and forget them; false when they were already."""
    c = t.uploads.c
    query = update(t.uploads).where(c.key == key, c.taken_at.is_(None))
    values = {"told": dict(told), "content": b"", "taken_by": person_id, "taken_at": now}
    return connection.execute(query.values(values)).rowcount == 1


def drop(connection: Connection, key: str) -> bool:
    """Throw files away that are not taken in; tells whether there were any."""
    c = t.uploads.c
    return connection.execute(delete(t.uploads).where(c.key == key, c.taken_at.is_(None))).rowcount == 1
