"""All papers of a released round in one download: a ZIP that grows while they are made, so that none is kept."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from evaluators.permissions import Field, Role
from laurea import papers
from laurea.actions import take_papers
from laurea.documents.handing_out import csv_text
from laurea.errors import BadInput
from laurea.ledger import Actor
from laurea.settings import Settings
from laurea.store import kits
from laurea.store.engine import Engine, reading
from laurea.store.papers import Granted
from laurea.web.forms import Who
from laurea.web.looks import noted
from laurea.web.office_frame import round_of, seen
from notifications.catalogues import LANGUAGES

NAMES = {"certificates.zip": "certificate", "letters.zip": "letter", "covers.zip": papers.COVER}
LIST = "list.csv"
COLUMNS = ("file", "number", "application_id", "holder", "title", "valid_until", "language", "not_made")
OPT = {"role": Role.OFFICER}


class _Pipe(io.RawIOBase):
    """What was written since somebody last took it."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        self.parts.append(bytes(part))
        return len(part)

    def taken(self) -> bytes:
        """Everything written since the last time."""
        found, self.parts = b"".join(self.parts), []
        return found


def zipped(files: Iterable[tuple[str, bytes]], day: tuple[int, int, int]) -> Iterator[bytes]:
    """A ZIP of files, piece by piece as they come; each is dated `day`, so that the same files give the same bytes."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        for name, content in files:
            entry = zipfile.ZipInfo(name, (*day, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            book.writestr(entry, content, zipfile.ZIP_DEFLATED, 1)
            yield pipe.taken()
    yield pipe.taken()


@get("/rounds/{code:str}/bundles/{name:str}", opt=OPT)
@noted()
def bundle(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    name: FromPath[str],
    language: FromQuery[str] = "",
) -> Stream:
    """The certificates, letters of thanks or covering letters of a round: each in its holder's language, or all in one.

    A list lies beside them; what no font can print is told there, and the others are made.
    """
    record, _plan = round_of(request, reader, code)
    if Field.CERTIFICATES not in seen(record, reader) or name not in NAMES:
        raise NotFoundException
    engine, kind = request.app.state.engine, NAMES[name]
    settings: Settings = request.app.state.settings
    pieces = lying(engine, record.id) if kind == papers.COVER else {}
    found = take_papers.take(engine, record.id, kind, actor=Actor.person(reader.person_id), now=reader.now)
    style = papers.style(settings, found[0].authority_code, found[0].award) if found else papers.OURS
    spoken = language if language in LANGUAGES else ""
    files = _files(engine, settings, found, kind, style, spoken, pieces)
    day = record.award_on
    return Stream(
        zipped(files, (max(1980, day.year), day.month, day.day)),
        media_type="application/zip",
        headers={
            "content-disposition": f'attachment; filename="{code}-{name}"',
            "cache-control": "private, no-store",
        },
    )


def lying(engine: Engine, round_id: int) -> Mapping[str, list[str]]:
    """What lies in the parcel of each label, in words, by the label's number."""
    with reading(engine) as connection:
        held = kits.kit(connection, round_id)
        found = kits.parcels(connection, round_id, held)
    return {one.number: in_words(one.pieces) for one in found}


def in_words(pieces: Iterable[Any]) -> list[str]:
    """Things of a parcel as a letter names them."""
    return [one.name if one.quantity == 1 else f"{one.quantity} × {one.name}" for one in pieces]


def _files(
    engine: Engine,
    settings: Settings,
    found: Sequence[Granted],
    kind: str,
    style: papers.Style,
    language: str,
    pieces: Mapping[str, Sequence[str]],
) -> Iterator[tuple[str, bytes]]:
    """Each paper under its name, made when it is asked for, and their list at the end."""
    listed: list[Sequence[str]] = [COLUMNS]
    for grant in found:
        spoken = language or papers.language_of(grant, LANGUAGES)
        name, wrong = f"{kind}-{grant.number}.pdf", ""
        try:
            with reading(engine) as connection:
                drawn = papers.paper(
                    connection, grant, kind=kind, style=style, language=spoken, settings=settings,
                    pieces=pieces.get(grant.number, ()),
                )  # fmt: skip
            yield name, drawn
        except BadInput as found_wrong:
            name, wrong = "", found_wrong.says
        until = grant.valid_until.isoformat() if grant.valid_until else ""
        listed.append((name, grant.number, grant.ref, grant.holder, grant.title, until, spoken, wrong))
    yield LIST, csv_text(listed).encode()


HANDLERS = [bundle]
