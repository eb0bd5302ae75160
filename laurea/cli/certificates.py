"""`laurea certificates`: the papers of a released round as PDF files."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from laurea import clock, ledger, papers
from laurea.actions.reissue import reissue
from laurea.cli import typed
from laurea.cli.console import engine_of, err, out, show, step
from laurea.documents.handing_out import Table, write_csv
from laurea.errors import BadInput, NotFound, NotNow
from laurea.settings import Settings
from laurea.sources.records import open_table
from laurea.sources.tables import usable_rows
from laurea.store import papers as records
from laurea.store import rounds
from laurea.store.engine import reading
from notifications.catalogues import LANGUAGES

if TYPE_CHECKING:
    from laurea.errors import Refusal
    from laurea.store.engine import Connection, Engine

LIST = "certificates.csv"
TOLD_EVERY = 20


def certificates(
    round_: Annotated[str, Parameter(name="ROUND")],
    /,
    *,
    to: Annotated[Path, Parameter(name=["--to", "-o"], help="Folder the files go to; it is made.")],
    language: Annotated[str, Parameter(help="Language of all papers; without it, each holder's own.")] = "",
    only: Annotated[tuple[str, ...], Parameter(help="Number of a certificate; repeat it.", negative="")] = (),
    names: Annotated[Path | None, Parameter(help="Corrected names, number,holder; only these are written.")] = None,
    letters: Annotated[bool, Parameter(help="Write letters of thanks too.", negative="")] = False,
    json: Annotated[bool, Parameter(name="--json", help="Print JSON.")] = False,
) -> None:
    """Write the certificates of a released round, a PDF each, and a list of them. Withdrawn labels are left out.

    A file appears when it is whole; run again, the command gives the same bytes. With --names, holders' names are
    corrected first: the number stays, and the public page says when the certificate was reissued.

    Example: laurea certificates spring-2024 --language ka -o certificates
    """
    if language:
        typed.languages([language])
    settings = Settings()
    engine = engine_of(settings)
    with reading(engine) as connection:
        record = rounds.round_by_code(connection, round_)
    if record.released_at is None:
        raise NotNow(f"The round {round_} is not released yet.", "There are no certificates before.")
    if names is not None:
        only = (*only, *_correct(engine, record.id, names))
        if not only:
            out.print("Every name is as the file has it; nothing was done.")
            return
    to.mkdir(parents=True, exist_ok=True)
    done, refused = _write(engine, record.id, to, settings, language, only, ("certificate", "letter")[: 1 + letters])
    rows = [{"written": done["written"], "withdrawn": done["withdrawn"], "refused": len(refused)}]
    if json:
        show(rows, as_json=True)
    else:
        out.print(f"{done['written']} files and their list are in {to}.", highlight=False, soft_wrap=True)
    for number, says in refused:
        err.print(f"{number}: {says}", highlight=False, soft_wrap=True)
    if refused:
        raise SystemExit(1)


def _correct(engine: Engine, round_id: int, file: Path) -> list[str]:
    refusals: list[Refusal] = []
    table = open_table(file, ("number", "holder"))
    names = {row.cells["number"].strip(): row.cells["holder"] for row in usable_rows(table, refusals)}
    if refusals:
        raise BadInput("Nothing was corrected.", refusals, "Correct the rows and give the file again.")
    return reissue(engine, round_id, names, actor=ledger.SYSTEM, now=clock.now())


def _write(
    engine: Engine,
    round_id: int,
    to: Path,
    settings: Settings,
    language: str,
    only: Sequence[str],
    kinds: Sequence[str],
) -> tuple[Counter[str], list[tuple[str, str]]]:
    done: Counter[str] = Counter()
    refused: list[tuple[str, str]] = []
    listed: list[tuple[Any, ...]] = []
    with reading(engine) as connection, step(err, "Reading the labels …") as told:
        found = records.granted(connection, round_id, only)
        missing = sorted(set(only) - {grant.number for grant in found})
        if missing:
            raise NotFound(f"This round has no label with the number {missing[0]}.", f"Copy it from {LIST}.")
        for place, (grant, kind, content) in enumerate(_drawn(connection, found, settings, language, kinds, refused)):
            if place % TOLD_EVERY == 0:
                told(f"Writing papers: {place} of {len(found) * len(kinds)}")
            if content is None:
                done["withdrawn"] += 1
                continue
            name = f"{kind}-{grant.number}.pdf"
            _put(to / name, content)
            listed.append((name, grant.number, grant.ref, grant.holder, grant.title, grant.valid_until))
            done["written"] += 1
    columns = ("file", "number", "application_id", "holder", "title", "valid_until")
    part = to / f".{LIST}.part"
    write_csv(part, Table("certificates", columns, lambda: iter(listed)))
    part.replace(to / LIST)
    return done, refused


def _drawn(
    connection: Connection,
    found: Sequence[records.Granted],
    settings: Settings,
    language: str,
    kinds: Sequence[str],
    refused: list[tuple[str, str]],
) -> Iterator[tuple[records.Granted, str, bytes | None]]:
    """Each paper with its label; nothing for a label that was withdrawn, and what cannot be drawn goes to `refused`."""
    style = papers.style(settings, found[0].authority_code, found[0].award) if found else papers.OURS
    for grant in found:
        if grant.withdrawn_at is not None:
            yield grant, "", None
            continue
        spoken = language or papers.language_of(grant, LANGUAGES)
        for kind in kinds:
            try:
                drawn = papers.paper(connection, grant, kind=kind, style=style, language=spoken, settings=settings)
            except BadInput as wrong:
                refused.append((grant.number, f"{wrong.says} {wrong.remedy}"))
                continue
            yield grant, kind, drawn


def _put(path: Path, content: bytes) -> None:
    """A file that is whole or not there, whatever ends this process."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)
