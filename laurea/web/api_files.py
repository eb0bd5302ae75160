"""Files that are handed out over the web: a name says table and format, such as `sheets.csv` or `round.xlsx`."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from litestar import Response
from litestar.response import Stream

from evaluators.permissions import Field
from laurea.actions.export import export
from laurea.documents.handing_out import Table, csv_text, write_csv, write_xlsx
from laurea.ledger import Actor
from laurea.store.engine import Engine
from laurea.store.searching import Where
from laurea.web.api_words import FILES

TYPES = dict(zip(("csv", "jsonl", "xlsx"), FILES, strict=True))
EVERYTHING = "round"
_PART = 65_536


def hand_out(
    engine: Engine,
    round_id: int,
    code: str,
    name: str,
    *,
    where: Where,
    letters: Where | None = None,
    seen: Collection[Field],
    actor: Actor,
    now: datetime,
) -> Stream:
    """A table of a round, or as `round.xlsx` all of them, as a download. Raises what the export raises."""
    table, _, kind = name.rpartition(".")
    wanted = [] if table == EVERYTHING and kind == "xlsx" else [table]
    with tempfile.TemporaryDirectory(prefix="laurea-") as folder:
        path = Path(folder) / "table"
        export(engine, round_id, path, kind, wanted, where=where, letters=letters, seen=seen, actor=actor, now=now)
        return streamed(path, kind, f"{code}-{name}")


def one_table(table: Table, name: str, now: datetime, about: Sequence[tuple[str, str]] = ()) -> Stream:
    """A table as a download: CSV, or where the name ends so a workbook that says first what it is about."""
    kind = name.rpartition(".")[2]
    with tempfile.TemporaryDirectory(prefix="laurea-") as folder:
        path = Path(folder) / "table"
        if kind == "xlsx":
            write_xlsx(path, [table], about, now)
        else:
            write_csv(path, table)
        return streamed(path, kind, name)


def download(content: bytes, name: str, media_type: str = "application/pdf") -> Response[Any]:
    """What was made on the spot, as a download under a name; nobody else may keep it."""
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "private, no-store"}
    return Response(content, media_type=media_type, headers=headers)


def as_csv(name: str, rows: Iterable[Sequence[Any]]) -> Response[Any]:
    """A short table as a CSV file to download, its header the first row."""
    return download(csv_text(rows).encode(), f"{name}.csv", "text/csv; charset=utf-8")


def streamed(path: Path, kind: str, name: str) -> Stream:
    """A file as a download under a name; its folder may go at once."""
    size = path.stat().st_size
    opened = path.open("rb")  # it stays readable when its folder is gone
    return Stream(
        _parts(opened),
        media_type=TYPES[kind],
        headers={"content-disposition": f'attachment; filename="{name}"', "content-length": str(size)},
    )


def _parts(opened: IO[bytes]) -> Iterator[bytes]:
    with opened:
        while part := opened.read(_PART):
            yield part
