"""Files of an application: added to its draft and taken out again by those who work on it, until it is handed in.

A file is read and copied (`laurea.sources.attached`) before anything is written: what cannot be read leaves nothing.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from laurea import drafting
from laurea.errors import BadInput
from laurea.ledger import Event
from laurea.sources import attached as reading_files
from laurea.sources.attached import KINDS, LONG_SIDE, MEGABYTES, MEGAPIXELS, MOST_FILES, MOST_PAGES, Unfit
from laurea.store import attached
from laurea.store.engine import reading, writing
from laurea.store.pages_applicant import Draft
from notifications.filled import Filled


def add(engine: Engine, *, person_id: int, key: str, name: str, content: bytes, now: datetime) -> None:
    """Add a file to a draft; the same file twice is there once.

    Raises BadInput, with what can be done about it, for a file that cannot be taken and where there are enough.
    """
    digest = hashlib.sha256(content).hexdigest()
    with reading(engine) as connection:
        draft, _ = drafting.open_draft(connection, person_id, key, now)
        if _there(connection, draft, digest):
            return
    try:
        copy = reading_files.copied(content)
    except Unfit as wrong:
        raise _refused(wrong) from None
    with writing(engine) as connection:
        draft, _ = drafting.open_draft(connection, person_id, key, now, held=True)
        if _there(connection, draft, digest):
            return
        values: dict[str, Any] = {"kind": copy.kind, "size": len(content), "digest": digest, "pages": copy.pages}
        attached.add(
            connection,
            values
            | {
                "authority_id": draft.authority_id, "draft_id": draft.id, "copies": copy.content, "content": content,
                "name": reading_files.name_of(name) or f"file.{copy.kind}", "added_by": person_id, "added_at": now,
            },
        )  # fmt: skip
        told = values | {"pages": len(copy.pages)}
        drafting.line(connection, draft, person_id, Event.FILE_ADDED, f"draft:{draft.id}", now, told)


def take_out(engine: Engine, *, person_id: int, key: str, digest: str, now: datetime) -> None:
    """Throw a file of a draft away; one that is not there is out already."""
    with writing(engine) as connection:
        draft, _ = drafting.open_draft(connection, person_id, key, now)
        if attached.hold(connection, draft.id) and attached.take_out(connection, draft.id, digest):
            drafting.line(
                connection, draft, person_id, Event.FILE_TAKEN_OUT, f"draft:{draft.id}", now, {"digest": digest}
            )


def _there(connection: Connection, draft: Draft, digest: str) -> bool:
    """Whether a draft holds this file. Raises BadInput where it does not and there is no room for it."""
    held = attached.of_draft(connection, draft.id)
    if any(one.digest == digest for one in held):
        return True
    if len(held) >= MOST_FILES:
        raise BadInput(
            Filled("An application has at most {n} files.", n=MOST_FILES), remedy="Take one out first, or join two."
        )
    return False


def _refused(wrong: Unfit) -> BadInput:
    match wrong.why:
        case "busy":
            return BadInput("Many files are being read just now.", remedy="Add it again in a minute.")
        case "empty":
            return BadInput("This file is empty.", remedy="See whether it opens on your device, and choose it again.")
        case "large":
            return BadInput(
                Filled("This file is larger than {n} MB.", n=MEGABYTES),
                remedy="Save it in a smaller size, or divide it.",
            )
        case "two":
            return BadInput(
                "This file is of two kinds at once: another program would open something else in it.",
                remedy="Print it to a PDF, or save the picture anew.",
            )
        case "locked":
            return BadInput("This PDF opens with a password alone.", remedy="Save it without a password.")
        case "pages":
            return BadInput(
                Filled("This PDF has {n} pages; {most} are the most.", n=wrong.n, most=MOST_PAGES),
                remedy="Take out what is not needed, or divide it.",
            )
        case "pixels":
            return BadInput(
                Filled("This picture has {n} megapixels; {most} are the most.", n=wrong.n, most=MEGAPIXELS),
                remedy=Filled("Save it smaller: jurors see at most {n} pixels on its long side.", n=LONG_SIDE),
            )
        case "damaged":
            return BadInput(
                "This file is damaged, or too complicated to be shown.", remedy="Print it to a PDF, or save it anew."
            )
        case _:
            return BadInput(
                Filled("This is no file of these kinds: {kinds}.", kinds=", ".join(KINDS.values())),
                remedy="Save or print it as a PDF, or save it as such a picture.",
            )
